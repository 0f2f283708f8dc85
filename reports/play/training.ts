import {
  type Expr,
  type Feeds,
  input,
  type Likelihood,
  logSoftmax,
  matmul,
  type Scope,
  Unsuited,
} from "../../core/mod.ts";
import { adamw, gradient, interpret, simplify } from "../../engine/mod.ts";
import dpo from "../../methods/dpo.ts";
import ipo from "../../methods/ipo.ts";
import simpo from "../../methods/simpo.ts";
import type { METHODS } from "./dials.ts";
import { logpOf, type Path, type Table } from "./table.ts";

/** Training in a visitor's browser: the methods' own losses, differentiated and computed by the engine. */

/** A labelled pair of answers. */
export interface Pair {
  readonly chosen: Path;
  readonly rejected: Path;
}

/** What a visitor sets of the methods. */
export interface Dials {
  /** DPO's β and IPO's τ, which mean the same: the pull to the reference. */
  readonly beta: number;
  /** SimPO's β, which scales the mean log-probability of a choice. */
  readonly scale: number;
  /** Of AdamW. */
  readonly rate: number;
}

/** The methods that are compared, in their order: their names, and their losses at these dials. */
export const rivals: readonly {
  readonly name: typeof METHODS[number];
  loss(scope: Scope<"pairs">, dials: Dials): Expr;
}[] = [
  { name: "DPO", loss: (scope, { beta }) => dpo.loss(scope, { beta }) },
  { name: "IPO", loss: (scope, { beta }) => ipo.loss(scope, { tau: beta }) },
  {
    name: "SimPO",
    loss: (scope, { scale }) => simpo.loss(scope, { ...simpo.hyper, beta: scale }),
  },
];

const MOMENTS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0, clip: 10 };

/** Where a learner stands. */
export interface Standing {
  readonly theta: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly steps: number;
}

/** A method that learns from pairs, all of them at each step. */
export interface Learning {
  readonly name: string;
  readonly standing: Standing;
  /** One step of AdamW; returns the loss before it. */
  step(): number;
}

/** One step as a graph: the loss over pairs, its gradient by the policy's logits, AdamW. */
export function stepGraph(
  { rows, choices }: Table,
  count: number,
  loss: (scope: Scope<"pairs">) => Expr,
): Feeds {
  const size = rows * choices;
  const theta = input("theta", [size]);
  // log π(y) is a sum over the choices that an answer takes, each as often as it does.
  const table = logSoftmax(theta.reshape(rows, choices)).reshape(size, 1);
  const answers = (side: string) => ({
    length: input(`length/${side}`, [count]),
    packed: {
      counts: input(`counts/${side}`, [count, size]),
      reference: input(`reference/${side}`, [count]),
    },
  });
  const scope: Scope<"pairs"> = {
    chosen: answers("chosen"),
    rejected: answers("rejected"),
    strength: input("strength", [count]),
    pi: likelihood(({ packed }) => matmul(packed.counts!, table).reshape(count)),
    // Computed once, as the reference stays what it is.
    ref: likelihood(({ packed }) => packed.reference!),
    progress: input("progress", []),
    memory: {},
    noise: input("noise", [count]),
  };
  const value = loss(scope);
  const scalars = {
    rate: input("rate", []),
    debias1: input("debias1", []),
    debias2: input("debias2", []),
  };
  const state = { theta, first: input("first", [size]), second: input("second", [size]) };
  const next = adamw(gradient(value, [theta]), state, scalars, MOMENTS);
  const outputs: Feeds = { loss: value, ...next };
  const names = Object.keys(outputs);
  const simple = simplify(Object.values(outputs));
  return Object.fromEntries(names.map((name, i) => [name, simple[i]!]));
}

/** A policy of which nothing else is read. */
function likelihood(logp: Likelihood["logp"]): Likelihood {
  const none = (): never => {
    throw new Unsuited("Cannot read more of a table of choices than its log-probabilities");
  };
  return {
    logp,
    steps: none,
    value: none,
    values: none,
    vector: none,
    kl: none,
    entropy: none,
    next: none,
  };
}

/** What a step's graph is fed that stays the same from step to step. */
export function pairFeeds(
  pairs: readonly Pair[],
  reference: ArrayLike<number>,
): { readonly [name: string]: Float64Array } {
  const sides = ["chosen", "rejected"] as const;
  return Object.fromEntries(sides.flatMap((side) => {
    const paths = pairs.map((pair) => pair[side]);
    return [
      [`length/${side}`, Float64Array.from(paths, ({ length }) => length)],
      [`counts/${side}`, Float64Array.from(paths.flatMap(({ counts }) => counts))],
      [`reference/${side}`, Float64Array.from(paths, (path) => logpOf(path, reference))],
    ];
  }));
}

/** What AdamW is fed at step t, from 0. */
export const pace = (rate: number, t: number): { readonly [name: string]: readonly number[] } => ({
  rate: [rate],
  debias1: [1 / (1 - MOMENTS.beta1 ** (t + 1))],
  debias2: [1 / (1 - MOMENTS.beta2 ** (t + 1))],
});

/** A learner a method, which begin at the reference and learn from the same pairs. */
export function learners(
  table: Table,
  reference: ArrayLike<number>,
  pairs: readonly Pair[],
  dials: Dials,
): readonly Learning[] {
  const feeds = pairFeeds(pairs, reference);
  return rivals.map(({ name, loss }): Learning => {
    const graph = stepGraph(table, pairs.length, (scope) => loss(scope, dials));
    const size = table.rows * table.choices;
    let standing: Standing = {
      theta: Float64Array.from(reference),
      first: new Float64Array(size),
      second: new Float64Array(size),
      steps: 0,
    };
    return {
      name,
      get standing() {
        return standing;
      },
      step() {
        const { theta, first, second, steps } = standing;
        const given = { ...feeds, theta, first, second, ...pace(dials.rate, steps) };
        const next = interpret(graph, given);
        standing = {
          theta: next.theta!,
          first: next.first!,
          second: next.second!,
          steps: steps + 1,
        };
        return next.loss![0]!;
      },
    };
  });
}
