import {
  type Arm,
  cardOf,
  type Claim,
  type JudgedClaim,
  marginOf,
  type Method,
  type Reading,
  type RunRecord,
  type Study,
  type VerdictRow,
} from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import {
  choiceKey,
  type Choices,
  type ClaimRegistries,
  isStudy,
  runOf,
  type Topic,
} from "./plans.ts";

/** Verdicts: pure functions of claims and the records of their runs. */

/** What an arm's run measured is not there, and why. */
class Missing extends Error {
  constructor(readonly testable: boolean, message: string) {
    super(message);
  }
}

/** Records by arm: [seed] of those on record. */
export type Found = (arm: Arm) => readonly RunRecord[];

export function recordsOf(records: readonly RunRecord[], registries: ClaimRegistries): Found {
  const byRun = Map.groupBy(
    records,
    (record) => `${record.method} ${record.benchmark}/${record.setting}`,
  );
  return (arm) => byRun.get(`${runOf(arm, registries)} ${arm.on}`) ?? [];
}

/** The row of a method or a study. `command` repeats it. */
export function verdictRow(
  topic: Topic,
  choices: Choices,
  found: Found,
  registries: ClaimRegistries,
  command: string,
): VerdictRow {
  const { id, paper: { title, arxiv, year }, claim } = topic;
  const shared = {
    id,
    paper: { title, ...arxiv === undefined ? {} : { arxiv }, year },
    text: claim.text,
    expect: claim.expect,
    command,
  };
  if (isStudy(topic)) {
    const arms = Object.entries(topic.arms);
    return {
      ...shared,
      kind: "study",
      measure: topic.title,
      on: [...new Set(arms.map(([, { on }]) => on))],
      rivals: [],
      arms: arms.map(([name, arm]) => ({
        name,
        method: arm.method,
        on: arm.on,
        hyper: { ...own(arm.method, registries), ...arm.hyper },
        from: "study" as const,
      })),
      ...claim.untestable === undefined ? ofStudy(topic, found) : untestable(claim.untestable),
    };
  }
  const { on, against, measure } = topic.claim;
  const tuned = (method: string): Arm => ({
    method,
    on,
    hyper: choices.get(choiceKey(id, method)) ?? {},
  });
  const row = { ...shared, kind: "method" as const, measure, on: [on] };
  if (claim.untestable !== undefined) {
    const judged = untestable(claim.untestable);
    return {
      ...row,
      ...judged,
      rivals: against.map((method) => ({ method, ...judged })),
      arms: [],
    };
  }
  const compared = (arm: (method: string) => Arm) =>
    against.map((method) => ({
      method,
      ...versus(topic.claim, [arm(id), arm(method)], found, registries, against.length),
    }));
  const rivals = compared(tuned);
  const plain = compared((method) => ({ method, on }));
  return {
    ...row,
    ...overall(rivals, claim.expect),
    rivals,
    untuned: overall(plain, claim.expect),
    arms: [id, ...against].map((method) => ({
      name: method,
      method,
      on,
      hyper: { ...own(method, registries), ...tuned(method).hyper },
      from: choices.has(choiceKey(id, method)) ? "search" as const : "own" as const,
    })),
  };
}

const untestable = (reason: string): JudgedClaim => ({ verdict: "untestable", reason });
const own = (id: string, { methods }: ClaimRegistries): Method["hyper"] =>
  methods.find((method) => method.id === id)!.hyper;

/** A claim needs all of its rivals: what the weakest comparison says, and whether any refutes. */
function overall(
  rivals: readonly (JudgedClaim & { readonly method: string })[],
  expect: Claim["expect"],
): JudgedClaim {
  const order = ["refuted", "undecided", "untestable", "confirmed"] as const;
  const [weakest] = [...rivals].sort((a, b) =>
    order.indexOf(a.verdict) - order.indexOf(b.verdict) || slack(a, expect) - slack(b, expect)
  );
  const { method: _, ...judged } = weakest!;
  return judged;
}

/** How far inside the claim an interval lies; the farther the better for it. */
function slack({ effect }: JudgedClaim, expect: Claim["expect"]): number {
  if (effect?.low === undefined || effect.high === undefined) return -Infinity;
  if (expect === "equal") return -Math.max(Math.abs(effect.low), Math.abs(effect.high));
  return expect === "higher" ? effect.low : -effect.high;
}

function versus(
  claim: Claim,
  [one, other]: readonly [Arm, Arm],
  found: Found,
  registries: ClaimRegistries,
  rivals: number,
): JudgedClaim {
  const { measure } = claim;
  const theirs = new Map(found(other).map((record) => [record.seed, record]));
  const shared = found(one).flatMap((record) => {
    const rival = theirs.get(record.seed);
    const [a, b] = [record.measures, rival?.measures ?? {}];
    return Object.hasOwn(a, measure) && Object.hasOwn(b, measure)
      ? [[a[measure]!, b[measure]!] as const]
      : [];
  });
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
  const margin = claim.margin ??
    marginOf(
      cardOf(registries.measures, measure),
      stats.mean(shared.map(([, rival]) => rival.value)),
    );
  return shown(
    stats.judge(rows, {
      expect: claim.expect,
      margin,
      sampled,
      own: uncertain && !byPrompt ? Math.hypot(error(0), error(1)) : 0,
      rivals,
    }),
    margin,
  );
}

function shown({ verdict, interval, ...rest }: stats.ClaimVerdict, margin: number): JudgedClaim {
  const { value, seeds, over, needed } = rest;
  return {
    verdict,
    effect: {
      value,
      ...interval ? { low: interval.low, high: interval.high } : {},
      ...over === undefined ? {} : { over },
      seeds,
      ...needed === undefined ? {} : { needed },
      margin,
    },
    ...interval ? {} : { reason: "One seed gives no interval" },
  };
}

/** Why no seed has the measure on all sides. */
function nothing(arms: readonly Arm[], measure: string, found: Found): JudgedClaim {
  for (const arm of arms) {
    const records = found(arm);
    const lost = records.filter(({ measures }) => !Object.hasOwn(measures, measure));
    if (records.length > 0 && lost.length < records.length) continue;
    const { testable, message } = missing(arm, measure, lost[0]);
    return { verdict: testable ? "undecided" : "untestable", reason: message };
  }
  return { verdict: "undecided", reason: "No seed was finished by all sides" };
}

function missing(arm: Arm, measure: string, record: RunRecord | undefined): Missing {
  if (!record) return new Missing(true, `${arm.method} on ${arm.on} was not run`);
  const { outcome, reason = "no reason is on record", absent } = record;
  if (outcome !== "ok") {
    return new Missing(outcome !== "unsupported", `${arm.method}: ${outcome}: ${reason}`);
  }
  const why = Object.hasOwn(absent, measure) ? absent[measure] : "its testbed does not measure it";
  return new Missing(false, `${arm.method} on ${arm.on} has no ${measure}: ${why}`);
}

/** How near to the share asked for a learning curve must have a point. */
const NEAR = 0.15;

function ofStudy({ claim, arms, effect }: Study, found: Found): JudgedClaim {
  const bySeed = new Map(
    Object.entries(arms).map((
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
  const margin = claim.margin ?? 0;
  return shown(stats.judge(effects, { expect: claim.expect, margin, sampled: false }), margin);
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
