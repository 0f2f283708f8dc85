import type { Duel } from "../../core/mod.ts";
import { beats, holm, mean, widerT } from "../../stats/mod.ts";
import type { Bounded } from "./bounded.ts";
import type { TestbedRuns } from "./runs.ts";

/** P(row's answer beats column's) with its interval; `decided` if it is not 1/2 after Holm's correction. */
export interface Win extends Bounded {
  readonly decided: boolean;
}
export interface WinMatrix {
  readonly methods: readonly string[];
  /** [row][column]; undefined on the diagonal and where two methods share no seed. */
  readonly wins: readonly (readonly (Win | undefined)[])[];
}

/** P(a beats b) on each prompt. RangeError where two duels are not over the same prompts. */
export function duel(a: Duel, b: Duel): number[] {
  if ("rewards" in a && "rewards" in b) {
    together(a.rewards, b.rewards);
    return a.rewards.map((xs, prompt) => {
      const ys = b.rewards[prompt]!;
      let total = 0;
      for (const x of xs) {
        for (const y of ys) total += beats(x - y, a.temperature);
      }
      return total / (xs.length * ys.length);
    });
  }
  if ("plays" in a && "plays" in b) {
    together(a.plays, b.faces);
    return a.plays.map((play, prompt) =>
      play.reduce((sum, p, answer) => sum + p * b.faces[prompt]![answer]!, 0)
    );
  }
  throw new TypeError("Cannot set rewards against plays: found two kinds of duel on one testbed");
}

function together(a: readonly unknown[], b: readonly unknown[]): void {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(
      `Cannot compare answers to ${a.length} prompts with answers to ${b.length}`,
    );
  }
}

/**
 * Every method against every other. Student's t of the win-rate less 1/2, over seeds and, where
 * answers are sampled, over prompts: the wider interval and the larger p of the two.
 */
export function winMatrix(testbed: TestbedRuns): WinMatrix | undefined {
  const duels = testbed.runs.map(({ method, finished }) => ({
    method,
    bySeed: new Map(finished.flatMap(({ seed, duel }) => duel === undefined ? [] : [[seed, duel]])),
  })).filter(({ bySeed }) => bySeed.size > 0);
  if (duels.length < 2) return undefined;

  const pairs = duels.flatMap((a, row) =>
    duels.slice(row + 1).flatMap((b, i) => {
      const rates = [...a.bySeed].flatMap(([seed, mine]) => {
        const theirs = b.bySeed.get(seed);
        return theirs === undefined ? [] : [duel(mine, theirs)];
      });
      const sampled = [...a.bySeed.values()].some((duel) => "rewards" in duel);
      return rates.length === 0 ? [] : [{ row, column: row + 1 + i, ...estimate(rates, sampled) }];
    })
  );
  const adjusted = holm(pairs.map(({ p }) => p));
  const wins: (Win | undefined)[][] = duels.map(() => duels.map(() => undefined));
  pairs.forEach(({ row, column, value, low, high }, i) => {
    const decided = adjusted[i]! <= 0.05;
    wins[row]![column] = { value, low, high, decided };
    wins[column]![row] = { value: 1 - value, low: 1 - high, high: 1 - low, decided };
  });
  return { methods: duels.map(({ method }) => method), wins };
}

/** [seed][prompt] win-rates. */
function estimate(
  rates: readonly (readonly number[])[],
  sampled: boolean,
): Bounded & { readonly p: number } {
  const value = mean(rates.map(mean));
  const found = widerT(rates.map((row) => row.map((x) => x - 0.5)), sampled);
  // One exact run: what another seed would give is unknown.
  if (!found) return { value, low: 0, high: 1, p: 1 };
  return {
    value,
    low: Math.max(0, 0.5 + found.low),
    high: Math.min(1, 0.5 + found.high),
    p: found.p,
  };
}
