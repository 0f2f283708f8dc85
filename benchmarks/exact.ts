/** What the testbeds share in which every context and every answer can be counted. */
import {
  type Answer,
  type Example,
  type Kind,
  type Model,
  type Params,
  type Prompt,
  type Rng,
  rng,
  type Testbed,
} from "../core/mod.ts";
import { type Asked, costs, read } from "./labelled.ts";
import { table } from "../models/table.ts";

/** P[a][b] is the probability that answer a beats answer b: P + Pᵀ = 1 and the diagonal is 1/2. */
export type Preferences = readonly (readonly number[])[];

export interface Tables {
  /** Begins the prompts' ids. */
  readonly name: string;
  /** [C][A] logits of the start policy, in single precision as the model will hold them. */
  readonly start: readonly (readonly number[])[];
  /** [C] of the answers to each context. */
  readonly preferences: readonly Preferences[];
  /** Share of labels that are turned round. */
  readonly flip: number;
  /** Where scores can be had: [C][A] what each answer is worth, and the standard error of a rating of it. */
  readonly ratings?: { readonly worth: readonly (readonly number[])[]; readonly error: number };
  /** Who labels, where it is not the truth: groups with their shares, which sum to 1. */
  readonly raters?: readonly RaterGroup[];
  /** Whose answers are compared, where it is not the start policy: shares sum to 1. */
  readonly writers?: readonly Writer[];
  /** Where it is not a table of `start`: what has these logits. */
  readonly policy?: { readonly model: Model; readonly start: Params };
  /** Contexts of each split; all of them in both by default. */
  readonly splits?: { readonly [split in "train" | "test"]: readonly number[] };
}

export interface RaterGroup {
  readonly share: number;
  /** [C] */
  readonly preferences: readonly Preferences[];
}
export interface Writer {
  readonly share: number;
  /** [C][A] probabilities; 0 for what it never writes. */
  readonly policy: readonly (readonly number[])[];
}

type Shared =
  | "model"
  | "start"
  | "oracle"
  | "longest"
  | "prompts"
  | "label"
  | "examples"
  | "costs"
  | "heldOut"
  | "answers"
  | "show"
  | "showSteps";

/**
 * The parts of a testbed that follow from its tables. As a table learns nothing about contexts that
 * it has not seen, every context is a train and a test prompt, unless `splits` says otherwise.
 */
export function exact(tables: Tables): Required<Pick<Testbed, Shared>> {
  const { name, start, ratings, writers, policy, splits } = tables;
  const [contexts, actions] = [start.length, start[0]!.length];
  const prompts = start.map((_, c): Prompt => ({ id: `${name}/${c}`, tokens: [c] }));
  const answers = prompts.map((prompt) =>
    Array.from({ length: actions }, (_, a): Answer => ({ prompt, tokens: [a], length: 1 }))
  );
  const { train, test } = splits ?? { train: [...prompts.keys()], test: [...prompts.keys()] };
  const begin = start.map(softmax);
  const pairs = Array.from({ length: actions }, (_, a) => a)
    .flatMap((a) => Array.from({ length: a }, (_, b) => [b, a] as const));
  const written = (writers ?? [{ share: 1, policy: begin }]).map(({ share, policy }): Written => ({
    share,
    policy,
    together: policy.map((p) => pairs.map(([a, b]) => p[a]! * p[b]!)),
  }));
  const model = table({ contexts, actions, valueHead: true });
  const seat = policy ?? {
    model,
    start: {
      ...model.init(rng(name)),
      logits: { shape: [contexts, actions], data: Float32Array.from(start.flat()) },
    },
  };
  const labels = labelling(tables);
  const asked = asking(train, answers, pairs, written, labels);

  return {
    ...seat,
    oracle: { id: `${name} truth`, prefer: async (a, b) => await labels.prefer(a, b) },
    longest: 1,
    prompts: (split) => (split === "train" ? train : test).map((c) => prompts[c]!),
    answers: (prompt) => answers[contextOf(prompt)]!,
    label: async (a, b, rng) => await labels.label(a, b, rng),
    costs,
    examples<K extends Kind>(kind: K, n: number, rng: Rng): Example<K>[] {
      const others = rng.split("unrelated");
      const elsewhere = (y: Answer): Answer => {
        const [here, many] = [train.indexOf(contextOf(y.prompt)), train.length];
        const c = train[(here + 1 + others.below(many - 1)) % many]!;
        return answers[contextOf(y.prompt)]![weighted(begin[c]!, others)]!;
      };
      const errors = rng.split("ratings");
      const score = ratings &&
        ((y: Answer) =>
          ratings.worth[contextOf(y.prompt)]![y.tokens[0]!]! + ratings.error * errors.normal());
      return read(kind, n, name, (many, size) => asked(many, size, rng), elsewhere, score);
    },
    heldOut: () =>
      test.flatMap((c) =>
        // Comparisons that the data could hold: what nobody writes is not compared.
        pairs.filter((_, k) => written.some(({ together }) => together[c]![k]! > 0)).map(
          ([i, j]) => {
            const [a, b] = [answers[c]![i]!, answers[c]![j]!];
            const p = labels.prefer(a, b);
            return p >= 1 / 2
              ? { chosen: a, rejected: b, strength: p }
              : { chosen: b, rejected: a, strength: 1 - p };
          },
        )
      ),
    show: (prompt) => `Context ${contextOf(prompt)}`,
    showSteps: (y) => [`Answer ${y.tokens[0]}`],
  };
}

interface Labelling {
  /** P(a beats b), in truth. */
  prefer(a: Answer, b: Answer): number;
  /** One drawn label: did a beat b? */
  label(a: Answer, b: Answer, rng: Rng): boolean;
  /** Given such a label, which group of raters gave it. */
  rater(winner: Answer, loser: Answer, rng: Rng): number;
}

/** What the tables say of two answers, and what those who label say. */
function labelling({ name, start, preferences, flip, raters }: Tables): Labelling {
  const prefer = (a: Answer, b: Answer, tables = preferences): number => {
    const context = contextOf(a.prompt);
    if (contextOf(b.prompt) !== context) {
      throw new RangeError(
        `Cannot compare answers to different prompts: "${a.prompt.id}" and "${b.prompt.id}"`,
      );
    }
    const p = tables[context]?.[a.tokens[0]!]?.[b.tokens[0]!];
    if (p === undefined) {
      throw new RangeError(
        `Cannot compare answers [${a.tokens}] and [${b.tokens}] to "${a.prompt.id}": ` +
          `${name} has ${start.length} contexts and ${start[0]!.length} answers to each`,
      );
    }
    return p;
  };
  const flipped = (p: number) => p * (1 - flip) + (1 - p) * flip;
  const judges = raters ?? [{ share: 1, preferences }];
  /** P(a's label is "a beats b" and this rater gave it), one a rater. */
  const chances = (a: Answer, b: Answer): number[] =>
    judges.map(({ share, preferences }) => share * flipped(prefer(a, b, preferences)));
  return {
    prefer,
    label: (a, b, rng) => rng.uniform() < chances(a, b).reduce((sum, p) => sum + p, 0),
    // Given a label, a rater is as likely as it is to give that label.
    rater: (winner, loser, rng) => judges.length > 1 ? weighted(chances(winner, loser), rng) : 0,
  };
}

/** What a writer writes. */
interface Written extends Writer {
  /** [C][pair] P(the two answers of the pair are drawn, each by itself), up to a factor: they are to differ. */
  readonly together: readonly (readonly number[])[];
}

/** Gives `n` sets of so many answers to compare, each by one writer. */
function asking(
  contexts: readonly number[],
  answers: readonly (readonly Answer[])[],
  pairs: readonly (readonly [number, number])[],
  written: readonly Written[],
  { label, rater }: Labelling,
): (n: number, size: number, from: Rng) => Generator<Asked> {
  return function* (n, size, from) {
    const [order, draws, labels, whose, hands] = [
      "contexts",
      "answers",
      "labels",
      "raters",
      "writers",
    ].map((x) => from.split(x)) as [Rng, Rng, Rng, Rng, Rng];
    // Every context comes equally often, in an order of its own each time round.
    for (let left = n; left > 0; left -= contexts.length) {
      for (const c of order.shuffle(contexts).slice(0, left)) {
        const hand = written.length > 1 ? weighted(written.map((w) => w.share), hands) : 0;
        const { policy, together } = written[hand]!;
        const known = policy[c]!.filter((p) => p > 0).length;
        if (known < size) {
          throw new RangeError(
            `Cannot compare ${size} answers to "${
              answers[c]![0]!.prompt.id
            }": ${known} are ever written`,
          );
        }
        const drawn = size === 2
          ? pairs[weighted(together[c]!, draws)]!
          : withoutReplacement(policy[c]!, size, draws);
        yield {
          answers: drawn.map((a) => answers[c]![a]!),
          label: (a, b) => label(a, b, labels),
          objective: (winner, loser) => rater(winner, loser, whose),
        };
      }
    }
  };
}

/** The one context that the prompt of a table is. */
export const contextOf = (prompt: Prompt): number => prompt.tokens[0]!;

export function softmax(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const weights = logits.map((x) => Math.exp(x - top));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
}

/** The same numbers with mean 0 and standard deviation 1. */
export function standard(raw: readonly number[]): number[] {
  const mean = raw.reduce((sum, r) => sum + r, 0) / raw.length;
  const deviation = Math.sqrt(raw.reduce((sum, r) => sum + (r - mean) ** 2, 0) / raw.length);
  return raw.map((r) => (r - mean) / deviation);
}

/** An index drawn in proportion to its weight. */
function weighted(weights: readonly number[], rng: Rng): number {
  let left = rng.uniform() * weights.reduce((sum, w) => sum + w, 0);
  const drawn = weights.findIndex((w) => (left -= w) < 0);
  return drawn < 0 ? weights.length - 1 : drawn;
}

/** Different indices, each drawn in proportion to the weights that are left. */
function withoutReplacement(weights: readonly number[], n: number, rng: Rng): number[] {
  const left = [...weights];
  return Array.from({ length: n }, () => {
    const drawn = weighted(left, rng);
    left[drawn] = 0;
    return drawn;
  });
}
