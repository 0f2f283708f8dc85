import type { Arm, Reading, RunRecord, Study } from "../../core/mod.ts";
import { asked, type ClaimComparison } from "./compare.ts";
import { type Found, Missing, missing } from "./found.ts";

/** A study's effect, seed by seed, from the records of its arms. */

/** How near to the share asked for a learning curve must have a point. */
const NEAR = 0.15;

/** What a study's claim says of these arms, which are its own or stand in for them. */
export function studied(
  { claim, effect }: Study,
  arms: Study["arms"],
  found: Found,
  looks: number,
): ClaimComparison {
  const bySeed = new Map(
    Object.entries<Arm>(arms).map((
      [name, arm],
    ) => [name, new Map(found(arm).map((record) => [record.seed, record]))]),
  );
  const seeds = [...bySeed.values()].reduce(
    (rest, records) => rest.filter((seed) => records.has(seed)),
    [...bySeed.values().next().value?.keys() ?? []],
  );
  let lost: Missing | undefined;
  const effects = seeds.flatMap((seed) => {
    const of: Reading<string> = (name, measure, at = 1) =>
      read(arms[name]!, bySeed.get(name)!.get(seed)!, measure, at);
    try {
      const found = effect(of);
      if (!Number.isFinite(found)) {
        throw new Missing(true, `Its effect is ${found} at seed ${seed}`);
      }
      return [[found]];
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      lost ??= error;
      return [];
    }
  });
  if (effects.length === 0) {
    if (lost) return { verdict: lost.testable ? "undecided" : "untestable", reason: lost.message };
    return { verdict: "undecided", reason: "No seed was finished by all arms" };
  }
  const { expect, margin = 0 } = claim;
  return asked(effects, { expect, margin, sampled: false, looks });
}

function read(arm: Arm, record: RunRecord, measure: string, at: number): number {
  if (record.outcome !== "ok") throw missing(arm, measure, record);
  const point = at === 1
    ? undefined
    : record.curve.reduce((best, point) =>
      Math.abs(point.progress - at) < Math.abs(best.progress - at) ? point : best
    );
  if (point && Math.abs(point.progress - at) > NEAR) {
    throw new Missing(true, `${arm.method} on ${arm.on} was not measured near ${at} of its budget`);
  }
  const measures = at === 0
    ? { ...point!.measures, ...record.start }
    : point?.measures ?? record.measures;
  const value = Object.hasOwn(measures, measure) ? measures[measure]!.value : undefined;
  if (value === undefined) throw missing(arm, measure, record);
  return value;
}
