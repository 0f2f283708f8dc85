import assert from "node:assert/strict";
import {
  type Answer,
  type Answers,
  type Example,
  type Expr,
  input,
  type Likelihood,
  nameOf,
  type Policy,
  type Prompt,
  rng,
  type Sample,
  type SearchNode,
  spansOf,
  Spent,
  whole,
} from "../core/mod.ts";
import { gradient, interpret } from "../engine/mod.ts";
import mctsDpo, { paired } from "../methods/mcts-dpo.ts";
import { beam } from "../methods/oreo-beam.ts";
import { actorLoss, criticLoss, targets, taught } from "../methods/oreo.ts";
import treePo, { ranked, stepWeights } from "../methods/tree-po.ts";
import { lending, opened, played } from "./fake/lab.ts";
import { answer, opening, right } from "./fake/steps.ts";

type Pair = Example<"pairs">;

/** The numbers of an answer's steps under policy and reference, and its state values. */
interface Steps {
  readonly pi: readonly number[];
  readonly ref?: readonly number[];
  readonly values?: readonly number[];
}

/** A loss on a batch of one, in double precision, with its slopes by the policy's numbers of each answer. */
function at<S>(
  loss: (scope: S) => Expr,
  answers: { readonly [slot: string]: Steps },
  fields: { readonly [name: string]: number | readonly number[] } = {},
) {
  const feeds: { [name: string]: readonly number[] } = {};
  const leaf = (name: string, x: readonly number[], shape: readonly number[]) => {
    feeds[name] = x;
    return input(name, shape);
  };
  const slots = new Map<Answers, string>();
  const scope: { [name: string]: unknown } = {};
  const leaves: { [name: string]: Expr } = {};
  for (const [slot, faces] of Object.entries(answers)) {
    const y: Answers = { length: leaf(`length ${slot}`, [faces.pi.length], [1]), packed: {} };
    for (const [face, xs] of Object.entries(faces)) {
      leaves[`${face} ${slot}`] = leaf(`${face} ${slot}`, xs, [1, xs.length]);
    }
    slots.set(y, slot);
    scope[slot] = y;
  }
  for (const [name, x] of Object.entries(fields)) {
    scope[name] = typeof x === "number" ? leaf(name, [x], [1]) : leaf(name, x, [1, x.length]);
  }
  const read = (face: string) => (y: Answers) => leaves[`${face} ${slots.get(y)}`]!;
  const policy = (face: string): Partial<Likelihood> => ({
    steps: read(face),
    logp: (y) => read(face)(y).sum(1),
    values: read("values"),
    kl: (_, y) => read(face)(y).mul(0).add(0.5),
  });
  const value = loss({ ...scope, pi: policy("pi"), ref: policy("ref") } as S);
  const names = Object.keys(leaves).filter((name) => !name.startsWith("ref "));
  const slopes = gradient(value, names.map((name) => leaves[name]!));
  const outputs = Object.fromEntries(slopes.map((g, i) => [names[i]!, g]));
  const { value: found, ...by } = interpret({ value, ...outputs }, feeds);
  const of = (name: string) => [...by[name]!];
  return { value: found![0]!, of };
}
const near = (a: ArrayLike<number>, b: readonly number[], within = 1e-6) => {
  assert.equal(a.length, b.length);
  b.forEach((x, i) => assert.ok(Math.abs(a[i]! - x) <= within, `${i}: ${a[i]} is not ${x}`));
};

const share = (xs: readonly unknown[], is: (x: never) => boolean) =>
  xs.filter(is as (x: unknown) => boolean).length / xs.length;

Deno.test("MCTS-DPO: smoothing takes the worse step's share of the visits, ½ at most, and without it labels are certain", () => {
  const at: Prompt = { id: "p", tokens: [0] };
  const step: Sample = { prompt: at, tokens: [1], length: 1, logps: [-1] };
  const node = (visits: number): SearchNode => (
    { at, step, over: false, visits, won: 0, next: new Map() }
  );
  const found = [[3, 1], [1, 3], [1, 1], [9, 1]].map(([a, b]) =>
    [false, true].map((smooth) => paired({ better: node(a!), worse: node(b!) }, smooth).strength)
  );
  assert.deepEqual(found, [[1, 0.75], [1, 0.5], [1, 0.5], [1, 0.9]]);
});

Deno.test("MCTS-DPO: its pairs are two steps from one place of its own search, and those that count for the outcome", async () => {
  const world = opened({ flops: 4e7, queries: 6000 }, opening);
  const { lab, lent } = lending(world.lab);
  await played(mctsDpo.run(lab, mctsDpo.hyper));
  const [learner, ...others] = lent;
  assert.deepEqual(others, []);
  const rounds = learner!.lists as readonly (readonly Pair[])[];
  assert.equal(rounds.length, 4);
  // Earlier rounds' pairs stay.
  rounds.slice(1).forEach((pairs, i) =>
    assert.deepEqual(pairs.slice(0, rounds[i]!.length), rounds[i])
  );
  const pairs = rounds.at(-1)!;
  const begun = pairs.map(({ chosen, rejected }) => {
    assert.deepEqual(chosen.prompt.tokens, rejected.prompt.tokens);
    assert.deepEqual([chosen.length, rejected.length], [1, 1]);
    assert.notEqual(nameOf(chosen), nameOf(rejected));
    return whole(chosen).length - 1;
  });
  assert.deepEqual([...new Set(begun)].toSorted(), [0, 1, 2]);
  // The first and the last step decide: by far most pairs of these have them right.
  const asked = ({ chosen }: Pair) => {
    const { prompt, tokens } = whole(chosen);
    return tokens.at(-1) === prompt.tokens[0];
  };
  for (const depth of [0, 2]) {
    assert.ok(share(pairs.filter((_, i) => begun[i] === depth), asked) > 0.8, `${depth}`);
  }
  const { queries } = world.account.spent;
  assert.equal(world.account.spent.asked!.checks, queries);
  // One in nine is right at the start.
  const questions = Array.from({ length: 300 }, (_, i) => opening.testbed.prompts("test")[i % 3]!);
  const ys = await world.metered.measure(() => learner!.made.policy.sample(questions, rng("end")));
  assert.ok(share(ys, (y: Sample) => right(y) === 1) > 0.5);
});

/** Answers of steps that each end with a 9. */
const working = (...steps: readonly (readonly number[])[]) => {
  const tokens = steps.flatMap((step) => [...step, 9]);
  let to = 0;
  const spans = steps.map((step) => [to, to += step.length + 1] as const);
  return { prompt: { id: "p", tokens: [0] }, tokens, length: tokens.length, spans };
};

Deno.test("Tree-PO: a step weighs by how alike it is to the same step of the best answer, 1 on the mean", () => {
  const answers = [working([1], [2, 2]), working([1], [3, 2]), working([4], [2, 2], [2, 2])];
  // Counts (2, 1) and (1, 1, 1): 3/√(5 · 3). Of {4, 9} and {1, 9} it is ½; a third step meets the last one.
  const c = 3 / Math.sqrt(15);
  const cosines = [[1, 1], [1, c], [0.5, 1, 1]];
  for (
    const [adaptive, weigh] of [[1, (c: number) => 1 + c], [-1, (c: number) => 2 - c], [
      0,
      () => 1,
    ]] as const
  ) {
    const want = cosines.map((cs) => cs.map(weigh));
    const mean = want.flat().reduce((a, b) => a + b) / 7;
    stepWeights(answers, adaptive).forEach((found, i) =>
      near(found, want[i]!.flatMap((w, k) => Array(k === 0 ? 2 : 3).fill(w / mean)), 1e-12)
    );
  }
});

Deno.test("Tree-PO: LiPO's loss on weighted log-ratios of steps", () => {
  const loss = (scope: Parameters<typeof ranked>[0]) => ranked(scope, 2, 0.5);
  const answers = {
    answer0: { pi: [-1, -2], ref: [-2, -2] },
    answer1: { pi: [-1, -3], ref: [-2, -2] },
  };
  const rates = { answer0Weights: [1, 1], answer1Weights: [1, 0.5], score0: 1, score1: 0 };
  // s = ½ · 1 and ½ · (1 − ½): (2 − 1) · (1/log 2 − 1/log 3) · log(1 + e^−¼).
  const lambda = 1 / Math.log(2) - 1 / Math.log(3);
  const { value, of } = at(loss, answers, rates);
  near([value], [lambda * Math.log1p(Math.exp(-0.25))]);
  const slope = 0.5 * lambda / (1 + Math.exp(0.25));
  near(of("pi answer0"), [-slope, -slope]);
  // What both begin with is pushed by neither, as their slopes there cancel; the other step by half.
  near(of("pi answer1"), [slope, slope / 2]);
  const flat = at(loss, answers, { ...rates, answer1Weights: [1, 1] });
  near([flat.value], [lambda * Math.log1p(Math.exp(-0.5))]);
});

Deno.test("Tree-PO: it learns from lists with the weights of their steps, and from nothing else", async () => {
  const seen = async (adaptive: number) => {
    const { lab, lent } = lending(opened({ flops: 4e6, queries: 400 }, opening).lab);
    await played(treePo.run(lab, { ...treePo.hyper, adaptive }));
    assert.equal(lent.length, 1);
    const trees = lent[0]!.lists[0] as readonly { readonly [name: string]: unknown }[];
    const lists = lab.offline("lists");
    assert.equal(trees.length, lists.length);
    return trees.map((tree, n) =>
      lists[n]!.answers.map((y, i) => {
        assert.equal(tree[`answer${i}`], y);
        assert.equal(tree[`score${i}`], lists[n]!.scores[i]);
        return tree[`answer${i}Weights`] as readonly number[];
      })
    );
  };
  const [alike, unlike, flat] = await Promise.all([1, -1, 0].map(seen));
  assert.ok(flat!.flat(2).every((weight) => weight === 1));
  // Moves of one token are as the best one's or not at all: 2 against 1, and the reverse.
  const among = (trees: readonly (readonly (readonly number[])[])[]) =>
    trees.flatMap((rows) => rows.map((row) => row.map((w, t) => w / rows[0]![t]!))).flat();
  assert.deepEqual(new Set(among(alike!)), new Set([1, 0.5]));
  assert.deepEqual(new Set(among(unlike!)), new Set([1, 2]));
});

/** Two moves of two, scored by both; π_ref leans; the optimum of E[R] − β·KL by hand, backwards. */
const tree = (() => {
  const beta = 0.2;
  const score = [[1, 0.25], [0, 0.75]];
  const [first, second] = [[0.7, 0.3], [[0.4, 0.6], [0.9, 0.1]]];
  const soft = (ref: readonly number[], q: readonly number[]) =>
    beta * Math.log(ref.reduce((sum, p, a) => sum + p * Math.exp(q[a]! / beta), 0));
  const later = second.map((ref, a) => soft(ref, score[a]!));
  const value = soft(first, later);
  const paths = [0, 1].flatMap((a) =>
    [0, 1].map((b) => {
      const ref = [first[a]!, second[a]![b]!].map(Math.log);
      const ratios = [(later[a]! - value) / beta, (score[a]![b]! - later[a]!) / beta];
      return { score: score[a]![b]!, ref, ratios, values: [value, later[a]!] };
    })
  );
  // It is a policy: what it gives sums to 1.
  const total = paths.reduce(
    (sum, { ref, ratios }) => sum + Math.exp(ref[0]! + ref[1]! + ratios[0]! + ratios[1]!),
    0,
  );
  near([total], [1], 1e-9);
  return { beta, paths };
})();

Deno.test("OREO: at the optimum of E[R] − β·KL every residual of every answer is 0, at either level", () => {
  const { beta, paths } = tree;
  for (const { score, ref, ratios, values } of paths) {
    const { worth, due } = targets(score, ratios, values, beta);
    near(worth, values, 1e-9);
    near(due, ratios.map((rho) => beta * rho), 1e-9);
    const answer = { pi: ref.map((logp, t) => logp + ratios[t]!), values };
    near([at(criticLoss, { answer }, { worth }).value], [0], 1e-12);
    for (const level of [0, 1]) {
      const loss = (scope: Parameters<typeof actorLoss>[0]) =>
        actorLoss(scope, { beta, alpha: 0, level });
      const found = at(loss, { answer }, { start: ref, due, overall: score - values[0]! });
      near([found.value, ...found.of("pi answer")], [0, 0, 0], 1e-12);
    }
  }
});

Deno.test("OREO: a token is pushed by its own state's residual, an answer as a whole by one", () => {
  // R = 1, ρ = (½, −1, 2), V = (0.2, 0.4, 0.9), β = 0.1.
  const { worth, due } = targets(1, [0.5, -1, 2], [0.2, 0.4, 0.9], 0.1);
  near(worth, [0.85, 0.9, 0.8]);
  near(due, [0.7, 0.4, 0.1]);
  const answer = { pi: [-1, -3, -1], values: [0.2, 0.4, 0.9] };
  const fields = { start: [-1.5, -2, -3], due, overall: 0.8 };
  const critic = at(criticLoss, { answer }, { worth });
  near([critic.value], [(0.65 ** 2 + 0.5 ** 2 + 0.1 ** 2) / 3]);
  near(critic.of("values answer"), [-1.3 / 3, -1 / 3, 0.2 / 3]);
  const actor = (level: number, alpha = 0) => {
    const loss = (scope: Parameters<typeof actorLoss>[0]) =>
      actorLoss(scope, { beta: 0.1, alpha, level });
    return at(loss, { answer }, fields);
  };
  // βρ − due is −0.65, −0.5 and 0.1: V − R + β·Σ ρ from each token on.
  const token = actor(0);
  near([token.value], [(0.65 ** 2 + 0.5 ** 2 + 0.1 ** 2) / 3]);
  near(token.of("pi answer"), [-0.65, -0.5, 0.1].map((x) => 0.2 * x / 3));
  // 0.15 − 0.8 = −0.65 of all alike.
  const whole = actor(1);
  near([whole.value], [0.65 ** 2]);
  near(whole.of("pi answer"), [-0.13, -0.13, -0.13]);
  // The KL of these fakes is ½ at each token.
  near([actor(0, 0.3).value - token.value, actor(1, 0.3).value - whole.value], [0.15, 0.15]);
});

Deno.test("OREO: the critic learns what the start policy's optimum is worth at each state, the policy to be it", async () => {
  const world = opened({ flops: 3e8, queries: 600 }, {
    ...opening,
    testbed: { ...opening.testbed, optimiser: { ...opening.testbed.optimiser, rate: 0.01 } },
  });
  const beta = 0.2;
  let last: { readonly actor: Policy; readonly critic: Policy } | undefined;
  try {
    for await (const now of taught(world.lab, { beta, alpha: 0, level: 0 })) last = now;
  } catch (error) {
    if (!(error instanceof Spent)) throw error;
  }
  const [question] = opening.testbed.prompts("test");
  const paths = [[0, 0, 0], [0, 1, 0], [0, 2, 2], [1, 0, 0], [2, 2, 1]];
  const ys = paths.map((moves) => answer(question!, ...moves));
  // Of ninths, thirds and all: β·log E e^(R/β) of what is right by chance.
  const worth = (p: number) => beta * Math.log(1 - p + p * Math.exp(1 / beta));
  const values = await world.metered.measure(() => last!.critic.values(ys));
  paths.forEach(([first], i) => {
    const on = first === 0 ? worth(1 / 3) : 0;
    near(values[i]!, [worth(1 / 9), on, on], 0.1);
  });
  const logps = await world.metered.measure(() => last!.actor.steps(ys));
  near(
    logps[1]!,
    [worth(1 / 3) - worth(1 / 9), 0, 1 - worth(1 / 3)].map((a) => a / beta - Math.log(3)),
    0.3,
  );
});

Deno.test("OREO's beam keeps the beginnings that the critic values most, and answers with the best end", async () => {
  const world = opened(undefined, opening);
  const questions = Array.from({ length: 90 }, (_, i) => opening.testbed.prompts("test")[i % 3]!);
  // What a state is worth by its moves: the last of as many 1s as there are, wherever they stand.
  const read: Answer[] = [];
  const critic = {
    values: (ys: readonly Answer[]) => {
      read.push(...ys);
      return Promise.resolve(ys.map((y) => {
        const before = y.prompt.begun?.tokens ?? [];
        const ones = (t: number) =>
          [...before, ...y.tokens.slice(0, t)].filter((move) => move === 1).length;
        return Float64Array.from(y.tokens, (_, t) => ones(t));
      }));
    },
  };
  const found = async (width: number) => {
    const ys = await beam(world.lab.reference, critic, questions, width, rng("beam"));
    ys.forEach((y, i) => {
      assert.equal(y.prompt, questions[i]);
      assert.deepEqual([y.length, y.logps.length, spansOf(y).length], [3, 3, 3]);
    });
    const again = await world.lab.reference.steps(ys);
    near(ys.flatMap(({ logps }) => logps), again.flatMap((logps) => [...logps]), 1e-5);
    // The last move is valued by none.
    return ys.flatMap(({ tokens }) => tokens.slice(0, 2)).filter((move) => move === 1).length / 180;
  };
  // Of each two moves 1 is drawn a third of the time by itself, and missed by four draws a fifth.
  const [one, four, eight] = [await found(1), await found(4), await found(8)];
  assert.ok(Math.abs(one - 1 / 3) < 0.12 && four > 0.7 && eight > 0.9, `${one}, ${four}, ${eight}`);
});
