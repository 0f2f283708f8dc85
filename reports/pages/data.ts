import { axis, type Picture, type Shown, type Tree } from "../../core/mod.ts";
import type { BesideMeasure, Reach } from "../findings/beside.ts";
import { curves, frontier, reliability } from "../findings/curves.ts";
import { winMatrix } from "../findings/duels.ts";
import type { Findings } from "../findings/findings.ts";
import { colours, dashes, type Look, markers } from "../parts/palette.ts";
import type { MethodRuns, TestbedRuns } from "../findings/runs.ts";
import { average, type Standing } from "../findings/standings.ts";
import { label } from "../findings/label.ts";

/**
 * What the page's scripts draw from: one JSON block. Methods are named by their index, numbers are
 * rounded to five significant digits, absent parts are null.
 */
export interface PageData {
  readonly methods: readonly (Look & { readonly id: string })[];
  readonly markers: typeof markers;
  readonly colours: typeof colours;
  readonly dashes: typeof dashes;
  readonly measures: { readonly [id: string]: MeasureData };
  readonly testbeds: readonly TestbedData[];
  /** Index of the testbed that the page opens with. */
  readonly lead: number;
}
export interface MeasureData {
  readonly title: string;
  /** "win-rate, higher is better". */
  readonly axis: string;
  readonly better: "higher" | "lower" | "neither";
}
/** [mean, lowest, highest] or [value, low, high]. */
export type Triple = readonly [number, number, number];
export interface TestbedData {
  readonly key: string;
  readonly label: string;
  readonly headline: string | null;
  /** The measure on the frontier's upright axis. */
  readonly bought: string | null;
  readonly budget: { readonly flops: number; readonly queries: number };
  readonly curves: readonly CurveData[];
  /** Measures that at least one curve has. */
  readonly drawn: readonly string[];
  /** [kl, bought]: the most that any method has at each price, and the exact optimum where it is known. */
  readonly frontier: readonly (readonly [number, number])[];
  readonly optimum: readonly (readonly [number, number])[] | null;
  readonly reliability: readonly {
    readonly m: number;
    /** [implied, true, n]. */
    readonly bins: readonly Triple[];
  }[];
  readonly wins: {
    readonly methods: readonly number[];
    /** [row][column − row − 1]: [value, low, high, decided], or null; the other way round it is 1 less each. */
    readonly pairs: readonly (readonly (readonly [number, number, number, 0 | 1] | null)[])[];
  } | null;
  /** Mean over runs of the operations by activity, of labels, and steps. */
  readonly ledger: readonly {
    readonly m: number;
    readonly by: readonly [number, number, number, number];
    readonly queries: number;
    readonly steps: number;
  }[];
  readonly samples: SamplesData | null;
  /** What judges and people made of methods, by measure. */
  readonly judged: readonly JudgedData[];
}
export interface JudgedData {
  readonly id: string;
  readonly title: string;
  readonly sources: readonly string[];
  readonly rows: readonly {
    readonly m: number;
    readonly exact: Triple | null;
    /** By source. */
    readonly values: readonly (Triple | null)[];
  }[];
}
export interface CurveData {
  readonly m: number;
  readonly progress: readonly number[];
  readonly flops: readonly number[];
  readonly measures: { readonly [id: string]: readonly Triple[] };
  /** The last point with its 95 % interval. */
  readonly end: { readonly [id: string]: Triple };
}
export interface SamplesData {
  readonly seed: number;
  readonly prompts: readonly {
    readonly prompt: string;
    readonly promptPicture?: Picture;
    readonly start: Shown;
    readonly ends: readonly (Shown & { readonly m: number })[];
  }[];
  /** What methods learned from was found by these, of that seed. */
  readonly searches: readonly {
    readonly m: number;
    readonly prompt: string;
    readonly tree: Tree;
  }[];
}

/** What the truth's frontier is in units of. */
const REWARD = "reward";
/** Measures whose intervals stand at the ends of curves. */
const ENDS = ["kl", "length", "fluency"];

export function pageData(found: Findings, look: (method: string) => Look): PageData {
  const ids = [...new Set([...ENDS, ...found.testbeds.flatMap(({ measures }) => measures)])];
  return {
    methods: found.methods.map((id) => ({ id: label(id), ...look(id) })),
    markers,
    colours,
    dashes,
    measures: Object.fromEntries(ids.map((id) => {
      const known = found.measures.of(id);
      return [id, { title: known.title, axis: axis(known), better: known.better }];
    })),
    testbeds: found.testbeds.map((testbed) => testbedData(found, testbed)),
    lead: Math.max(0, found.testbeds.findIndex((testbed) => testbed === found.lead)),
  };
}

function testbedData(found: Findings, testbed: TestbedRuns): TestbedData {
  const index = new Map(found.methods.map((method, i) => [method, i]));
  const ranked = found.standing(testbed)?.rows.map(({ method }) => method) ?? [];
  const place = new Map(ranked.map((method, i) => [method, i]));
  // Everywhere in the order of the leaderboard, methods without a rank last.
  const runs = [...testbed.runs].sort((a, b) =>
    (place.get(a.method) ?? Infinity) - (place.get(b.method) ?? Infinity) || 0
  );
  const ordered = { ...testbed, runs };
  const all = curves(ordered);
  const drawable = (id: string) =>
    all.some(({ points }) => points.some(({ measures }) => measures.has(id)));
  // The exact optimum is known in units of the reward; without one, what it is ranked by is bought.
  const gain = [REWARD, ...testbed.headline === undefined ? [] : [testbed.headline]].find(drawable);
  const standings = [...ENDS, ...gain === undefined ? [] : [gain]].flatMap(
    (id): [string, Standing][] => {
      const standing = found.standing(testbed, id);
      return standing === undefined ? [] : [[id, standing]];
    },
  );
  const drawn = testbed.measures.filter(drawable);
  const sign = gain !== undefined && found.measures.of(gain).better === "lower" ? -1 : 1;
  // Straight lines between points are drawn over the root of KL, so they are drawn between here too.
  const bargains = gain === undefined
    ? []
    : all.map(({ points }) =>
      points.flatMap(({ measures }) => {
        const [kl, value] = [measures.get("kl")?.[0], measures.get(gain)?.[0]];
        return kl === undefined || value === undefined
          ? []
          : [{ price: Math.sqrt(Math.max(0, kl)), gain: sign * value }];
      })
    );
  const optimum = gain === REWARD
    ? testbed.runs.flatMap(({ records }) => records).find(({ truth }) => truth.frontier)?.truth
      .frontier
    : undefined;
  const matrix = winMatrix(ordered);
  return {
    key: testbed.key,
    label: label(testbed.key, 48),
    headline: testbed.headline ?? null,
    bought: gain ?? null,
    budget: testbed.budget,
    drawn,
    curves: all.map(({ method, points }) => ({
      m: index.get(method)!,
      progress: points.map(({ progress }) => digits(progress)),
      flops: points.map(({ flops }) => digits(flops)),
      measures: Object.fromEntries(drawn.flatMap((id) => {
        const spreads = points.map(({ measures }) => measures.get(id));
        if (!spreads.every((spread) => spread !== undefined)) return [];
        return [[id, spreads.map(([mean, low, high]) => triple(mean, low, high))]];
      })),
      end: Object.fromEntries(standings.flatMap(([id, { rows }]) => {
        const row = rows.find((row) => row.method === method);
        if (row === undefined || row.estimate.over === "nothing") return [];
        const { value, low, high } = row.estimate;
        return [[id, triple(value, low, high)]];
      })),
    })),
    frontier: frontier(bargains).map((
      { price, gain },
    ) => [digits(price ** 2), digits(sign * gain)]),
    optimum: optimum?.map(({ kl, reward }) => [digits(kl), digits(reward)] as const) ?? null,
    reliability: reliability(ordered).map(({ method, bins }) => ({
      m: index.get(method)!,
      bins: bins.map((bin) => triple(bin.implied, bin.true, bin.n)),
    })),
    wins: matrix === undefined ? null : {
      methods: matrix.methods.map((method) => index.get(method)!),
      pairs: matrix.wins.map((row, r) =>
        row.slice(r + 1).map((win) =>
          win === undefined
            ? null
            : [...triple(win.value, win.low, win.high), win.decided ? 1 : 0] as const
        )
      ),
    },
    ledger: ledger(runs, index),
    samples: samples(runs, index),
    judged: found.beside(testbed).measures.map((measure) => judgedData(measure, index)),
  };
}

function judgedData(
  { id, title, sources, rows }: BesideMeasure,
  index: ReadonlyMap<string, number>,
): JudgedData {
  const short = (reach: Reach | undefined) => reach === undefined ? null : triple(...reach);
  return {
    id,
    title,
    sources,
    rows: rows.map(({ method, exact, values }) => ({
      m: index.get(method)!,
      exact: short(exact),
      values: values.map(short),
    })),
  };
}

function ledger(
  runs: TestbedRuns["runs"],
  index: ReadonlyMap<string, number>,
): TestbedData["ledger"] {
  return runs.flatMap(({ method, records }) => {
    const paid = records.filter(({ outcome }) => outcome === "ok" || outcome === "diverged");
    if (paid.length === 0) return [];
    const over = (pick: (record: MethodRuns["records"][number]) => number) =>
      digits(average(paid.map(pick))!);
    return [{
      m: index.get(method)!,
      by: [
        over(({ spent }) => spent!.by.training),
        over(({ spent }) => spent!.by.reference),
        over(({ spent }) => spent!.by.sampling),
        over(({ spent }) => spent!.by["reward model"]),
      ] as const,
      queries: over(({ spent }) => spent!.queries),
      steps: over(({ steps }) => steps),
    }];
  });
}

/** So many steps of one answer are shown, and so many characters of each. */
const LONGEST = 400;
const LONG = 4000;
/** So many prompts a testbed: those that every shown method has come first in the records' order. */
const PROMPTS = 8;

/** The answers of one seed, the lowest with samples; prompts are the records', which chose them at random. */
function samples(
  runs: TestbedRuns["runs"],
  index: ReadonlyMap<string, number>,
): SamplesData | null {
  const having = runs.flatMap(({ finished }) => finished).filter(({ samples }) =>
    samples.length > 0
  );
  const seed = Math.min(...having.map((record) => record.seed));
  const chosen = having.filter((record) => record.seed === seed);
  const prompts = [
    ...new Set(chosen.flatMap(({ samples }) => samples.map(({ prompt }) => prompt))),
  ];
  if (prompts.length === 0) return null;
  return {
    seed,
    prompts: prompts.slice(0, PROMPTS).map((prompt) => {
      const found = chosen.flatMap(({ method, samples }) => {
        const sample = samples.find((sample) => sample.prompt === prompt);
        return sample === undefined ? [] : [{ method, sample }];
      });
      const { promptPicture } = found[0]!.sample;
      return {
        prompt: prompt.slice(0, LONG),
        ...promptPicture ? { promptPicture } : {},
        start: shortened(found[0]!.sample.start),
        ends: found.map(({ method, sample }) => ({
          m: index.get(method)!,
          ...shortened(sample.end),
        })),
      };
    }),
    searches: chosen.flatMap(({ method, searches = [] }) =>
      searches.map(({ prompt, tree }) => (
        { m: index.get(method)!, prompt: prompt.slice(0, LONG), tree: trimmed(tree) }
      ))
    ),
  };
}

function shortened({ steps, logRatios, reward, told, said, tree, ...seen }: Shown): Shown {
  const rest = steps.length - LONGEST;
  return {
    ...seen,
    steps: [
      ...steps.slice(0, LONGEST).map(cut),
      ...rest > 0 ? [` … (${rest} more steps)`] : [],
    ],
    logRatios: logRatios.slice(0, LONGEST).map((x) => Number(x.toFixed(2))),
    ...(reward === undefined ? {} : { reward: digits(reward) }),
    ...(told === undefined ? {} : { told: told.map(cut) }),
    ...(said === undefined
      ? {}
      : { said: [...said.slice(0, LONGEST).map(cut), ...rest > 0 ? [""] : []] }),
    ...(tree === undefined ? {} : { tree: trimmed(tree) }),
  };
}

const cut = (text: string): string => text.slice(0, LONG);
const trimmed = ({ text, next, ...rest }: Tree): Tree => (
  { text: cut(text), ...rest, next: next.map(trimmed) }
);

const digits = (x: number): number => Number(x.toPrecision(5));
const triple = (a: number, b: number, c: number): Triple => [digits(a), digits(b), digits(c)];
