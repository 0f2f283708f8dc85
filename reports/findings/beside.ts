import { type Judged, type JudgedEstimate, type Rng, rng } from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import { label } from "./label.ts";
import { FEWEST, judgeName, type Opinion, type Opinions } from "./opinions.ts";
import type { Catalogue, TestbedRuns } from "./runs.ts";
import type { Standing } from "./standings.ts";

/** What judges and people make of methods, beside the truth. */

/** [value, low, high]; the three are equal where there is no interval. */
export type Reach = readonly [number, number, number];

/** What of a report's findings it draws from. */
export interface Known {
  readonly methods: readonly string[];
  readonly catalogue: Pick<Catalogue, "judged">;
  readonly opinions: Opinions | undefined;
  standing(testbed: TestbedRuns, measure?: string): Standing | undefined;
}

/** One measure of protocols on one testbed, from every judge that has it. */
export interface BesideMeasure {
  readonly id: string;
  readonly title: string;
  readonly sources: readonly string[];
  readonly rows: readonly {
    readonly method: string;
    readonly exact: Reach | undefined;
    /** By source. */
    readonly values: readonly (Reach | undefined)[];
  }[];
  /** How each source orders the methods against the exact order: Kendall's τ-b and the methods it is over. */
  readonly orders: readonly { readonly tau: number | undefined; readonly n: number }[];
}

/** How far the preferences of one judge, or of all voters, lie above the true ones on the same answers. */
export interface Shifts {
  readonly name: string;
  /** Judgements whose truth is known. */
  readonly n: number;
  readonly by: ReadonlyMap<string, stats.DrawnMean>;
}

export interface Beside {
  readonly files: readonly Judged[];
  readonly measures: readonly BesideMeasure[];
  /** People come last. */
  readonly shifts: readonly Shifts[];
  /** In the leaderboard's order. */
  readonly methods: readonly string[];
}

/** What all voters together go by among the judges. */
const PEOPLE = "people";
/** What every comparison gives, and the leaderboard has it exactly. */
const WIN_RATE = "win-rate";
/** Resamples of an interval: 4,000 place its ends to a fiftieth of its width. */
const REPETITIONS = 4000;

export function beside(found: Known, testbed: TestbedRuns): Beside {
  const first = found.standing(testbed)?.rows.map(({ method }) => method) ?? [];
  const methods = [...new Set([...first, ...found.methods])];
  const { judged = [] } = found.catalogue;
  const files = judged.filter(({ on }) => on === testbed.key);
  const here = (all: readonly Opinion[] = []) => all.filter((one) => one.testbed === testbed.key);
  const votes = here(found.opinions?.votes);
  const judgements = here(found.opinions?.judgements);
  return {
    files,
    methods,
    measures: measures(found, testbed, files, votes, methods),
    shifts: [
      ...files.map((file) => ({
        name: judgeName(file),
        all: judgements.filter(({ judge }) => judged[judge] === file),
      })),
      { name: PEOPLE, all: votes },
    ].map(({ name, all }) => shifts(name, all, testbed)).filter(({ n }) => n > 0),
  };
}

function measures(
  found: Known,
  testbed: TestbedRuns,
  files: readonly Judged[],
  votes: readonly Opinion[],
  methods: readonly string[],
): BesideMeasure[] {
  const titles = new Map<string, string>();
  for (const { measures, rows } of files) {
    for (const [id, { title, unit }] of Object.entries(measures)) {
      // Only what is known exactly too can be held against it.
      const comparable = rows.some(({ exact = {}, estimates }) =>
        estimate(estimates, id) && (id === WIN_RATE || estimate(exact, id))
      );
      if (comparable && !titles.has(id)) titles.set(id, unit ? `${title} (${unit})` : title);
    }
  }
  if (votes.length > 0 && !titles.has(WIN_RATE)) titles.set(WIN_RATE, "Win-rate");
  const people = voted(votes);
  const board = found.standing(testbed, WIN_RATE)?.rows ?? [];
  return [...titles].map(([id, title]) => {
    const having = files.filter(({ rows }) =>
      rows.some(({ estimates }) => estimate(estimates, id))
    );
    const asked = id === WIN_RATE && votes.length > 0;
    const rows = methods.map((method) => {
      const own = having.map(({ rows }) => rows.find(({ model }) => model === method));
      const exact = (id === WIN_RATE
        ? board.find((row) => row.method === method)?.estimate
        : undefined) ??
        own.map((row) => estimate(row?.exact ?? {}, id)).find((one) => one !== undefined);
      return {
        method,
        exact: exact && reach(exact),
        values: [
          ...own.map((row) => {
            const one = estimate(row?.estimates ?? {}, id);
            return one && reach(one);
          }),
          ...asked ? [people.get(method)] : [],
        ],
      };
    });
    const sources = [...having.map(judgeName), ...asked ? [PEOPLE] : []];
    return {
      id,
      title: label(title, 80),
      sources: sources.map((name) => label(name, 48)),
      orders: sources.map((_, i) => {
        const both = rows.flatMap(({ exact, values }) => {
          const value = values[i];
          return exact && value ? [[exact[0], value[0]] as const] : [];
        });
        // Of two methods there is one pair: no correlation.
        const tau = both.length < 3
          ? undefined
          : stats.kendall(both.map(([x]) => x), both.map(([, y]) => y));
        return { tau, n: both.length };
      }),
      rows: rows.filter(({ values }) => values.some((value) => value !== undefined)),
    };
  });
}

const estimate = (
  all: { readonly [id: string]: JudgedEstimate },
  id: string,
): JudgedEstimate | undefined => Object.hasOwn(all, id) ? all[id] : undefined;

const reach = (
  { value, low = value, high = value }: Pick<JudgedEstimate, "value" | "low" | "high">,
): Reach => [value, low, high];

const streams = (testbed: TestbedRuns) => rng("report").split(testbed.key).split("judges");

/**
 * People's win-rates of methods against the start policy, prompts counting alike. Votes are few, and
 * a bootstrap of few has too little width, or none: the interval is Wilson's over prompts.
 */
function voted(votes: readonly Opinion[]): ReadonlyMap<string, Reach> {
  return new Map([...Map.groupBy(votes, ({ method }) => method)].map(([method, own]) => {
    const prompts = [...Map.groupBy(own, ({ prompt }) => prompt).values()].map((votes) =>
      stats.mean(votes.map(({ preference }) => preference))
    );
    const value = stats.mean(prompts);
    return [
      method,
      reach({ value, ...stats.wilson(value * prompts.length, prompts.length) }),
    ];
  }));
}

function shifts(name: string, all: readonly Opinion[], testbed: TestbedRuns): Shifts {
  const known = all.flatMap(({ truth, preference, ...of }) =>
    truth === undefined ? [] : [{ ...of, value: preference - truth }]
  );
  const random = streams(testbed).split("shift").split(name);
  return {
    name,
    n: known.length,
    by: new Map([...Map.groupBy(known, ({ method }) => method)].map(([method, own]) => [
      method,
      meanShift(own, random.split(method)),
    ])),
  };
}

function meanShift(
  own: readonly { readonly prompt: string; readonly seed: number; readonly value: number }[],
  random: Rng,
): stats.DrawnMean {
  const mean = stats.drawnMean(own, { rng: random, repetitions: REPETITIONS });
  return mean.n < FEWEST ? { ...mean, interval: undefined } : mean;
}
