import type { Benchmark, Setting } from "./benchmark.ts";
import { type Cards, cardsOf, fromRecord, type Measure, type Ranking } from "./measure.ts";
import type { Plan, PlanCell } from "./record.ts";

/** What is known of measures and of what testbeds are ranked by: what a plan says, else what this version does. */

/** What a benchmark is ranked by, and which of its settings otherwise. */
export type RankedBenchmark = Pick<Benchmark, "id" | "headline" | "scored"> & {
  readonly settings?: { readonly [name: string]: Pick<Setting, "ranking"> };
};

/** What a setting is ranked by: its own measures, else its benchmark's. */
export function rankingOf(
  { headline, scored, settings = {} }: RankedBenchmark,
  setting: string,
): Ranking {
  const own = Object.hasOwn(settings, setting) ? settings[setting]!.ranking : undefined;
  return own ?? { headline, ...scored === undefined ? {} : { scored } };
}

/** What is known of measures and testbeds where a plan holds no cards, as plans once did not. */
export interface Registry {
  readonly measures: readonly Measure[];
  readonly benchmarks: readonly RankedBenchmark[];
}

/** As the plan says, else as the registry knows; empty where neither does. */
export function plannedRanking(
  { benchmark, setting, headline, scored }: Pick<
    PlanCell,
    "benchmark" | "setting" | "headline" | "scored"
  >,
  registry: Registry | undefined,
): Partial<Ranking> {
  if (headline !== undefined) return { headline, ...scored === undefined ? {} : { scored } };
  const known = registry?.benchmarks.find(({ id }) => id === benchmark);
  return known ? rankingOf(known, setting) : {};
}

/** The cards of plans, of the first that has one, then the registry's. */
export function plannedCards(
  plans: readonly Pick<Plan, "measures">[],
  registry: Registry | undefined,
): Cards {
  return cardsOf(...plans.map(({ measures }) => fromRecord(measures)), registry?.measures ?? []);
}
