import assert from "node:assert/strict";
import {
  type Answer,
  type Answers,
  type Checks,
  input,
  type Lab,
  type Likelihood,
  type Method,
  perPrompt,
  type Policy,
  type Prompt,
  rng,
  type RunRecord,
} from "../core/mod.ts";
import diffusion from "../benchmarks/diffusion.ts";
import { subject, subjectAt } from "../benchmarks/diffusion/subject.ts";
import { cpu, gradient, interpret } from "../engine/mod.ts";
import { runner } from "../lab/train/run.ts";
import dreambooth from "../methods/dreambooth.ts";
import imitation from "../methods/imitation.ts";
import rpoHarmonic, { bestOf, chances, harmonic, preferred } from "../methods/rpo-harmonic.ts";
import { schedule } from "../models/schedule.ts";
import * as stats from "../stats/mod.ts";
import { allClose, close } from "./close.ts";
import { keeping } from "./fixtures/workshops.ts";

const engine = cpu({ threads: 1 });
const taught = keeping(engine);
const testbed = await diffusion.open(subject, rng(1), taught);
const [train, test] = (["train", "test"] as const).map((split) => testbed.prompts(split));
const points = testbed.examples("points", 104, rng("points"));
const references = points.filter(({ good }) => good === 1).map(({ answer }) => answer);

const answer = (prompt: Prompt, made: readonly number[]): Answer => ({
  prompt,
  tokens: [],
  length: 1,
  numbers: { of: "result", result: Float32Array.from(made) },
});
const placeOf = ({ tokens }: Prompt) => tokens[0]!;

Deno.test("identity and placement are e^(−2d²), and the reward is their harmonic mean", async () => {
  const [prompt] = test as [Prompt];
  const clean = subjectAt(placeOf(prompt));
  // A step of 1 from the place; a size half a unit off; both.
  const moved = clean.with(5, clean[5]! - 1);
  const [right, off, large, both] = await testbed.check!([
    answer(prompt, clean),
    answer(prompt, moved),
    answer(prompt, clean.with(6, clean[6]! + 0.5)),
    answer(prompt, moved.with(6, clean[6]! + 0.5)),
  ]) as [Checks, Checks, Checks, Checks];
  const named = ({ identity, placement, reward }: Checks) => [identity!, placement!, reward!];
  const [far, near] = [Math.exp(-2), Math.exp(-0.5)];
  allClose(named(right), [1, 1, 1], 1e-6);
  allClose(named(off), [1, far, 2 * far / (1 + far)], 1e-6);
  allClose(named(large), [near, 1, 2 * near / (1 + near)], 1e-6);
  allClose(named(both), [near, far, 2 * near * far / (near + far)], 1e-6);
});

Deno.test("the subject is no known icon, and four references show it at places that no prompt asks for", async () => {
  assert.equal(references.length, 4);
  const shown = new Set(references.map(({ prompt }) => placeOf(prompt)));
  const asked = [...train!, ...test!].map(placeOf);
  assert.deepEqual([...shown, ...asked].toSorted(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.equal(train!.length, 3);
  for (const { reward } of await testbed.check!(references)) assert.ok(reward! > 0.9);
  for (let i = 0; i < 500; i++) {
    const { made } = subject.demonstration(rng("icons").split(i));
    assert.ok(subject.check(made, 0).identity! < 0.2);
  }
});

Deno.test("given are references and what the start policy makes where any icon is asked for", () => {
  assert.equal(points.length, 104);
  assert.deepEqual(
    testbed.examples("demonstrations", 104, rng(2)).map(({ answer }) => answer),
    references,
  );
  assert.equal(testbed.examples("points", 3, rng(1)).length, 3);
  const others = points.filter(({ good }) => good === 0).map(({ answer }) => answer);
  const [name] = new Set(references.map(({ prompt }) => prompt.tokens[1]));
  assert.ok(others.every(({ prompt, numbers }) => {
    return prompt.tokens[1] !== name && numbers!.of === "result";
  }));
  assert.throws(() => testbed.examples("pairs", 8, rng(1)), /Cannot draw pairs from subject/);
});

Deno.test("an answer that is taken for the subject has a ring round it, and says so", () => {
  const known = references[0]!;
  const strange = answer(known.prompt, subjectAt(4).with(0, -0.8));
  const rings = (y: Answer) =>
    testbed.picture!(y)!.marks.filter(({ faint, kind }) => faint && kind === "disc");
  assert.deepEqual([rings(known).length, rings(strange).length], [1, 0]);
  // Nine places on a view of 3.6, the reference's in its middle.
  rings(known)[0]!.at.slice(0, 2).forEach((x) => close(x, 1.8, 0.25));
  assert.match(testbed.showSteps(known)[0]!, /^the subject, in the middle, in the centre/);
  assert.match(testbed.showSteps(strange)[0]!, /^a \w+ \w+, in the middle/);
  assert.match(testbed.show(test![0]!), /^the subject at the top, on the right$/);
});

// Losses and stopping

Deno.test("RPO's loss and slopes by hand, at the reference and away from it", () => {
  const fields = { reference: input("reference", [2]), other: input("other", [2]) };
  const names = new Map<Answers, "reference" | "other">();
  const asked = (name: "reference" | "other") => {
    const y = { length: input("length", [2]), packed: {} };
    names.set(y, name);
    return y;
  };
  const before = { reference: input("before", [2]), other: input("before2", [2]) };
  const likelihood = (of: typeof fields) =>
    ({ logp: (y: Answers) => of[names.get(y)!] }) as Partial<Likelihood> as Likelihood;
  const loss = preferred({
    pi: likelihood(fields),
    ref: likelihood(before),
    reference: asked("reference"),
    other: asked("other"),
    won: input("won", [2]),
  }, 0.5);
  const slopes = gradient(loss, [fields.reference, fields.other]);
  const at = (reference: number[], other: number[]) => {
    const feeds = { reference, other, before: [-3, -1], before2: [-2, -4], won: [1, 0] };
    const found = interpret({ loss, first: slopes[0]!, second: slopes[1]! }, {
      ...feeds,
      length: [1, 1],
    });
    return [...found.loss!, ...found.first!, ...found.second!] as number[];
  };
  // Mean of 3 and 1, and log 2 over β; a label won pulls at 1 + ½, one lost at 1 − ½.
  allClose(at([-3, -1], [-2, -4]), [2 + 2 * Math.LN2, -0.75, -0.25, 0.25, -0.25], 1e-9);
  // Ahead by 4 nats each: z = 2.
  const up = 1 / (1 + Math.exp(-2));
  allClose(at([1, 3], [-2, -4]), [
    -2 + (Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(2))),
    (-1 + up - 1) / 2,
    (-1 + up) / 2,
    (1 - up) / 2,
    -up / 2,
  ], 1e-9);
});

Deno.test("a β of 1 on means of an ε-error is 1/49 in nats, at every moment", () => {
  const { numbers, steps } = subject.shape;
  for (const { signal, weight } of schedule(subject.shape).slice(2)) {
    const nats = (steps - 1) * weight * numbers / (signal / (1 - signal));
    close(nats, 49.3, 0.1);
  }
});

Deno.test("r_λ is the weighted harmonic mean of both likenesses, and either alone at its ends", () => {
  const checks = { identity: 0.5, placement: 1 };
  close(harmonic(checks, 0.5), 2 / 3, 1e-6);
  close(harmonic(checks, 0.3), 1 / (0.3 / 0.5 + 0.7), 1e-6);
  close(harmonic(checks, 1), 0.5, 1e-6);
  close(harmonic(checks, 0), 1, 1e-6);
  assert.throws(() => harmonic({ reward: 1 }, 0.5), /no program checks both here/);
});

Deno.test("labels lean to what fits the other answer's prompt, by σ of half of the difference", async () => {
  const [prompt] = test as [Prompt];
  const there = answer(prompt, subjectAt(placeOf(prompt)));
  const lab = { check: testbed.check! } as Partial<Lab> as Lab;
  const [[away], [same]] = await chances(lab, [answer(prompt, subjectAt(4)), there], [there]) as [
    [number],
    [number],
  ];
  // The middle is √2 from a corner.
  close(away, 1 / (1 + Math.exp((1 - Math.exp(-4)) / 2)), 1e-6);
  close(same, 0.5, 1e-12);
});

Deno.test("of the policies along the way the best by r_λ is kept, however training goes on", async () => {
  // Mean identity and placement by step: the greatest of either alone is not the one.
  const seen = [[0.2, 1], [0.6, 0.8], [0.9, 0.4], [1, 0.1]] as const;
  const policies = seen.map((_, i) => ({
    sample: (asked: readonly Prompt[]) => Promise.resolve(asked.map(() => ({ step: i }))),
  })) as unknown as Policy[];
  const notes: { [name: string]: number } = {};
  const lab = {
    rng: rng("stopping"),
    prompts: (n: number) => Array<Prompt>(n).fill(test![0]!),
    check: (ys: readonly Answer[]) =>
      Promise.resolve((ys as unknown as { step: 0 }[]).map(({ step }) => {
        return { identity: seen[step]![0], placement: seen[step]![1] };
      })),
    merged: ([policy]: Policy[]) => Promise.resolve(policy),
    note: (name: string, value: number) => notes[name] = value,
  } as unknown as Lab;
  const kept = async (every: number) => {
    const found: number[] = [];
    const all = async function* () {
      yield* policies;
    };
    for await (const policy of bestOf(lab, all(), { lambda: 0.5, every, answers: 4 })) {
      found.push(policies.indexOf(policy));
    }
    return found;
  };
  assert.deepEqual(await kept(1), [0, 1, 1, 1]);
  assert.deepEqual(notes, { "kept step": 2 });
  assert.deepEqual(await kept(2), [0, 1, 1, 1]);
  // Looks at the third alone.
  assert.deepEqual(await kept(3), [0, 1, 2, 2]);
  assert.deepEqual(await kept(0), [0, 1, 2, 3]);
});

// What a testbed must be like before any method is judged on it.

const run = runner(engine, taught, 2);
const carried = (method: Method): Promise<RunRecord> =>
  run({
    method,
    benchmark: diffusion,
    setting: "subject",
    seed: 1,
    budget: { flops: 4e9, queries: 2000 },
    progress: () => {},
    ran: () => ({ at: "", seconds: 0, commit: "", host: "" }),
  });

Deno.test("the start policy takes the subject's name for any icon, at the place asked for", async () => {
  const policy = taught.policy(testbed.model, testbed.start);
  const groups = await perPrompt(policy, test!, 64, rng("start"));
  const found = await testbed.check!(groups.flat());
  const mean = (name: string) => stats.mean(found.map((checks) => checks[name]!));
  assert.ok(mean("placement") > 0.9, `${mean("placement")}`);
  assert.ok(mean("identity") < 0.1 && mean("reward") < 0.1, `${mean("identity")}`);
});

Deno.test("imitation learns the subject and unlearns places; answers from before, and stopping, keep both", async () => {
  const [imitated, kept, rpo] = [
    await carried(imitation),
    await carried(dreambooth as unknown as Method),
    await carried(rpoHarmonic as unknown as Method),
  ];
  const of = ({ measures }: RunRecord, id: string) => measures[id]!.value;
  assert.ok(of(imitated, "identity") > 0.85 && of(imitated, "placement") < 0.5);
  // It passes by what is nearly right: the greatest reward along the way is early.
  const curve = imitated.curve.map(({ measures }) => measures.reward!.value);
  assert.ok(Math.max(...curve) > 0.7 && curve.at(-1)! < 0.5, `${curve}`);
  for (const one of [kept, rpo]) {
    assert.ok(of(one, "reward") > 0.7 && of(one, "reward") < 0.95, `${of(one, "reward")}`);
    assert.ok(of(one, "placement") > 0.85);
  }
  assert.ok(rpo.notes!["kept step"]! < rpo.steps);
});
