/** What the testbeds share in which every context and every answer can be counted. */
import {
  type Answer,
  type Evaluator,
  type Example,
  type Kind,
  type Prompt,
  type Rng,
  rng,
  type Testbed,
} from "../core/mod.ts";
import { evaluators } from "../evaluators/mod.ts";
import { type Labelled, readingOf } from "./labelled.ts";
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
}

type Shared =
  | "model"
  | "start"
  | "oracle"
  | "longest"
  | "prompts"
  | "label"
  | "examples"
  | "heldOut"
  | "answers"
  | "show"
  | "showSteps";

/** Says nothing of an answer of one step that is not a text, or the same as another measure. */
const ofTexts = [
  "kl-per-token",
  "length",
  "fluency",
  "ranking-accuracy-normalised",
  "distinct-1",
  "distinct-2",
];
/** The evaluators that measure answers of one step. */
export const ofActions: readonly Evaluator[] = evaluators.filter(({ id }) => !ofTexts.includes(id));

/**
 * The parts of a testbed that follow from its tables. Every context is a train and a test prompt,
 * as a table learns nothing about contexts that it has not seen.
 */
export function exact({ name, start, preferences, flip }: Tables): Required<Pick<Testbed, Shared>> {
  const [contexts, actions] = [start.length, start[0]!.length];
  const model = table({ contexts, actions, valueHead: true });
  const prompts = start.map((_, c): Prompt => ({ id: `${name}/${c}`, tokens: [c] }));
  const answers = prompts.map((prompt) =>
    Array.from({ length: actions }, (_, a): Answer => ({ prompt, tokens: [a], length: 1 }))
  );
  const policy = start.map(softmax);
  const pairs = Array.from({ length: actions }, (_, a) => a)
    .flatMap((a) => Array.from({ length: a }, (_, b) => [b, a] as const));
  // Two independent draws from the start policy, given that they differ, in either order.
  const together = policy.map((p) => pairs.map(([a, b]) => p[a]! * p[b]!));

  const prefer = (a: Answer, b: Answer): number => {
    const context = contextOf(a.prompt);
    if (contextOf(b.prompt) !== context) {
      throw new RangeError(
        `Cannot compare answers to different prompts: "${a.prompt.id}" and "${b.prompt.id}"`,
      );
    }
    const p = preferences[context]?.[a.tokens[0]!]?.[b.tokens[0]!];
    if (p === undefined) {
      throw new RangeError(
        `Cannot compare answers [${a.tokens}] and [${b.tokens}] to "${a.prompt.id}": ` +
          `${name} has ${contexts} contexts and ${actions} answers to each`,
      );
    }
    return p;
  };
  const label = (a: Answer, b: Answer, rng: Rng): boolean => {
    const p = prefer(a, b);
    return rng.uniform() < p * (1 - flip) + (1 - p) * flip;
  };

  function* comparisons(n: number, from: Rng): Generator<Labelled> {
    const [order, draws, labels] = ["contexts", "answers", "labels"].map((x) => from.split(x));
    // Every context comes equally often, in an order of its own each time round.
    for (let left = n; left > 0; left -= contexts) {
      for (const c of order!.shuffle([...prompts.keys()]).slice(0, left)) {
        const [i, j] = pairs[weighted(together[c]!, draws!)]!;
        const [a, b] = [answers[c]![i]!, answers[c]![j]!];
        yield label(a, b, labels!) ? { winner: a, loser: b } : { winner: b, loser: a };
      }
    }
  }

  return {
    model,
    start: {
      ...model.init(rng(name)),
      logits: { shape: [contexts, actions], data: Float32Array.from(start.flat()) },
    },
    oracle: { id: `${name} truth`, prefer: async (a, b) => await prefer(a, b) },
    longest: 1,
    prompts: () => prompts,
    answers: (prompt) => answers[contextOf(prompt)]!,
    label: async (a, b, rng) => await label(a, b, rng),
    examples<K extends Kind>(kind: K, n: number, rng: Rng): Example<K>[] {
      const read = readingOf(kind, n, name);
      const others = rng.split("unrelated");
      const elsewhere = (y: Answer): Answer => {
        const c = (contextOf(y.prompt) + 1 + others.below(contexts - 1)) % contexts;
        return answers[contextOf(y.prompt)]![weighted(policy[c]!, others)]!;
      };
      return [...comparisons(n, rng)].flatMap((labelled) => read(labelled, elsewhere));
    },
    heldOut: () =>
      answers.flatMap((ys) =>
        pairs.map(([i, j]) => {
          const [a, b] = [ys[i]!, ys[j]!];
          const p = prefer(a, b);
          return p >= 1 / 2
            ? { chosen: a, rejected: b, strength: p }
            : { chosen: b, rejected: a, strength: 1 - p };
        })
      ),
    show: (prompt) => `Context ${contextOf(prompt)}`,
    showSteps: (y) => [`Answer ${y.tokens[0]}`],
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

/** An index drawn in proportion to its weight. */
function weighted(weights: readonly number[], rng: Rng): number {
  let left = rng.uniform() * weights.reduce((sum, w) => sum + w, 0);
  const drawn = weights.findIndex((w) => (left -= w) < 0);
  return drawn < 0 ? weights.length - 1 : drawn;
}
