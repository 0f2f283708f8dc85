import {
  type Answers,
  type Batch,
  type Expr,
  type Hyper,
  input,
  type Kind,
  type Likelihood,
  type Objective,
  type Scope,
} from "../core/mod.ts";
// Not engine/mod.ts: that loads ONNX Runtime, which whoever only lists or reports has no use for.
import { gradient } from "../engine/gradient.ts";
import { interpret } from "../engine/interpret.ts";

/** Log-probabilities of each token of each answer, under the policy and (`ref_…`) its reference. */
export interface ProbeBatch {
  readonly chosen: Rows;
  readonly rejected?: Rows;
  readonly ref_chosen?: Rows;
  readonly ref_rejected?: Rows;
  /** For losses over points: answers read after the wrong prompt. */
  readonly unrelated?: Rows;
  readonly ref_unrelated?: Rows;
  /** For losses over scores: one a chosen, then one a rejected answer; 1 and 0 by default. */
  readonly scores?: readonly number[];
  /** For losses over pairs: P(chosen beats rejected); 1 by default. */
  readonly strength?: readonly number[];
  /** For losses over triples; the chosen answers by default. */
  readonly gold?: Rows;
  readonly ref_gold?: Rows;
  /** For losses over lists, [place][example]; chosen before rejected by default. */
  readonly answers?: readonly Rows[];
  readonly ref_answers?: readonly Rows[];
  /** [place][example]; evenly from 1 down to 0 by default. */
  readonly list_scores?: readonly (readonly number[])[];
  /** Which objective labelled each pair, and what a program adds for the chosen answer; 0 by default. */
  readonly objective?: readonly number[];
  readonly margin?: readonly number[];
  /** Which policy wrote each pair; 0 by default. */
  readonly source?: readonly number[];
}
type Rows = readonly (readonly number[])[];

export interface Probe {
  readonly value: number;
  /** d value / d log-probability of each token, by the names of the batch. */
  readonly gradient: { readonly [name: string]: number[][] };
}

/**
 * An objective's loss on plain numbers, with its gradient by every token, in double precision.
 * Points and scores take the chosen answers as good and the rejected as bad.
 */
export function probe<K extends Kind, H extends Hyper>(
  objective: Objective<K, H>,
  batch: ProbeBatch,
  hyper: { readonly [name: string]: unknown } = objective.hyper,
): Probe {
  // Reference batches may come among the hyperparameters, as in the files of TRL's numbers.
  const { unrelated, ref_unrelated, ...numbers } = { ...hyper, ...batch } as ProbeBatch;
  const given: ProbeBatch = {
    ...numbers,
    ...unrelated ? { unrelated } : {},
    ...ref_unrelated ? { ref_unrelated } : {},
  };
  const inputs: { [name: string]: number[] } = {};
  const slots = new Map<Answers, Slot>();
  const known = new Map<string, Answers>();
  const answers = (...names: readonly string[]): Answers => {
    const id = names.join("+");
    const before = known.get(id);
    if (before) return before;
    const slot = stacked(spread(given), names);
    inputs[`pi/${id}`] = slot.pi;
    inputs[`ref/${id}`] = slot.ref;
    inputs[`length/${id}`] = slot.lengths;
    const y: Answers = { length: input(`length/${id}`, [slot.lengths.length]), packed: {} };
    slots.set(y, {
      ...slot,
      leaf: input(`pi/${id}`, slot.shape),
      frozen: input(`ref/${id}`, slot.shape),
    });
    known.set(id, y);
    return y;
  };
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
  const graded = () => ({
    ...pair(),
    strength: vector("strength", given.strength ?? filled(1)),
  });
  const list = given.answers?.map((_, i) => `answers/${i}`) ?? ["chosen", "rejected"];
  const kinds: { readonly [P in Kind]?: () => Batch<P> } = {
    pairs: graded,
    graded,
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
      margin: vector("margin", given.margin ?? filled(0)),
    }),
    sourced: () => ({ ...pair(), source: vector("source", given.source ?? filled(0)) }),
    points: () => ({
      answer: answers("chosen", "rejected"),
      unrelated: answers("unrelated"),
      good: vector("good", ends(1, 0)),
    }),
    scored: () => ({
      answer: answers("chosen", "rejected"),
      score: vector("score", given.scores ?? ends(1, 0)),
    }),
    demonstrations: () => ({ answer: answers("chosen") }),
  };
  const make = kinds[objective.feedback] as (() => Batch<K>) | undefined;
  if (!make) {
    throw new TypeError(
      `Cannot probe ${objective.id}: a batch of log-probabilities gives no ${objective.feedback}`,
    );
  }
  inputs.progress = [0];
  const scope = {
    ...make(),
    pi: likelihood((y) => slots.get(y)!.leaf!),
    ref: likelihood((y) => slots.get(y)!.frozen!),
    progress: input("progress", []),
  } as Scope<K>;
  const value = objective.loss(scope, { ...objective.hyper, ...numbersOf(hyper) } as H);
  const read = [...slots.values()];
  const slopes = gradient(value, read.map(({ leaf }) => leaf!));
  const found = interpret(
    { value, ...Object.fromEntries(slopes.map((g, i) => [`slope${i}`, g])) },
    inputs,
  );
  return {
    value: found.value![0]!,
    gradient: Object.fromEntries(read.flatMap((slot, i) => unstacked(slot, found[`slope${i}`]!))),
  };
}

interface Slot {
  readonly parts: readonly { readonly name: string; readonly lengths: readonly number[] }[];
  readonly shape: readonly [number, number];
  readonly lengths: number[];
  readonly pi: number[];
  readonly ref: number[];
  readonly leaf?: Expr;
  readonly frozen?: Expr;
}

type Answered = { readonly [name: string]: Rows | undefined };

/** The rows of each answer by name, those of a list as `answers/0`. */
function spread({ answers = [], ref_answers = [], ...batch }: ProbeBatch): Answered {
  const {
    scores: _s,
    list_scores: _l,
    strength: _p,
    objective: _o,
    margin: _m,
    source: _f,
    ...rows
  } = batch;
  return {
    ...rows,
    ...Object.fromEntries(answers.map((rows, i) => [`answers/${i}`, rows])),
    ...Object.fromEntries(ref_answers.map((rows, i) => [`ref_answers/${i}`, rows])),
  };
}

function stacked(batch: Answered, names: readonly string[]): Slot {
  const parts = names.map((name) => {
    const rows = batch[name];
    if (!rows) throw new TypeError(`Cannot probe: the batch has no "${name}"`);
    const ref = batch[`ref_${name}`];
    return { name, rows, ref: ref ?? rows.map((row) => row.map(() => NaN)) };
  });
  const all = parts.flatMap(({ rows }) => rows);
  const width = Math.max(...all.map((row) => row.length));
  const padded = (rows: Rows) =>
    rows.flatMap((row) => [...row, ...Array(width - row.length).fill(0)]);
  return {
    parts: parts.map(({ name, rows }) => ({ name, lengths: rows.map((row) => row.length) })),
    shape: [all.length, width],
    lengths: all.map((row) => row.length),
    pi: padded(all),
    // Absent log-probabilities are NaN: a loss that reads them cannot go unnoticed.
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

function likelihood(steps: (y: Answers) => Expr): Likelihood {
  const missing = (what: string) => (): never => {
    throw new TypeError(
      `Cannot probe a loss that reads ${what}: log-probabilities are all there is`,
    );
  };
  return {
    steps,
    logp: (y) => steps(y).sum(1),
    value: missing("a value"),
    values: missing("values"),
    next: missing("whole distributions"),
  };
}

const numbersOf = (hyper: { readonly [name: string]: unknown }): Hyper =>
  Object.fromEntries(
    Object.entries(hyper).filter((entry): entry is [string, number] =>
      typeof entry[1] === "number"
    ),
  );
