import {
  type Arm,
  type Benchmark,
  type Budget,
  budgetOn,
  cardOf,
  type Cards,
  headlineOf,
  type Hyper,
  type Measure,
  type Method,
  type Plan,
  type PlanCell,
  rankingOf,
  type RunRecord,
  type SearchOutcome,
  type Study,
} from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import { plannedRuns } from "../disk/records.ts";
import { cellOf, measuresOf } from "../suite/plan.ts";
import { type Share, variant } from "../suite/variant.ts";

/** How claims become plans of runs, and what a search found. `judging.ts` reads the verdicts. */

/** Whose claim is judged. */
export type Topic = Method | Study;
export const isStudy = (topic: Topic): topic is Study => "arms" in topic;

/** Runs that the search gives each method on each testbed. */
export const TRIALS = 6;
/** Operations above which a testbed's runs take half a minute; they get a share of its own budget. */
const COSTLY = { flops: 2e11, share: 0.4 };
/** Seeds of searches begin at this many times the first seed, beyond all seeds that are judged. */
const VALIDATION = 1_000_000;

/** What there is to run, and how its measures are read. */
export interface ClaimRegistries {
  readonly methods: readonly Method[];
  readonly benchmarks: readonly Benchmark[];
  readonly measures: Cards;
}

/** Whose claims are judged, and what their plans say beside. */
export interface ClaimOptions {
  readonly topics: readonly Topic[];
  readonly seeds: readonly number[];
  readonly command: string;
  readonly device: string;
  readonly versions: Plan["versions"];
  readonly ran: Plan["ran"];
}

/** One method on one testbed under one claim. */
export interface TunedMethod {
  readonly method: Method;
  readonly on: string;
}

export const validationSeed = (seeds: readonly number[]): number => VALIDATION * seeds[0]! + 1;

/** What a claim's run may spend on a testbed. */
export function budgetOf(on: string, { benchmarks }: ClaimRegistries, share: Share = {}): Budget {
  const [id, setting] = on.split("/") as [string, string];
  const budget = budgetOn(benchmarks.find((benchmark) => benchmark.id === id)!, setting);
  const usual = budget.flops > COSTLY.flops ? COSTLY.share : 1;
  return {
    flops: Math.ceil(budget.flops * usual * (share.flops ?? 1)),
    queries: Math.ceil(budget.queries * (share.queries ?? 1)),
  };
}

/** The points of a method's grid, its own hyperparameters first. RangeError for more than six, or without its own. */
export function grid({ id, hyper, search = {} }: Method): Hyper[] {
  const points = Object.entries(search as { [name: string]: readonly number[] }).reduce(
    (rest, [name, values]) =>
      rest.flatMap((point) => values.map((value) => ({ ...point, [name]: value }))),
    [{}] as Hyper[],
  );
  const own = points.findIndex((point) =>
    Object.entries(point).every(([name, value]) => hyper[name] === value)
  );
  if (points.length > TRIALS || own < 0) {
    throw new RangeError(
      `Cannot search ${id}: its grid has ${points.length} points${
        own < 0 ? " without its own hyperparameters" : ""
      }, expected at most ${TRIALS} with them`,
    );
  }
  return [points[own]!, ...points.filter((_, i) => i !== own)];
}

/** Methods that are tuned, each once a testbed: those of the claims and their rivals. */
export function tunedMethods(
  topics: readonly Topic[],
  { methods }: ClaimRegistries,
): TunedMethod[] {
  const found = new Map<string, TunedMethod>();
  for (const topic of topics) {
    if (isStudy(topic) || topic.claim.untestable !== undefined) continue;
    const { on, against } = topic.claim;
    for (const id of [topic.id, ...against]) {
      const method = methods.find((method) => method.id === id);
      if (!method) {
        throw new RangeError(`Cannot judge ${topic.id} against ${id}: there is no such method`);
      }
      found.set(`${id} ${on}`, { method, on });
    }
  }
  return [...found.values()];
}

const seedsOfSearch = (points: number, first: number): number[] =>
  Array.from({ length: Math.floor(TRIALS / points) }, (_, i) => first + i);

/** The runs of all searches; undefined where no method has anything to choose. */
export function searchPlan(asked: ClaimOptions, registries: ClaimRegistries): Plan | undefined {
  const first = validationSeed(asked.seeds);
  const groups = new Map<string, { on: string; seeds: number[]; methods: string[] }>();
  for (const { method, on } of tunedMethods(asked.topics, registries)) {
    const points = grid(method);
    if (points.length < 2) continue;
    const seeds = seedsOfSearch(points.length, first);
    const key = `${on} ${seeds.length}`;
    const group = groups.get(key) ?? { on, seeds, methods: [] };
    group.methods.push(...points.map((point) => variant(method, point)));
    groups.set(key, group);
  }
  const cells = [...groups.values()].map(({ on, seeds, methods }) => ({
    ...cell(on, budgetOf(on, registries), registries),
    methods,
    seeds,
    portion: "validation" as const,
  }));
  return cells.length === 0 ? undefined : plan(asked, cells, [first], registries);
}

/** The measure that a claim's search goes by: its own where that is a goal, else what the testbed is ranked by. */
export function goal(
  { claim }: Method,
  records: readonly RunRecord[],
  registries: ClaimRegistries,
): string {
  if (claim.tune !== undefined) return claim.tune;
  if (betterOf(claim.measure, registries) !== "neither") return claim.measure;
  const there = records.filter((record) => `${record.benchmark}/${record.setting}` === claim.on);
  const { benchmark, setting } = testbedOf(claim.on, registries);
  const { headline } = rankingOf(benchmark, setting);
  const has = (id: string) => there.some(({ measures }) => Object.hasOwn(measures, id));
  return headlineOf(headline, has, registries.measures) ?? claim.measure;
}

export const betterOf = (measure: string, { measures }: ClaimRegistries): Measure["better"] =>
  cardOf(measures, measure).better;

/** What the search for one method on one testbed found, going by one measure. Equal points leave it its own. */
export function searched(
  { method, on }: TunedMethod,
  measure: string,
  records: readonly RunRecord[],
  registries: ClaimRegistries,
): SearchOutcome {
  const there = records.filter((record) => `${record.benchmark}/${record.setting}` === on);
  const points = grid(method).map((hyper) => {
    const runs = there.filter((record) => record.method === variant(method, hyper));
    const values = runs.flatMap(({ measures }) =>
      Object.hasOwn(measures, measure) ? [measures[measure]!.value] : []
    );
    return {
      hyper,
      runs: runs.length,
      finished: values.length,
      spent: runs.map(({ spent }) => spent ?? { flops: 0, queries: 0 }),
      ...values.length > 0 ? { value: stats.mean(values) } : {},
      ...values.length > 1 ? { stderr: stats.standardError(values) } : {},
    };
  });
  const sign = betterOf(measure, registries) === "lower" ? -1 : 1;
  // A point where a run got lost has not shown that it works.
  const whole = points.filter(({ runs, finished }) => finished === runs && runs > 0);
  const best = whole.reduce(
    (best, point) => sign * point.value! > sign * best.value! ? point : best,
    whole[0] ?? points[0]!,
  );
  const total = (axis: keyof Budget) =>
    points.flatMap(({ spent }) => spent).reduce((sum, spent) => sum + spent[axis], 0);
  return {
    method: method.id,
    on,
    measure,
    points: points.map(({ spent: _, ...point }) => point),
    chosen: best.hyper,
    spent: { flops: total("flops"), queries: total("queries") },
  };
}

/** The hyperparameters that each side of a method's claim was given by its search. */
export type Choices = ReadonlyMap<string, Hyper>;
export const choiceKey = (topic: string, method: string): string => `${topic} ${method}`;

/** All searches that claims go by, and what they give each side of each claim. */
export function searches(
  topics: readonly Topic[],
  records: readonly RunRecord[],
  registries: ClaimRegistries,
): { readonly search: SearchOutcome[]; readonly choices: Choices } {
  const search = new Map<string, SearchOutcome>();
  const choices = new Map<string, Hyper>();
  for (const topic of topics) {
    if (isStudy(topic)) continue;
    for (const { method, on } of tunedMethods([topic], registries)) {
      if (grid(method).length < 2) continue;
      const measure = goal(topic, records, registries);
      const found = searched({ method, on }, measure, records, registries);
      search.set(`${method.id} ${on} ${measure}`, found);
      choices.set(choiceKey(topic.id, method.id), found.chosen);
    }
  }
  return { search: [...search.values()], choices };
}

/** An arm as its runs are named on record. */
export function runOf(arm: Arm, { methods }: ClaimRegistries): string {
  const method = methods.find(({ id }) => id === arm.method);
  if (!method) throw new RangeError(`Cannot run an arm of ${arm.method}: there is no such method`);
  return variant(method, arm.hyper, arm.share);
}

/** The arms of a topic: a study's own; of a claim the method's and its rivals', tuned and as they are. */
export function armsOf(topic: Topic, choices: Choices): readonly Arm[] {
  if (topic.claim.untestable !== undefined) return [];
  if (isStudy(topic)) return Object.values(topic.arms);
  const { on, against } = topic.claim;
  return [topic.id, ...against].flatMap((method) => [
    { method, on, hyper: choices.get(choiceKey(topic.id, method)) ?? {} },
    { method, on },
  ]);
}

/** The runs that verdicts are read from, each once however many claims need it. */
export function judgedPlan(
  asked: ClaimOptions,
  choices: Choices,
  registries: ClaimRegistries,
): Plan | undefined {
  const groups = new Map<string, { on: string; budget: Budget; methods: Set<string> }>();
  for (const arm of asked.topics.flatMap((topic) => armsOf(topic, choices))) {
    const budget = budgetOf(arm.on, registries, arm.share);
    const key = `${arm.on} ${budget.flops} ${budget.queries}`;
    const group = groups.get(key) ?? { on: arm.on, budget, methods: new Set<string>() };
    group.methods.add(runOf(arm, registries));
    groups.set(key, group);
  }
  const cells = [...groups.values()].map(({ on, budget, methods }) => ({
    ...cell(on, budget, registries),
    methods: [...methods],
    portion: "judged" as const,
  }));
  return cells.length === 0 ? undefined : plan(asked, cells, asked.seeds, registries);
}

/** The most runs that verdicts may need: where every search finds something else than the method's own. */
export function mostJudged(asked: ClaimOptions, registries: ClaimRegistries): number {
  const changed = asked.topics.flatMap((topic) =>
    isStudy(topic)
      ? []
      : tunedMethods([topic], registries).flatMap(({ method }): [string, Hyper][] => {
        const [, other] = grid(method);
        return other ? [[choiceKey(topic.id, method.id), other]] : [];
      })
  );
  const plan = judgedPlan(asked, new Map(changed), registries);
  return plan ? plannedRuns(plan).length : 0;
}

/** RangeError where there is no such testbed. */
function testbedOf(
  on: string,
  { benchmarks }: ClaimRegistries,
): { readonly benchmark: Benchmark; readonly setting: string } {
  const [id, setting] = on.split("/") as [string, string];
  const benchmark = benchmarks.find((benchmark) => benchmark.id === id);
  if (!benchmark || !Object.hasOwn(benchmark.settings, setting)) {
    throw new RangeError(`Cannot judge a claim on ${on}: there is no such testbed`);
  }
  return { benchmark, setting };
}

function cell(on: string, budget: Budget, registries: ClaimRegistries): PlanCell {
  const { benchmark, setting } = testbedOf(on, registries);
  return cellOf(benchmark, setting, budget);
}

function plan(
  { command, device, versions, ran }: ClaimOptions,
  cells: Plan["cells"],
  seeds: readonly number[],
  registries: ClaimRegistries,
): Plan {
  const run = new Set(cells.map(({ benchmark }) => benchmark));
  return {
    schema: 1,
    command,
    preset: "claims",
    methods: [...new Set(cells.flatMap(({ methods = [] }) => methods))],
    cells,
    seeds: [...seeds],
    measures: measuresOf(registries.benchmarks.filter(({ id }) => run.has(id))),
    device,
    versions,
    ran,
  };
}
