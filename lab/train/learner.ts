import {
  type Answer,
  type Answers,
  type Call,
  dispose,
  type Example,
  type Expr,
  type Feeds,
  type Forward,
  type FreeAxes,
  type Graph,
  input,
  type Kind,
  type Learner,
  type Likelihood,
  type Loss,
  type Model,
  type Optimiser,
  type Params,
  type Rng,
  type Scope,
  type Tensor,
  type Tensors,
} from "../../core/mod.ts";
import { adamw, dtype, gradient, reached } from "../../engine/mod.ts";
import { remembering } from "./loss.ts";
import { named, type Purse, type Seated, seated, unnamed } from "./policy.ts";
import { type Fields, fieldsOf, gathered, trace, type Use } from "./trace.ts";
import { type Weights, weights } from "./weights.ts";

/** A number that must be finite is not: the run has diverged. */
export class Diverged extends Error {}

export interface Lesson<K extends Kind> {
  readonly model: Model;
  /** If these are on the device, so are all that follow them; then they are the learner's to dispose of. */
  readonly from: Params;
  readonly loss: (scope: Scope<K>) => Loss;
  /** First values of what the loss keeps from step to step. */
  readonly memory?: { readonly [name: string]: number };
  /** Whose log-probabilities `ref` gives. */
  readonly reference: Reference;
  readonly optimiser: Optimiser;
  /** Factor on the learning rate after the warm-up, at step t from 0; 1 by default. */
  readonly schedule?: (step: number) => number;
  /** Which of the parameters that the loss reaches are trained; all by default. */
  readonly trains?: (names: readonly string[]) => readonly string[];
  /** Pays for optimiser steps, and for what the learner's policy does. */
  readonly training: Call;
  readonly purse: Purse;
  readonly rng: Rng;
  /** Share of the budget spent, for losses that follow it. */
  readonly progress: () => number;
}

export interface Teaching<K extends Kind> extends Learner<K> {
  readonly policy: Seated;
  /** Steps taken. */
  readonly steps: number;
  readonly loss: number;
  /** From the next step on `ref` is this policy, whose arrays are the learner's to dispose of. */
  rebase(next: Reference): void;
  /** Frees what it has on the device; its policy is no more. */
  [Symbol.dispose](): void;
}

/** A frozen policy, each answer scored once. */
export interface Reference {
  readonly policy: Seated;
  steps(ys: readonly Answer[]): Promise<readonly Float64Array[]>;
}

export function reference(policy: Seated): Reference {
  const known = new WeakMap<Answer, Float64Array>();
  return {
    policy,
    async steps(ys) {
      const fresh = [...new Set(ys)].filter((y) => !known.has(y));
      if (fresh.length) {
        const found = await policy.steps(fresh);
        fresh.forEach((y, i) => known.set(y, found[i]!));
      }
      return ys.map((y) => known.get(y)!);
    },
  };
}

const MOMENTS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0 };

/**
 * Minimises a loss over examples. Likelihood, loss, gradient and optimiser are one graph, compiled
 * once a shape: after that a step only feeds arrays. The answers that the loss differentiates are
 * read in one pass, those it only looks at in another without a backward half, and the reference's
 * log-probabilities are inputs, computed once an example.
 */
export function learner<K extends Kind>(lesson: Lesson<K>): Teaching<K> {
  const { model, optimiser } = lesson;
  const dealer = deal<Example<K>>(lesson.rng, optimiser.batch);
  const noise = lesson.rng.split("noise");
  let memory = lesson.memory ?? {};
  let [steps, loss, frozen] = [0, NaN, lesson.reference];
  let course: Course | undefined;
  const leave = () => {
    if (frozen !== lesson.reference) dispose(frozen.policy.params);
  };

  const policy = seated(model, () => course?.weights.current() ?? lesson.from, lesson.purse);
  return {
    policy,
    batch: optimiser.batch,
    get steps() {
      return steps;
    },
    get loss() {
      return loss;
    },
    rebase(next) {
      leave();
      frozen = next;
    },
    async step(examples) {
      if (examples.length === 0) throw new RangeError("Cannot take a step on no examples");
      const batch = dealer(examples);
      course ??= await begin(lesson, frozen, batch);
      const { fields, uses, weights, graph } = course;
      const drawn = course.noise ? { noise: column(batch.map(() => open(noise))) } : {};
      const { feeds, free } = await fed(model, frozen, fields, uses, batch);
      const { beta1, beta2 } = MOMENTS;
      const rate = optimiser.rate * (lesson.schedule?.(steps) ?? 1) *
        Math.min(1, (steps + 1) / Math.max(1, optimiser.warmup));
      const result = await lesson.training(graph, {
        ...named("pi", weights.current()),
        ...named("ref", frozen.policy.params),
        ...weights.state(),
        ...feeds,
        ...drawn,
        ...remembered(memory),
        rate: scalar(rate),
        debias1: scalar(1 / (1 - beta1 ** (steps + 1))),
        debias2: scalar(1 / (1 - beta2 ** (steps + 1))),
        progress: scalar(lesson.progress()),
      }, { free, into: weights.into(), keep: weights.keep });
      loss = result.loss!.data[0]!;
      const norm = result.norm!.data[0]!;
      memory = Object.fromEntries(
        Object.keys(memory).map((name) => [name, result[`memory/${name}`]!.data[0]!]),
      );
      if (![loss, norm, ...Object.values(memory)].every(Number.isFinite)) {
        dispose(result);
        const kept = Object.entries(memory).map(([name, x]) => `, ${name} ${x}`).join("");
        throw new Diverged(
          `Step ${steps + 1} gave a loss of ${loss} and a gradient of norm ${norm}${kept}`,
        );
      }
      await weights.follow(result);
      steps++;
    },
    [Symbol.dispose]() {
      leave();
      if (course) course.weights[Symbol.dispose]();
      else dispose(lesson.from);
    },
  };
}

/** What the first batch settles. */
interface Course {
  readonly fields: Fields;
  readonly uses: readonly Use[];
  readonly noise: boolean;
  readonly weights: Weights;
  readonly graph: Graph;
}

async function begin<K extends Kind>(
  lesson: Lesson<K>,
  frozen: Reference,
  batch: readonly Example<K>[],
): Promise<Course> {
  const fields = fieldsOf(batch[0]!);
  const { uses, noise } = trace(fields, lesson.loss, Object.keys(lesson.memory ?? {}));
  const { feeds } = await fed(lesson.model, frozen, fields, uses, batch);
  const moving = learned(lesson, fields, uses, feeds);
  const made = await weights(lesson.training, lesson.from, moving);
  return { fields, uses, noise, weights: made, graph: step(lesson, made.names, fields, uses) };
}

const scalar = (x: number): Tensor => ({ shape: [], data: Float32Array.of(x) });

const remembered = (memory: { readonly [name: string]: number }): Tensors =>
  named("memory", Object.fromEntries(Object.entries(memory).map(([k, x]) => [k, scalar(x)])));

/** Uniform in (0, 1) without its ends, in single precision too. */
const open = (rng: Rng): number => (rng.below(2 ** 23) + 0.5) / 2 ** 23;

/** The whole step as a graph: forward passes, loss, gradient, AdamW. */
function step<K extends Kind>(
  { model, loss, memory = {}, optimiser }: Lesson<K>,
  names: readonly string[],
  fields: Fields,
  uses: readonly Use[],
): Graph {
  return (feeds) => {
    const params = unnamed("pi", feeds);
    const scope = scoped(model, feeds, params, fields, uses);
    const found = remembering(loss(scope as unknown as Scope<K>), Object.keys(memory));
    const value = found.loss;
    const gradients = gradient(value, names.map((name) => params[name]!));
    const { theta, first, second, norm } = adamw(
      gradients,
      { theta: feeds.theta!, first: feeds.first!, second: feeds.second! },
      { rate: feeds.rate!, debias1: feeds.debias1!, debias2: feeds.debias2! },
      { ...MOMENTS, clip: optimiser.clip },
    );
    const kept = Object.entries(found.memory).map(([name, x]) => [`memory/${name}`, x]);
    return { loss: value, norm, theta, first, second, ...Object.fromEntries(kept) };
  };
}

/** The groups of answers that one pass reads together. */
const GROUPS = ["trained", "still"] as const;
type Group = typeof GROUPS[number];

const members = (uses: readonly Use[], group: Group) =>
  uses.filter((use) => use.read && use.trained === (group === "trained"));

/** What the loss is given: answers that are rows of a group's pass, numbers and series that are inputs. */
function scoped(
  model: Model,
  feeds: Feeds,
  params: Feeds,
  fields: Fields,
  uses: readonly Use[],
): { [name: string]: unknown } {
  const places = new Map<Answers, { slot: string; group: Group; from: number; to: number }>();
  const slots: { [slot: string]: unknown } = {};
  for (const name of [...fields.numbers, ...fields.series]) slots[name] = feeds[`field/${name}`];
  for (const slot of fields.answers) {
    const length = feeds[`length/${slot}`]!;
    const [batch] = length.shape as [number];
    const group = GROUPS.find((g) => members(uses, g).some((use) => use.slot === slot)) ?? "still";
    const k = members(uses, group).findIndex((use) => use.slot === slot);
    const answers: Answers = { length, packed: unnamed(group, feeds) };
    slots[slot] = answers;
    places.set(answers, { slot, group, from: k * batch, to: (k + 1) * batch });
  }
  const passes = new Map<string, Forward>();
  const likelihood = (who: "pi" | "ref", weights: Feeds): Likelihood => {
    const pass = (group: Group) => {
      const key = `${who} ${group}`;
      const known = passes.get(key) ?? model.forward(weights, unnamed(group, feeds));
      passes.set(key, known);
      return known;
    };
    const part = (y: Answers, of: (forward: Forward) => Expr): Expr => {
      const { group, from, to } = places.get(y)!;
      const rows = of(pass(group)).slice(0, from, to);
      return who === "ref" || group === "still" ? rows.stop() : rows;
    };
    const steps = (y: Answers) =>
      who === "ref" ? feeds[`reference/${places.get(y)!.slot}`]! : part(y, (f) => f.steps);
    return {
      steps,
      logp: (y) => steps(y).sum(1),
      value: (y) => part(y, (f) => f.value()),
      values: (y) => part(y, (f) => f.values()),
      next(y) {
        const { group, from, to } = places.get(y)!;
        const forward = pass(group);
        return {
          logp: who === "ref" || group === "still" ? forward.logp.stop() : forward.logp,
          fold: (x) => forward.fold(x).slice(0, from, to),
        };
      },
    };
  };
  return {
    ...gathered(fields, slots),
    progress: feeds.progress,
    memory: unnamed("memory", feeds),
    noise: feeds.noise,
    pi: likelihood("pi", params),
    ref: likelihood("ref", unnamed("ref", feeds)),
  };
}

/** The arrays of one batch. */
async function fed<K extends Kind>(
  model: Model,
  frozen: Reference,
  fields: Fields,
  uses: readonly Use[],
  batch: readonly Example<K>[],
): Promise<{ feeds: { [name: string]: Tensor }; free: FreeAxes[] }> {
  const rows = batch as unknown as readonly { readonly [field: string]: unknown }[];
  for (const [name, size] of Object.entries(fields.lists)) {
    const odd = rows.find((row) => (row[name] as readonly unknown[]).length !== size);
    if (!odd) continue;
    const found = (odd[name] as readonly unknown[]).length;
    throw new RangeError(`Cannot read ${found} ${name} in one example and ${size} in another`);
  }
  const held = (row: typeof rows[number], slot: string): unknown => {
    const [name, place] = slot.split("/") as [string, string?];
    return place === undefined ? row[name] : (row[name] as readonly unknown[])[Number(place)];
  };
  const answers = (slot: string) => rows.map((row) => held(row, slot) as Answer);
  const feeds: { [name: string]: Tensor } = {};
  const free: FreeAxes[] = [];
  const widths = new Map<string, number>();
  for (const group of GROUPS) {
    const slots = members(uses, group);
    if (slots.length === 0) continue;
    const packed = model.pack(
      slots.flatMap(({ slot }) => answers(slot)),
      slots.some(({ ends }) => ends),
    );
    Object.assign(feeds, named(group, packed.feeds));
    free.push(
      Object.fromEntries(Object.entries(packed.free).map(([k, axis]) => [`${group}/${k}`, axis])),
    );
    for (const { slot } of slots) widths.set(slot, packed.steps);
  }
  const width = (slot: string) =>
    widths.get(slot) ?? Math.max(...answers(slot).map((y) => y.length));
  for (const { slot, reference } of uses) {
    if (!reference) continue;
    feeds[`reference/${slot}`] = padded(await frozen.steps(answers(slot)), width(slot));
  }
  for (const slot of fields.answers) {
    feeds[`length/${slot}`] = column(answers(slot).map((y) => y.length));
  }
  for (const slot of fields.numbers) {
    feeds[`field/${slot}`] = column(rows.map((row) => held(row, slot) as number));
  }
  for (const name of fields.series) {
    const owner = fields.answers.find((slot) => name.startsWith(slot)) ?? fields.answers[0]!;
    const series = rows.map((row) => row[name] as readonly number[]);
    feeds[`field/${name}`] = padded(series, width(owner));
  }
  return { feeds, free };
}

const column = (values: readonly number[]): Tensor => ({
  shape: [values.length],
  data: Float32Array.from(values),
});

function padded(rows: readonly ArrayLike<number>[], width: number): Tensor {
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, b) => data.set(row, b * width));
  return { shape: [rows.length, width], data };
}

/** The parameters that the loss has a gradient by: a value head that it never reads is not trained, nor billed. */
function learned<K extends Kind>(
  { model, loss, memory = {}, from, reference, trains = (names) => names }: Lesson<K>,
  fields: Fields,
  uses: readonly Use[],
  feeds: Tensors,
): ReadonlySet<string> {
  const all = {
    ...named("pi", from),
    ...named("ref", reference.policy.params),
    ...feeds,
    ...remembered(memory),
  };
  const [rows] = feeds[`length/${fields.answers[0]}`]!.shape as [number];
  const leaves: { [name: string]: Expr } = {
    progress: input("progress", []),
    noise: input("noise", [rows]),
  };
  for (const [name, array] of Object.entries(all)) {
    leaves[name] = input(name, array.shape, dtype(array));
  }
  const params = unnamed("pi", leaves);
  const scope = scoped(model, leaves, params, fields, uses) as unknown as Scope<K>;
  const value = remembering(loss(scope), Object.keys(memory)).loss;
  const found = reached(value, Object.values(params));
  return new Set(trains(Object.keys(params).filter((name) => found.has(params[name]!))));
}

/** Deals batches: every example of a list once, in random order, before any comes again. */
function deal<E>(rng: Rng, size: number): (examples: readonly E[]) => readonly E[] {
  let [list, queue, round]: [readonly E[], E[], number] = [[], [], 0];
  return (examples) => {
    if (examples.length <= size) return examples;
    if (examples !== list) {
      list = examples;
      queue = [];
    }
    const batch: E[] = [];
    while (batch.length < size) {
      if (queue.length === 0) queue = rng.split(round++).shuffle(examples);
      batch.push(queue.pop()!);
    }
    return batch;
  };
}
