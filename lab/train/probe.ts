import {
  type Answers,
  type Batch,
  constant,
  type Expr,
  type Hyper,
  input,
  type Kind,
  type Likelihood,
  type Next,
  type Objective,
  type Scope,
} from "../../core/mod.ts";
// Not engine/mod.ts: that loads ONNX Runtime, which whoever only lists or reports has no use for.
import { gradient } from "../../engine/gradient.ts";
import { interpret } from "../../engine/interpret.ts";
import { remembering } from "./loss.ts";

/** Log-probabilities of each token of each answer, under the policy and (`ref_…`) its reference. */
export interface ProbeBatch {
  readonly chosen: ProbeRows;
  readonly rejected?: ProbeRows;
  readonly ref_chosen?: ProbeRows;
  readonly ref_rejected?: ProbeRows;
  /** For losses over points: answers read after the wrong prompt. */
  readonly unrelated?: ProbeRows;
  readonly ref_unrelated?: ProbeRows;
  /** For losses over scores: one a chosen, then one a rejected answer; 1 and 0 by default. */
  readonly scores?: readonly number[];
  /** For losses over pairs: P(chosen beats rejected); 1 by default. */
  readonly strength?: readonly number[];
  /** For losses over triples; the chosen answers by default. */
  readonly gold?: ProbeRows;
  readonly ref_gold?: ProbeRows;
  /** For losses over lists, [place][example]; chosen before rejected by default. */
  readonly answers?: readonly ProbeRows[];
  readonly ref_answers?: readonly ProbeRows[];
  /** [place][example]; evenly from 1 down to 0 by default. */
  readonly list_scores?: readonly (readonly number[])[];
  /** Which objective labelled each pair; 0 by default. */
  readonly objective?: readonly number[];
  /** Which policy wrote each pair; 0 by default. */
  readonly source?: readonly number[];
  /** For losses that read whole distributions: log-probabilities of every continuation at each token. */
  readonly next_chosen?: ProbeDistributions;
  readonly next_rejected?: ProbeDistributions;
  readonly ref_next_chosen?: ProbeDistributions;
  readonly ref_next_rejected?: ProbeDistributions;
  /** For losses with a memory: what it holds before this batch; the objective's first values by default. */
  readonly memory?: { readonly [name: string]: number };
  /** For losses that draw random numbers: one an example; 1/2 by default. */
  readonly noise?: readonly number[];
}
/** Log-probabilities, a row an answer. */
export type ProbeRows = readonly (readonly number[])[];
/** Whole distributions, a table an answer. */
export type ProbeDistributions = readonly ProbeRows[];

/** A loss on a batch, with its gradient. */
export interface Probe {
  readonly value: number;
  /** d value / d log-probability of each token, by the names of the batch. */
  readonly gradient: { readonly [name: string]: number[][] };
  /** The same by each continuation's, tokens held fixed, where whole distributions are given. */
  readonly next: { readonly [name: string]: number[][][] };
  /** What the loss keeps for the next batch. */
  readonly memory: { readonly [name: string]: number };
}

/**
 * An objective's loss on plain numbers, with its gradient by every token, in double precision.
 * Points and scores take the chosen answers as good and the rejected as bad. `compute` is given the
 * graph and its inputs by name.
 */
export function probe<K extends Kind, H extends Hyper>(
  objective: Objective<K, H>,
  batch: ProbeBatch,
  hyper: { readonly [name: string]: unknown } = objective.hyper,
  compute: typeof interpret = interpret,
): Probe {
  // Reference batches may come among the hyperparameters, as in the files of TRL's numbers.
  const { unrelated, ref_unrelated, ...numbers } = { ...hyper, ...batch } as ProbeBatch;
  const given: ProbeBatch = {
    ...numbers,
    ...unrelated ? { unrelated } : {},
    ...ref_unrelated ? { ref_unrelated } : {},
  };
  const inputs: Inputs = {};
  const slots = new Map<Answers, Slot>();
  const feedback = batched(objective, given, inputs, reader(given, inputs, slots));
  const before = { ...objective.memory, ...given.memory };
  for (const [name, x] of Object.entries(before)) inputs[`memory/${name}`] = [x];
  const examples = [...slots.values()][0]!.shape[0];
  inputs.progress = [0];
  inputs.noise = [...given.noise ?? Array<number>(examples).fill(1 / 2)];
  const scope = {
    ...feedback,
    pi: likelihood((y) => slots.get(y)!.leaf!, (y) => slots.get(y)!.next?.pi),
    ref: likelihood((y) => slots.get(y)!.frozen!, (y) => slots.get(y)!.next?.ref),
    progress: input("progress", []),
    memory: Object.fromEntries(
      Object.keys(before).map((name) => [name, input(`memory/${name}`, [])]),
    ),
    noise: input("noise", [inputs.noise.length]),
  } as Scope<K>;
  const { loss: value, memory } = remembering(
    objective.loss(scope, { ...objective.hyper, ...numbersOf(hyper) } as H),
    Object.keys(before),
  );
  const read = [...slots.values()];
  const whole = read.filter(({ next }) => next);
  const leaves = [...read.map(({ leaf }) => leaf!), ...whole.map(({ next }) => next!.pi.logp)];
  const slopes = gradient(value, leaves);
  const found = compute({
    value,
    ...Object.fromEntries(Object.entries(memory).map(([name, x]) => [`memory/${name}`, x])),
    ...Object.fromEntries(slopes.map((g, i) => [`slope${i}`, g])),
  }, inputs);
  return {
    value: found.value![0]!,
    gradient: Object.fromEntries(read.flatMap((slot, i) => unstacked(slot, found[`slope${i}`]!))),
    next: Object.fromEntries(
      whole.flatMap((slot, i) => fanned(slot, found[`slope${read.length + i}`]!)),
    ),
    memory: Object.fromEntries(
      Object.keys(memory).map((name) => [name, found[`memory/${name}`]![0]!]),
    ),
  };
}

/** The numbers of each input of the graph. */
type Inputs = { [name: string]: number[] };

/** Answers of the batch that a loss reads together, laid out [answer, token]. */
interface Slot {
  readonly parts: readonly { readonly name: string; readonly lengths: readonly number[] }[];
  readonly shape: readonly [number, number];
  readonly lengths: number[];
  readonly pi: number[];
  readonly ref: number[];
  readonly leaf?: Expr;
  readonly frozen?: Expr;
  readonly next?: { readonly pi: Next; readonly ref: Next };
}

/** Makes the answers of these names inputs of the graph, and notes their slot; the same names are the same answers. */
function reader(
  given: ProbeBatch,
  inputs: Inputs,
  slots: Map<Answers, Slot>,
): (...names: readonly string[]) => Answers {
  const known = new Map<string, Answers>();
  return (...names) => {
    const id = names.join("+");
    const before = known.get(id);
    if (before) return before;
    const slot = stacked(spread(given), names);
    inputs[`pi/${id}`] = slot.pi;
    inputs[`ref/${id}`] = slot.ref;
    inputs[`length/${id}`] = slot.lengths;
    const y: Answers = { length: input(`length/${id}`, [slot.lengths.length]), packed: {} };
    const whole = distributions(given, names, slot);
    if (whole) {
      inputs[`next/pi/${id}`] = whole.pi;
      inputs[`next/ref/${id}`] = whole.ref;
    }
    const next = (who: string): Next => ({
      logp: input(`next/${who}/${id}`, [slot.shape[0] * slot.shape[1], whole!.width]),
      fold: (x) => x.reshape(...slot.shape).mul(constant(whole!.within, slot.shape)),
    });
    slots.set(y, {
      ...slot,
      leaf: input(`pi/${id}`, slot.shape),
      frozen: input(`ref/${id}`, slot.shape),
      ...whole ? { next: { pi: next("pi"), ref: next("ref") } } : {},
    });
    known.set(id, y);
    return y;
  };
}

/** What the objective's kind of feedback makes of the batch. */
function batched<K extends Kind, H extends Hyper>(
  objective: Objective<K, H>,
  given: ProbeBatch,
  inputs: Inputs,
  answers: (...names: readonly string[]) => Answers,
): Batch<K> {
  const vector = (name: string, values: readonly number[]): Expr => {
    inputs[name] = [...values];
    return input(name, [values.length]);
  };
  const rows = given.chosen.length;
  const ends = (good: number, bad: number) => [
    ...Array<number>(rows).fill(good),
    ...Array<number>(given.rejected?.length ?? 0).fill(bad),
  ];
  const filled = (x: number) => Array<number>(rows).fill(x);
  const pair = () => ({ chosen: answers("chosen"), rejected: answers("rejected") });
  const labelled = () => ({ ...pair(), strength: vector("strength", given.strength ?? filled(1)) });
  const list = given.answers?.map((_, i) => `answers/${i}`) ?? ["chosen", "rejected"];
  const kinds: { readonly [P in Kind]?: () => Batch<P> } = {
    pairs: labelled,
    noised: labelled,
    edited: labelled,
    lists: () => ({
      answers: list.map((name) => answers(name)),
      scores: list.map((name, i) =>
        vector(`score ${name}`, given.list_scores?.[i] ?? filled(1 - i / (list.length - 1)))
      ),
    }),
    triples: () => ({ gold: answers(given.gold ? "gold" : "chosen"), ...pair() }),
    objectives: () => ({
      ...pair(),
      objective: vector("objective", given.objective ?? filled(0)),
    }),
    points: () => ({
      answer: answers("chosen", "rejected"),
      unrelated: answers("unrelated"),
      good: vector("good", ends(1, 0)),
    }),
    scored: () => ({
      answer: answers("chosen", "rejected"),
      score: vector("score", given.scores ?? ends(1, 0)),
    }),
    scores: () => ({
      first: answers("chosen"),
      second: answers("rejected"),
      firstScore: vector("firstScore", given.scores?.slice(0, rows) ?? filled(1)),
      secondScore: vector("secondScore", given.scores?.slice(rows) ?? filled(0)),
    }),
    demonstrations: () => ({ answer: answers("chosen") }),
  };
  const make = kinds[objective.feedback] as (() => Batch<K>) | undefined;
  if (!make) {
    throw new TypeError(
      `Cannot probe ${objective.id}: a batch of log-probabilities gives no ${objective.feedback}`,
    );
  }
  return make();
}

type NamedRows = { readonly [name: string]: ProbeRows | undefined };

/** The rows of each answer by name, those of a list as `answers/0`. */
function spread(batch: ProbeBatch): NamedRows {
  const { chosen, rejected, unrelated, gold, answers = [] } = batch;
  const { ref_chosen, ref_rejected, ref_unrelated, ref_gold, ref_answers = [] } = batch;
  return {
    ...{ chosen, rejected, unrelated, gold, ref_chosen, ref_rejected, ref_unrelated, ref_gold },
    ...Object.fromEntries(answers.map((rows, i) => [`answers/${i}`, rows])),
    ...Object.fromEntries(ref_answers.map((rows, i) => [`ref_answers/${i}`, rows])),
  };
}

function stacked(batch: NamedRows, names: readonly string[]): Slot {
  const parts = names.map((name) => {
    // Absent log-probabilities are NaN: a loss that reads them cannot go unnoticed.
    const rows = batch[name] ?? (name === "unrelated" ? [[NaN]] : undefined);
    if (!rows) throw new TypeError(`Cannot probe: the batch has no "${name}"`);
    const ref = batch[`ref_${name}`];
    return { name, rows, ref: ref ?? rows.map((row) => row.map(() => NaN)) };
  });
  const all = parts.flatMap(({ rows }) => rows);
  // As in training, where one pass reads all answers, those of a batch are as wide as each other.
  const width = Math.max(
    ...Object.values(batch).flatMap((rows = []) => rows.map((row) => row.length)),
  );
  const padded = (rows: ProbeRows) =>
    rows.flatMap((row) => [...row, ...Array(width - row.length).fill(0)]);
  return {
    parts: parts.map(({ name, rows }) => ({ name, lengths: rows.map((row) => row.length) })),
    shape: [all.length, width],
    lengths: all.map((row) => row.length),
    pi: padded(all),
    ref: padded(parts.flatMap(({ ref }) => ref)),
  };
}

function unstacked({ parts, shape: [, width] }: Slot, slope: Float64Array): [string, number[][]][] {
  let row = 0;
  return parts.map(({ name, lengths }) => [
    name,
    lengths.map((length) => {
      const start = width * row++;
      return [...slope.subarray(start, start + length)];
    }),
  ]);
}

/** The whole distributions of a slot's answers, where the batch has them; uniform past an answer's end. */
function distributions(
  batch: ProbeBatch,
  names: readonly string[],
  { shape: [, longest], lengths }: Slot,
): { width: number; within: number[]; pi: number[]; ref: number[] } | undefined {
  const given = (who: "" | "ref_") =>
    names.map((name) =>
      name === "chosen" || name === "rejected" ? batch[`${who}next_${name}`] : undefined
    );
  const pi = given("");
  if (!pi.every((x) => x !== undefined)) return undefined;
  const width = pi[0]![0]![0]!.length;
  // As with log-probabilities: what is absent is NaN.
  const ref = given("ref_").map((all, i) =>
    all ?? pi[i]!.map((rows) => rows.map((row) => row.map(() => NaN)))
  );
  const padding = Array<number>(width).fill(-Math.log(width));
  const padded = (all: readonly ProbeDistributions[]) =>
    all.flat().flatMap((rows) =>
      Array.from({ length: longest }, (_, t) => rows[t] ?? padding).flat()
    );
  return {
    width,
    within: lengths.flatMap((n) => Array.from({ length: longest }, (_, t) => t < n ? 1 : 0)),
    pi: padded(pi),
    ref: padded(ref),
  };
}

/** The slope by every continuation's log-probability, an answer and a token. */
function fanned(slot: Slot, slope: Float64Array): [string, number[][][]][] {
  const width = slope.length / (slot.shape[0] * slot.shape[1]);
  const places = unstacked(slot, Float64Array.from({ length: slope.length / width }, (_, i) => i));
  return places.map(([name, rows]) => [
    `next_${name}`,
    rows.map((row) => row.map((i) => [...slope.subarray(i * width, (i + 1) * width)])),
  ]);
}

function likelihood(
  steps: (y: Answers) => Expr,
  next: (y: Answers) => Next | undefined,
): Likelihood {
  const missing = (what: string) => (): never => {
    throw new TypeError(
      `Cannot probe a loss that reads ${what}: the batch has none`,
    );
  };
  const whole = (y: Answers) => next(y) ?? missing("whole distributions")();
  return {
    steps,
    logp: (y) => steps(y).sum(1),
    value: missing("a value"),
    values: missing("values"),
    vector: missing("a vector"),
    kl(other, y) {
      const [p, q] = [whole(y), other.next(y)];
      return p.fold(p.logp.exp().mul(p.logp.sub(q.logp)).sum(1));
    },
    entropy(y) {
      const { logp, fold } = whole(y);
      return fold(logp.exp().mul(logp).sum(1).neg());
    },
    next: whole,
  };
}

const numbersOf = (hyper: { readonly [name: string]: unknown }): Hyper =>
  Object.fromEntries(
    Object.entries(hyper).filter((entry): entry is [string, number] =>
      typeof entry[1] === "number"
    ),
  );
