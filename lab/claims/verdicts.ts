import {
  type Arm,
  type Expectation,
  type JudgedClaim,
  type Method,
  type RunRecord,
  type Study,
  type VerdictRow,
} from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import {
  choiceKey,
  type Choices,
  isStudy,
  type Side,
  sidesOf,
  studyControls,
  type Topic,
} from "./arms.ts";
import { bare, type ClaimComparison, compared } from "./compare.ts";
import type { Found } from "./found.ts";
import { betterOf, type ClaimRegistries, hyperOn, methodOf } from "./search.ts";
import { studied } from "./study.ts";

/** Verdicts: pure functions of claims and the records of their runs. */

export interface VerdictContext {
  readonly choices: Choices;
  readonly found: Found;
  readonly registries: ClaimRegistries;
  /** All that is on record, by which a share of the way to the best is told. */
  readonly records: readonly RunRecord[];
  /** How many times the seeds were looked at; 1 by default. */
  readonly looks?: number;
}

/** The row of a method or a study. `command` repeats it. */
export function verdictRow(topic: Topic, context: VerdictContext, command: string): VerdictRow {
  return isStudy(topic) ? studyRow(topic, context, command) : claimRow(topic, context, command);
}

function shared({ id, paper: { title, arxiv, year }, claim }: Topic, command: string) {
  return {
    id,
    paper: { title, ...arxiv === undefined ? {} : { arxiv }, year },
    text: claim.text,
    expect: claim.expect,
    headline: claim.headline ?? true,
    command,
  };
}

function studyRow(topic: Study, context: VerdictContext, command: string): VerdictRow {
  const { found, registries, looks = 1 } = context;
  const { untestable } = topic.claim;
  const arms = Object.entries<Arm>(topic.arms);
  const row = {
    ...shared(topic, command),
    kind: "study" as const,
    measure: topic.title,
    on: [...new Set(arms.map(([, { on }]) => on))],
    rivals: [],
    arms: arms.map(([name, arm]) => ({
      name,
      method: arm.method,
      on: arm.on,
      hyper: hyperOn(methodOf(arm.method, registries), arm.hyper),
      from: "study" as const,
    })),
  };
  if (untestable !== undefined) {
    return { ...row, verdict: "untestable", reason: untestable, controls: [] };
  }
  const main = studied(topic, topic.arms, found, looks);
  const controls = studyControls(topic, registries).map(({ name, arms }) => ({
    name,
    ...studied(topic, arms, found, 1),
  }));
  return { ...row, ...weighed(main, controls), ...byChance([main]) };
}

function claimRow(topic: Method, context: VerdictContext, command: string): VerdictRow {
  const { choices, found, registries, looks = 1 } = context;
  const { on, against, measure, at, untestable } = topic.claim;
  const row = {
    ...shared(topic, command),
    kind: "method" as const,
    measure,
    on: [on],
    ...at ? { at: at.measure } : {},
  };
  if (untestable !== undefined) {
    const judged = { verdict: "untestable" as const, reason: untestable };
    const rivals = against.map((method) => ({ method, ...judged }));
    return { ...row, ...judged, rivals, controls: [], arms: [] };
  }
  const sides = sidesOf(topic, choices, registries);
  const toRivals = (side: Side, looks: number): ClaimComparison[] =>
    sides.rivals.map((rival) =>
      compared(topic.claim, [side, rival], { found, registries, rivals: against.length, looks })
    );
  const comparisons = toRivals(sides.own, looks);
  const main = weakest(comparisons, topic.claim.expect);
  const controls = sides.controls.map((side) => ({
    name: side.name,
    ...weakest(toRivals(side, 1), topic.claim.expect),
  }));
  return {
    ...row,
    ...weighed(main, controls),
    rivals: comparisons.map((one, i) => ({ method: against[i]!, ...bare(one) })),
    ...guardOfAll(comparisons),
    ...byChance(comparisons),
    ...share(main, topic, context),
    arms: armsOnRecord(topic, sides, context),
  };
}

/** A claim that holds of a control, too, says nothing of its method. Controls that cannot run there are left out. */
function weighed(
  main: ClaimComparison,
  controls: readonly (ClaimComparison & { readonly name: string })[],
) {
  const ran = controls.filter(({ verdict }) => verdict !== "untestable");
  const passed = ran.filter(({ verdict }) => verdict === "confirmed").map(({ name }) => name);
  const shown = ran.map((one) => ({ name: one.name, ...bare(one) }));
  if (main.verdict !== "confirmed" || passed.length === 0) {
    return { ...bare(main), controls: shown };
  }
  return {
    ...bare(main),
    verdict: "not informative" as const,
    reason: `It holds in place of the method for ${passed.join(", ")}, too`,
    controls: shown,
  };
}

/** Of several rivals the least favourable: all must be confirmed, so no more often than that by chance. */
function byChance(comparisons: readonly ClaimComparison[]): { byChance?: number } {
  const chances = comparisons.flatMap(({ chance }) => chance ?? []);
  return chances.length < comparisons.length ? {} : { byChance: Math.min(...chances) };
}

/** Of several rivals' guards the least sure. */
function guardOfAll(comparisons: readonly ClaimComparison[]): Pick<VerdictRow, "guard"> {
  const guards = comparisons.flatMap(({ guard }) => guard ?? []);
  const p = ({ effect }: JudgedClaim) => effect?.p ?? 1;
  const [guard] = guards.toSorted((a, b) => p(b) - p(a));
  return guard ? { guard } : {};
}

/** A claim needs all of its rivals: what the weakest comparison says, and whether any refutes. */
function weakest(comparisons: readonly ClaimComparison[], expect: Expectation): ClaimComparison {
  const order = ["refuted", "undecided", "untestable", "not informative", "confirmed"] as const;
  return comparisons.toSorted((a, b) =>
    order.indexOf(a.verdict) - order.indexOf(b.verdict) || slack(a, expect) - slack(b, expect)
  )[0]!;
}

/** How far inside the claim an interval lies; the farther the better for it. */
function slack({ effect }: JudgedClaim, expect: Expectation): number {
  if (effect?.low === undefined || effect.high === undefined) return -Infinity;
  if (expect === "equal") return -Math.max(Math.abs(effect.low), Math.abs(effect.high));
  return expect === "higher" || expect === "not lower" ? effect.low : -effect.high;
}

/** The effect as a share of the way from the start policy to the best mean on record there. */
function share(
  { effect }: JudgedClaim,
  { claim: { on, measure, at } }: Method,
  { records, registries }: VerdictContext,
): { share?: number } {
  const better = betterOf(measure, registries);
  if (effect === undefined || better === "neither" || at) return {};
  const here = records.filter((record) =>
    `${record.benchmark}/${record.setting}` === on && Object.hasOwn(record.measures, measure)
  );
  const means = [...Map.groupBy(here, ({ method }) => method).values()].map((runs) =>
    stats.mean(runs.map(({ measures }) => measures[measure]!.value))
  );
  const starts = here.flatMap(({ start }) =>
    Object.hasOwn(start, measure) ? [start[measure]!.value] : []
  );
  if (means.length === 0 || starts.length === 0) return {};
  const way = (better === "higher" ? Math.max(...means) : Math.min(...means)) - stats.mean(starts);
  const ahead = better === "higher" ? way : -way;
  // Of what is better lower, less is a share gained.
  return ahead > 0 ? { share: effect.value / way } : {};
}

function armsOnRecord(
  topic: Method,
  { own, rivals, controls }: ReturnType<typeof sidesOf>,
  { choices, registries }: VerdictContext,
): VerdictRow["arms"] {
  const told = (side: Side, from: (arm: Arm) => VerdictRow["arms"][number]["from"]) =>
    side.arms.map((arm) => ({
      name: side.name,
      method: arm.method,
      on: arm.on,
      hyper: hyperOn(methodOf(arm.method, registries), arm.hyper),
      from: from(arm),
    }));
  const chosen = ({ method, on }: Arm) =>
    topic.claim.at?.over[method]
      ? "frontier" as const
      : choices.has(choiceKey(method, on))
      ? "search" as const
      : "own" as const;
  return [
    ...[own, ...rivals].flatMap((side) => told(side, chosen)),
    ...controls.flatMap((side) => told(side, () => "control")),
  ];
}
