/** Losses over two answers and their scores, on numbers derived by hand. */
import assert from "node:assert/strict";
import type { Answer, Example } from "../core/mod.ts";
import { probe, type ProbeBatch } from "../lab/train/probe.ts";
import copg from "../methods/copg.ts";
import ipo from "../methods/ipo.ts";
import { aboveMean } from "../methods/pg-offline.ts";

const near = (x: number, y: number, within = 1e-9) =>
  assert.ok(Math.abs(x - y) <= within, `${x} is not ${y}`);

/** One context: log-probabilities of two answers, under policy and reference. */
const pair = (first: number, second: number, ref = [-1, -2]): ProbeBatch => ({
  chosen: [[first]],
  rejected: [[second]],
  ref_chosen: [[ref[0]!]],
  ref_rejected: [[ref[1]!]],
});

Deno.test("CoPG pulls each answer by its regularised reward above the other's", () => {
  // R_β = 2 − ½·0.5 and 1 + ½·1: the first is 1.75 − 1.5 = 0.25 ahead.
  const { value, gradient } = probe(copg, { ...pair(-0.5, -3), scores: [2, 1] }, { beta: 0.5 });
  near(value, -0.25 * 2.5);
  near(gradient.chosen![0]![0]!, -0.25);
  near(gradient.rejected![0]![0]!, 0.25);
  // At the reference the gap is that of the scores, and at β = 0 it is so everywhere.
  near(probe(copg, { ...pair(-1, -2), scores: [2, 1] }).gradient.chosen![0]![0]!, -1);
  const free = probe(copg, { ...pair(-0.5, -3), scores: [2, 1] }, { beta: 0 });
  near(free.gradient.rejected![0]![0]!, 1);
});

Deno.test("CoPG does not mind a constant added to all scores", () => {
  const at = (c: number) => probe(copg, { ...pair(-0.5, -3), scores: [2 + c, 1 + c] });
  near(at(1).gradient.chosen![0]![0]!, at(0).gradient.chosen![0]![0]!);
});

Deno.test("CoPG with scores half apart has the gradient of τ/2 times IPO's loss at τ = β", () => {
  for (const beta of [0.1, 0.5, 2]) {
    const batch = pair(-0.5, -3);
    const own = probe(copg, { ...batch, scores: [0.5, 0] }, { beta }).gradient;
    const theirs = probe(ipo, batch, { tau: beta }).gradient;
    for (const side of ["chosen", "rejected"]) {
      near(own[side]![0]![0]!, beta / 2 * theirs[side]![0]![0]!);
    }
  }
});

const beta = 0.5;
const reference = [0.5, 0.3, 0.2];
const rewards = [0, 1, 3];
/** Who wrote the answers: far from both the reference and the optimum. */
const writer = [0.1, 0.8, 0.1];
const optimum = (() => {
  const weights = reference.map((p, a) => p * Math.exp(rewards[a]! / beta));
  const total = weights.reduce((sum, w) => sum + w);
  return weights.map((w) => w / total);
})();

/** Expected slopes by logit on pairs that the writer wrote, given the slopes by log-probability. */
function slopes(
  policy: readonly number[],
  each: (a: number, b: number) => readonly [first: number, second: number],
): number[] {
  const found = policy.map(() => 0);
  policy.forEach((_, a) =>
    policy.forEach((_, b) =>
      each(a, b).forEach((slope, i) =>
        policy.forEach((p, k) =>
          found[k]! += writer[a]! * writer[b]! * slope * (([a, b][i] === k ? 1 : 0) - p)
        )
      )
    )
  );
  return found;
}

/** CoPG's own slopes by the log-probabilities of answers a and b. */
const contrast = (policy: readonly number[], shift = 0) => (a: number, b: number) => {
  const { gradient } = probe(copg, {
    chosen: [[Math.log(policy[a]!)]],
    rejected: [[Math.log(policy[b]!)]],
    ref_chosen: [[Math.log(reference[a]!)]],
    ref_rejected: [[Math.log(reference[b]!)]],
    scores: [rewards[a]! + shift, rewards[b]! + shift],
  }, { beta });
  return [gradient.chosen![0]![0]!, gradient.rejected![0]![0]!] as const;
};

/** The same with the mean of the writer's rewards, or none, as the baseline of each. */
const alone = (policy: readonly number[], baseline: number, shift = 0) => (a: number, b: number) =>
  [a, b].map((y) =>
    -(rewards[y]! + shift - beta * Math.log(policy[y]! / reference[y]!) - baseline)
  ) as unknown as readonly [number, number];

Deno.test("whoever wrote the answers, CoPG rests at the exact optimum, and moves from elsewhere", () => {
  slopes(optimum, contrast(optimum)).forEach((slope) => near(slope, 0));
  slopes(optimum, contrast(optimum, 1)).forEach((slope) => near(slope, 0));
  assert.ok(slopes(reference, contrast(reference)).some((slope) => Math.abs(slope) > 0.1));
});

Deno.test("with the writer's mean reward for a baseline, or none, the optimum is no resting place", () => {
  const mean = rewards.reduce((sum, r, a) => sum + writer[a]! * r, 0);
  for (const [baseline, shift] of [[mean, 0], [mean + 1, 1], [0, 0]] as const) {
    const found = slopes(optimum, alone(optimum, baseline, shift));
    assert.ok(found.some((slope) => Math.abs(slope) > 0.1), `${found}`);
  }
});

Deno.test("the baseline is the mean score of all answers to the same prompt", () => {
  const y = (id: string): Answer => ({ prompt: { id, tokens: [0] }, tokens: [0], length: 1 });
  const pair = (id: string, firstScore: number, secondScore: number): Example<"scores"> => (
    { first: y(id), second: y(id), firstScore, secondScore }
  );
  const found = aboveMean([pair("a", 1, 2), pair("b", 10, 30), pair("a", 3, 6)]);
  assert.deepEqual(found.map((e) => [e.firstScore, e.secondScore]), [[-2, -1], [-10, 10], [0, 3]]);
});
