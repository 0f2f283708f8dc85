import { type Method, type Plan, recordedHyper } from "../../core/mod.ts";
import { otherHyper, otherProvenance } from "../../gate/mod.ts";
import { plannedRuns, type Stored } from "../disk/records.ts";
import { provenance } from "../host/provenance.ts";
import { variantOf } from "./variant.ts";

export interface GoingOn {
  readonly methods: readonly Method[];
  /** Versions of what runs would now be made with. */
  readonly versions: Plan["versions"];
  /** Whether its user wants it whatever differs. */
  readonly mixed: boolean;
  readonly note: (line: string) => void;
}

/**
 * The plan by which a run directory is gone on with here: as it is, or with what is mixed from now
 * on written down. A RangeError says what differs where the runs that are left would be computed
 * otherwise than those that are done; where none is done, or none is left, nothing is mixed.
 */
export async function goingOn(
  { directory, plan, records }: Stored,
  { methods, versions, mixed, note }: GoingOn,
): Promise<Plan> {
  if (records.length === plannedRuns(plan).length) return plan;
  const { mixed: before = [], ...begun } = plan;
  const now: Plan = { ...begun, versions, provenance: await provenance(plan) };
  if (records.length === 0) return now;
  const { differs: computed, unknown } = otherProvenance([
    { source: directory, plan },
    { source: "this version", plan: now },
  ]);
  const hyper = records.flatMap((old) => {
    const what = otherHyper(old, { hyper: recordedHyper(variantOf(old.method, methods)) });
    return what === undefined ? [] : [`${what} of ${old.method}`];
  });
  const differs = [...computed, ...new Set(hyper)];
  unknown.forEach((line) => note(line));
  const [then, commit] = [plan.versions.prefbench, versions.prefbench];
  if (then !== commit) note(`Begun with prefbench ${then}, going on with ${commit}`);
  if (differs.length === 0) return plan;
  if (!mixed) throw mixture(directory, differs);
  differs.forEach((line) => note(line));
  const { provenance: _, ...rest } = now;
  // Of an earlier version's runs nobody knows what computed them.
  return { ...plan.provenance ? now : rest, mixed: [...new Set([...before, ...differs])] };
}

export const mixture = (directory: string, differs: readonly string[]): RangeError =>
  new RangeError(
    `Cannot go on with ${directory} as its runs would be a mixture. ${
      differs.join(". ")
    }. Begin anew with --out, or go on all the same with --mixed, which reports will say`,
  );
