import {
  cardOf,
  cardsOf,
  type Claim,
  type Expectation,
  headlineOf,
  type JudgedClaim,
  marginOf,
  rankingOf,
  type RunRecord,
} from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import type { Side } from "./arms.ts";
import { betterOf, type ClaimRegistries, testbedOf } from "./search.ts";
import { type Found, missing } from "./found.ts";

/** One side against another: on a measure, on a measure where another is equal, and on what must not be lost. */

export interface ClaimComparison extends JudgedClaim {
  /** How often chance alone would confirm it. */
  readonly chance?: number;
  /** Of what must not be lost meanwhile; undefined where the claim has nothing to lose. */
  readonly guard?: JudgedClaim & { readonly measure: string };
}

export interface CompareContext {
  readonly found: Found;
  readonly registries: ClaimRegistries;
  /** Rivals of the claim, any of whom may refute it. */
  readonly rivals: number;
  /** How many times its seeds were looked at. */
  readonly looks: number;
}

/** What a claim says of two sides. Confirmed only where its guard is, too. */
export function compared(
  claim: Claim,
  sides: readonly [Side, Side],
  context: CompareContext,
): ClaimComparison {
  const main = claim.at
    ? alongFrontiers(claim, claim.at.measure, sides, context)
    : onMeasure(claim, sides, context);
  const guarded = guardOf(claim, sides, context);
  if (guarded === undefined) return main;
  const { better } = cardOf(context.registries.measures, guarded);
  const guard = onMeasure(
    {
      measure: guarded,
      expect: better === "lower" ? "not higher" : "not lower",
    },
    sides,
    context,
  );
  const found = { ...main, guard: { ...bare(guard), measure: guarded } };
  if (main.verdict !== "confirmed" || guard.verdict === "confirmed") return found;
  const { title } = cardOf(context.registries.measures, guarded);
  const reason = guard.verdict === "refuted"
    ? `Bought with ${title}: that is worse by more than its margin`
    : `It is not shown that no ${title} is lost for it`;
  const { needed } = guard.effect ?? {};
  const effect = main.effect && { ...main.effect, ...needed === undefined ? {} : { needed } };
  return { ...found, ...effect ? { effect } : {}, verdict: guard.verdict, reason };
}

export const bare = ({ verdict, effect, reason }: JudgedClaim): JudgedClaim => ({
  verdict,
  ...effect ? { effect } : {},
  ...reason === undefined ? {} : { reason },
});

/**
 * The measure that must not be worse: the claim's, or what its testbed is ranked by where its own
 * says nothing about how good answers are, as who does nothing stays nearest and most diverse.
 * Undefined where both sides have no such measure, as rewards do not answer.
 */
function guardOf(
  { measure, guard, at, on }: Claim,
  sides: readonly [Side, Side],
  { found, registries }: CompareContext,
): string | undefined {
  if (guard !== undefined) return guard === "none" ? undefined : guard;
  // What is held equal is what cannot be lost.
  if (at) return undefined;
  const { benchmark, setting } = testbedOf(on, registries);
  // Plans do not keep what a measure needs; its testbed's own card has it.
  const { better, needs = [] } = cardOf(cardsOf(benchmark.measures), measure);
  if (better !== "neither" && needs.includes("answers")) return undefined;
  const { headline } = rankingOf(benchmark, setting);
  const has = (id: string) =>
    sides.every(({ arms }) =>
      arms.some((arm) => found(arm).some(({ measures }) => Object.hasOwn(measures, id)))
    );
  const main = headlineOf(headline, has, registries.measures);
  return main === measure ? undefined : main;
}

type Asked = Pick<Claim, "measure" | "margin"> & { readonly expect: Expectation };

function onMeasure(
  { measure, expect, margin }: Asked,
  [one, other]: readonly [Side, Side],
  context: CompareContext,
): ClaimComparison {
  const { found, registries, rivals, looks } = context;
  const [a, b] = [one.arms[0]!, other.arms[0]!];
  const shared = pairs(found(a), found(b), measure);
  if (shared.length === 0) return nothing([one, other], measure, found);
  // As in a report: prompts count as draws from more only where a run's own value is uncertain.
  const lengths = new Set(shared.flat().map(({ each }) => each?.length ?? 0));
  const byPrompt = lengths.size === 1 && !lengths.has(0);
  const uncertain = shared.flat().some(({ stderr }) => stderr > 0);
  const sampled = byPrompt && uncertain;
  const rows = shared.map(([a, b]) =>
    sampled ? a.each!.map((x, i) => x - b.each![i]!) : [a.value - b.value]
  );
  const error = (side: 0 | 1) => stats.mean(shared.map((pair) => pair[side].stderr));
  return asked(rows, {
    expect,
    margin: margin ??
      marginOf(
        cardOf(registries.measures, measure),
        stats.mean(shared.map(([, rival]) => rival.value)),
      ),
    sampled,
    own: uncertain && !byPrompt ? Math.hypot(error(0), error(1)) : 0,
    rivals,
    looks,
  });
}

type Measured = RunRecord["measures"][string];

/** A measure's values of the seeds that both finished. */
function pairs(
  ours: readonly RunRecord[],
  theirs: readonly RunRecord[],
  measure: string,
): (readonly [Measured, Measured])[] {
  const bySeed = new Map(theirs.map((record) => [record.seed, record]));
  return ours.flatMap((record) => {
    const [a, b] = [record.measures, bySeed.get(record.seed)?.measures ?? {}];
    return Object.hasOwn(a, measure) && Object.hasOwn(b, measure)
      ? [[a[measure]!, b[measure]!] as const]
      : [];
  });
}

/** Seed by seed: how much more of the measure one side's frontier has than the other's where `equal` is. */
function alongFrontiers(
  { measure, expect, margin }: Claim,
  equal: string,
  sides: readonly [Side, Side],
  { found, registries, rivals, looks }: CompareContext,
): ClaimComparison {
  const points = sides.map(({ arms }) =>
    reached(arms.flatMap((arm) => found(arm)), equal, measure)
  );
  const [ours, theirs] = points as [ReturnType<typeof reached>, ReturnType<typeof reached>];
  const seeds = [...ours.keys()].filter((seed) => theirs.has(seed));
  if (seeds.length === 0) return nothing(sides, measure, found);
  const way = {
    // Of what has no better side less is dearer: a distance from the start is kept small.
    x: betterOf(equal, registries) === "higher" ? "higher" as const : "lower" as const,
    y: expect === "lower" || expect === "not higher" ? "lower" as const : "higher" as const,
  };
  const rows = seeds.flatMap((seed) => {
    const found = stats.atEqual(ours.get(seed)!, theirs.get(seed)!, way);
    return found === undefined ? [] : [[found]];
  });
  if (rows.length === 0) {
    const { title } = cardOf(registries.measures, equal);
    return { verdict: "undecided", reason: `Nowhere do both sides reach the same ${title}` };
  }
  const rival = [...theirs.values()].flat().map(({ y }) => y);
  return asked(rows, {
    expect,
    margin: margin ?? marginOf(cardOf(registries.measures, measure), stats.mean(rival)),
    sampled: false,
    rivals,
    looks,
  });
}

/** By seed, what runs reached on their way and at their end. */
function reached(records: readonly RunRecord[], x: string, y: string) {
  const bySeed = new Map<number, stats.Reached[]>();
  for (const { seed, curve, outcome } of records) {
    if (outcome !== "ok") continue;
    // The start is not what a side reached: it is on everybody's frontier, and a chord from it is nobody's.
    const points = curve.flatMap(({ progress, measures }) =>
      progress > 0 && Object.hasOwn(measures, x) && Object.hasOwn(measures, y)
        ? [{ x: measures[x]!.value, y: measures[y]!.value }]
        : []
    );
    bySeed.set(seed, [...bySeed.get(seed) ?? [], ...points]);
  }
  for (const [seed, points] of bySeed) if (points.length === 0) bySeed.delete(seed);
  return bySeed;
}

/** A question's answer as files keep it. */
export function asked(
  rows: readonly (readonly number[])[],
  question: stats.ClaimQuestion,
): ClaimComparison {
  const { verdict, interval, value, seeds, over, needed, p } = stats.judge(rows, question);
  const chance = stats.byChance(rows, question);
  return {
    verdict,
    effect: {
      value,
      ...interval ? { low: interval.low, high: interval.high } : {},
      ...over === undefined ? {} : { over },
      seeds,
      ...needed === undefined ? {} : { needed },
      ...p === undefined ? {} : { p },
      margin: question.margin,
    },
    ...interval ? {} : { reason: "One seed gives no interval" },
    ...chance === undefined ? {} : { chance },
  };
}

/** Why no seed has the measure on all sides. */
function nothing(sides: readonly Side[], measure: string, found: Found): JudgedClaim {
  for (const arm of sides.flatMap(({ arms }) => arms)) {
    const records = found(arm);
    const lost = records.filter(({ measures }) => !Object.hasOwn(measures, measure));
    if (records.length > 0 && lost.length < records.length) continue;
    const { testable, message } = missing(arm, measure, lost[0]);
    return { verdict: testable ? "undecided" : "untestable", reason: message };
  }
  return { verdict: "undecided", reason: "No seed was finished by all sides" };
}
