import type { RunRecord } from "../../core/mod.ts";
import { mean } from "../../stats/mod.ts";
import type { MethodRuns, TestbedRuns } from "./runs.ts";
import { own } from "./standings.ts";

/** A measure at one moment of training: mean, lowest and highest over seeds. */
export type Spread = readonly [mean: number, low: number, high: number];

export interface Point {
  /** Share of the budget's operations, 0 at the start policy. */
  readonly progress: number;
  readonly flops: number;
  readonly measures: ReadonlyMap<string, Spread>;
}
export interface Curve {
  readonly method: string;
  readonly points: readonly Point[];
}

/** How each method went: the start policy, the moments between at which it was measured, the end. */
export function curves(testbed: TestbedRuns): Curve[] {
  return testbed.runs.filter(({ finished }) => finished.some(({ curve }) => curve.length > 0)).map(
    ({ method, finished }) => ({ method, points: points(finished) }),
  );
}

function points(runs: MethodRuns["finished"]): Point[] {
  const start = { progress: 0, flops: 0, at: runs.map((run) => origin(run)) };
  const end = {
    progress: 1,
    flops: mean(runs.map(({ spent }) => spent!.flops)),
    at: runs.map(({ measures }) => measures),
  };
  // Seeds are measured a little apart: each moment of the shortest curve is met by the others' nearest.
  const between = runs.map(({ curve }) =>
    curve.filter(({ progress }) => progress > 0 && progress < 1)
  );
  const shortest = [...between].sort((a, b) => a.length - b.length)[0] ?? [];
  const moments = shortest.map(({ progress }) => {
    const at = between.map((curve) =>
      curve.reduce((best, point) =>
        Math.abs(point.progress - progress) < Math.abs(best.progress - progress) ? point : best
      )
    );
    return {
      progress: mean(at.map((point) => point.progress)),
      flops: mean(at.map(({ flops }) => flops)),
      at: at.map(({ measures }) => measures),
    };
  }).filter(({ flops }) => flops < 0.98 * end.flops);
  return [start, ...moments, end].map(({ progress, flops, at }) => ({
    progress,
    flops,
    measures: new Map(
      Object.keys(at[0] ?? {}).flatMap((id): [string, Spread][] => {
        const values = at.map((measures) => own(measures, id)?.value);
        if (!values.every((x) => x !== undefined)) return [];
        return [[id, [mean(values), Math.min(...values), Math.max(...values)]]];
      }),
    ),
  }));
}

/** The start policy's measures; its divergence from itself is 0 whether or not it was recorded. */
function origin({ start, curve }: RunRecord): RunRecord["measures"] {
  const exact = { value: 0, stderr: 0, n: 1 };
  const divergences = ["kl", "kl-per-token"].filter((id) =>
    own(start, id) === undefined && curve.some(({ measures }) => own(measures, id) !== undefined)
  );
  return { ...Object.fromEntries(divergences.map((id) => [id, exact])), ...start };
}

/** What so much divergence bought. */
export interface Purchase {
  readonly price: number;
  readonly gain: number;
}

/**
 * The most that any curve gains at each price or below, with straight lines between a curve's own
 * points and nothing beyond its ends: by price, never falling.
 */
export function frontier(curves: readonly (readonly Purchase[])[]): Purchase[] {
  const prices = [...new Set(curves.flat().map(({ price }) => price))].sort((a, b) => a - b);
  let best = -Infinity;
  return prices.map((price) => {
    for (const curve of curves) {
      curve.forEach((point, i) => {
        best = Math.max(best, gainAt(price, point, curve[i + 1] ?? point));
      });
    }
    return { price, gain: best };
  });
}

/** On the line from a to b; −∞ beside it. */
function gainAt(price: number, a: Purchase, b: Purchase): number {
  if (price < Math.min(a.price, b.price) || price > Math.max(a.price, b.price)) return -Infinity;
  if (a.price === b.price) return Math.max(a.gain, b.gain);
  return a.gain + (b.gain - a.gain) * (price - a.price) / (b.price - a.price);
}

/** One bin of a reliability curve, pooled over seeds by its place. */
export interface Reliability {
  readonly method: string;
  readonly bins: readonly { readonly n: number; readonly implied: number; readonly true: number }[];
}

export function reliability(testbed: TestbedRuns): Reliability[] {
  return testbed.runs.flatMap(({ method, finished }) => {
    const curves = finished.flatMap(({ measures }) => {
      const { bins } = own(measures, "calibration-error") ?? {};
      return bins === undefined || bins.length === 0 ? [] : [bins];
    });
    const most = Math.max(0, ...curves.map((bins) => bins.length));
    const bins = Array.from({ length: most }, (_, i) => {
      const at = curves.flatMap((bins) => bins[i] ?? []).filter(({ n }) => n > 0);
      const n = at.reduce((sum, bin) => sum + bin.n, 0);
      const pooled = (side: "implied" | "true") =>
        at.reduce((sum, bin) => sum + bin.n * bin[side], 0) / n;
      return { n, implied: pooled("implied"), true: pooled("true") };
    }).filter(({ n }) => n > 0);
    return bins.length === 0 ? [] : [{ method, bins }];
  });
}
