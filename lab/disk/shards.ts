import type { Plan } from "../../core/mod.ts";
import {
  allRuns,
  identity,
  type Key,
  recordsOfPlan,
  runTitle,
  shardTitle,
  type Stored,
} from "./records.ts";
import { merge, type Merged, mergedRecords, mixtureOf } from "./runs-merge.ts";

/** The parts of one plan that several machines did, as one run. */

export interface Joined extends Merged {
  /** Runs of the plan that nobody holds. */
  readonly missing: readonly Key[];
  /** Shards that nobody holds, where all parts are of one number. */
  readonly absent: readonly string[];
}

/**
 * Parts of one plan, whether its shards, some of them twice, or the whole that was stopped. A run that
 * more than one holds is taken once, as its records are equal but for `ran`.
 *
 * RangeError where they are of different plans, hold different records of a run, or, without `mixed`,
 * were not computed alike; see `merge`.
 */
export function joinShards(
  parts: readonly Stored[],
  options: { readonly mixed?: boolean | undefined } = {},
): Joined {
  for (const part of parts.slice(1)) samePlan(parts[0]!, part);
  const { plan: merged, records, unknown } = merge(parts, options);
  const plans = parts.map(({ plan }) => plan);
  const { methods, cells, seeds } = plans[0]!;
  const plan: Plan = {
    ...merged,
    // As they stand there, in their order and one by one.
    methods,
    cells,
    seeds,
    ran: {
      at: plans.map(({ ran }) => ran.at).sort()[0]!,
      host: [...new Set(plans.map(({ ran }) => ran.host))].join(", "),
    },
  };
  const done = new Set(records.map(identity));
  const missing = allRuns(plan).filter((run) => !done.has(identity(run)));
  return { plan, records, unknown, missing, absent: absent(plans) };
}

/**
 * What run directories have of the runs of another plan, computed as the first of them was. RangeError
 * where two hold different records of a run or were not computed alike; with `mixed` the earlier
 * directory's records are taken, and `note` is told how many differ.
 */
export function joinOnPlan(
  plan: Plan,
  parts: readonly Stored[],
  { mixed, note }: { readonly mixed: boolean; readonly note: (line: string) => void },
): Stored {
  const [first] = parts;
  if (!first) throw new RangeError("Cannot join no runs: at least one is needed");
  const { all } = mixtureOf(parts, { mixed });
  const unlike: RangeError[] = [];
  const records = mergedRecords(parts, mixed ? (error) => unlike.push(error) : undefined);
  if (unlike.length > 0) {
    note(`Of ${unlike.length} runs the records differ, and the earlier directory's are taken`);
    note(unlike[0]!.message);
  }
  return onPlan(plan, {
    directory: first.directory,
    plan: { ...first.plan, ...all.length > 0 ? { mixed: [...all] } : {} },
    records,
  });
}

/** What a run directory has of the runs of another plan, with what computed it. */
export function onPlan(plan: Plan, { directory, plan: theirs, records }: Stored): Stored {
  const { versions, provenance, mixed } = theirs;
  const now: Plan = {
    ...plan,
    versions,
    ...provenance ? { provenance } : {},
    ...mixed ? { mixed } : {},
  };
  return { directory, plan: now, records: recordsOfPlan(now, records) };
}

/** A RangeError that names a run which only one of the two plans has. */
function samePlan(a: Stored, b: Stored): void {
  const runs = [a, b].map(({ plan }) => new Map(allRuns(plan).map((run) => [identity(run), run])));
  for (const [own, other, where] of [[runs[0]!, runs[1]!, a], [runs[1]!, runs[0]!, b]] as const) {
    const alone = own.entries().find(([id]) => !other.has(id))?.[1];
    if (!alone) continue;
    throw new RangeError(
      `Cannot merge ${a.directory} and ${b.directory}: they are of different plans, ${
        runTitle(alone)
      } is in that of ${where.directory} alone`,
    );
  }
}

function absent(plans: readonly Plan[]): string[] {
  const shards = plans.flatMap(({ shard }) => shard ?? []);
  const of = shards[0]?.of ?? 0;
  if (shards.length < plans.length || shards.some((shard) => shard.of !== of)) return [];
  const held = new Set(shards.map(({ index }) => index));
  return Array.from({ length: of }, (_, i) => i + 1).filter((index) => !held.has(index))
    .map((index) => shardTitle({ index, of }));
}
