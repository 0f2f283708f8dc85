import {
  type Answers,
  type Example,
  type Expr,
  input,
  type Kind,
  type Likelihood,
  type Loss,
  type Scope,
} from "../core/mod.ts";
import { reached } from "../engine/mod.ts";
import { remembering } from "./loss.ts";

/** How a loss uses one answer of its examples, found by running it once on symbols. */
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

/** Which fields of an example are answers, numbers and series. */
export interface Fields {
  readonly answers: readonly string[];
  readonly numbers: readonly string[];
  readonly series: readonly string[];
}

export function fieldsOf(example: Example<Kind>): Fields {
  const entries = Object.entries(example) as [string, unknown][];
  const where = (is: (x: unknown) => boolean) => entries.filter(([, x]) => is(x)).map(([k]) => k);
  return {
    answers: where((x) => typeof x === "object" && !Array.isArray(x)),
    numbers: where((x) => typeof x === "number"),
    series: where(Array.isArray),
  };
}

/** What one run of a loss on symbols shows. */
export interface Trace {
  readonly uses: readonly Use[];
  /** Whether it draws random numbers. */
  readonly noise: boolean;
}

const [B, T, V] = [3, 2, 5];

export function trace<K extends Kind>(
  fields: Fields,
  loss: (scope: Scope<K>) => Loss,
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
  const policy = (who: string): Likelihood => ({
    steps: (y) => leaf(`${who}/steps/${slots.get(y)}`, [B, T]),
    logp: (y) => leaf(`${who}/steps/${slots.get(y)}`, [B, T]).sum(1),
    value: (y) => leaf(`${who}/value/${slots.get(y)}`, [B]),
    values: (y) => leaf(`${who}/values/${slots.get(y)}`, [B, T]),
    next: (y) => ({
      logp: leaf(`${who}/next/${slots.get(y)}`, [B * T, V]),
      fold: (x) => x.reshape(B, T),
    }),
  });
  let noise = false;
  const scope = {
    ...batch,
    pi: policy("pi"),
    ref: policy("ref"),
    progress: input("progress", []),
    memory: Object.fromEntries(memory.map((name) => [name, input(`memory/${name}`, [])])),
    get noise() {
      noise = true;
      return input("noise", [B]);
    },
  };
  const value = remembering(loss(scope as unknown as Scope<K>), memory).loss;
  const trained = reached(value, [...leaves.values()]);
  const uses = fields.answers.map((slot): Use => {
    const found = (who: string, face: string) => leaves.get(`${who}/${face}/${slot}`);
    const faces = ["steps", "value", "values", "next"].map((face) => found("pi", face));
    const inside = ["value", "values", "next"].map((face) => found("ref", face));
    return {
      slot,
      trained: faces.some((x) => x && trained.has(x)),
      read: [...faces, ...inside].some((x) => x !== undefined),
      ends: [found("pi", "value"), found("ref", "value")].some((x) => x !== undefined),
      reference: found("ref", "steps") !== undefined,
    };
  });
  return { uses, noise };
}
