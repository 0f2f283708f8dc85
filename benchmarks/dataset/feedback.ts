import type { Answer, Comparison, Example, Kind } from "../../core/mod.ts";
import { type ComparedRows, comparisonsOf, listSize, matched, membersOf } from "./compared.ts";
import type { Encoded } from "./encode.ts";

/** Rows as feedback of each kind. */

/** The kinds that rows of a kind can be read as. */
export const feedback: { readonly [K in Encoded["facts"]["kind"]]: readonly Kind[] } = {
  pair: ["pairs", "points", "demonstrations"],
  list: ["pairs", "lists", "points", "demonstrations"],
  unpaired: ["pairs", "points", "demonstrations"],
};

/** What n labels make of rows in this order. */
export type Readings = {
  readonly [K in Kind]?: (order: readonly number[], n: number) => Example<K>[];
};
/** An answer by its number, read after the prompt of a row. */
type AnswerOf = (i: number, row: number) => Answer;

/** Comparisons that a list of so many answers takes: all its pairs. */
export const pairsOf = (size: number) => size * (size - 1) / 2;

export const readingsOf = (data: Encoded, answer: AnswerOf): Readings =>
  data.facts.kind === "unpaired" ? single(data, answer) : compared(data, answer);

export const comparisonOf = (
  answer: AnswerOf,
  { row, chosen, rejected }: ComparedRows,
  strength: number,
): Comparison => (
  { chosen: answer(chosen, row), rejected: answer(rejected, row), strength }
);

/**
 * The next row to another question, for each row in this order and back round to the first; nothing
 * where all rows are to one question.
 */
function elsewhere({ groups, promptOf }: Encoded, order: readonly number[]): number[] {
  const group = (row: number) => groups[promptOf[row]!]!;
  const n = order.length;
  const next = new Array<number>(n);
  for (let i = 2 * n - 1; i >= 0; i--) {
    const [here, after] = [order[i % n]!, order[(i + 1) % n]!];
    const found = group(after) === group(here) ? next[(i + 1) % n] : after;
    if (found !== undefined) next[i % n] = found;
  }
  return next;
}

/** Of answers that were labelled one by one. */
function single(data: Encoded, answer: AnswerOf): Readings {
  return {
    // A pair takes the labels of two answers.
    pairs: (order, n) =>
      matched(data, order).slice(0, Math.floor(n / 2)).map((one) => comparisonOf(answer, one, 1)),
    points(order, n) {
      const others = elsewhere(data, order);
      return order.slice(0, n).flatMap((row, i) =>
        others[i] === undefined ? [] : [{
          answer: answer(row, row),
          unrelated: answer(others[i], row),
          good: data.scores[row]!,
        }]
      );
    },
    demonstrations: (order, n) =>
      order.slice(0, n).filter((row) => data.scores[row] === 1)
        .map((row) => ({ answer: answer(row, row) })),
  };
}

/** Of answers that are compared within a row. */
function compared(data: Encoded, answer: AnswerOf): Readings {
  /** The comparisons of rows in this order, n of them, and the places of their rows. */
  function drawn(order: readonly number[], n: number): { at: number; pair: ComparedRows }[] {
    const found: { at: number; pair: ComparedRows }[] = [];
    for (let at = 0; at < order.length && found.length < n; at++) {
      found.push(...comparisonsOf(data, order[at]!).map((pair) => ({ at, pair })));
    }
    return found.slice(0, n);
  }
  const size = listSize(data);
  return {
    pairs: (order, n) =>
      drawn(order, n).map(({ pair }) => comparisonOf(answer, pair, pair.strength)),
    points(order, n) {
      const others = elsewhere(data, order);
      return drawn(order, n).flatMap(({ at, pair: { row, chosen, rejected } }) => {
        const other = others[at];
        if (other === undefined) return [];
        const theirs = membersOf(data, other);
        const point = (y: number, unrelated: number, good: number) => (
          { answer: answer(y, row), unrelated: answer(unrelated, row), good }
        );
        return [point(chosen, theirs[0]!, 1), point(rejected, theirs.at(-1)!, 0)];
      });
    },
    demonstrations: (order, n) =>
      [...new Set(drawn(order, n).map(({ pair }) => pair.row))].map((row) => ({
        answer: answer(membersOf(data, row)[0]!, row),
      })),
    ...size === undefined ? {} : {
      lists: (order, n) =>
        order.filter((row) => membersOf(data, row).length >= size)
          .slice(0, Math.floor(n / pairsOf(size))).map((row) => list(data, answer, row, size)),
    },
  };
}

/** So many answers of a row: the best, the worst, and others at equal steps between them. */
function list(data: Encoded, answer: AnswerOf, row: number, size: number): Example<"lists"> {
  const all = membersOf(data, row);
  const picked = Array.from(
    { length: size },
    (_, k) => all[Math.round(k * (all.length - 1) / (size - 1))]!,
  );
  // A tie beats half; itself an answer does not meet.
  const beaten = (y: number) =>
    picked.reduce((sum, z) => sum + (Math.sign(data.scores[y]! - data.scores[z]!) + 1) / 2, -0.5);
  return {
    answers: picked.map((y) => answer(y, row)),
    scores: picked.map((y) => beaten(y) / (size - 1)),
  };
}
