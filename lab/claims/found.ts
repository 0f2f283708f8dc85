import type { Arm, RunRecord } from "../../core/mod.ts";
import { runOf } from "./plans.ts";
import type { ClaimRegistries } from "./search.ts";

/** Records by arm: [seed] of those on record. */
export type Found = (arm: Arm) => readonly RunRecord[];

export function recordsOf(records: readonly RunRecord[], registries: ClaimRegistries): Found {
  const byRun = Map.groupBy(
    records,
    (record) => `${record.method} ${record.benchmark}/${record.setting}`,
  );
  return (arm) => byRun.get(`${runOf(arm, registries)} ${arm.on}`) ?? [];
}

/** What an arm's run measured is not there, and why. */
export class Missing extends Error {
  constructor(readonly testable: boolean, message: string) {
    super(message);
  }
}

export function missing(arm: Arm, measure: string, record: RunRecord | undefined): Missing {
  if (!record) return new Missing(true, `${arm.method} on ${arm.on} was not run`);
  const { outcome, reason = "no reason is on record", absent } = record;
  if (outcome !== "ok") {
    return new Missing(outcome !== "unsupported", `${arm.method}: ${outcome}: ${reason}`);
  }
  const why = Object.hasOwn(absent, measure) ? absent[measure] : "its testbed does not measure it";
  return new Missing(false, `${arm.method} on ${arm.on} has no ${measure}: ${why}`);
}
