import type { Arm, Budget, Method, Plan, RunRecord, SearchOutcome } from "../../core/mod.ts";
import { plannedRuns } from "../disk/records.ts";
import { cellOf, measuresOf } from "../suite/plan.ts";
import { variant } from "../suite/variant.ts";
import { armsOf, choiceKey, type Choices, type Topic, tunedMethods } from "./arms.ts";
import {
  budgetOf,
  type ClaimRegistries,
  growth,
  methodOf,
  repeats,
  searched,
  testbedOf,
  type Trial,
  trials,
  type TunedMethod,
} from "./search.ts";

/** How claims become plans of runs: a search of each side's hyperparameters, its growth, its best again, and what is judged. */

/** Seeds of searches begin at this many times the first seed, beyond all seeds that are judged. */
const VALIDATION = 1_000_000;

/** Whose claims are judged, and what their plans say beside. */
export interface ClaimOptions {
  readonly topics: readonly Topic[];
  readonly seeds: readonly number[];
  readonly command: string;
  readonly device: string;
  readonly versions: Plan["versions"];
  readonly ran: Plan["ran"];
}

export const validationSeed = (seeds: readonly number[]): number => VALIDATION * seeds[0]! + 1;

/** Some runs of one method on one testbed. */
interface Wanted {
  readonly on: string;
  /** As records name it. */
  readonly run: string;
  readonly budget: Budget;
  readonly seeds: readonly number[];
}

/** The first runs of all searches; undefined where no method has anything to choose. */
export function searchPlan(asked: ClaimOptions, registries: ClaimRegistries): Plan | undefined {
  const tuned = tunedMethods(asked.topics, registries);
  const wanted = tuned.flatMap((one) => tried(one, trials(one.method), asked, registries));
  return plan(asked, wanted, "validation", registries);
}

/** The runs by which searches grow, from what their first runs found. */
export const growthPlan = (
  asked: ClaimOptions,
  records: readonly RunRecord[],
  registries: ClaimRegistries,
): Plan | undefined => after(asked, records, registries, growth);

/** The runs by which the best points of searches show that they do well again. */
export const repeatPlan = (
  asked: ClaimOptions,
  records: readonly RunRecord[],
  registries: ClaimRegistries,
): Plan | undefined => after(asked, records, registries, (_method, found) => repeats(found));

/** The trials that follow from what each search found so far. */
function after(
  asked: ClaimOptions,
  records: readonly RunRecord[],
  registries: ClaimRegistries,
  next: (method: Method, found: SearchOutcome) => readonly Trial[],
): Plan | undefined {
  const wanted = tunedMethods(asked.topics, registries).flatMap((one) =>
    tried(one, next(one.method, searched(one, records, registries)), asked, registries)
  );
  return plan(asked, wanted, "validation", registries);
}

/** Trials as runs: each point once, with its seeds. */
function tried(
  { method, on }: TunedMethod,
  trials: readonly Trial[],
  asked: ClaimOptions,
  registries: ClaimRegistries,
): Wanted[] {
  const first = validationSeed(asked.seeds);
  const byPoint = Map.groupBy(trials, ({ hyper }) => variant(method, hyper));
  const budget = budgetOf(on, registries);
  return [...byPoint].map(([run, trials]) => ({
    on,
    run,
    budget,
    seeds: trials.map(({ seed }) => first + seed),
  }));
}

/** All searches that claims go by, and what they give each method on each testbed. */
export function searches(
  topics: readonly Topic[],
  records: readonly RunRecord[],
  registries: ClaimRegistries,
): { readonly search: SearchOutcome[]; readonly choices: Choices } {
  const search = tunedMethods(topics, registries).map((one) => searched(one, records, registries));
  const choices = new Map(
    search.map(({ method, on, chosen }) => [choiceKey(method, on), chosen]),
  );
  return { search, choices };
}

/** An arm as its runs are named on record. */
export const runOf = (arm: Arm, registries: ClaimRegistries): string =>
  variant(methodOf(arm.method, registries), arm.hyper, arm.share);

/** The runs that verdicts are read from, each once however many claims need it. */
export function judgedPlan(
  asked: ClaimOptions,
  choices: Choices,
  registries: ClaimRegistries,
): Plan | undefined {
  const wanted = asked.topics.flatMap((topic) => armsOf(topic, choices, registries)).map((arm) => ({
    on: arm.on,
    run: runOf(arm, registries),
    budget: budgetOf(arm.on, registries, arm.share),
    seeds: asked.seeds,
  }));
  return plan(asked, wanted, "judged", registries);
}

/** Runs that verdicts will need, before searches are known: about as many as this. */
export function likelyJudged(asked: ClaimOptions, registries: ClaimRegistries): number {
  const plan = judgedPlan(asked, new Map(), registries);
  return plan ? plannedRuns(plan).length : 0;
}

/** One cell for what is alike in testbed, budget and seeds; undefined where there is nothing to run. */
function plan(
  { command, device, versions, ran, seeds }: ClaimOptions,
  wanted: readonly Wanted[],
  portion: "validation" | "judged",
  registries: ClaimRegistries,
): Plan | undefined {
  const alike = Map.groupBy(
    wanted,
    ({ on, budget, seeds }) => `${on} ${budget.flops} ${budget.queries} ${seeds}`,
  );
  const cells = [...alike.values()].map((some) => {
    const { on, budget, seeds } = some[0]!;
    const { benchmark, setting } = testbedOf(on, registries);
    const methods = [...new Set(some.map(({ run }) => run))];
    return { ...cellOf(benchmark, setting, budget), methods, seeds: [...seeds], portion };
  });
  if (cells.length === 0) return undefined;
  const run = new Set(cells.map(({ benchmark }) => benchmark));
  return {
    schema: 1,
    command,
    preset: "claims",
    methods: [...new Set(cells.flatMap(({ methods }) => methods))],
    cells,
    seeds: portion === "judged" ? [...seeds] : [validationSeed(seeds)],
    measures: measuresOf(registries.benchmarks.filter(({ id }) => run.has(id))),
    device,
    versions,
    ran,
  };
}
