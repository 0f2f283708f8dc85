/** Losses and programs of vision: numbers by hand, and what each does with its lab. */
import assert from "node:assert/strict";
import {
  type Answer,
  type Answers,
  constant,
  type Example,
  input,
  type Likelihood,
  type Objective,
  type Prompt,
  rng,
  type Sample,
  type SampleOptions,
  type Scope,
  written,
} from "../core/mod.ts";
import { captions } from "../benchmarks/vision/captions.ts";
import { counting } from "../benchmarks/vision/counting.ts";
import { cpu, gradient, interpret } from "../engine/mod.ts";
import type { ModelPolicy } from "../lab/train/policy.ts";
import { probe } from "../lab/train/probe.ts";
import dpo from "../methods/dpo.ts";
import dpoEdited from "../methods/dpo-edited.ts";
import opaDpo, { corrected } from "../methods/opa-dpo.ts";
import scl, { contradicted, preferred } from "../methods/scl.ts";
import sclSft from "../methods/scl-sft.ts";
import { close } from "./close.ts";
import { lending, opened, played } from "./fake/lab.ts";
import { keeping } from "./fixtures/workshops.ts";

const workshop = keeping(cpu({ threads: 1 }));
const L2 = Math.LN2;
const softplus = (x: number) => Math.log1p(Math.exp(x));

/** Answers of OPA-DPO's correction by name, each a policy's log-probabilities by step. */
type Steps = { readonly [slot: string]: readonly number[] };
const slots = ["gold", "edited", "own", "goldBlind", "editedBlind"];
/** The value of its loss and the slopes by each answer's steps, of one correction. */
function opa(
  pi: Steps,
  ref: Steps,
  marks: {
    readonly ownGrades: number[];
    readonly editedGrades: number[];
    readonly editedMisread: number[];
  },
  weights: { readonly beta: number; readonly image: number; readonly anchor: number },
) {
  const answers = new Map(slots.map((slot) => {
    const y: Answers = { length: constant([pi[slot]!.length], [1]), packed: {} };
    return [slot, y];
  }));
  const leaves = new Map(slots.map((slot) => [slot, input(slot, [1, pi[slot]!.length])]));
  const slotOf = (y: Answers) => slots.find((slot) => answers.get(slot) === y)!;
  const likelihood = (steps: Likelihood["steps"]): Likelihood =>
    ({ steps, logp: (y) => steps(y).sum(1) }) as Partial<Likelihood> as Likelihood;
  const series = Object.fromEntries(
    Object.entries(marks).map(([name, xs]) => [name, constant(xs, [1, xs.length])]),
  );
  const scope = {
    ...Object.fromEntries(answers),
    ...series,
    pi: likelihood((y) => leaves.get(slotOf(y))!),
    ref: likelihood((y) => constant([...ref[slotOf(y)]!], [1, ref[slotOf(y)]!.length])),
  } as unknown as Scope<"corrections">;
  const value = corrected(scope, weights);
  const slopes = gradient(value, [...leaves.values()]);
  const found = interpret(
    { value, ...Object.fromEntries(slots.map((slot, i) => [slot, slopes[i]!])) },
    pi,
  );
  const { value: [loss], ...rest } = found as { value: Float64Array } & typeof found;
  return { loss: loss!, slopes: rest };
}
const level: Steps = {
  gold: [-3, -3],
  edited: [-1, -2],
  own: [-1, -1, -1],
  goldBlind: [-4, -4],
  editedBlind: [-2, -2],
};
const marks = { ownGrades: [4, 1, 4], editedGrades: [2, 4], editedMisread: [1, 0] };

Deno.test("OPA-DPO: at the reference it is (2 + 2η + 2α)·log 2, with slopes by what each step weighs", () => {
  const { loss, slopes } = opa(level, level, marks, { beta: 0.4, image: 0.2, anchor: 1 });
  close(loss, 4.4 * L2, 1e-12);
  // −β/2 a term: over ŷ, over its blind self by η, and the anchor.
  for (const slope of slopes.gold!) close(slope, -0.2 * (1 + 0.2 + 1), 1e-12);
  // Grade 2 weighs 2 and grade 4 weighs 1; misread weighs 3.
  [-0.2 * (2 + 0.2 * 3 + 1), -0.2 * (1 + 0.2 * 1 + 1)].forEach((want, t) =>
    close(slopes.edited![t]!, want, 1e-12)
  );
  // Of ŷ against y* each step counts once, against ỹ by its grade: 1, 2.5, 1.
  [0.2 * 2, 0.2 * 3.5, 0.2 * 2].forEach((want, t) => close(slopes.own![t]!, want, 1e-12));
  for (const slope of slopes.goldBlind!) close(slope, 0.2 * 0.2, 1e-12);
  [0.2 * 0.2 * 3, 0.2 * 0.2].forEach((want, t) => close(slopes.editedBlind![t]!, want, 1e-12));
});

Deno.test("OPA-DPO: six terms, by hand", () => {
  const pi: Steps = {
    gold: [-2, -2.5],
    edited: [-0.5, -2.5],
    own: [-2, -1.5, -1],
    goldBlind: [-4.5, -4],
    editedBlind: [-1, -2],
  };
  // Δ: y* 1.5; ỹ ½ − ½, by grade 2·½ − ½ = ½, by misreading 3·½ − ½ = 1; ŷ −1.5, by grade −1 − 2.5·½ = −2.25; blind −½ and 3.
  const beta = 2;
  const want = softplus(-beta * (1.5 + 1.5)) + softplus(-beta * (0.5 + 2.25)) +
    0.3 * (softplus(-beta * (1.5 + 0.5)) + softplus(-beta * (1 - 3))) +
    0.7 * (softplus(-beta * 1.5) + softplus(0));
  close(opa(pi, level, marks, { beta, image: 0.3, anchor: 0.7 }).loss, want, 1e-12);
  // Without the image's and the anchor's terms two are left; where nothing was wrong the second is log 2.
  const fine = { ownGrades: [4, 4], editedGrades: [4, 4], editedMisread: [0, 0] };
  const same = { ...pi, own: [-0.5, -2.5] };
  const { loss } = opa(same, { ...level, own: [-1, -2] }, fine, { beta, image: 0, anchor: 0 });
  close(loss, softplus(-beta * 1.5) + L2, 1e-12);
});

Deno.test("OPA-DPO imitates what the expert says and mends, then goes on from there and against it", async () => {
  const testbed = await captions.open(workshop);
  const { lab } = opened({ flops: 1.5e9, queries: 40 }, { testbed, offers: captions.offers });
  const { lab: watched, lent } = lending(lab);
  await played(opaDpo.run(watched, { ...opaDpo.hyper, share: 0.4 }));
  assert.equal(lent.length, 2);
  const [imitation, contrast] = lent as [typeof lent[number], typeof lent[number]];
  const given = lab.offline("corrections");
  assert.deepEqual(imitation.options, {});
  assert.deepEqual(
    imitation.lists[0],
    given.flatMap(({ gold, edited }) => [{ answer: gold }, { answer: edited }]),
  );
  assert.equal(contrast.options.from, imitation.made.policy);
  assert.equal(contrast.options.reference, imitation.made.policy);
  assert.deepEqual(contrast.lists, [given]);
  // It imitates before it contrasts: without that its reference hardly knows the expert's words.
  const some = given.map(({ gold }) => gold);
  const sum = (xs: ArrayLike<number>) => Array.from(xs).reduce((a, b) => a + b, 0);
  const before = await workshop.policy(testbed.model, testbed.start).logp(some);
  const { params } = imitation.made.policy as ModelPolicy;
  const after = await workshop.policy(testbed.model, params).logp(some);
  assert.ok(sum(after) > sum(before));
});

Deno.test("DPO on edits: at the reference (1 + α)·log 2, with slopes −β(1 + α)/2 and β/2; at α = 0 it is DPO", () => {
  const at = (chosen: number, rejected: number, hyper: { beta: number; anchor: number }) =>
    probe(dpoEdited as unknown as Objective, {
      chosen: [[chosen]],
      rejected: [[rejected]],
      ref_chosen: [[-2]],
      ref_rejected: [[-3]],
    }, hyper);
  const { value, gradient: slopes } = at(-2, -3, { beta: 0.5, anchor: 2 });
  close(value, 3 * L2, 1e-12);
  close(slopes.chosen![0]![0]!, -0.75, 1e-12);
  close(slopes.rejected![0]![0]!, 0.25, 1e-12);
  // Δ(ỹ) = 1, Δ(ŷ) = −1.
  close(at(-1, -4, { beta: 0.5, anchor: 0 }).value, softplus(-1), 1e-12);
  close(at(-1, -4, { beta: 0.5, anchor: 2 }).value, softplus(-1) + 2 * softplus(-0.5), 1e-12);
});

Deno.test("SCL: (1 − μ) of DPO's loss and μ of imitation a token; at the ends DPO, and imitation without a reference", () => {
  const at = (mu: number, ref = -2) =>
    probe({
      ...dpo,
      loss: (scope: Scope<"pairs">) => preferred(scope, { beta: 0.5, mu }),
    } as unknown as Objective, {
      chosen: [[-1, -1]],
      rejected: [[-4]],
      ref_chosen: [[ref, 0]],
      ref_rejected: [[-4]],
    });
  // At the reference log 2, of −1 a token; slopes −β/2 and −½ a token.
  const { value, gradient: slopes } = at(0.2);
  close(value, 0.8 * L2 + 0.2, 1e-12);
  slopes.chosen![0]!.forEach((x) => close(x, -0.8 * 0.25 - 0.2 / 2, 1e-12));
  close(slopes.rejected![0]![0]!, 0.8 * 0.25, 1e-12);
  // Δ = 1 where the reference gives −3.
  close(at(0, -3).value, softplus(-0.5), 1e-12);
  close(at(1, NaN).value, 1, 1e-12);
  assert.ok(Number.isNaN(at(0.5, NaN).value));
});

Deno.test("SCL: a pair is a turn that is right and one that is wrong, whichever came first, both to the plain prompt", async () => {
  const prompts = ["a", "b", "c", "d"].map((id): Prompt => ({ id, tokens: [1] }));
  const turn = (x: Prompt, token: number): Sample => ({ ...written(x, [token]), logps: [-1] });
  /** Tokens from 5 on are right: kept, spoilt, mended, and wrong twice. */
  const [first, then] = [[5, 6, 2, 3], [7, 1, 8, 4]];
  const options: (SampleOptions | undefined)[] = [];
  const policy = {
    sample: async (asked: readonly Prompt[], _: unknown, option?: SampleOptions) => {
      options.push(option);
      const said = asked[0]!.tokens.length === 1 ? first : then;
      return await asked.map((x, i) => turn(x, said[i]!));
    },
  };
  const lab = {
    prompts: () => [...prompts],
    told: (x: Prompt, telling: object): Prompt => (
      { ...x, tokens: [...x.tokens, ...(telling as { draft: Answer }).draft.tokens] }
    ),
    check: async (ys: readonly Answer[]) =>
      await ys.map(({ tokens }) => ({ solved: tokens[0]! >= 5 ? 1 : 0 })),
  };
  const pairs = await contradicted(lab, policy, 0.7, rng(1));
  assert.deepEqual(options, [{ temperature: 0.7 }, { temperature: 0.7 }]);
  assert.deepEqual(
    pairs.map(({ chosen, rejected }) => [chosen.tokens[0], rejected.tokens[0]]),
    [[6, 1], [8, 2]],
  );
  for (const { chosen, rejected } of pairs) {
    assert.equal(chosen.prompt.tokens.length, 1);
    assert.equal(chosen.prompt.id, rejected.prompt.id);
    assert.equal(rejected.prompt.tokens.length, 1);
  }
});

for (const [method, reference] of [[scl, true], [sclSft, false]] as const) {
  Deno.test(`${method.id} learns from its own turns, drawn at the start and checked, on plain questions`, async () => {
    const testbed = await counting.open(workshop);
    const setup = { testbed, offers: counting.offers };
    const { lab, account } = opened({ flops: 1.5e9, queries: 512 }, setup);
    const { lab: watched, lent, drawers } = lending(lab);
    await played(method.run(watched, method.hyper as never));
    const [only, ...more] = lent as [typeof lent[number]];
    assert.equal(more.length, 0);
    const pairs = only.lists[0] as readonly Example<"pairs">[];
    const right = async (
      of: (pair: Example<"pairs">) => Answer,
    ) => [...await testbed.reward!(pairs.map(of))];
    assert.ok((await right(({ chosen }) => chosen)).every((r) => r === 1));
    assert.ok((await right(({ rejected }) => rejected)).every((r) => r === 0));
    const plain = new Map(testbed.prompts("train").map((x) => [x.id, x.tokens.length]));
    for (const y of pairs.flatMap(({ chosen, rejected }) => [chosen, rejected])) {
      assert.equal(y.prompt.tokens.length, plain.get(y.prompt.id));
    }
    // Some first answers were right and some were mended; all were the start policy's.
    const drafts = pairs.map(({ chosen }) => drawers.has(chosen));
    assert.ok(drafts.includes(true) && drafts.includes(false));
    assert.ok([...drawers.values()].every((policy) => policy === lab.reference));
    assert.equal(account.spent.by.reference > 0, reference);
    assert.equal(account.spent.asked!.checks! % 2, 0);
  });
}
