import {
  type Call,
  dispose,
  type Example,
  type Expr,
  type Graph,
  input,
  type Learner,
  type Loss,
  type Model,
  type Optimiser,
  type Params,
  type Rng,
  type Scope,
  type Shape,
  type Tensor,
  type Tensors,
  Unsuited,
} from "../../core/mod.ts";
import { adamw, dtype, gradient, reached } from "../../engine/mod.ts";
import { deal, glanced } from "./batches.ts";
import { column, fed } from "./feeds.ts";
import { remembering } from "./loss.ts";
import { type MeteredCalls, type ModelPolicy, modelPolicy, named, unnamed } from "./policy.ts";
import type { Reference } from "./reference.ts";
import { scoped } from "./scope.ts";
import { type Fields, fieldsOf, trace, type Use } from "./trace.ts";
import { copied, type Weights, weights } from "./weights.ts";

/** A number that must be finite is not: the run has diverged. */
export class Diverged extends Error {}

export interface LearnerSetup<F extends Shape> {
  readonly model: Model;
  /** If these are on the device, so are all that follow them; then they are the learner's to dispose of. */
  readonly from: Params;
  readonly loss: (scope: Scope<F>) => Loss;
  /** First values of what the loss keeps from step to step. */
  readonly memory?: { readonly [name: string]: number };
  /** Whose log-probabilities `ref` gives. */
  readonly reference: Reference;
  readonly optimiser: Optimiser;
  /** Factor on the learning rate after the warm-up, at step t from 0; 1 by default. */
  readonly schedule?: (step: number) => number;
  /** Whose optimiser it goes on with; a fresh one by default. */
  readonly continues?: LiveLearner<never>;
  /** Which of the parameters that the loss reaches are trained; all by default. */
  readonly trains?: (names: readonly string[]) => readonly string[];
  /** Pays for optimiser steps, and for what the learner's policy does. */
  readonly training: Call;
  readonly calls: MeteredCalls;
  readonly rng: Rng;
  /** Share of the budget spent, for losses that follow it. */
  readonly progress: () => number;
}

export interface LiveLearner<F extends Shape> extends Learner<F> {
  readonly policy: ModelPolicy;
  /** Steps taken. */
  readonly steps: number;
  readonly loss: number;
  /** From the next step on `ref` is this policy, whose arrays are the learner's to dispose of. */
  rebase(next: Reference): void;
  /** Where it stands: as it is now, and no copy. */
  readonly standing: Standing;
  /** Frees what it has on the device; its policy is no more. */
  [Symbol.dispose](): void;
}

/** A learner between two steps. */
interface Standing {
  readonly model: Model;
  readonly params: Params;
  readonly steps: number;
  /** Which parameters are learned, and their moments; absent before the first step. */
  readonly learned?: { readonly names: readonly string[]; readonly moments: Tensors };
}

const MOMENTS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0 };

/**
 * Minimises a loss over examples. Likelihood, loss, gradient and optimiser are one graph, compiled
 * once a shape: after that a step only feeds arrays. The answers that the loss differentiates are
 * read in one pass, those it only looks at in another without a backward half, and the reference's
 * log-probabilities are inputs, computed once an example.
 */
export function learner<F extends Shape>(setup: LearnerSetup<F>): LiveLearner<F> {
  const { model, optimiser } = setup;
  const dealer = deal<Example<F>>(setup.rng, optimiser.batch);
  const noise = setup.rng.split("noise");
  const moments = setup.rng.split("moments");
  let memory = setup.memory ?? {};
  const before = setup.continues?.standing;
  /** Steps it has taken, and where its optimiser stands, who may have gone on from another's. */
  let [steps, place, loss, frozen] = [0, before?.steps ?? 0, NaN, setup.reference];
  let compiled: CompiledStep | undefined;
  // What it stands at before its first batch, where that is not a fresh optimiser at `from`.
  let joined = before && copyOf({ ...before, params: setup.from }, setup.from);
  const leave = () => {
    if (frozen !== setup.reference) dispose(frozen.policy.params);
  };

  const policy = modelPolicy(
    model,
    () => compiled?.weights.current() ?? joined?.params ?? setup.from,
    setup.calls,
  );
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
    get standing() {
      const standing = { model, params: policy.params, steps: place };
      if (!compiled) return joined ?? standing;
      const { names, state } = compiled.weights;
      const { first, second } = state();
      return { ...standing, learned: { names, moments: { first: first!, second: second! } } };
    },
    async rejoin(other) {
      const there = (other as unknown as LiveLearner<F>).standing;
      if (there.model !== model) {
        throw new RangeError(
          `Cannot join a learner of ${there.model.id}: this one is of ${model.id}`,
        );
      }
      place = there.steps;
      if (compiled) await take(compiled.weights, there);
      else {
        if (joined) left(joined);
        joined = copyOf(there, setup.from);
      }
    },
    async step(examples, at) {
      if (examples.length === 0) throw new RangeError("Cannot take a step on no examples");
      const batch = glanced(model, dealer(examples), moments);
      if (!compiled) {
        compiled = await begin(setup, frozen, batch);
        if (joined) {
          await take(compiled.weights, joined, compiled.weights.current());
          left(joined);
          joined = undefined;
        }
      }
      const { fields, uses, weights, graph } = compiled;
      const drawn = compiled.noise ? { noise: column(batch.map(() => open(noise))) } : {};
      const { feeds, free } = await fed(model, frozen, fields, uses, batch);
      const result = await setup.training(graph, {
        ...named("pi", at ? (at as ModelPolicy).params : weights.current()),
        ...named("ref", frozen.policy.params),
        ...weights.state(),
        ...feeds,
        ...drawn,
        ...remembered(memory),
        ...paced(setup, place),
        progress: scalar(setup.progress()),
      }, { free, into: weights.into(), keep: weights.keep });
      loss = result.loss!.data[0]!;
      memory = Object.fromEntries(
        Object.keys(memory).map((name) => [name, result[`memory/${name}`]!.data[0]!]),
      );
      const trouble = infinite(loss, result.norm!.data[0]!, memory);
      if (trouble) {
        dispose(result);
        throw new Diverged(`Step ${steps + 1} gave ${trouble}`);
      }
      await weights.follow(result);
      steps++;
      place++;
    },
    [Symbol.dispose]() {
      leave();
      if (compiled) compiled.weights[Symbol.dispose]();
      else dispose(setup.from);
      if (joined) left(joined);
    },
  };
}

/** A standing that stays as it is, as the other goes on before a first batch tells what is learned; on the device if `like` is. */
function copyOf(standing: Standing, like: Params): Standing {
  const { params, learned } = standing;
  return {
    ...standing,
    params: copied(params, like),
    ...learned ? { learned: { ...learned, moments: copied(learned.moments) } } : {},
  };
}

/** Frees what a copy of a standing holds on the device. */
function left({ params, learned }: Standing): void {
  dispose(params);
  if (learned) dispose(learned.moments);
}

/** Stands as the other; what that has not yet, such as a vector head, is as in `rest`. */
async function take(
  weights: Weights,
  { params, learned }: Standing,
  rest: Params = {},
): Promise<void> {
  if (learned && `${learned.names}` !== `${weights.names}`) {
    throw new RangeError(
      `Cannot join a learner of ${learned.names.join(", ")}: this one learns ${
        weights.names.join(", ")
      }`,
    );
  }
  const all = { ...rest, ...params };
  const lost = weights.names.find((name) => !all[name]);
  if (lost !== undefined) {
    throw new RangeError(`Cannot join a learner before its first step: it has no ${lost} yet`);
  }
  await weights.take(all, learned?.moments);
}

/** What the first batch settles. */
interface CompiledStep {
  readonly fields: Fields;
  readonly uses: readonly Use[];
  readonly noise: boolean;
  readonly weights: Weights;
  readonly graph: Graph;
}

async function begin<F extends Shape>(
  setup: LearnerSetup<F>,
  frozen: Reference,
  batch: readonly Example<F>[],
): Promise<CompiledStep> {
  const fields = fieldsOf(batch[0]!);
  const { uses, noise, vector } = trace(fields, setup.loss, Object.keys(setup.memory ?? {}));
  const { feeds } = await fed(setup.model, frozen, fields, uses, batch);
  const from = vector === undefined ? setup.from : headed(setup, vector);
  const moving = learned({ ...setup, from }, fields, uses, feeds);
  const made = await weights(setup.training, from, moving);
  return { fields, uses, noise, weights: made, graph: step(setup, made.names, fields, uses) };
}

/** What it starts from, with a vector head that it may have already; start policies have none. */
function headed<F extends Shape>({ model, from, rng }: LearnerSetup<F>, width: number): Params {
  if (!model.vectorHead) {
    throw new Unsuited(`Cannot read a vector of an answer: ${model.id} has no head for one`);
  }
  return { ...model.vectorHead(width, rng.split("vector head")), ...from };
}

const scalar = (x: number): Tensor => ({ shape: [], data: Float32Array.of(x) });

/** What AdamW is fed at step t, from 0: its rate, and what makes up for moments that began at 0. */
function paced<F extends Shape>({ optimiser, schedule }: LearnerSetup<F>, t: number): Tensors {
  const { beta1, beta2 } = MOMENTS;
  const rate = optimiser.rate * (schedule?.(t) ?? 1) *
    Math.min(1, (t + 1) / Math.max(1, optimiser.warmup));
  return {
    rate: scalar(rate),
    debias1: scalar(1 / (1 - beta1 ** (t + 1))),
    debias2: scalar(1 / (1 - beta2 ** (t + 1))),
  };
}

/** What a step gave, where not all of it is finite. */
function infinite(
  loss: number,
  norm: number,
  memory: { readonly [name: string]: number },
): string | undefined {
  if ([loss, norm, ...Object.values(memory)].every(Number.isFinite)) return undefined;
  const kept = Object.entries(memory).map(([name, x]) => `, ${name} ${x}`).join("");
  return `a loss of ${loss} and a gradient of norm ${norm}${kept}`;
}

const remembered = (memory: { readonly [name: string]: number }): Tensors =>
  named("memory", Object.fromEntries(Object.entries(memory).map(([k, x]) => [k, scalar(x)])));

/** Uniform in (0, 1) without its ends, in single precision too. */
const open = (rng: Rng): number => (rng.below(2 ** 23) + 0.5) / 2 ** 23;

/** The whole step as a graph: forward passes, loss, gradient, AdamW. */
function step<F extends Shape>(
  { model, loss, memory = {}, optimiser }: LearnerSetup<F>,
  names: readonly string[],
  fields: Fields,
  uses: readonly Use[],
): Graph {
  return (feeds) => {
    const params = unnamed("pi", feeds);
    const scope = scoped(model, feeds, params, fields, uses);
    const found = remembering(loss(scope as unknown as Scope<F>), Object.keys(memory));
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

/** The parameters that the loss has a gradient by: a value head that it never reads is not trained, nor billed. */
function learned<F extends Shape>(
  { model, loss, memory = {}, from, reference, trains = (names) => names }: LearnerSetup<F>,
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
  const scope = scoped(model, leaves, params, fields, uses) as unknown as Scope<F>;
  const value = remembering(loss(scope), Object.keys(memory)).loss;
  const found = reached(value, Object.values(params));
  return new Set(trains(Object.keys(params).filter((name) => found.has(params[name]!))));
}
