import assert from "node:assert/strict";
import {
  type Answer,
  type Answers,
  type Example,
  type Expr,
  input,
  type Lab,
  type Likelihood,
  type Prompt,
  rng,
  type Scope,
  softPreference,
} from "../core/mod.ts";
import { showToken, tellingTokens } from "../benchmarks/sequences/language.ts";
import { gradient, interpret } from "../engine/mod.ts";
import { stride } from "../methods/apo-nesterov.ts";
import { remembered, simplex } from "../methods/cofs-dpo.ts";
import { stagesOf } from "../methods/curry-dpo.ts";
import { direction } from "../methods/dpa.ts";
import { matched } from "../methods/dno.ts";
import dpo from "../methods/dpo.ts";
import { directed } from "../methods/dpo-directed.ts";
import { met } from "../methods/egpo.ts";
import { followUp } from "../methods/flr.ts";
import { hybrid, others } from "../methods/hypo.ts";
import { anchored } from "../methods/inpo.ts";
import metaRm, { spread, type Unlabelled } from "../methods/meta-rm.ts";
import { shifted } from "../methods/modpo.ts";
import { competing } from "../methods/ofs-dpo.ts";
import { pushed } from "../methods/pg-offline.ts";
import { half, prepared } from "../methods/pipeline.ts";
import { turned } from "../methods/rm-flip.ts";
import { folds, softened, strengths } from "../methods/rm-soft.ts";
import { hinge } from "../methods/rso-hinge.ts";
import { reject } from "../methods/rso.ts";
import { optimistic } from "../methods/selm.ts";
import { slerp } from "../methods/slerp-merge.ts";
import { surrogate } from "../methods/spo.ts";
import { certainty, smoothed } from "../methods/upo.ts";

/** One answer's numbers under policy and reference: log-probability or value. What is absent is NaN. */
interface Numbers {
  readonly pi: number;
  readonly ref?: number;
  readonly length?: number;
}

/** A loss on a batch of one, in double precision, with its slope by the policy's number of each answer. */
function at<S>(
  loss: (scope: S) => Expr,
  answers: { readonly [slot: string]: Numbers },
  numbers: { readonly [name: string]: number } = {},
): { value: number; slopes: { [slot: string]: number } } {
  const feeds: { [name: string]: number[] } = {};
  const leaf = (name: string, x: number) => {
    feeds[name] = [x];
    return input(name, [1]);
  };
  const leaves = new Map<Answers, { pi: Expr; ref: Expr }>();
  const scope: { [name: string]: unknown } = {};
  for (const [slot, { pi, ref = NaN, length = 1 }] of Object.entries(answers)) {
    const y: Answers = { length: leaf(`length/${slot}`, length), packed: {} };
    leaves.set(y, { pi: leaf(`pi/${slot}`, pi), ref: leaf(`ref/${slot}`, ref) });
    scope[slot] = y;
  }
  for (const [name, x] of Object.entries(numbers)) scope[name] = leaf(name, x);
  const policy = (who: "pi" | "ref"): Partial<Likelihood> => ({
    logp: (y) => leaves.get(y)![who],
    value: (y) => leaves.get(y)![who],
  });
  const value = loss({ ...scope, pi: policy("pi"), ref: policy("ref") } as S);
  const slopes = gradient(value, [...leaves.values()].map(({ pi }) => pi));
  const found = interpret({ value, ...Object.fromEntries(slopes.map((g, i) => [i, g])) }, feeds);
  return {
    value: found.value![0]!,
    slopes: Object.fromEntries(Object.keys(answers).map((slot, i) => [slot, found[i]![0]!])),
  };
}
const near = (a: number, b: number, within = 1e-6) =>
  assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);

/** The catalogue's test vector: w = 1, l = 0.5, Δ = 0.5. */
const chosen = { pi: -5, ref: -6, length: 4 };
const rejected = { pi: -4, ref: -4.5, length: 5 };
const same = { chosen: { pi: -5, ref: -5 }, rejected: { pi: -4, ref: -4 } };

Deno.test("HyPO: DPO's loss plus λ times the weighted log-probability of its own answer", () => {
  const loss = (scope: Parameters<typeof hybrid>[0]) => hybrid(scope, { beta: 0.1, lambda: 0.02 });
  // The reference of an own answer is read at rest, never in the loss.
  const { value, slopes } = at(loss, { chosen, rejected, own: { pi: -3 } }, { weight: 0.7 });
  near(value, 0.668460 + 0.02 * 0.7 * -3);
  // −β σ(−βΔ) with σ(−0.05) = 0.4875026.
  near(slopes.chosen!, -0.04875026);
  near(slopes.rejected!, 0.04875026);
  near(slopes.own!, 0.014);
  near(at(loss, { ...same, own: { pi: -3 } }, { weight: 0 }).value, Math.LN2);
});

Deno.test("HyPO: the baseline is the mean of the others, and of a lone sample 0", () => {
  assert.deepEqual([0, 1, 2].map((i) => others([1, 2, 6], i)), [4, 3.5, 1.5]);
  assert.equal(others([3], 0), 0);
});

Deno.test("HyPO: over all pairs of samples the weights give the exact gradient of KL(π‖π_ref)", () => {
  const [pi, ref] = [[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]];
  const costs = pi.map((p, a) => Math.log(p / ref[a]!));
  const kl = pi.reduce((sum, p, a) => sum + p * costs[a]!, 0);
  // By logit a the KL falls or rises by π_a (log π_a/π_ref,a − KL).
  const exact = pi.map((p, a) => p * (costs[a]! - kl));
  const found = [0, 0, 0];
  pi.forEach((p, a) =>
    pi.forEach((q, b) =>
      [a, b].forEach((y, i) => {
        const weight = costs[y]! - others([costs[a]!, costs[b]!], i);
        // ∂ log π(y) / ∂ logit k is 1[y = k] − π_k; the mean over both samples.
        pi.forEach((r, k) => found[k]! += p * q * weight * ((y === k ? 1 : 0) - r) / 2);
      })
    )
  );
  exact.forEach((g, a) => near(found[a]!, g, 1e-12));
});

const rivalry = (scope: Parameters<typeof competing>[0]) =>
  competing(scope, { beta: 0.1, alpha: 0.2 });

Deno.test("OFS: level learners at the reference pay (1 ± α) log 2", () => {
  near(at(rivalry, same, { margin: -1, side: 1 }).value, 1.2 * Math.LN2);
  near(at(rivalry, same, { margin: -1, side: -1 }).value, 0.8 * Math.LN2);
});

Deno.test("OFS: the fast learner keeps ahead, the slow one catches up, and margins are cut off at 10", () => {
  // log π(w) − log π(l) is −1, the rival's −2: ahead by β · 1 = 0.1.
  const fast = at(rivalry, { chosen, rejected }, { margin: -2, side: 1 });
  near(fast.value, 0.668460 + 0.2 * 0.644397);
  // −β [σ(−0.05) + α σ(−0.1)].
  near(fast.slopes.chosen!, -0.1 * (0.4875026 + 0.2 * 0.4750208));
  const slow = at(rivalry, { chosen, rejected }, { margin: -2, side: -1 });
  near(slow.value, 0.668460 - 0.2 * 0.744397);
  // −β [σ(−0.05) + α σ(0.1)]: the further ahead it is, the harder it is pushed on.
  near(slow.slopes.chosen!, -0.1 * (0.4875026 + 0.2 * 0.5249792));
  const far = at(rivalry, { chosen: { pi: 0, ref: -200 }, rejected: { pi: -20, ref: -20 } }, {
    margin: -180,
    side: -1,
  });
  near(far.slopes.chosen!, 0);
  near(far.value, Math.log1p(Math.exp(-10)) - 0.2 * Math.log1p(Math.exp(10)));
});

Deno.test("COFS: the combinations tried are all multiples of 1/grid that sum to 1", () => {
  assert.deepEqual(simplex(1, 4), [[1]]);
  assert.deepEqual(simplex(2, 2), [[0, 1], [0.5, 0.5], [1, 0]]);
  const three = simplex(3, 2);
  assert.equal(three.length, 6);
  for (const row of three) near(row.reduce((a, b) => a + b), 1);
});

Deno.test("COFS: of each domain it remembers so many pairs and no more, all of that domain", () => {
  const stream = Array.from({ length: 200 }, (_, i) => i);
  const kept = remembered(stream, { domains: 2, memory: 16 }, rng(1));
  assert.deepEqual(kept.map((part) => new Set(part).size), [16, 16]);
  kept.forEach((part, d) => assert.ok(part.every((i) => Math.floor(i / 100) === d)));
});

Deno.test("DPA: the directions that are scored are those that prompts have words for", () => {
  for (let k = 0; k <= 8; k++) {
    const weights = direction(k, 8);
    const degrees = Math.atan2(weights[1], weights[0]) * 180 / Math.PI;
    near(degrees, 90 * k / 8, 1e-9);
    assert.deepEqual(tellingTokens({ weights }).map(showToken), [`[${Math.round(degrees)}°]`]);
  }
});

Deno.test("DPO told a direction: of two ratings that of the higher weighted sum wins, in the words of that direction", () => {
  const y = (token: number): Answer => (
    { prompt: { id: "p", tokens: [9] }, tokens: [token], length: 1 }
  );
  const lab = {
    offline: () => [
      { answer: y(0), firstScore: 1, secondScore: 0 },
      { answer: y(1), firstScore: 0, secondScore: 1 },
    ],
    told: ({ id }: Prompt, { weights }: { weights: readonly number[] }) => (
      { id, tokens: [Math.round(100 * weights[0]!)] }
    ),
  } as unknown as Parameters<typeof directed>[0];
  const pairs = directed(lab, 4).map(({ chosen, rejected }) => {
    assert.deepEqual(chosen.prompt, rejected.prompt);
    return [...chosen.prompt.tokens, ...chosen.tokens];
  });
  // Half-way between the objectives the two are equals, but for the last digit.
  assert.deepEqual(pairs.filter(([said]) => said !== 71), [[100, 0], [92, 0], [38, 1], [0, 1]]);
});

Deno.test("SLERP: t = 0 and 1 are the parents, between them the weights of the sphere", () => {
  const products = (aa: number, ab: number, bb: number) => [[aa, ab], [ab, bb]];
  const check = (found: readonly number[], a: number, b: number) => {
    near(found[0]!, a);
    near(found[1]!, b);
  };
  check(slerp(products(4, 1, 1), 0), 1, 0);
  check(slerp(products(4, 1, 1), 1), 0, 1);
  // Unrelated parents are at right angles: (a + b)/√2 keeps the length that their mean would lose.
  check(slerp(products(1, 0, 1), 0.5), Math.SQRT1_2, Math.SQRT1_2);
  // Lengths 2 and 3 at 60°: sin 30° / sin 60°; at t = 1/3, sin 40° and sin 20° by sin 60°.
  check(slerp(products(4, 3, 9), 0.5), 0.5773503, 0.5773503);
  check(slerp(products(4, 3, 9), 1 / 3), 0.7422272, 0.3949308);
  // All but parallel, opposite, or nothing at all: the weighted mean.
  check(slerp(products(4, 4, 4), 0.25), 0.75, 0.25);
  check(slerp(products(4, -4, 4), 0.25), 0.75, 0.25);
  check(slerp(products(0, 0, 0), 0.25), 0.75, 0.25);
});

Deno.test("APO: exact rounds with momentum follow the closed form S_t = t/(1−α) − α(1−αᵗ)/(1−α)²", () => {
  for (const alpha of [0, 0.3, 0.9]) {
    const [forward, back] = stride(alpha);
    let [now, hat] = [0, 0];
    for (let t = 1; t <= 20; t++) {
      // A perfect round adds r/β, here 1, to where it began.
      const next = now + 1;
      near(next, t / (1 - alpha) - alpha * (1 - alpha ** t) / (1 - alpha) ** 2, 1e-9);
      // Plain rounds with β(1 − α) add 1/(1 − α) each, and are never behind.
      assert.ok(next <= t / (1 - alpha) + 1e-9);
      [now, hat] = [forward * next + back * hat, next];
    }
  }
});

Deno.test("SPO: a policy gradient on the ratio of whole answers, cut where it has moved far enough", () => {
  const clipped = (scope: Parameters<typeof surrogate>[0]) => surrogate(scope, { clip: 0.2 });
  const found = (pi: number, advantage: number) =>
    at(clipped, { answer: { pi } }, { behaviour: -5, advantage });
  for (const advantage of [-0.5, 0, 0.5]) {
    const { value, slopes } = found(-5, advantage);
    near(value, -advantage);
    near(slopes.answer!, -advantage);
  }
  // e^0.3 = 1.349859 is beyond 1.2: a winner gains no more, a loser still loses.
  near(found(-4.7, 0.5).value, -0.6);
  near(found(-4.7, 0.5).slopes.answer!, 0);
  near(found(-4.7, -0.5).slopes.answer!, 0.674929);
  near(found(-5.3, -0.5).slopes.answer!, 0);
  near(found(-5.3, 0.5).slopes.answer!, -0.370409);
});

Deno.test("DNO: a round's exact end is multiplicative weights, and it begins at log 2", () => {
  const loss = (scope: Parameters<typeof matched>[0]) => matched(scope, { eta: 0.3 });
  const pair = (left: number, right: number, before: number, strength: number) =>
    at(loss, { left: { pi: left }, right: { pi: right } }, { before, strength });
  const start = pair(-5, -4, -1, 0.7);
  near(start.value, Math.LN2);
  near(start.slopes.left!, -0.3 * 0.2);
  near(start.slopes.right!, 0.3 * 0.2);
  // z = 0.3 · 2: log(1 + e^0.6) − 0.7 · 0.6, and 0.3 · (σ(0.6) − 0.7).
  near(pair(-3, -4, -1, 0.7).value, 1.037488 - 0.42);
  near(pair(-3, -4, -1, 0.7).slopes.left!, 0.3 * (0.645656 - 0.7));
  // π_t · exp(r/η): each pair is where its strength puts it, whatever π_t was.
  const [before, wins] = [[-1, -2, -0.5], [0.9, 0.2, 0.4]];
  const after = before.map((logp, a) => logp + wins[a]! / 0.3 + 7);
  for (const [a, b] of [[0, 1], [2, 0], [1, 2]] as const) {
    const strength = 1 / (1 + Math.exp(wins[b]! - wins[a]!));
    const { slopes } = pair(after[a]!, after[b]!, before[a]! - before[b]!, strength);
    near(slopes.left!, 0, 1e-12);
  }
});

/** P(a beats b) of four answers, in no order; and two policies over them. */
const table = [
  [0.5, 0.8, 0.3, 0.6],
  [0.2, 0.5, 0.9, 0.4],
  [0.7, 0.1, 0.5, 0.75],
  [0.4, 0.6, 0.25, 0.5],
];
const [drawer, frozen] = [[0.1, 0.4, 0.3, 0.2], [0.3, 0.3, 0.2, 0.2]];
const faced = (policy: readonly number[], beats: readonly (readonly number[])[] = table) =>
  beats.map((row) => row.reduce((sum, p, b) => sum + p * policy[b]!, 0));
/** Mean slope by each answer's log-probability, over all pairs (a, b) with these weights. */
function pull(
  weight: (a: number, b: number) => number,
  slopes: (a: number, b: number) => { readonly [slot: string]: number },
): number[] {
  const total = table.map(() => 0);
  table.forEach((_, a) =>
    table.forEach((_, b) => {
      const [left, right] = Object.values(slopes(a, b)) as [number, number];
      total[a]! += weight(a, b) * left;
      total[b]! += weight(a, b) * right;
    })
  );
  return total;
}

Deno.test("INPO: over the drawer's pairs and their labels a round ends at a step of mirror descent", () => {
  const [tau, eta] = [0.1, 0.5];
  const loss = (scope: Parameters<typeof anchored>[0]) => anchored(scope, { tau, eta });
  const pair = (pi: readonly number[]) => (a: number, b: number) =>
    at(loss, {
      chosen: { pi: pi[a]!, ref: Math.log(frozen[a]!) },
      rejected: { pi: pi[b]!, ref: Math.log(frozen[b]!) },
    }, { before: Math.log(drawer[a]! / drawer[b]!) });
  // π_ref^(τ/η) · π_t^(1 − τ/η) · exp(P(y beats π_t)/η), up to a factor.
  const wins = faced(drawer);
  const end = wins.map((win, a) =>
    0.2 * Math.log(frozen[a]!) + 0.8 * Math.log(drawer[a]!) + win / eta + 3
  );
  const labelled = (a: number, b: number) => drawer[a]! * drawer[b]! * table[a]![b]!;
  pull(labelled, (a, b) => pair(end)(a, b).slopes).forEach((slope) => near(slope, 0, 1e-12));
  // Where all three are one policy: 1/4η², with slopes −1/η and 1/η.
  const level = at(loss, { chosen: { pi: -2, ref: -2 }, rejected: { pi: -1, ref: -1 } }, {
    before: -1,
  });
  near(level.value, 1);
  near(level.slopes.chosen!, -2);
  near(level.slopes.rejected!, 2);
});

Deno.test("EGPO: over any pairs a round ends at the step of mirror descent against its opponent", () => {
  const [tau, step] = [0.1, 2];
  const loss = (scope: Parameters<typeof met>[0]) => met(scope, { tau, step });
  const wins = faced([0.7, 0.1, 0.1, 0.1]);
  const end = wins.map((win, a) =>
    0.2 * Math.log(frozen[a]!) + 0.8 * Math.log(drawer[a]!) + step * win - 5
  );
  const pair = (pi: readonly number[]) => (a: number, b: number) =>
    at(loss, {
      left: { pi: pi[a]!, ref: Math.log(frozen[a]!) },
      right: { pi: pi[b]!, ref: Math.log(frozen[b]!) },
    }, { before: Math.log(drawer[a]! / drawer[b]!), gap: wins[a]! - wins[b]! }).slopes;
  pull((a, b) => drawer[a]! * frozen[b]!, pair(end)).forEach((slope) => near(slope, 0, 1e-12));
});

Deno.test("EGPO: at a step of 1/τ its slope is the paper's, (4/A)(u − mean u) over even pairs", () => {
  const tau = 0.1;
  const loss = (scope: Parameters<typeof met>[0]) => met(scope, { tau, step: 1 / tau });
  const [pi, wins] = [drawer.map(Math.log), faced(drawer)];
  const found = pull(() => 1 / 16, (a, b) =>
    at(loss, {
      left: { pi: pi[a]!, ref: Math.log(frozen[a]!) },
      right: { pi: pi[b]!, ref: Math.log(frozen[b]!) },
    }, { before: 17, gap: wins[a]! - wins[b]! }).slopes);
  const u = pi.map((logp, a) => logp - Math.log(frozen[a]!) - wins[a]! / tau);
  const mean = u.reduce((a, b) => a + b) / 4;
  found.forEach((slope, a) => near(slope, u[a]! - mean, 1e-9));
});

Deno.test("EGPO: on skewed rock, paper, scissors exact rounds reach the Nash policy that mirror descent goes round", () => {
  const beats = [[0.5, 1, 0], [0, 0.5, 1], [1, 0, 0.5]];
  const [tau, step] = [0.01, 0.3];
  const ref = [0, 1, -1];
  const policyOf = (logits: readonly number[]) => {
    const weights = logits.map((x) => Math.exp(x - Math.max(...logits)));
    const total = weights.reduce((a, b) => a + b);
    return weights.map((w) => w / total);
  };
  const moved = (theta: readonly number[], opponent: readonly number[]) =>
    faced(policyOf(opponent), beats).map((win, a) =>
      (1 - tau * step) * theta[a]! + tau * step * ref[a]! + step * win
    );
  /** max V(π′, π) − min V(π, π′) of the game with a KL of strength τ: best responses are ref · exp(P/τ). */
  const gap = (theta: readonly number[]) => {
    const [pi, mu] = [policyOf(theta), policyOf(ref)];
    const wins = faced(pi, beats);
    const top = Math.max(...wins);
    const best = top + tau * Math.log(
          mu.reduce((sum, p, a) => sum + p * Math.exp((wins[a]! - top) / tau), 0),
        );
    const kl = pi.reduce((sum, p, a) => sum + p * Math.log(p / mu[a]!), 0);
    return 2 * (best + tau * kl - 0.5);
  };
  let [plain, ahead]: number[][] = [ref, ref];
  for (let t = 0; t < 3000; t++) {
    plain = moved(plain!, plain!);
    ahead = moved(ahead!, moved(ahead!, ahead!));
  }
  assert.ok(Math.abs(gap(ahead!)) < 1e-9, `${gap(ahead!)}`);
  assert.ok(gap(plain!) > 0.2, `${gap(plain!)}`);
});

Deno.test("SPIN: where the policy gives what the demonstrations do, no answer is pulled on average", () => {
  const loss = (scope: Scope<"pairs">) => dpo.loss(scope, { beta: 0.3 });
  const shown = [0.5, 0.3, 0.2];
  const pulls = (own: readonly number[]) => {
    const pull = [0, 0, 0];
    shown.forEach((p, real) =>
      own.forEach((q, drawn) => {
        const { value, slopes } = at(loss, {
          chosen: { pi: Math.log(own[real]!), ref: Math.log(own[real]!) },
          rejected: { pi: Math.log(q), ref: Math.log(q) },
        });
        near(value, Math.LN2);
        pull[real]! += p * q * slopes.chosen!;
        pull[drawn]! += p * q * slopes.rejected!;
      })
    );
    return pull;
  };
  for (const pull of pulls(shown)) near(pull, 0, 1e-12);
  // Elsewhere the loss rises with what is given too often, by λ/2 of the difference.
  pulls([0.2, 0.3, 0.5]).forEach((pull, a) => near(pull, 0.15 * [-0.3, 0, 0.3][a]!, 1e-12));
});

Deno.test("RSO: the hinge is the catalogue's, and flat once the margin is reached", () => {
  const loss = (scope: Parameters<typeof hinge>[0]) => hinge(scope, 0.1);
  const { value, slopes } = at(loss, { chosen, rejected });
  near(value, 0.95);
  near(slopes.chosen!, -0.1);
  near(slopes.rejected!, 0.1);
  const over = at(loss, { chosen: { pi: -5, ref: -20 }, rejected: { pi: -4, ref: -4 } });
  near(over.value, 0, 0);
  near(over.slopes.chosen!, 0, 0);
});

const answers = (n: number): Answer[] =>
  Array.from(
    { length: n },
    (_, i) => ({ prompt: { id: "x", tokens: [0] }, tokens: [i], length: 1 }),
  );

Deno.test("RSO: what is kept of many candidates follows π_ref · exp(r/β) / Z", () => {
  // Half of the start policy's answers have reward 0, half log 3: at β = 1 the odds become 1 : 3.
  const random = rng("reject");
  let good = 0;
  for (let k = 0; k < 2000; k++) {
    const draws = random.split(k);
    const rewards = answers(64).map(() => draws.below(2) ? Math.log(3) : 0);
    const kept = reject(answers(64), rewards, 1, 1, draws);
    good += kept[0]!.reward > 0 ? 1 : 0;
  }
  near(good / 2000, 0.75, 4 * Math.sqrt(0.75 * 0.25 / 2000));
});

Deno.test("RSO: a small β keeps the best, and as many candidates as kept are all kept", () => {
  const rewards = [3, 1, 4, 1.5, 5, 9, 2, 6];
  const best = reject(answers(8), rewards, 3, 1e-6, rng(1));
  assert.deepEqual(best.map(({ reward }) => reward), [9, 6, 5]);
  const all = reject(answers(8), rewards, 8, 1, rng(1));
  assert.deepEqual(all.map(({ reward }) => reward).toSorted(), rewards.toSorted());
});

Deno.test("FLR: a follow-up's loss is its negative log-likelihood, and the reward the difference of two", () => {
  near(at(followUp, { answer: { pi: 0 } }, { good: 1 }).value, Math.LN2);
  const [good, bad] = [1, 0].map((good) => at(followUp, { answer: { pi: 1 } }, { good }));
  near(good!.value, 0.313262);
  near(bad!.value, 1.313262);
  // Ten wordings of each polarity, alike: mean log p over F⁺ less that over F⁻ is the logit.
  const mean = (loss: number) => -loss - Math.log(10);
  near(mean(good!.value) - mean(bad!.value), 1);
  // Three good follow-ups to one bad: no slope where the odds are 3.
  const slopes = [1, 1, 1, 0].map((good) =>
    at(followUp, { answer: { pi: Math.log(3) } }, { good }).slopes.answer!
  );
  near(slopes.reduce((a, b) => a + b), 0);
});

Deno.test("UPO: members that agree are certain, those at odds say nothing", () => {
  near(certainty([0.5, 0.5]).bald, 0);
  near(certainty([0.8]).bald, 0);
  const split = certainty([1, 0]);
  assert.equal(split.mean, 0.5);
  near(split.bald, Math.LN2);
  // H(0.75) − [H(0.9) + H(0.6)]/2 = 0.562335 − (0.325083 + 0.673012)/2.
  near(certainty([0.9, 0.6]).bald, 0.063288);
});

Deno.test("UPO: a sure pair is DPO's, an unsure one conservative DPO's, and imitation is a token's", () => {
  const loss = (lambda: number) => (scope: Parameters<typeof smoothed>[0]) =>
    smoothed(scope, { beta: 0.1, lambda });
  near(at(loss(0), { chosen, rejected }, { strength: 1 }).value, 0.668460);
  near(at(loss(0), { chosen, rejected }, { strength: 0.9 }).value, 0.673460);
  near(at(loss(0.1), { chosen, rejected }, { strength: 1 }).value, 0.668460 + 0.1 * 5 / 4);
  // Even odds: the contrast pulls nowhere at a margin of 0, and imitation alone is left.
  const even = at(loss(0.1), same, { strength: 0.5 });
  near(even.slopes.rejected!, 0);
  near(even.slopes.chosen!, -0.1);
});

Deno.test("a soft label is DPO's at strength 1, and has a finite margin that it asks for at others", () => {
  const loss = (scope: Scope<"pairs">) => softPreference(scope, 0.1).mean();
  const dposLoss = 0.668460;
  near(at(loss, { chosen, rejected }, { strength: 1 }).value, dposLoss);
  // The other label's loss is z = 0.05 more.
  near(at(loss, { chosen, rejected }, { strength: 0.8 }).value, dposLoss + 0.2 * 0.05);
  const start = at(loss, same, { strength: 0.8 });
  near(start.value, Math.LN2);
  near(start.slopes.chosen!, -0.1 * 0.3);
  near(start.slopes.rejected!, 0.1 * 0.3);
  // Where βΔ = log(0.8/0.2).
  const apart = { pi: -5 + 10 * Math.log(4), ref: -5 };
  near(at(loss, { ...same, chosen: apart }, { strength: 0.8 }).slopes.chosen!, 0);
  // At even odds nothing is asked, and below them the pair is turned round.
  near(at(loss, same, { strength: 0.5 }).slopes.chosen!, 0);
  near(at(loss, same, { strength: 0.2 }).slopes.chosen!, 0.1 * 0.3);
});

Deno.test("SELM: DPO's loss, and αβ of what lowers the log-ratio of an answer that nobody labelled", () => {
  const loss = (alpha: number) => (scope: Parameters<typeof optimistic>[0]) =>
    optimistic(scope, { beta: 0.1, alpha });
  const own = { pi: -3, ref: -5 };
  const { value, slopes } = at(loss(0.2), { chosen, rejected, own });
  near(value, 0.668460 + 0.2 * 0.1 * 2);
  near(slopes.chosen!, -0.04875026);
  near(slopes.rejected!, 0.04875026);
  // A loss falls against its slope: the third answer becomes less likely.
  near(slopes.own!, 0.02);
  const start = at(loss(0.2), { ...same, own: { pi: -3, ref: -3 } });
  near(start.value, Math.LN2);
  near(start.slopes.own!, 0.02);
  near(at(loss(0), { chosen, rejected, own }).value, 0.668460);
});

Deno.test("SELM: over the last policy's own answers the bonus is the slope of −α·β·KL(π_t‖π)", () => {
  const [alpha, beta] = [0.2, 0.1];
  const [last, pi] = [[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]];
  const kl = (p: readonly number[]) => last.reduce((sum, q, a) => sum + q * Math.log(q / p[a]!), 0);
  const bonus = last.reduce((sum, q, a) => {
    const own = { pi: Math.log(pi[a]!), ref: Math.log(q) };
    const scored = at(
      (scope: Parameters<typeof optimistic>[0]) => optimistic(scope, { beta, alpha }),
      { ...same, own },
    );
    return sum + q * (scored.value - Math.LN2);
  }, 0);
  near(bonus, -alpha * beta * kl(pi));
});

Deno.test("pipeline: repeated and contradictory comparisons are left out, and no pair is on both sides", () => {
  const [a, b, c, d] = answers(4) as [Answer, Answer, Answer, Answer];
  const pair = (chosen: Answer, rejected: Answer) => ({ chosen, rejected, strength: 1 });
  const given = [pair(a, b), pair(a, b), pair(c, d), pair(d, c), pair(a, d), pair(b, c)];
  const { train, valid } = prepared(given, 0.34, rng(1));
  const names = (pairs: typeof train) =>
    pairs.map(({ chosen, rejected }) => `${chosen.tokens}>${rejected.tokens}`);
  assert.equal(valid.length, 1);
  assert.deepEqual([...names(train), ...names(valid)].toSorted(), ["0>1", "0>3", "1>2"]);
});

Deno.test("pipeline: half of each block's arrays, and of a lone array that one", () => {
  const names = ["0", "1"].flatMap((l) =>
    ["query", "key", "value", "output"].map((part) => `${l}.attention.${part}`)
  );
  const some = half(names, 0.5, rng(1));
  assert.deepEqual(["0", "1"].map((l) => some.filter((n) => n.startsWith(l)).length), [2, 2]);
  assert.deepEqual(half(names, 1, rng(1)).toSorted(), names.toSorted());
  assert.deepEqual(half(["logits"], 0.5, rng(1)), ["logits"]);
});

Deno.test("modpo shifts DPO's margin by the others' rewards and divides by its weight", () => {
  const plain = at((scope: Parameters<typeof shifted>[0]) => shifted(scope, { beta: 0.1, w: 1 }), {
    chosen,
    rejected,
  }, { margin: 0 });
  near(plain.value, 0.668460); // DPO's
  const { value, slopes } = at(
    (scope: Parameters<typeof shifted>[0]) => shifted(scope, { beta: 0.1, w: 0.5 }),
    { chosen, rejected },
    { margin: 0.3 },
  );
  // (0.3 − 0.1 · 0.5) / 0.5 = 0.5: log(1 + e^0.5), and ∓0.1 / 0.5 · σ(0.5).
  near(value, 0.974077);
  near(slopes.chosen!, -0.124492);
  near(slopes.rejected!, 0.124492);
});

Deno.test("modpo's optimum on its own objective's population is that of the weighted rewards", () => {
  const [beta, w, first, second] = [0.1, 0.4, [0, 1, -0.5], [0.4, -0.3, 1]];
  const pi = first.map((r, a) => -2 + (w * r + (1 - w) * second[a]!) / beta);
  const slope = [0, 0, 0];
  for (const [a, b] of [[0, 1], [1, 0], [0, 2], [2, 0], [1, 2], [2, 1]] as const) {
    const { slopes } = at(
      (scope: Parameters<typeof shifted>[0]) => shifted(scope, { beta, w }),
      { chosen: { pi: pi[a]!, ref: -2 }, rejected: { pi: pi[b]!, ref: -2 } },
      { margin: (1 - w) * (second[a]! - second[b]!) },
    );
    const share = 1 / (1 + Math.exp(first[b]! - first[a]!));
    slope[a]! += share * slopes.chosen!;
    slope[b]! += share * slopes.rejected!;
  }
  slope.forEach((x) => near(x, 0, 1e-12));
});

Deno.test("curry-dpo's stages set the best against the last, then the next to last; ties are left out", () => {
  const prompt = { id: "p", tokens: [0] };
  const [a, b, c, d] = [0, 1, 2, 3].map((i): Answer => ({ prompt, tokens: [i], length: 1 }));
  const lists = [
    { answers: [a!, b!, c!, d!], scores: [1, 2 / 3, 1 / 3, 0] },
    { answers: [b!, a!, d!, c!], scores: [2 / 3, 2 / 3, 2 / 3, 0] },
  ];
  const drawn = (order: number) =>
    stagesOf(lists, order).map((pairs) =>
      pairs.map(({ chosen, rejected }) => `${chosen.tokens}${rejected.tokens}`)
    );
  assert.deepEqual(drawn(1), [["03", "12"], ["02"], ["01"]]);
  assert.deepEqual(drawn(-1), [["01"], ["02"], ["03", "12"]]);
  assert.deepEqual(drawn(0), [["03", "12", "02", "01"]]);
  assert.deepEqual(stagesOf(lists.slice(1), 1).length, 1);
});

Deno.test("PG on others' answers: each is pulled by its regularised reward above the baseline, and by no other's", () => {
  const loss = (scope: Parameters<typeof pushed>[0]) => pushed(scope, 0.5);
  const { value, slopes } = at(
    loss,
    { first: { pi: -0.5, ref: -1 }, second: { pi: -3, ref: -2 } },
    { firstScore: 0.5, secondScore: -0.5 },
  );
  // 0.5 − ½·0.5 = 0.25 and −0.5 + ½·1 = 0.
  near(slopes.first!, -0.25);
  near(slopes.second!, 0);
  near(value, 0.125);
});

Deno.test("soft labels: cross-entropy to the strength, at rest where the margin is the strength's logit", () => {
  const soft = (margin: number, strength: number) =>
    at(softened, { chosen: { pi: 1 + margin }, rejected: { pi: 1 } }, { strength });
  near(soft(0, 0.3).value, Math.LN2);
  near(soft(0, 0.3).slopes.chosen!, 0.2);
  near(soft(0, 0.3).slopes.rejected!, -0.2);
  // −0.8·log 0.8 − 0.2·log 0.2, where σ(d) = 0.8.
  near(soft(Math.log(4), 0.8).value, 0.500402);
  near(soft(Math.log(4), 0.8).slopes.chosen!, 0);
  // A certain label is the plain reward model's: −log σ(1).
  near(soft(1, 1).value, 0.313262);
  near(soft(-1, 0).value, 0.313262);
});

/** A pair of answers 2i and 2i + 1 to one prompt. */
const pairOf = (i: number): Example<"pairs"> => {
  const [chosen, rejected] = answers(2 * i + 2).slice(-2) as [Answer, Answer];
  return { chosen, rejected, strength: 1 };
};

Deno.test("strengths are those of the member that has not seen the pair, whatever the others learned", async () => {
  const pairs = Array.from({ length: 7 }, (_, i) => pairOf(i));
  folds(7, 3).forEach((missed, k) =>
    assert.deepEqual([...missed], [0, 1, 2, 3, 4, 5, 6].filter((i) => i % 3 === k))
  );
  let spent = 0;
  const lab = {
    get progress() {
      return spent;
    },
    // A member learns by heart: what it has seen it prefers by 9, and of other pairs it knows nothing.
    learner() {
      const seen = new Set<Answer>();
      return {
        step: (examples: readonly Example<"pairs">[]) => {
          spent += 0.1;
          examples.forEach(({ chosen }) => seen.add(chosen));
        },
        policy: {
          value: (ys: readonly Answer[]) =>
            Promise.resolve(
              Float64Array.from(ys, (y) => seen.has(y) ? 9 : y.tokens[0]! % 2 === 0 ? 0.25 : 0),
            ),
        },
      };
    },
  } as unknown as Lab;
  assert.deepEqual(await strengths(lab, pairs, { members: 3, fit: 0.5 }), pairs.map(() => 0.25));
  assert.ok(spent >= 0.5 && spent < 0.9);
});

Deno.test("the weakest pairs are turned round, as many as is said, and others stay", () => {
  const pairs = Array.from({ length: 5 }, (_, i) => pairOf(i));
  const found = turned(pairs, [0.5, -2, 3, -1, 0.1], 0.4);
  assert.deepEqual(
    found.map(({ chosen }, i) => chosen === pairs[i]!.rejected),
    [false, true, false, true, false],
  );
  assert.deepEqual(turned(pairs, [1, 2, 3, 4, 5], 0.19), pairs);
});

Deno.test("MetaRM: the spread is σ of how far rewards lie apart, over all pairs of k", () => {
  const of = (...names: readonly string[]) => (scope: { readonly [name: string]: Answers }) =>
    spread(
      { ...scope, answers: names.map((name) => scope[name]!) } as unknown as Scope<Unlabelled>,
    );
  // −(2/4)·σ(1), with slopes ∓½·σ(1)σ(−1): a step down the loss moves them apart.
  const two = at(of("a", "b"), { a: { pi: 2 }, b: { pi: 1 } });
  near(two.value, -0.5 * 0.7310586);
  near(two.slopes.a!, -0.5 * 0.1966119);
  near(two.slopes.b!, 0.5 * 0.1966119);
  // The sign of the gap is nobody's business.
  near(at(of("a", "b"), { a: { pi: 1 }, b: { pi: 2 } }).value, two.value);
  // −(2/9)·(σ(1) + σ(1) + σ(2)): the one in the middle is pulled to neither side.
  const three = at(of("a", "b", "c"), { a: { pi: 3 }, b: { pi: 2 }, c: { pi: 1 } });
  near(three.value, -2 / 9 * (2 * 0.7310586 + 0.8807971));
  near(three.slopes.b!, 0);
  near(three.slopes.a!, -2 / 9 * (0.1966119 + 0.1049936));
});

Deno.test("MetaRM: each step's gradient is taken where the ascent went, which began where the reward stands", async () => {
  // Parameters are one number: an ascent adds 0.5 to where it joined, a step takes twice where its gradient is from.
  interface Fake {
    value: number;
    readonly policy: { readonly at: number };
    step(examples: unknown, from?: { readonly at: number }): Promise<void>;
    rejoin(other: Fake): Promise<void>;
  }
  const made: Fake[] = [];
  const rates: unknown[] = [];
  const fake = (
    _: unknown,
    { from, rate }: { from?: { at: number }; rate?: number } = {},
  ): Fake => {
    const own: Fake = {
      value: from?.at ?? 1,
      get policy() {
        return { at: own.value };
      },
      step: (_, from) => {
        own.value = from ? own.value - 2 * from.at : own.value + 0.5;
        return Promise.resolve();
      },
      rejoin: (other) => {
        own.value = other.value;
        return Promise.resolve();
      },
    };
    made.push(own);
    rates.push(rate);
    return own;
  };
  const lab = {
    offline: () => [],
    prompts: (n: number) => Array<Prompt>(n).fill({ id: "p", tokens: [0] }),
    reference: { sample: (asked: readonly Prompt[]) => Promise.resolve(asked.map(() => ({}))) },
    rng: rng("meta"),
    learner: fake,
  } as unknown as Lab;
  const steps = metaRm.run(lab, { ascent: 0.3, samples: 2, prompts: 4 });
  const seen: unknown[] = [];
  for (let k = 0; k < 3; k++) seen.push((await steps.next()).value);
  // 1 − 2·1.5 = −2, then −2 − 2·(−1.5) = 1, then −2 again.
  assert.deepEqual(seen, [{ at: -2 }, { at: 1 }, { at: -2 }]);
  // The climber's rate is of a first step, at a tenth.
  assert.deepEqual(rates.filter((rate) => rate !== undefined), [3]);
});
