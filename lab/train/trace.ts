import {
  type Answers,
  type Expr,
  input,
  type Likelihood,
  type Loss,
  type Scope,
  type Shape,
} from "../../core/mod.ts";
import { reached } from "../../engine/mod.ts";
import { remembering } from "./loss.ts";

/** How a loss uses one answer slot of its examples, found by running it once on symbols. */
export interface Use {
  readonly slot: string;
  /** The policy reads it, and the loss has a gradient through that. */
  readonly trained: boolean;
  /** The policy or the reference reads it inside the graph. */
  readonly read: boolean;
  /** The value after its last step is read. */
  readonly ends: boolean;
  /** The reference's step log-probabilities are read. */
  readonly reference: boolean;
}

/** What an example's fields hold. Of a list, each answer and each number is a slot of its own: `answers/0`. */
export interface Fields {
  readonly answers: readonly string[];
  readonly numbers: readonly string[];
  readonly series: readonly string[];
  /** Names of lists, and how long they are. */
  readonly lists: { readonly [name: string]: number };
}

export function fieldsOf(example: object): Fields {
  const entries = Object.entries(example) as [string, unknown][];
  const isList = (x: unknown): x is readonly unknown[] => Array.isArray(x);
  const isAnswer = (x: unknown) => typeof x === "object" && !isList(x);
  const listed = entries.some(([, x]) => isList(x) && isAnswer(x[0]));
  // Beside a list of answers, a list of numbers has one an answer; else it has one a step.
  const isSeries = (x: unknown) => isList(x) && !listed;
  const lists = listed
    ? Object.fromEntries(entries.flatMap(([k, x]) => isList(x) ? [[k, x.length]] : []))
    : {};
  const slots = entries.flatMap(([name, x]): [string, unknown][] =>
    listed && isList(x) ? x.map((y, i) => [`${name}/${i}`, y]) : [[name, x]]
  );
  const where = (is: (x: unknown) => boolean) => slots.filter(([, x]) => is(x)).map(([k]) => k);
  return {
    answers: where(isAnswer),
    numbers: where((x) => typeof x === "number"),
    series: where(isSeries),
    lists,
  };
}

/** Puts what was made for each slot of a list together under the list's name. */
export function byField<X>(
  { lists }: Fields,
  slots: { readonly [slot: string]: X },
): { [field: string]: X | readonly X[] } {
  const single = Object.entries(slots).filter(([slot]) => !slot.includes("/"));
  return {
    ...Object.fromEntries(single),
    ...Object.fromEntries(
      Object.entries(lists).map(([name, size]) => [
        name,
        Array.from({ length: size }, (_, i) => slots[`${name}/${i}`]!),
      ]),
    ),
  };
}

/** What one run of a loss on symbols shows. */
export interface Trace {
  readonly uses: readonly Use[];
  /** Whether it draws random numbers. */
  readonly noise: boolean;
  /** How many numbers the policy's vectors have, where it reads them. */
  readonly vector?: number;
}

const [B, T, V] = [3, 2, 5];

export function trace<F extends Shape>(
  fields: Fields,
  loss: (scope: Scope<F>) => Loss,
  memory: readonly string[],
): Trace {
  const slots = new Map<Answers, string>();
  const leaves = new Map<string, Expr>();
  const leaf = (name: string, shape: readonly number[]) => {
    const known = leaves.get(name) ?? input(name, shape);
    leaves.set(name, known);
    return known;
  };
  const batch: { [field: string]: Answers | Expr } = {};
  for (const slot of fields.answers) {
    const answers: Answers = { length: input(`length/${slot}`, [B]), packed: {} };
    batch[slot] = answers;
    slots.set(answers, slot);
  }
  for (const name of fields.numbers) batch[name] = input(name, [B]);
  for (const name of fields.series) batch[name] = input(name, [B, T]);
  const names = new Map<Likelihood, string>();
  const widths = new Map<string, number>();
  const policy = (who: string): Likelihood => {
    // Of a whole next step it matters here only whose it is.
    const whole = (y: Answers) => leaf(`${who}/whole/${slots.get(y)}`, [B, T]);
    const made: Likelihood = {
      steps: (y) => leaf(`${who}/steps/${slots.get(y)}`, [B, T]),
      logp: (y) => leaf(`${who}/steps/${slots.get(y)}`, [B, T]).sum(1),
      value: (y) => leaf(`${who}/value/${slots.get(y)}`, [B]),
      values: (y) => leaf(`${who}/values/${slots.get(y)}`, [B, T]),
      vector(y, width) {
        const known = widths.get(who) ?? width;
        if (known !== width || !(Number.isInteger(width) && width > 0)) {
          throw new RangeError(
            `Cannot read a vector of ${width} numbers: expected ${
              known === width ? "a whole number above 0" : `${known}, as elsewhere in the loss`
            }`,
          );
        }
        widths.set(who, width);
        return leaf(`${who}/vector/${slots.get(y)}`, [B, width]);
      },
      kl: (other, y) => whole(y).sub(leaf(`${names.get(other)}/whole/${slots.get(y)}`, [B, T])),
      entropy: whole,
      next: (y) => ({
        logp: leaf(`${who}/next/${slots.get(y)}`, [B * T, V]),
        fold: (x) => x.reshape(B, T),
      }),
    };
    names.set(made, who);
    return made;
  };
  let noise = false;
  const scope = {
    ...byField(fields, batch),
    pi: policy("pi"),
    ref: policy("ref"),
    progress: input("progress", []),
    memory: Object.fromEntries(memory.map((name) => [name, input(`memory/${name}`, [])])),
    get noise() {
      noise = true;
      return input("noise", [B]);
    },
  };
  const value = remembering(loss(scope as unknown as Scope<F>), memory).loss;
  const trained = reached(value, [...leaves.values()]);
  const uses = fields.answers.map((slot): Use => {
    const found = (who: string, face: string) => leaves.get(`${who}/${face}/${slot}`);
    const within = ["value", "vector", "values", "whole", "next"];
    const faces = ["steps", ...within].map((face) => found("pi", face));
    const inside = within.map((face) => found("ref", face));
    const ends = ["pi", "ref"].flatMap((who) => [found(who, "value"), found(who, "vector")]);
    return {
      slot,
      trained: faces.some((x) => x && trained.has(x)),
      read: [...faces, ...inside].some((x) => x !== undefined),
      ends: ends.some((x) => x !== undefined),
      reference: found("ref", "steps") !== undefined,
    };
  });
  const vector = widths.get("pi");
  return { uses, noise, ...vector === undefined ? {} : { vector } };
}
