import type { Contrast } from "./bootstrap.ts";
import { holm } from "./multiplicity.ts";

/** A pairwise difference after Holm's correction over all pairs. */
export interface Decision extends Contrast {
  readonly adjusted: number;
  /** The method decidedly better, or none. */
  readonly winner: string | undefined;
}

/** Between which ranks a method lies. */
export interface RankInterval {
  readonly method: string;
  /** 1 + the number of methods decidedly better. */
  readonly best: number;
  /** n − the number of methods decidedly worse. */
  readonly worst: number;
}

/** Which of the differences are decided at `level` when all of them are tested together (Holm). */
export function decide(
  pairs: readonly Contrast[],
  better: "higher" | "lower",
  level = 0.05,
): Decision[] {
  const adjusted = holm(pairs.map((pair) => pair.p));
  return pairs.map((pair, i) => {
    const up = better === "higher" ? pair.difference > 0 : pair.difference < 0;
    const winner = adjusted[i]! <= level && pair.difference !== 0
      ? up ? pair.a : pair.b
      : undefined;
    return { ...pair, adjusted: adjusted[i]!, winner };
  });
}

/** The ranks that the decided pairs leave open to each method, in the order given. */
export function rankIntervals(
  methods: readonly string[],
  decisions: readonly Decision[],
): RankInterval[] {
  return methods.map((method) => {
    let [best, worst] = [1, methods.length];
    for (const { a, b, winner } of decisions) {
      if (winner === undefined || (a !== method && b !== method)) continue;
      if (winner === method) worst--;
      else best++;
    }
    return { method, best, worst };
  });
}

/**
 * Cuts the order (best first) into the finest groups such that every method of an earlier group is
 * decidedly better than every method of a later one: lines to draw between the rows of a board.
 */
export function tieGroups(order: readonly string[], decisions: readonly Decision[]): string[][] {
  const wins = new Set(
    decisions.map(({ a, b, winner }) => JSON.stringify([winner, winner === a ? b : a])),
  );
  const groups: string[][] = [];
  let group: string[] = [];
  order.forEach((method, i) => {
    group.push(method);
    const rest = order.slice(i + 1);
    const cut = order.slice(0, i + 1).every((up) =>
      rest.every((down) => wins.has(JSON.stringify([up, down])))
    );
    if (cut) {
      groups.push(group);
      group = [];
    }
  });
  return groups;
}
