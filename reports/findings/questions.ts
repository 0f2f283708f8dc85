import { type AgainstControl, manyToOne } from "../../stats/mod.ts";
import type { Described } from "./runs.ts";
import type { Standing } from "./standings.ts";

/** All methods beside the baseline, each decided for all of them at once. */
export interface BesideBaseline {
  readonly baseline: string;
  /** Better and worse than the baseline, the furthest first; the others are undecided. */
  readonly better: readonly AgainstControl[];
  readonly worse: readonly AgainstControl[];
  readonly undecided: readonly AgainstControl[];
}

/** The method here that most papers claim to better, as DPO where it ran; undefined where none is here. */
function baselineOf(
  { rows }: Standing,
  cards: readonly Pick<Described, "claim">[],
): string | undefined {
  const claims = new Map(rows.map(({ method }) => [method, 0]));
  for (const { claim } of cards) {
    for (const rival of claim?.against ?? []) {
      if (claims.has(rival)) claims.set(rival, claims.get(rival)! + 1);
    }
  }
  const [most] = [...claims].sort((a, b) => b[1] - a[1]);
  return most === undefined || most[1] === 0 ? undefined : most[0];
}

/** Undefined where no baseline ran, nobody has a comparison with it, or better has no direction. */
export function besideBaseline(
  standing: Standing,
  cards: readonly Pick<Described, "claim">[],
): BesideBaseline | undefined {
  const { measure, decisions } = standing;
  const baseline = baselineOf(standing, cards);
  if (baseline === undefined || measure.better === "neither") return undefined;
  const found = manyToOne(baseline, decisions);
  if (found.length === 0) return undefined;
  const sign = measure.better === "higher" ? 1 : -1;
  const sure = found.filter(({ adjusted, difference }) => adjusted <= 0.05 && difference !== 0)
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference));
  return {
    baseline,
    better: sure.filter(({ difference }) => sign * difference > 0),
    worse: sure.filter(({ difference }) => sign * difference < 0),
    undecided: found.filter((one) => !sure.includes(one)),
  };
}
