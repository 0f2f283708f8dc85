import type { Answer, Comparison, Example, Kind, Prompt, Rng, Testbed } from "../../core/mod.ts";
import { evaluators } from "../../evaluators/mod.ts";
import type { LanguageModel } from "../text/base.ts";
import { type Encoded, promptHash, sequence } from "./encode.ts";
import { lacks } from "./measures.ts";
import type { Row } from "./row.ts";

/** The kinds of feedback that rows of a kind can be read as. */
export const feedback: { readonly [K in Row["kind"]]: readonly Kind[] } = {
  pair: ["pairs", "points", "demonstrations"],
  unpaired: ["points", "demonstrations"],
};

/** Comparisons that a measurement reads: as many as a run can score in a few seconds. */
const mostComparisons = 512;

/**
 * Rows as a testbed without an oracle, a label for new answers, a reward or a known truth.
 * `name` is what errors call it.
 */
export function testbed(
  name: string,
  data: Encoded,
  { model, start, tokenizer, files }: LanguageModel,
  rate: number,
): Testbed {
  const { prompts, answers, promptOf, good, facts: { kind, limits } } = data;
  const perRow = kind === "pair" ? 2 : 1;
  const isGood = (row: number, k: number) => kind === "pair" ? k === 0 : good[row] === 1;

  const known: Prompt[] = [];
  const prompt = (i: number): Prompt => {
    if (known[i]) return known[i];
    const tokens = sequence(prompts, i);
    return known[i] = { id: promptHash(tokens), tokens };
  };
  /** Answer k of a row, read after the prompt of `after`. */
  const answer = (row: number, k: number, after = row): Answer => {
    const tokens = sequence(answers, perRow * row + k);
    return { prompt: prompt(promptOf[after]!), tokens, length: tokens.length };
  };

  const test = new Set(data.heldOut);
  const train = [...promptOf.keys()].filter((row) => !test.has(promptOf[row]!));
  const comparisons = kind === "pair" ? compared(data).map((row) => comparison(row)) : [];
  function comparison(row: number): Comparison {
    return { chosen: answer(row, 0), rejected: answer(row, 1), strength: 1 };
  }

  /**
   * The next row to another prompt, for each row in this order and back round to the first; nothing
   * where all rows are to one prompt.
   */
  function elsewhere(order: readonly number[]): number[] {
    const n = order.length;
    const next = new Array<number>(n);
    for (let i = 2 * n - 1; i >= 0; i--) {
      const [here, after] = [order[i % n]!, order[(i + 1) % n]!];
      const found = promptOf[after] === promptOf[here] ? next[(i + 1) % n] : after;
      if (found !== undefined) next[i % n] = found;
    }
    return next;
  }

  const readings: {
    readonly [K in Kind]?: (rows: readonly number[], order: readonly number[]) => Example<K>[];
  } = {
    pairs: (rows) => rows.map(comparison),
    points(rows, order) {
      const others = elsewhere(order);
      return rows.flatMap((row, i) => {
        const other = others[i];
        if (other === undefined) return [];
        return Array.from({ length: perRow }, (_, k) => ({
          answer: answer(row, k),
          unrelated: answer(other, k, row),
          good: Number(isGood(row, k)),
        }));
      });
    },
    demonstrations: (rows) =>
      rows.filter((row) => isGood(row, 0)).map((row) => ({ answer: answer(row, 0) })),
  };

  return {
    model,
    start,
    optimiser: { rate, warmup: 10, batch: 32, clip: 1 },
    evaluators,
    lacks: lacks(kind, comparisons.length, data.heldOut.length),
    longest: limits.answer,
    prompts: (split) =>
      (split === "test" ? [...data.heldOut] : [...prompts.ends.keys()].filter((i) => !test.has(i)))
        .map(prompt),
    comparisons: train.length,
    /** The same rng draws the same rows for every kind; fewer than n where there are fewer. */
    examples<K extends Kind>(kind: K, n: number, rng: Rng): Example<K>[] {
      if (!(Number.isInteger(n) && n >= 0)) {
        throw new RangeError(`Cannot draw ${n} rows: it must be a whole number from 0`);
      }
      const offered = feedback[data.facts.kind];
      const read = offered.includes(kind) ? readings[kind] : undefined;
      if (!read) {
        throw new RangeError(
          `Cannot draw ${kind} from ${name} as it offers only ${offered.join(", ")}`,
        );
      }
      const order = rng.shuffle(train);
      return read(order.slice(0, n), order);
    },
    heldOut: () => comparisons,
    show: ({ tokens }) => tokenizer.decode(tokens),
    showSteps: ({ tokens }) => tokenizer.pieces(tokens),
    truth: {},
    files,
  };
}

/**
 * Held-out rows that can be ranked: those whose answers differ as the model reads them; one of
 * each prompt before a second of any.
 */
export function compared({ promptOf, answers, heldOut }: Encoded): number[] {
  const place = new Map(Array.from(heldOut, (prompt, i) => [prompt, i]));
  const seen = new Map<number, number>();
  const rows: { readonly row: number; readonly turn: number; readonly place: number }[] = [];
  promptOf.forEach((prompt, row) => {
    const at = place.get(prompt);
    if (at === undefined) return;
    if (sequence(answers, 2 * row).join() === sequence(answers, 2 * row + 1).join()) return;
    const turn = seen.get(prompt) ?? 0;
    seen.set(prompt, turn + 1);
    rows.push({ row, turn, place: at });
  });
  return rows.sort((a, b) => a.turn - b.turn || a.place - b.place)
    .slice(0, mostComparisons).map(({ row }) => row);
}
