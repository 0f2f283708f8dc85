import assert from "node:assert/strict";
import {
  type Answer,
  type Answers,
  type Example,
  type Hyper,
  input,
  type Lab,
  type Program,
  type Prompt,
  rng,
  type Sample,
  type Scope,
  Spent,
} from "../core/mod.ts";
import { gradient, interpret } from "../engine/mod.ts";
import { probe } from "../lab/train/probe.ts";
import dpo from "../methods/dpo.ts";
import hsft from "../methods/hsft.ts";
import mDpo from "../methods/m-dpo.ts";
import mKto, { weighed } from "../methods/m-kto.ts";
import pairSft from "../methods/pair-sft.ts";
import rft from "../methods/rft.ts";
import score, { credits, reinforced, type Turn } from "../methods/score.ts";
import star from "../methods/star.ts";
import supercorrect from "../methods/supercorrect.ts";
import * as stats from "../stats/mod.ts";
import { checked, draftIn, isRight, rightTo } from "./fake/checked.ts";
import { lending, played } from "./fake/lab.ts";

// Methods that learn from what a program says of their own answers, in rounds, turns and revisions.

type Pair = Example<"pairs">;

const budget = { flops: 2e5, queries: 4096 };
const total = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0);
const near = (a: number, b: number, within = 1e-9) =>
  assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);

Deno.test("RFT imitates right answers of its own and no wrong one, and earlier rounds' stay", async () => {
  const { lab, lent, drawers } = lending(checked(budget).lab);
  await played(rft.run(lab, rft.hyper));
  assert.equal(lent.length, 1);
  const lists = lent[0]!.lists as readonly (readonly Example<"demonstrations">[])[];
  assert.equal(lists.length, 3);
  lists.slice(1).forEach((list, i) => assert.deepEqual(list.slice(0, lists[i]!.length), lists[i]));
  for (const { answer } of lists.at(-1)!) {
    assert.ok(isRight(answer) && drawers.get(answer) === lent[0]!.made.policy);
  }
});

Deno.test("M-DPO: in each round right answers of the last one's policy meet wrong ones to the same prompt, and it is the reference", async () => {
  const { lab, lent, drawers } = lending(checked(budget).lab);
  await played(mDpo.run(lab, mDpo.hyper));
  assert.equal(lent.length, 3);
  let before = lab.reference;
  for (const { made, options, lists } of lent) {
    assert.deepEqual([options.from, options.reference], [before, before]);
    assert.equal(lists.length, 1);
    for (const { chosen, rejected, strength } of lists[0] as readonly Pair[]) {
      assert.ok(isRight(chosen) && !isRight(rejected) && strength === 1);
      assert.equal(chosen.prompt, rejected.prompt);
      for (const y of [chosen, rejected]) assert.equal(drawers.get(y), before);
    }
    before = made.policy;
  }
});

Deno.test("M-KTO: in each round every answer of the last one's policy counts, right or wrong, and it is the reference", async () => {
  const { lab, account } = checked(budget);
  const { lab: watched, lent, drawers } = lending(lab);
  await played(mKto.run(watched, mKto.hyper));
  assert.equal(lent.length, 3);
  let before = watched.reference;
  let seen = 0;
  for (const { made, options, lists } of lent) {
    assert.deepEqual([options.from, options.reference], [before, before]);
    const points = lists[0] as readonly Example<"points">[];
    for (const { answer, unrelated, good } of points) {
      assert.equal(good, isRight(answer) ? 1 : 0);
      assert.ok(drawers.get(answer) === before && unrelated.prompt === answer.prompt);
    }
    assert.equal(new Set(points.map(({ good }) => good)).size, 2);
    // What is read after another's prompt is as often right there as chance has it.
    const foreign = points.filter(({ answer, unrelated }) => unrelated.tokens !== answer.tokens);
    assert.ok(foreign.length > points.length / 2);
    seen += points.length;
    before = made.policy;
  }
  assert.equal(seen, account.spent.asked!.checks);
});

/** What a program's first learner is given, from answers that its policy is said to draw. */
async function firstStep<H extends Hyper>(
  method: Program<H>,
  hyper: H,
  draw: (prompt: Prompt, place: number) => Sample,
  right: (y: Answer) => boolean,
): Promise<readonly unknown[]> {
  const found: (readonly unknown[])[] = [];
  const policy = { sample: (xs: readonly Prompt[]) => Promise.resolve(xs.map(draw)) };
  let asked = 0;
  const lab = {
    reference: policy,
    rng: rng("first step"),
    progress: 0,
    get labelled() {
      return asked;
    },
    prompts: (n: number) =>
      Array.from({ length: n }, (_, i): Prompt => ({ id: `${i}`, tokens: [i] })),
    check(ys: readonly Answer[]) {
      asked = 1;
      return Promise.resolve(ys.map((y) => ({ solved: right(y) ? 1 : 0 })));
    },
    learner: () => ({
      policy,
      step(examples: readonly unknown[]) {
        found.push(examples);
        throw new Spent("flops", "one step is enough");
      },
    }),
  } as unknown as Lab;
  await played(method.run(lab, hyper));
  return found[0]!;
}

Deno.test("M-DPO: what the world said is part of an answer's probability only where masking is off, and pairs are as many as asked for", async () => {
  // Turns of two tokens and one, between which the world says 9; places 0 to 2 of each eight are right.
  const draw = (prompt: Prompt, place: number): Sample => ({
    prompt,
    tokens: [1, 2, 9, place % 8],
    length: 3,
    spans: [[0, 2], [3, 4]],
    logps: [-1, -1, -1],
  });
  const seen = async (hyper: Partial<typeof mDpo.hyper>) =>
    await firstStep(mDpo, { ...mDpo.hyper, ...hyper }, draw, (y) => y.tokens[3]! < 3) as Pair[];
  const masked = await seen({});
  assert.deepEqual(
    masked.slice(0, 3).map(({ chosen, rejected }) => [chosen.tokens[3], rejected.tokens[3]]),
    [[0, 3], [1, 4], [2, 5]],
  );
  for (const { chosen: { length, spans } } of masked) {
    assert.deepEqual([length, spans], [3, [[0, 2], [3, 4]]]);
  }
  const unmasked = await seen({ masked: 0 });
  assert.equal(unmasked.length, masked.length);
  for (const y of unmasked.flatMap(({ chosen, rejected }) => [chosen, rejected])) {
    assert.ok(y.length === 4 && y.spans === undefined);
  }
  assert.equal((await seen({ pairs: 1 })).length, masked.length / 3);
});

/** Two turns of one of two moves each, between which a tool says 0 or 1: its first move, with this probability. */
function decisions(reliable: number) {
  const [beta, worth] = [0.5, [0, 0.4, 1, -0.6, 0.7, -0.3, 0.2, 1.2]];
  const bits = [0, 1];
  const said = (first: number, word: number) => first === word ? reliable : 1 - reliable;
  const start = { first: [0.3, 0.7], second: [[0.6, 0.4], [0.5, 0.5], [0.2, 0.8], [0.7, 0.3]] };
  type Play = typeof start;
  const episodes = bits.flatMap((first) =>
    bits.filter((word) => said(first, word) > 0).flatMap((word) =>
      bits.map((second) => {
        const state = 2 * first + word;
        return { first, word, second, state, worth: worth[2 * state + second]! };
      })
    )
  );
  type Episode = typeof episodes[number];
  const normal = (xs: readonly number[]) => {
    const sum = xs.reduce((a, b) => a + b);
    return xs.map((x) => x / sum);
  };
  const turns = ({ first, second }: Play, y: Episode) =>
    [first[y.first]!, second[y.state]![y.second]!].map(Math.log);
  const chance = (y: Episode) => said(y.first, y.word) * Math.exp(total(turns(start, y)));
  /** π_ref·exp(Q/β) turn by turn, from the last one back. */
  const lifted = start.second.map((p, state) =>
    p.map((x, second) => x * Math.exp(worth[2 * state + second]! / beta))
  );
  const values = lifted.map((p) => beta * Math.log(p[0]! + p[1]!));
  const best: Play = {
    first: normal(
      start.first.map((p, first) =>
        p * Math.exp(
          bits.reduce((q, word) => q + said(first, word) * values[2 * first + word]!, 0) / beta,
        )
      ),
    ),
    second: lifted.map(normal),
  };
  const pairs = episodes.flatMap((w) =>
    episodes.map((l) => ({
      w,
      l,
      share: chance(w) * chance(l) * stats.sigmoid(w.worth - l.worth),
    }))
  );
  /** The slope of DPO's expected loss by the log-odds of each choice: of the first turn, then of the four states. */
  const slope = (play: Play): number[] => {
    const rows = (of: Play, side: "w" | "l") => pairs.map((pair) => turns(of, pair[side]));
    const { gradient } = probe(dpo, {
      chosen: rows(play, "w"),
      rejected: rows(play, "l"),
      ref_chosen: rows(start, "w"),
      ref_rejected: rows(start, "l"),
    }, { beta });
    const found = Array<number>(5).fill(0);
    pairs.forEach(({ share, ...pair }, i) => {
      for (const [side, name] of [["w", "chosen"], ["l", "rejected"]] as const) {
        const [first, second] = gradient[name]![i]!;
        const y = pair[side];
        const scale = share * pairs.length;
        found[0]! += scale * first! * (y.first - play.first[1]!);
        found[1 + y.state]! += scale * second! * (y.second - play.second[y.state]![1]!);
      }
    });
    return found;
  };
  /** Where gradient descent on it ends. */
  const learned = (): Play => {
    const odds = (p: readonly number[]) => Math.log(p[1]! / p[0]!);
    const play = (theta: readonly number[]): Play => {
      const [first, ...second] = theta.map((x) => [stats.sigmoid(-x), stats.sigmoid(x)]);
      return { first: first!, second };
    };
    let theta = [start.first, ...start.second].map(odds);
    for (let t = 0; t < 400; t++) {
      const g = slope(play(theta));
      theta = theta.map((x, i) => x - 60 * g[i]!);
    }
    return play(theta);
  };
  /** KL of whole episodes from the optimum's. */
  const apart = (play: Play) =>
    episodes.reduce((sum, y) => {
      const [p, q] = [total(turns(play, y)), total(turns(best, y))];
      return sum + said(y.first, y.word) * Math.exp(p) * (p - q);
    }, 0);
  return { slope, best, learned, apart };
}

Deno.test("M-DPO: with a tool that does not err its least value is the optimum of the decision process, with one that does it is not", () => {
  const sure = decisions(1);
  for (const g of sure.slope(sure.best)) near(g, 0, 1e-9);
  assert.ok(sure.apart(sure.learned()) < 1e-6, `${sure.apart(sure.learned())}`);
  const noisy = decisions(0.8);
  assert.ok(Math.max(...noisy.slope(noisy.best).map(Math.abs)) > 1e-3);
  assert.ok(noisy.apart(noisy.learned()) > 1e-3, `${noisy.apart(noisy.learned())}`);
});

/** What a program imitates, once its labels are spent. */
async function imitatedBy(method: { run: typeof star.run; hyper: typeof star.hyper }, rounds = 1) {
  const { lab, account } = checked(budget);
  const watched = lending(lab);
  await played(method.run(watched.lab, { ...method.hyper, rounds }));
  assert.equal(watched.lent.length, 1);
  const [{ lists, made }] = watched.lent as [typeof watched.lent[number]];
  const last = lists.at(-1) as readonly Example<"demonstrations">[];
  for (const { answer } of last) {
    assert.ok(isRight(answer) && draftIn(answer.prompt) !== undefined);
    assert.equal(watched.drawers.get(answer), made.policy);
  }
  const kept = last.map(({ answer }) => draftIn(answer.prompt) === rightTo(answer.prompt));
  return { lists, kept, checks: account.spent.asked!.checks! };
}

Deno.test("STaR imitates right revisions of whatever draft, and round by round has more of them", async () => {
  const { kept, lists, checks } = await imitatedBy(star);
  assert.equal(new Set(kept).size, 2);
  assert.equal(lists.length, 1);
  // A quarter of all revisions is right, and no draft was checked.
  assert.ok(Math.abs(kept.length / checks - 0.25) < 0.05, `${kept.length} of ${checks}`);
  const more = (await imitatedBy(star, 3)).lists;
  assert.equal(more.length, 3);
  more.slice(1).forEach((list, i) => assert.deepEqual(list.slice(0, more[i]!.length), more[i]));
});

Deno.test("Pair-SFT imitates right revisions of wrong drafts alone, and has no others checked", async () => {
  const { kept, checks } = await imitatedBy(pairSft);
  assert.deepEqual([...new Set(kept)], [false]);
  // Of four drafts three are wrong and revised: seven checks, of which three quarters of a revision are right.
  assert.ok(Math.abs(kept.length / checks - 0.75 / 7) < 0.03, `${kept.length} of ${checks}`);
});

Deno.test("SCoRe: a revision is worth being right and its progress, less what its fellows are worth; a draft never its revision", () => {
  // Kept right, mended, kept wrong, spoilt: with α = 2 revisions are worth 1, 3, 0 and −2.
  const [drafts, revisions] = [[1, 0, 0, 1], [1, 1, 0, 0]];
  const third = (xs: readonly number[]) => xs.map((x) => x / 3);
  const check = (found: readonly number[][], want: readonly number[][]) =>
    want.forEach((row, i) => row.forEach((x, k) => near(found[i]![k]!, x)));
  check(credits(drafts, revisions, 2), [third([2, -2, -2, 2]), third([2, 10, -2, -10])]);
  check(credits(drafts, revisions, 0), [third([2, -2, -2, 2]), third([2, 2, -2, -2])]);
  check(credits(drafts, revisions), [[0, 0, 0, 0], third([2, 2, -2, -2])]);
});

Deno.test("SCoRe: at the start policy the slope is the policy gradient's, elsewhere each token is drawn back by κ of its log-ratio", () => {
  const at = (pi: readonly number[], advantage: number) => {
    const y: Answers = { length: input("length", [1]), packed: {} };
    const steps = input("pi", [1, 2]);
    const policy = { steps: () => steps, logp: () => steps.sum(1) };
    const value = reinforced({
      pi: policy,
      ref: { steps: () => input("ref", [1, 2]) },
      answer: y,
      advantage: input("advantage", [1]),
      pull: input("pull", [1]),
    } as unknown as Scope<Turn>);
    const [slopes] = gradient(value, [steps]);
    const feeds = { pi: [...pi], ref: [-1, -2], advantage: [advantage], pull: [0.1] };
    const found = interpret({ value, slopes: slopes! }, feeds);
    return { value: found.value![0]!, slopes: [...found.slopes!] };
  };
  const start = at([-1, -2], 2 / 3);
  near(start.value, 2);
  start.slopes.forEach((slope) => near(slope, -2 / 3));
  // ½ · 0.1 · (0.5² + 1²), by 0.1 · 0.5 and 0.1 · −1.
  const strayed = at([-0.5, -3], 0);
  near(strayed.value, 0.0625);
  near(strayed.slopes[0]!, 0.05);
  near(strayed.slopes[1]!, -0.1);
});

Deno.test("SCoRe: in stage I drafts are held and have no reward; then both turns have theirs, fresh from the policy", async () => {
  const { lab, lent, drawers } = lending(checked({ flops: 4e5, queries: 1024 }).lab);
  await played(score.run(lab, { ...score.hyper, hold: 0.7, alpha: 2 }));
  const { lists, made } = lent[0]!;
  // Eight prompts of four samples: a label each in stage I, of revisions alone, and then two.
  assert.equal(lists.length, 21);
  (lists as readonly (readonly Turn[])[]).forEach((turns, round) => {
    assert.equal(turns.length, 64);
    // 10 rounds are 31 % of the labels, 9 are 28 %.
    const first = round < 10;
    for (let i = 0; i < turns.length; i += 8) {
      const [drafts, revisions] = [0, 1].map((k) =>
        turns.slice(i, i + 8).filter((_, j) => j % 2 === k)
      );
      drafts!.forEach(({ answer }, k) => {
        assert.equal(draftIn(answer.prompt), undefined);
        assert.equal(draftIn(revisions![k]!.answer.prompt), answer.tokens[0]);
        for (const y of [answer, revisions![k]!.answer]) assert.equal(drawers.get(y), made.policy);
      });
      const [r1, r2] = [drafts, revisions].map((all) =>
        all!.map(({ answer }) => isRight(answer) ? 1 : 0)
      );
      const want = credits(r1!, r2!, first ? undefined : 2);
      [drafts!, revisions!].forEach((all, turn) => {
        assert.deepEqual(all.map(({ advantage }) => advantage), want[turn]);
        const pull = first && turn === 0 ? 0.7 : score.hyper.kl;
        assert.ok(all.every((row) => row.pull === pull));
      });
    }
  });
});

Deno.test("M-DPO: where labels end before its rounds do, it goes on with what the last one found", async () => {
  const given = { flops: 4e5, queries: 200 };
  const { lab, account } = checked(given);
  await played(mDpo.run(lab, { ...mDpo.hyper, rounds: 16 }));
  const { flops, queries } = account.spent;
  assert.ok(queries > 100 && flops > 0.95 * given.flops, `${queries} labels, ${flops} operations`);
});

Deno.test("HSFT imitates the teacher's solutions to so many questions and asks for nothing else", async () => {
  const { lab, account } = checked(budget);
  const { lab: watched, lent } = lending(lab);
  await played(hsft.run(watched, { teacher: 5 }));
  assert.deepEqual(account.spent.asked, { demonstrations: 5 });
  const [{ lists }] = lent as [typeof lent[number]];
  const shown = lists as readonly (readonly Example<"demonstrations">[])[];
  assert.equal(shown.length, 1);
  const questions = shown[0]!.map(({ answer }) => {
    assert.ok(isRight(answer) && draftIn(answer.prompt) === undefined);
    return answer.prompt.id;
  });
  assert.equal(new Set(questions).size, 5);
});

const few = { ...supercorrect.hyper, teacher: 4, imitate: 0.1, draw: 0.3 };

Deno.test("SuperCorrect: after a wrong draft the teacher's correction meets the failed one of the policy that imitated the teacher, which is the reference", async () => {
  const { lab, account } = checked(budget);
  const { lab: watched, lent, drawers } = lending(lab);
  await played(supercorrect.run(watched, few));
  const [imitation, contrast, ...others] = lent;
  assert.equal(others.length, 0);
  const student = imitation!.made.policy;
  const solutions = imitation!.lists[0] as readonly Example<"demonstrations">[];
  assert.equal(solutions.length, 4);
  assert.deepEqual([contrast!.options.from, contrast!.options.reference], [student, student]);
  const pairs = contrast!.lists[0] as readonly Pair[];
  assert.equal(account.spent.asked!.demonstrations, 4 + pairs.length);
  const asked = solutions.map(({ answer }) => answer.prompt.id);
  for (const { chosen, rejected } of pairs) {
    assert.ok(isRight(chosen) && !isRight(rejected) && chosen.prompt === rejected.prompt);
    assert.ok(asked.includes(chosen.prompt.id));
    assert.notEqual(draftIn(chosen.prompt), rightTo(chosen.prompt));
    assert.deepEqual([chosen, rejected].map((y) => drawers.get(y)), [undefined, student]);
  }
});

Deno.test("SuperCorrect: without a teacher right own corrections meet wrong own ones", async () => {
  const { lab, account } = checked(budget);
  const { lab: watched, lent, drawers } = lending(lab);
  await played(supercorrect.run(watched, { ...few, own: 1 }));
  assert.equal(account.spent.asked!.demonstrations, 4);
  const student = lent[0]!.made.policy;
  for (const { chosen, rejected } of lent[1]!.lists[0] as readonly Pair[]) {
    assert.ok(isRight(chosen) && !isRight(rejected) && chosen.prompt === rejected.prompt);
    assert.notEqual(draftIn(chosen.prompt), rightTo(chosen.prompt));
    for (const y of [chosen, rejected]) assert.equal(drawers.get(y), student);
  }
});

Deno.test("SuperCorrect: at the policy that imitated the loss is log 2 and ν times the teacher's negative log-likelihood", async () => {
  // Nothing has been learned of prompts with drafts, whose four answers are as likely as each other.
  for (const nll of [0.1, 1]) {
    const { lab, lent } = lending(checked(budget).lab);
    for await (const _ of supercorrect.run(lab, { ...few, nll })) if (lent.length > 1) break;
    const { loss } = lent[1]!.made as unknown as { readonly loss: number };
    near(loss, Math.LN2 + nll * Math.log(4), 1e-6);
  }
});

Deno.test("M-KTO: right and wrong answers weigh alike as a whole, however many there are of either", () => {
  const point = (good: number) => ({ good }) as Example<"points">;
  const weights = (...goods: readonly number[]) =>
    weighed(goods.map(point)).map(({ weight }) => weight);
  // Of four one is right: 4/2 for it, and 4/6 for each of the others.
  assert.deepEqual(weights(0, 1, 0, 0), [2 / 3, 2, 2 / 3, 2 / 3]);
  assert.deepEqual(weights(1, 0), [1, 1]);
  assert.deepEqual(weights(1, 1, 1), [1, 1, 1]);
});
