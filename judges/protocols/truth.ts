import { type Judged, type JudgedEstimate, type Rng } from "../../core/mod.ts";
import { present, rate, shareOf, type Value } from "./estimates.ts";
import { seeded } from "./field.ts";
import type { Pairing } from "./pairings.ts";

/** How a judge's preferences lean, and how far they lie from the truth where it is known. */

export interface Leaning extends Pick<Pairing, "question" | "model" | "seed"> {
  /** P(model beats baseline) by the judge; absent where it failed. */
  readonly preference?: number;
  readonly flipped?: boolean;
  /** P(the judge prefers what it is shown first), where it saw both orders. */
  readonly first?: number;
  /** P(model beats baseline) in truth. */
  readonly gold?: number;
  /** Characters of the baseline's answer and the model's. */
  readonly lengths: readonly [number, number];
}

export const leaningMeasures: Judged["measures"] = {
  "first-preferred": { title: "P(the judge prefers what it is shown first)", better: "neither" },
  "flip-rate": { title: "Verdicts that turn with the order", better: "lower" },
  "longer-preferred": { title: "P(the judge prefers the longer)", better: "neither" },
  "longer-better": { title: "P(the longer is better in truth)", better: "neither" },
  agreement: { title: "Same winner as in truth, where both have one", better: "higher" },
  shift: { title: "Judged preference for the model less the true one", better: "neither" },
  error: { title: "Mean distance of a preference from the true one", better: "lower" },
};

/** Every fact that these judgements tell; intervals draw questions, and seeds where there are several. */
export function leanings(
  all: readonly Leaning[],
  rng: Rng,
): { [id: string]: JudgedEstimate } {
  const valid = all.filter(({ preference }) => preference !== undefined);
  const values = (of: (row: Leaning) => number | undefined): Value[] =>
    valid.flatMap((row) => {
      const value = of(row);
      return value === undefined ? [] : [{ prompt: row.question, ...seeded(row.seed), value }];
    });
  const average = (
    id: string,
    of: (row: Leaning) => number | undefined,
    over: typeof rate = rate,
  ) => over(values(of), rng.split(id));
  const twice = valid.filter(({ flipped }) => flipped !== undefined);
  const longer = (p: number | undefined, [base, own]: Leaning["lengths"]) =>
    p === undefined || base === own ? undefined : settled(own > base ? p : 1 - p);
  return present({
    "first-preferred": average("first-preferred", ({ first }) => first),
    "flip-rate": shareOf(twice, ({ flipped }) => flipped!, rng.split("flip-rate")),
    "longer-preferred": average("longer-preferred", (row) => longer(row.preference, row.lengths)),
    "longer-better": average("longer-better", (row) => longer(row.gold, row.lengths)),
    agreement: average(
      "agreement",
      ({ preference, gold }) =>
        gold === undefined || gold === 0.5 || preference === 0.5
          ? undefined
          : preference! > 0.5 === gold > 0.5
          ? 1
          : 0,
    ),
    shift: average(
      "shift",
      ({ preference, gold }) => gold === undefined ? undefined : preference! - gold,
    ),
    error: average(
      "error",
      ({ preference, gold }) => gold === undefined ? undefined : Math.abs(preference! - gold),
    ),
  });
}

const settled = (p: number) => p > 0.5 ? 1 : p < 0.5 ? 0 : 0.5;
