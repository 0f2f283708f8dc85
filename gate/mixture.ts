import type { Plan, RunRecord } from "../core/record.ts";
import { otherHyper, otherStart, otherTruth, REWARD } from "./comparable.ts";
import { type GatedRun, where } from "./group.ts";

/** Whether runs may stand on one board: what they were computed by, and on what. */

export interface Mixture {
  /** What is not the same, a sentence each. */
  readonly differs: readonly string[];
  /** What nobody recorded, and so may or may not be the same. */
  readonly unknown: readonly string[];
}

/** What says by what a run was computed. */
export interface ComputedRun {
  readonly source: string;
  readonly plan: Pick<Plan, "device" | "versions" | "provenance">;
}

/** Files that a sentence names. */
const NAMED = 6;

/** What runs were computed by: each thing that two of them recorded must be the same. */
export function otherProvenance(runs: readonly ComputedRun[]): Mixture {
  const facts = new Map<string, { readonly value: string; readonly source: string }>();
  /** The first that recorded another value of this; undefined where there is none. */
  const first = (what: string, value: string, source: string) => {
    const known = facts.get(what);
    if (!known) facts.set(what, { value, source });
    return known?.value === value ? undefined : known;
  };
  const differs = runs.flatMap(({ source, plan }) => [
    ...scalars(plan).flatMap(([what, value]) => {
      const other = first(what, value, source);
      return other
        ? [`Another ${what} than in ${other.source}: found ${value}, expected ${other.value}`]
        : [];
    }),
    ...Map.groupBy(
      Object.entries(plan.provenance?.sources ?? {}).flatMap(([file, digest]) => {
        const other = first(`source ${file}`, digest, source);
        return other ? [{ file, in: other.source }] : [];
      }),
      (one) => one.in,
    ).entries().map(([other, files]) =>
      `Other sources in ${source} than in ${other}: ${listed(files.map(({ file }) => file))}`
    ),
  ]);
  const silent = runs.filter(({ plan }) => !plan.provenance).map(({ source }) => source);
  return {
    differs,
    unknown: runs.length > 1 && silent.length > 0
      ? [`Sources, packages and kind of processor are not recorded in ${silent.join(", ")}`]
      : [],
  };
}

function scalars({ device, versions, provenance }: ComputedRun["plan"]): [string, string][] {
  // A commit changes more than what runs are computed by: their sources say whether that changed.
  const { prefbench: _, ...others } = versions;
  return [
    ["device", device],
    ...Object.entries(others),
    ...Object.entries(provenance?.packages ?? {}).map(([name, version]): [string, string] => [
      `version of ${name}`,
      version,
    ]),
    ...provenance?.cpu === undefined
      ? []
      : [["kind of processor", provenance.cpu] as [string, string]],
  ];
}

function listed(files: readonly string[]): string {
  const more = files.length - NAMED;
  return `${files.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/**
 * What records of one method, or of one testbed and seed, have in common whatever is compared: the
 * method's hyperparameters; the testbed's truth, test prompts and start policy.
 */
export function otherGround(
  runs: readonly GatedRun[],
  tolerance: number,
): readonly string[] {
  const held = runs.flatMap(({ source, plan, records }) =>
    records.map((record) => ({ source, plan, record }))
  );
  const found = new Set<string>();
  const first = (
    by: (record: RunRecord) => string,
    differs: (old: Held, now: Held) => string | undefined,
  ) => {
    for (const [old, ...others] of Map.groupBy(held, ({ record }) => by(record)).values()) {
      for (const now of others) {
        if (passed(old!, now)) continue;
        const what = differs(old!, now);
        if (what === undefined) continue;
        found.add(what);
        break;
      }
    }
  };
  first(({ method }) => method, (old, now) => {
    const what = otherHyper(old.record, now.record);
    return what && `${places(old, now)}: ${what} of ${now.record.method}`;
  });
  const done = ({ outcome }: RunRecord) => outcome === "ok";
  first((record) => JSON.stringify([where(record), record.seed, done(record)]), (old, now) => {
    if (!done(now.record)) return undefined;
    const cell = old.plan.cells.find((cell) => where(cell) === where(now.record));
    const measures = [cell?.headline, cell?.scored, REWARD].filter((id) => id !== undefined);
    const what = otherTruth(old.record, now.record, tolerance) ??
      otherStart(measures, old.record, now.record, tolerance);
    return what && `${places(old, now)}: ${what} (${where(now.record)}, seed ${now.record.seed})`;
  });
  return [...otherPolicies(held), ...found];
}

interface Held extends Pick<GatedRun, "source" | "plan"> {
  readonly record: RunRecord;
}

/** Where runs on one testbed from one seed began with other parameters, as of a model pre-trained twice. */
function otherPolicies(held: readonly Held[]): string[] {
  const known = held.filter(({ record }) => record.ran.start !== undefined);
  const differ = [
    ...Map.groupBy(known, ({ record }) => JSON.stringify([where(record), record.seed]))
      .values(),
  ].flatMap(([old, ...others]) => {
    const now = others.find((now) =>
      now.record.ran.start !== old!.record.ran.start && !passed(old!, now)
    );
    return now ? [{ old: old!, now, on: `${places(old!, now)}: Another start policy` }] : [];
  });
  return [...Map.groupBy(differ, ({ on, now }) => `${on} on ${where(now.record)}`)]
    .map(([on, all]) => {
      const seeds = all.map(({ now }) => now.record.seed).join(", ");
      const [{ old, now }] = all as [typeof differ[number]];
      return `${on}, seeds ${seeds}: found ${now.record.ran.start}, expected ${old.record.ran.start}`;
    });
}

/** What a run is mixed of was let pass there, and stands in its plan. */
const passed = (old: Held, now: Held): boolean =>
  now.source === old.source && now.plan.mixed !== undefined;

const places = (old: { readonly source: string }, now: { readonly source: string }) =>
  old.source === now.source ? now.source : `${now.source}, beside ${old.source}`;
