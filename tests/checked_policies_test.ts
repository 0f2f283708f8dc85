/** Policy gradients and flows of what programs check, against formulas on plain numbers. */
import assert from "node:assert/strict";
import {
  type Answer,
  type Answers,
  constant,
  input,
  type Lab,
  type Likelihood,
  type Sample,
  Unsuited,
  worths,
} from "../core/mod.ts";
import { gradient, interpret } from "../engine/mod.ts";
import gflowvlm, { stepwise, stretched, varied } from "../methods/gflowvlm.ts";
import grpo, { type Relative, rolledOut, standing, surrogate } from "../methods/grpo.ts";
import visionR1, { ruled } from "../methods/vision-r1.ts";
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

// Flows: a first move 0 stops there, worth 1; a first move 1 is followed by one of two, worth 2 and 5.
const worth = [1, 2, 5];
const chances = worth.map((x) => x / 8);
const balanced = {
  pi: [[1 / 8], [7 / 8, 2 / 7], [7 / 8, 5 / 7]].map((row) => row.map(Math.log)),
  // Before a first move all 8, before a second 7.
  flows: [[8], [8, 7], [8, 7]].map((row) => row.map(Math.log)),
};
const padded = (rows: readonly (readonly number[])[]) =>
  rows.flatMap((row) => [...row, ...Array<number>(2 - row.length).fill(0)]);

/** A balance's loss and its slopes by each log π, of three answers of one, two and two steps. */
function balance(
  of: "varied" | "stepwise" | "stretched",
  { pi, flows }: typeof balanced,
) {
  const steps = input("pi", [3, 2]);
  const logRewards = worth.map(Math.log);
  const seen = {
    pi: { steps: () => steps, values: () => input("flows", [3, 2]) },
    answer: { length: input("length", [3]), packed: {} },
    logReward: input("logReward", [3]),
    within: input("within", [3, 2]),
    last: input("last", [3, 2]),
  };
  // One prompt, whose answers are the rows.
  const places = worth.map((_, k): Answers => ({
    length: input("length", [3]),
    packed: { k: input(`${k}`, []) },
  }));
  const group = {
    pi: { logp: (y: Answers) => steps.slice(0, places.indexOf(y), places.indexOf(y) + 1).sum(1) },
    answers: places,
    logRewards: logRewards.map((x) => constant([x], [1])),
  };
  const loss = of === "varied"
    ? varied(group)
    : of === "stepwise"
    ? stepwise(seen)
    : stretched(seen);
  const [slope] = gradient(loss, [steps]);
  const found = interpret({ loss, slope: slope! }, {
    pi: padded(pi),
    flows: padded(flows),
    length: [1, 2, 2],
    logReward: logRewards,
    within: [1, 0, 1, 1, 1, 1],
    last: [1, 0, 0, 1, 0, 1],
  });
  return { loss: found.loss![0]!, slope: [...found.slope!] };
}

Deno.test("GFlowVLM: every balance is 0, without a slope, where answers are as likely as they are worth", () => {
  for (const name of ["varied", "stepwise", "stretched"] as const) {
    const { loss, slope } = balance(name, balanced);
    close(loss, 0, 1e-12);
    allClose(slope, Array(6).fill(0), 1e-12);
  }
  allClose(balanced.pi.map((row) => Math.exp(row.reduce((a, b) => a + b))), chances, 1e-12);
});

Deno.test("GFlowVLM: a second move that is δ too likely costs δ² by whole answers, steps and stretches as counted by hand", () => {
  const delta = 0.6;
  const off = {
    ...balanced,
    pi: balanced.pi.with(1, [balanced.pi[1]![0]!, balanced.pi[1]![1]! + delta]),
  };
  // The variance of 0, −δ and 0.
  const whole = balance("varied", off);
  close(whole.loss, 2 / 9 * delta ** 2, 1e-12);
  // 2(ζ̄ − ζ)/K: down where too likely, up elsewhere.
  allClose(whole.slope, [-1, -1, 2, 2, -1, -1].map((x) => 2 / 9 * delta * x), 1e-12);
  // One step of the answer's two, and of its three stretches the two that hold it; the mean over three answers.
  close(balance("stepwise", off).loss, delta ** 2 / 2 / 3, 1e-12);
  close(balance("stretched", off).loss, 2 * delta ** 2 / 3 / 3, 1e-12);
  // A flow that is δ too small is off in the steps before and behind it, and in whole answers not at all.
  const dry = { ...balanced, flows: balanced.flows.with(1, [Math.log(8), Math.log(7) - delta]) };
  close(balance("varied", dry).loss, 0, 1e-12);
  close(balance("stepwise", dry).loss, 2 * delta ** 2 / 2 / 3, 1e-12);
  close(balance("stretched", dry).loss, 2 * delta ** 2 / 3 / 3, 1e-12);
});

Deno.test("GFlowVLM: a group is a prompt's own answers, fresh from the policy, with log R at the temperature", async () => {
  const { lab, lent, drawers } = lending(checked({ flops: 4e5, queries: 512 }).lab);
  await played(gflowvlm.run(lab, { ...gflowvlm.hyper, temperature: 0.5 }));
  const rounds = lent[0]!.lists as readonly (readonly {
    readonly answers: readonly Sample[];
    readonly logRewards: readonly number[];
  }[])[];
  assert.ok(rounds.length > 1);
  for (const groups of rounds) {
    assert.equal(groups.length, 8);
    for (const { answers, logRewards } of groups) {
      assert.equal(answers.length, 8);
      assert.equal(new Set(answers.map(({ prompt }) => prompt)).size, 1);
      assert.ok(answers.every((y) => drawers.get(y) === lent[0]!.made.policy));
      assert.deepEqual(logRewards, answers.map((y) => isRight(y) ? 2 : 0));
    }
  }
});

Deno.test("Vision-R1: form, recall and precision by hand, and stricter rules want more", () => {
  const all = (strict: boolean) =>
    [0.4, 0.5, 0.6, 0.75, 0.8, 0.9, 0.95].map((iou) => ruled({ format: 1, iou }, strict));
  allClose(all(false), [1, 1.5, 2.6, 2.75, 3, 3, 3], 1e-12);
  allClose(all(true), [1, 1, 1, 1.75, 2.8, 2.9, 3], 1e-12);
  assert.equal(ruled({ format: 0, iou: 0 }, false), 0);
  assert.throws(() => ruled({ reward: 1, format: 1 }, true), Unsuited);
});

Deno.test("Vision-R1: rules are lenient until so much of the budget is spent, and strict from then on", async () => {
  const overlaps = [0.4, 0.6, 0.8, 0.95];
  const overlapOf = (y: Answer) => overlaps[y.tokens[0]!]!;
  const { lab, lent } = lending(checked({ flops: 4e5, queries: 640 }).lab);
  const asked: boolean[] = [];
  const watched = new Proxy(lab, {
    get: (_, key: keyof Lab) =>
      key !== "check" ? lab[key] : async (ys: readonly Answer[]) => {
        asked.push(Math.max(lab.progress, lab.labelled) >= 0.4);
        await lab.check(ys);
        return ys.map((y) => ({ format: 1, iou: overlapOf(y) }));
      },
  });
  await played(visionR1.run(watched, { ...visionR1.hyper, refine: 0.4 }));
  const rounds = lent[0]!.lists as readonly (readonly Relative[])[];
  assert.deepEqual([...new Set(asked)], [false, true]);
  for (const [round, rollouts] of rounds.entries()) {
    assert.equal(rollouts.length, 64);
    for (let i = 0; i < rollouts.length; i += 4) {
      const group = rollouts.slice(i, i + 4);
      const rewards = group.map(({ answer }) =>
        ruled({ format: 1, iou: overlapOf(answer) }, asked[round]!)
      );
      assert.deepEqual(group.map(({ advantage }) => advantage[0]), standing(rewards));
    }
  }
});
