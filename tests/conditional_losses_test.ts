import assert from "node:assert/strict";
import {
  type Answers,
  constant,
  Expr,
  type Hyper,
  input,
  type Likelihood,
  logSoftmax,
  type Objective,
} from "../core/mod.ts";
import { gradient } from "../engine/gradient.ts";
import { interpret } from "../engine/interpret.ts";
import fspo from "../methods/fspo.ts";
import ipo from "../methods/ipo.ts";
import rationaleDpo from "../methods/rationale-dpo.ts";
import rewardAugmented from "../methods/reward-augmented.ts";
import rewardModel from "../methods/reward-model.ts";
import contextAware from "../methods/context-aware.ts";
import srpo from "../methods/srpo.ts";

/** [log π, log π_ref, length, value] of one answer. */
type Numbers = readonly [number, number?, number?, number?];

/** A loss on a batch of one, each answer given by its numbers. */
function loss(
  method: Objective,
  answers: { readonly [slot: string]: Numbers },
  hyper: Hyper = method.hyper,
): number {
  const one = (x = NaN) => constant([x], [1]);
  const slots = Object.entries(answers).map(([slot, [, , length = 1]]) => {
    const y: Answers = { length: one(length), packed: {} };
    return [slot, y] as const;
  });
  const found = (y: Answers) => answers[slots.find(([, other]) => other === y)![0]]!;
  const likelihood = (at: 0 | 1) => ({
    logp: (y: Answers) => one(found(y)[at]),
    value: (y: Answers) => one(found(y)[3]),
  });
  const scope = { ...Object.fromEntries(slots), pi: likelihood(0), ref: likelihood(1) };
  const value = method.loss(scope as never, { ...method.hyper, ...hyper });
  assert.ok(value instanceof Expr);
  return interpret({ value }, {}).value![0]!;
}
const as = (method: unknown) => method as Objective;
const near = (x: number, y: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(x - y) < tolerance, `${x} is not ${y}`);

Deno.test("SRPO: at the reference it is (1 − α) + α/2", () => {
  const level: Numbers = [-3, -3];
  const slots = ["chosen", "rejected", "raised", "lowered", "keptChosen", "keptRejected"];
  const all = Object.fromEntries(slots.map((slot) => [slot, level]));
  near(loss(as(srpo), all, { beta: 0.1, alpha: 0.5 }), 0.75);
  near(loss(as(srpo), all, { beta: 7, alpha: 0.2 }), 0.9);
});

Deno.test("SRPO: each term has its own draft", () => {
  // Log-ratios: B(w) = 1, B(l) = −1, A(w|l) = 2, A(l|w) = −3, A(w|w) = 0.5, A(l|l) = −0.5.
  const answers: { [slot: string]: Numbers } = {
    chosen: [-4, -5],
    rejected: [-4, -3],
    raised: [-2, -4],
    lowered: [-5, -2],
    keptChosen: [-1, -1.5],
    keptRejected: [-1.5, -1],
  };
  // β = 0.2: (0.2·7 − 1)² = 0.16; (0.2·2.5 − 0.5)² = 0; (0.2·(−3.5) + 0.5)² = 0.04.
  near(loss(as(srpo), answers, { beta: 0.2, alpha: 0 }), 0.16);
  near(loss(as(srpo), answers, { beta: 0.2, alpha: 1 }), 0.04);
  near(loss(as(srpo), answers, { beta: 0.2, alpha: 0.25 }), 0.75 * 0.16 + 0.25 * 0.04);
});

/** Rock, paper, scissors: the next answer is beaten four times in five. */
const beats = [[0.5, 0.8, 0.2], [0.2, 0.5, 0.8], [0.8, 0.2, 0.5]] as const;

/**
 * The policies that minimise a loss over labels of pairs drawn from μ, by gradient descent on the
 * logits of π (answers without a draft) and of π† (one row a draft), in double precision.
 */
function minimised(method: Objective, mu: readonly number[], hyper: Hyper) {
  const [plain, drafted] = [input("plain", [1, 3]), input("drafted", [3, 3])];
  const leaves = [plain, drafted];
  const rows = [logSoftmax(plain), logSoftmax(drafted)] as const;
  let value: Expr = constant([0], [1]);
  for (const w of [0, 1, 2]) {
    for (const l of [0, 1, 2]) {
      if (w === l) continue;
      const says = new Map<Answers, readonly [answer: number, draft?: number]>();
      const answer = (...said: readonly [number, number?]): Answers => {
        const y: Answers = { length: constant([1], [1]), packed: {} };
        says.set(y, said);
        return y;
      };
      const pi = {
        logp(y: Answers) {
          const [a, draft] = says.get(y)!;
          const row = draft === undefined ? rows[0] : rows[1].slice(0, draft, draft + 1);
          return row.slice(1, a, a + 1).reshape(1);
        },
      } as Likelihood;
      const ref = { logp: () => constant([-Math.log(3)], [1]) } as unknown as Likelihood;
      const scope = {
        pi,
        ref,
        chosen: answer(w),
        rejected: answer(l),
        raised: answer(w, l),
        lowered: answer(l, w),
        keptChosen: answer(w, w),
        keptRejected: answer(l, l),
      };
      const term = method.loss(scope as never, hyper) as Expr;
      value = value.add(term.mul(mu[w]! * mu[l]! * beats[w]![l]!));
    }
  }
  const total = value.sum();
  const reached = method.id === srpo.id ? leaves : [plain];
  const slopes = gradient(total, reached);
  const at: { [name: string]: number[] } = { plain: Array(3).fill(0), drafted: Array(9).fill(0) };
  const names = ["plain", "drafted"].slice(0, reached.length);
  const [first, second] = [1, 2].map(() =>
    Object.fromEntries(names.map((name) => [name, Array<number>(at[name]!.length).fill(0)]))
  ) as [typeof at, typeof at];
  for (let step = 1; step <= 2500; step++) {
    const found = interpret(Object.fromEntries(slopes.map((g, i) => [names[i]!, g])), at);
    const rate = 0.05 * (1 - step / 2501);
    for (const name of names) {
      found[name]!.forEach((g, i) => {
        first[name]![i] = 0.9 * first[name]![i]! + 0.1 * g;
        second[name]![i] = 0.99 * second[name]![i]! + 0.01 * g * g;
        at[name]![i]! -= rate * (first[name]![i]! / (1 - 0.9 ** step)) /
          (Math.sqrt(second[name]![i]! / (1 - 0.99 ** step)) + 1e-12);
      });
    }
  }
  const found = interpret({ plain: rows[0].exp(), drafted: rows[1].exp() }, at);
  return { plain: [...found.plain!], drafted: [...found.drafted!] };
}

Deno.test("SRPO's policy does not depend on who wrote the pairs; IPO's does, as computed in the catalogue", () => {
  const [left, right] = [[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]] as const;
  for (const mu of [left, right]) {
    const { plain, drafted } = minimised(as(srpo), mu, { beta: 0.3, alpha: 0.5, revisions: 5 });
    plain.forEach((p) => near(p, 1 / 3, 1e-3));
    // The revision is in proportion to exp(P(it beats its draft) / β).
    const odds = [0, 1, 2].map((draft) => [0, 1, 2].map((y) => Math.exp(beats[y]![draft]! / 0.3)));
    const total = Math.exp(0.5 / 0.3) + Math.exp(0.8 / 0.3) + Math.exp(0.2 / 0.3);
    odds.flat().forEach((x, i) => near(drafted[i]!, x / total, 1e-3));
  }
  for (
    const [mu, expected] of [
      [left, [0.285, 0.141, 0.574]],
      [right, [0.141, 0.574, 0.285]],
    ] as const
  ) {
    minimised(as(ipo), mu, { tau: 0.3 }).plain.forEach((p, y) => near(p, expected[y]!, 1e-3));
  }
});

Deno.test("FSPO is the square of what a margin lacks of 1/2β", () => {
  // A margin of 3, where 5 is wanted.
  near(loss(as(fspo), { chosen: [-1, -3], rejected: [-4, -3] }, { beta: 0.1 }), 4);
  near(loss(as(fspo), { chosen: [-3, -3], rejected: [-2, -2] }, { beta: 0.25 }), 4);
});

Deno.test("reward-augmented data are two pairs of DPO, whose losses cancel to first order where the goal is not read", () => {
  const margin = 3;
  const there = loss(as(rewardAugmented), { chosen: [-1, -3], rejected: [-4, -3] }, { beta: 0.2 });
  const back = loss(as(rewardAugmented), { chosen: [-4, -3], rejected: [-1, -3] }, { beta: 0.2 });
  near(there, Math.log(1 + Math.exp(-0.2 * margin)));
  near(back - there, 0.2 * margin);
});

Deno.test("rationales add γ times the reason's loss a token, without a reference", () => {
  const pair = { chosen: [-3, -3] as Numbers, rejected: [-2, -2] as Numbers };
  // Two tokens of −2 nats each in mean, at any reference.
  for (const reference of [-1, undefined]) {
    const answers = { ...pair, why: [-4, reference, 2] as Numbers };
    near(loss(as(rationaleDpo), answers, { beta: 0.1, gamma: 0.5 }), Math.log(2) + 0.5 * 2);
  }
});

Deno.test("both reward models are Bradley–Terry on the value head alone", () => {
  for (const method of [rewardModel, contextAware]) {
    const answers = {
      chosen: [-9, -1, 1, 0.25] as Numbers,
      rejected: [-1, -9, 1, -0.75] as Numbers,
    };
    near(loss(as(method), answers), Math.log(1 + Math.exp(-1)));
    assert.equal(method.implied!({ logp: 1, reference: 2, length: 3, value: 0.5 }, {}), 0.5);
  }
});
