/** Policy gradients and flows of what programs check, against formulas on plain numbers. */
import assert from "node:assert/strict";
import {
  type Answers,
  input,
  type Likelihood,
  type Sample,
  Unsuited,
  worths,
} from "../core/mod.ts";
import { gradient, interpret } from "../engine/mod.ts";
import grpo, { type Relative, rolledOut, standing, surrogate } from "../methods/grpo.ts";
import { allClose, close } from "./close.ts";
import { checked, isRight } from "./fake/checked.ts";
import { lending, played } from "./fake/lab.ts";

Deno.test("GRPO: an answer's advantage is its reward about its group's mean, by their standard deviation", () => {
  allClose(standing([1, 0, 0, 0]), [1.5, -0.5, -0.5, -0.5], 1e-3);
  allClose(standing([3, 1]), [Math.SQRT1_2, -Math.SQRT1_2], 1e-4);
  assert.deepEqual(standing([1, 1, 1]), [0, 0, 0]);
  assert.deepEqual(standing([5]), [0]);
});

/** GRPO's loss and slopes by each log π, of a first answer of two steps and a second of one. */
function grpoAt(
  pi: readonly number[],
  { ref = pi, old = pi, advantage = [1, 1, -2, 0], clip = 0.2, kl = 0.04 } = {},
) {
  const steps = input("pi", [2, 2]);
  const policy = (of: typeof steps) => ({ steps: () => of }) as Partial<Likelihood> as Likelihood;
  const loss = surrogate({
    pi: policy(steps),
    ref: policy(input("ref", [2, 2])),
    answer: { length: input("length", [2]) } as Answers,
    behaviour: input("old", [2, 2]),
    advantage: input("advantage", [2, 2]),
  }, { clip, kl });
  const [slope] = gradient(loss, [steps]);
  const feeds = { pi: [...pi], ref: [...ref], old: [...old], advantage, length: [2, 1] };
  const found = interpret({ loss, slope: slope! }, feeds);
  return { loss: found.loss![0]!, slope: [...found.slope!] };
}

Deno.test("GRPO: at the sampling and the start policy its slope is that of the policy gradient, a mean over steps and then answers", () => {
  const { loss, slope } = grpoAt([-1, -2, -0.5, 0]);
  // −(1 − 2)/2, and −A/(2|y|) by each step.
  close(loss, 0.5, 1e-12);
  allClose(slope.slice(0, 3), [-1 / 4, -1 / 4, 1], 1e-12);
});

Deno.test("GRPO: a ratio that has left the clip has no slope, and KL is k3 by the reference over the policy", () => {
  const moved = grpoAt([Math.log(1.5) - 1, -2, Math.log(1.5) - 0.5, 0], {
    ref: [Math.log(1.5) - 1, -2 + Math.LN2, Math.log(1.5) - 0.5, 0],
    old: [-1, -2, -0.5, 0],
    kl: 0.1,
  });
  const k3 = 2 - Math.LN2 - 1;
  // Gains of 1.2, cut, and 1; then −3, not cut as it is a loss.
  close(moved.loss, -((1.2 + 1 - 0.1 * k3) / 2 + -3) / 2, 1e-12);
  // The slope of k3 by log π is 1 − exp(d).
  allClose(moved.slope.slice(0, 3), [0, -(1 - 0.1 * (1 - 2)) / 4, 3 / 2], 1e-12);
});

Deno.test("GRPO: without the group's mean right answers alone would count; here a wrong one is pushed away", async () => {
  const { lab, lent, drawers } = lending(checked({ flops: 2e5, queries: 1024 }).lab);
  await played(grpo.run(lab, grpo.hyper));
  assert.equal(lent.length, 1);
  const rounds = lent[0]!.lists as readonly (readonly Relative[])[];
  assert.ok(rounds.length > 1);
  for (const rollouts of rounds) {
    assert.equal(rollouts.length, 64);
    for (const { answer, behaviour, advantage } of rollouts) {
      assert.equal(drawers.get(answer), lent[0]!.made.policy);
      assert.deepEqual(behaviour, (answer as Sample).logps);
      const group = rollouts.filter((other) => other.answer.prompt === answer.prompt);
      const rights = group.map((other) => isRight(other.answer) ? 1 : 0);
      if (new Set(rights).size === 1) assert.deepEqual(advantage, [0]);
      else assert.equal(advantage[0]! > 0, isRight(answer));
    }
  }
  assert.deepEqual(rolledOut([[]], [[]]), []);
});

Deno.test("what an answer is worth is its reward where programs give one, else whether it is right", async () => {
  const saying = (checks: { readonly [name: string]: number }) => ({
    check: (ys: readonly unknown[]) => Promise.resolve(ys.map(() => checks)),
  });
  const y = { prompt: { id: "q", tokens: [0] }, tokens: [1], length: 1 };
  assert.deepEqual(await worths(saying({ reward: 0.3, solved: 1 }), [y]), [0.3]);
  assert.deepEqual(await worths(saying({ solved: 1 }), [y, y]), [1, 1]);
  await assert.rejects(worths(saying({ mended: 1 }), [y]), Unsuited);
});
