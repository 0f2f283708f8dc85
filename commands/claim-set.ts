import { join } from "node:path";
import { exists } from "../lab/disk/atomic.ts";
import {
  createRun,
  plannedRuns,
  readRun,
  resumeRun,
  type Stored,
  type Writable,
  writeRun,
} from "../lab/disk/records.ts";
import { joinOnPlan, onPlan } from "../lab/disk/shards.ts";
import { rowsOf, type SeedSet } from "../lab/claims/document.ts";
import {
  type ClaimOptions,
  growthPlan,
  judgedPlan,
  likelyJudged,
  repeatPlan,
  searches,
  searchPlan,
} from "../lab/claims/plans.ts";
import type { ClaimRegistries } from "../lab/claims/search.ts";
import { goingOn, mixture } from "../lab/suite/going-on.ts";
import { computedHere } from "../lab/suite/plan.ts";
import { stagesOf } from "../lab/suite/session.ts";
import {
  benchmarks,
  methods,
  otherProvenance,
  type Plan,
  plannedCards,
  registry,
  type RunRecord,
  type VerdictRow,
} from "../mod.ts";
import { carryOut } from "./carry-out.ts";
import { say } from "./output.ts";

/** One set of seeds through all phases: search, its growth, its best again, what is judged, and what is looked at again. */

export interface SetPlace {
  readonly directory: string;
  readonly store: string;
  readonly workers: number;
  readonly verbose: boolean;
  /** What is said where it was stopped. */
  readonly toGoOn: string;
  /** The most seeds of what the first do not decide; undefined leaves it undecided. */
  readonly untilDecided: number | undefined;
  /** The first seed that no set has. */
  readonly beyond: number;
  /** Whether to go on with what was computed otherwise. */
  readonly mixed: boolean;
  /** Directories whose runs are taken where they are of the same phase. */
  readonly from: readonly string[];
  /** The phases so far, of all sets: filled here. */
  readonly made: { readonly source: string; readonly plan: Plan }[];
}

/** What was run; no plan where there was nothing to run. */
interface Phase {
  readonly plan?: Plan;
  readonly records: readonly RunRecord[];
}

export const registries: ClaimRegistries = {
  methods,
  benchmarks,
  measures: plannedCards([], registry),
};

/** Runs are read by the cards of their own plan: a resumed one may be of an earlier version. */
const reading = ({ plan }: Phase): ClaimRegistries => ({
  ...registries,
  measures: plannedCards(plan ? [plan] : [], registry),
});

/** Carries the set out in directories that begin with `prefix`; undefined where it was stopped. */
export async function seedSet(
  question: ClaimOptions,
  place: SetPlace,
  prefix: string,
): Promise<SeedSet & { readonly records: readonly RunRecord[] } | undefined> {
  const run = (name: string, plan: Plan | undefined, title: string) =>
    carriedOut(`${prefix}${name}`, plan, title, place);
  const first = await run(
    "search",
    searchPlan(question, registries),
    `Searching hyperparameters; about ${likelyJudged(question, registries)} runs are judged then`,
  );
  if (!first) return undefined;
  const more = await run(
    "growth",
    growthPlan(question, first.records, reading(first)),
    "Searching beyond the ends of grids",
  );
  if (!more) return undefined;
  const grown = [...first.records, ...more.records];
  const again = await run(
    "repeat",
    repeatPlan(question, grown, reading(first)),
    "Running the best of each search again",
  );
  if (!again) return undefined;
  const searched = [...grown, ...again.records];
  const { search, choices } = searches(question.topics, searched, reading(first));
  const judged = await run("judged", judgedPlan(question, choices, registries), "Judging");
  if (!judged) return undefined;
  // Where there may be a second look, each is that much surer.
  const looks = place.untilDecided === undefined ? 1 : 2;
  const read = reading(judged);
  const rows = rowsOf(question, choices, judged.records, read, looks);
  const set = { seeds: question.seeds, plan: judged.plan, search, registries: read };
  const open = undecided(question, rows, place);
  const repeated = (row: VerdictRow): VerdictRow =>
    looks === 1 ? row : { ...row, command: `${row.command} --until-decided ${place.untilDecided}` };
  if (!open) {
    return { ...set, rows: rows.map(repeated), records: [...searched, ...judged.records] };
  }
  const further = await run("further", judgedPlan(open, choices, registries), "Deciding");
  if (!further) return undefined;
  const records = [...judged.records, ...further.records];
  const looked = rowsOf(
    { ...open, seeds: question.seeds },
    choices,
    records,
    read,
    looks,
  );
  const second = new Map(looked.map((row) => [row.id, { ...row, further: [...open.seeds] }]));
  return {
    ...set,
    rows: rows.map((row) => repeated(second.get(row.id) ?? row)),
    records: [...searched, ...records],
  };
}

/** The claims that a few more seeds would decide, with those seeds; undefined where there are none. */
function undecided(
  question: ClaimOptions,
  rows: readonly VerdictRow[],
  { untilDecided = 0, beyond }: SetPlace,
): ClaimOptions | undefined {
  const needs = new Map(
    rows.flatMap(({ id, verdict, effect }) =>
      verdict === "undecided" && effect?.needed !== undefined && effect.needed <= untilDecided
        ? [[id, effect.needed]]
        : []
    ),
  );
  const count = Math.max(...needs.values()) - question.seeds.length;
  if (!(count > 0)) return undefined;
  return {
    ...question,
    topics: question.topics.filter(({ id }) => needs.has(id)),
    seeds: Array.from({ length: count }, (_, i) => beyond + i),
  };
}

async function carriedOut(
  name: string,
  plan: Plan | undefined,
  title: string,
  { store, workers, verbose, toGoOn, mixed, made, from, directory: whole }: SetPlace,
): Promise<Phase | undefined> {
  if (!plan) return { records: [] };
  const directory = join(whole, name);
  const elsewhere = from.map((other) => join(other, name));
  await using run = await taken(directory, plan, elsewhere, mixed);
  made.push({ source: directory, plan: run.plan });
  const { differs } = otherProvenance(made);
  if (differs.length > 0 && !mixed) throw mixture(whole, differs);
  say(`${title}: ${plannedRuns(plan).length} runs`);
  const finished = await carryOut({
    run,
    stages: stagesOf(plan, benchmarks),
    workers,
    store,
    verbose,
    toGoOn,
  });
  return finished ? { plan: run.plan, records: run.records } : undefined;
}

/** A run directory of this plan: new, with what others have of it, or as it was left. */
async function taken(
  directory: string,
  plan: Plan,
  elsewhere: readonly string[],
  mixed: boolean,
): Promise<Writable> {
  const how = { methods, versions: plan.versions, mixed, note: say };
  if (!await exists(join(directory, "plan.json"))) {
    const parts: Stored[] = [];
    for (const part of elsewhere) {
      if (await exists(join(part, "plan.json"))) parts.push(await readRun(part, say));
    }
    if (parts.length === 0) return await createRun(directory, await computedHere(plan));
    const had = joinOnPlan(plan, parts, { mixed, note: say });
    await writeRun({ ...had, directory, plan: await goingOn(had, how) }, say);
    return await resumeRun(directory, say);
  }
  const runs = (of: Plan) => JSON.stringify(plannedRuns(of));
  return await resumeRun(directory, say, (kept) => {
    if (runs(kept.plan) === runs(plan)) return goingOn(kept, how);
    if (!mixed) {
      throw new RangeError(
        `Cannot go on with ${directory} as other runs follow from its claims now: claims, grids, budgets or search runs have changed since. Begin anew with --out, or keep with --mixed what still follows from them, which the page will say`,
      );
    }
    return goingOn(onPlan(plan, kept), how);
  });
}
