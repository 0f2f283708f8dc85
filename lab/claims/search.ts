import {
  type Benchmark,
  type Budget,
  budgetOn,
  cardOf,
  type Cards,
  headlineOf,
  type Hyper,
  type Measure,
  type Method,
  rankedPoints,
  rankingOf,
  rng,
  type RunRecord,
  type SearchOutcome,
} from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import { boundsOf, hyperOf, isCount, type Share, variant } from "../suite/variant.ts";

/**
 * How hyperparameters are chosen before a verdict: every method on a testbed gets as many runs, over
 * its own grid and the learning rate, goes by what the testbed is ranked by, and where its best point
 * lies at the end of a grid the grid grows once. The best of many points was lucky in the one run that
 * it had: the best few run again, and only who did well more than once is chosen.
 */

/** Runs of the search proper, of its growth, and of its best again: the same for every method on every testbed. */
export const TRIALS = { first: 12, growth: 4, repeat: 3 } as const;
/** Factors on the testbed's learning rate, for methods without a rate of their own. */
const RATES = [1 / 3, 1, 3].map((x) => Number(x.toPrecision(3)));
/** Operations above which a testbed's runs take half a minute; they get a share of its own budget. */
const COSTLY = { flops: 2e11, share: 0.4 };

/** What there is to run, and how its measures are read. */
export interface ClaimRegistries {
  readonly methods: readonly Method[];
  readonly benchmarks: readonly Benchmark[];
  readonly measures: Cards;
}

/** One method on one testbed. */
export interface TunedMethod {
  readonly method: Method;
  readonly on: string;
  /** What the claims are about that it is tuned for. */
  readonly claimed: readonly string[];
}
/** A method's hyperparameters, with some in place of its own. */
export const hyperOn = (method: Method, hyper: Hyper = {}): Hyper => ({
  ...hyperOf(method),
  ...hyper,
});

/** RangeError where there is no such method. */
export function methodOf(id: string, { methods }: Pick<ClaimRegistries, "methods">): Method {
  const method = methods.find((method) => method.id === id);
  if (!method) throw new RangeError(`Cannot judge a claim of ${id}: there is no such method`);
  return method;
}

/** RangeError where there is no such testbed. */
export function testbedOf(
  on: string,
  { benchmarks }: Pick<ClaimRegistries, "benchmarks">,
): { readonly benchmark: Benchmark; readonly setting: string } {
  const [id, setting] = on.split("/") as [string, string];
  const benchmark = benchmarks.find((benchmark) => benchmark.id === id);
  if (!benchmark || !Object.hasOwn(benchmark.settings, setting)) {
    throw new RangeError(`Cannot judge a claim on ${on}: there is no such testbed`);
  }
  return { benchmark, setting };
}

/** What a claim's run may spend on a testbed. */
export function budgetOf(on: string, registries: ClaimRegistries, share: Share = {}): Budget {
  const { benchmark, setting } = testbedOf(on, registries);
  const budget = budgetOn(benchmark, setting);
  const usual = budget.flops > COSTLY.flops ? COSTLY.share : 1;
  return {
    flops: Math.ceil(budget.flops * usual * (share.flops ?? 1)),
    queries: Math.ceil(budget.queries * (share.queries ?? 1)),
  };
}

/** Values that are tried of each hyperparameter, the learning rate among them. */
export function axesOf(method: Method): { readonly [name: string]: readonly number[] } {
  if (method.control) return {};
  const { search = {} } = method;
  return {
    ...Object.hasOwn(method.hyper, "rate") ? {} : { rate: RATES },
    ...search as { [name: string]: readonly number[] },
  };
}

/** One run of a search: a point from the so-manieth validation seed. */
export interface Trial {
  readonly hyper: Hyper;
  readonly seed: number;
}

/**
 * The first trials of a method: its own hyperparameters, then points drawn at random from the product
 * of its axes, without repeats; where there are fewer points than trials, all of them from several
 * seeds. RangeError where its own hyperparameters are not among its axes' values.
 */
export function trials(method: Method): Trial[] {
  const all = points(method);
  const n = Math.min(TRIALS.first, all.length);
  return Array.from({ length: TRIALS.first }, (_, i) => ({
    hyper: all[i % n]!,
    seed: Math.floor(i / n),
  }));
}

/** All points of a method's axes in the order in which they are tried. */
function points(method: Method): Hyper[] {
  const axes = axesOf(method);
  const own = hyperOf(method);
  const odd = Object.entries(axes).find(([name, values]) => !values.includes(own[name]!));
  if (odd) {
    throw new RangeError(
      `Cannot search ${method.id}: its ${odd[0]} is ${own[odd[0]]}, which is not among ${odd[1]}`,
    );
  }
  const all = Object.entries(axes).reduce(
    (rest, [name, values]) =>
      rest.flatMap((point) => values.map((value) => ({ ...point, [name]: value }))),
    [{}] as Hyper[],
  );
  const isOwn = (point: Hyper) => Object.entries(point).every(([name, x]) => x === own[name]);
  return [
    all.find(isOwn)!,
    ...rng("trials").split(method.id).shuffle(all.filter((point) => !isOwn(point))),
  ];
}

/**
 * The trials by which a search grows, as many for every method: beyond the end of each axis at which
 * the best point lies, as far again as its last step; what is left goes to further seeds of the best
 * point and the next.
 */
export function growth(method: Method, found: SearchOutcome): Trial[] {
  const ranked = rankedPoints(found);
  const [best] = ranked;
  if (!best) return [];
  const beyond = Object.keys(axesOf(method)).flatMap((name): Hyper[] => {
    const next = further(method, name, best.hyper[name]!);
    return next === undefined ? [] : [{ ...best.hyper, [name]: next }];
  }).slice(0, TRIALS.growth);
  return [
    ...beyond.map((hyper) => ({ hyper, seed: 0 })),
    ...again(ranked.slice(0, 2), TRIALS.growth - beyond.length),
  ];
}

/** The trials by which its best points show that one lucky run was not all they had. */
export const repeats = (found: SearchOutcome): Trial[] =>
  again(rankedPoints(found).slice(0, TRIALS.repeat), TRIALS.repeat);

/** So many trials of these points in turn, each from seeds that it has not had. */
const again = (points: SearchOutcome["points"], length: number): Trial[] =>
  points.length === 0 ? [] : Array.from({ length }, (_, i) => {
    const { hyper, runs } = points[i % points.length]!;
    return { hyper, seed: runs + Math.floor(i / points.length) };
  });

/** The value one step beyond the end of an axis: by the same factor, or the same step where values are not all above 0. */
function further(method: Method, name: string, at: number): number | undefined {
  const values = axesOf(method)[name]!;
  const [least, most] = boundsOf(method, name);
  const sorted = values.toSorted((a, b) => a - b);
  const beside = at === sorted[0] ? sorted[1] : at === sorted.at(-1) ? sorted.at(-2) : undefined;
  if (beside === undefined) return undefined;
  const next = sorted[0]! > 0 ? at * at / beside : 2 * at - beside;
  const whole = isCount(method, name) ? Math.round(next) : Number(next.toPrecision(3));
  return whole < least || whole > most || values.includes(whole) ? undefined : whole;
}

/** What a search of some runs found: of the points that ran more than once, where there are any, the best. Equal points leave a method its own. */
export function searched(
  { method, on, claimed }: TunedMethod,
  records: readonly RunRecord[],
  registries: ClaimRegistries,
): SearchOutcome {
  const here = records.filter((record) => `${record.benchmark}/${record.setting}` === on);
  const mine = here.filter((record) => record.method.split("[")[0] === method.id);
  const measure = goalOf(on, mine, registries);
  const byRun = Map.groupBy(mine, (record) => record.method);
  const tried = new Map(points(method).map((hyper) => [variant(method, hyper), hyper]));
  for (const record of mine) {
    const own = hyperOf(method);
    const changed = Object.entries(record.hyper).filter(([name, x]) => x !== own[name]);
    if (!tried.has(record.method)) tried.set(record.method, Object.fromEntries(changed));
  }
  const found = [...tried].filter(([name]) => byRun.has(name)).map(([name, hyper]) => {
    const runs = byRun.get(name)!;
    const of = (id: string) =>
      runs.flatMap(({ measures }) => Object.hasOwn(measures, id) ? [measures[id]!.value] : []);
    const values = of(measure);
    const others = claimed.filter((id) => id !== measure && of(id).length > 0);
    return {
      hyper,
      runs: runs.length,
      finished: values.length,
      ...values.length > 0 ? { value: stats.mean(values) } : {},
      ...values.length > 1 ? { stderr: stats.standardError(values) } : {},
      ...others.length > 0
        ? { claimed: Object.fromEntries(others.map((id) => [id, stats.mean(of(id))])) }
        : {},
    };
  });
  const total = (axis: keyof Budget) =>
    mine.reduce((sum, { spent }) => sum + (spent?.[axis] ?? 0), 0);
  const outcome = {
    method: method.id,
    on,
    measure,
    better: betterOf(measure, registries) === "lower" ? "lower" as const : "higher" as const,
    points: found,
    spent: { flops: total("flops"), queries: total("queries") },
  };
  const ranked = rankedPoints(outcome);
  const best = ranked.find(({ runs }) => runs > 1) ?? ranked[0];
  return { ...outcome, chosen: best?.hyper ?? {} };
}

/** What a search goes by: what the testbed is ranked by; of a reward, which has no such thing, the first measure that it has. */
export function goalOf(
  on: string,
  records: readonly RunRecord[],
  registries: ClaimRegistries,
): string {
  const { benchmark, setting } = testbedOf(on, registries);
  const { headline } = rankingOf(benchmark, setting);
  const has = (id: string) => records.some(({ measures }) => Object.hasOwn(measures, id));
  return headlineOf(headline, has, registries.measures) ?? headline;
}

export const betterOf = (measure: string, { measures }: ClaimRegistries): Measure["better"] =>
  cardOf(measures, measure).better;
