import type { Bin } from "../core/measure.ts";
import type { Rng } from "../core/rng.ts";
import { mean } from "./average.ts";
import { enough } from "./enough.ts";
import { sigmoid, softplus } from "./logistic.ts";
import { repetitionsOf } from "./resamples.ts";

// Throughout, p[i] is the predicted probability that an event happens and y[i] either whether it
// did (0 or 1) or its exact probability; every formula holds for both.

/** How predictions are put into bins. */
export interface Binning {
  readonly bins: number;
  /** Equal width (lo, hi], or equal numbers of predictions, of which equal ones stay together. */
  readonly by: "width" | "mass";
}

function checked(p: readonly number[], y: readonly number[]): void {
  enough("calibration", p, 1);
  if (p.length !== y.length) {
    throw new RangeError(`Cannot compare ${p.length} predictions with ${y.length} outcomes`);
  }
  for (const x of [...p, ...y]) {
    if (!(x >= 0 && x <= 1)) throw new RangeError(`Cannot calibrate ${x}: it is not a probability`);
  }
}

/** The bin of each prediction, 0 … bins − 1. */
function assign(p: readonly number[], { bins, by }: Binning): Int32Array {
  if (!(Number.isInteger(bins) && bins > 0)) {
    throw new RangeError(`Cannot sort predictions into ${bins} bins: it must be a whole number`);
  }
  const out = new Int32Array(p.length);
  if (by === "width") {
    p.forEach((x, i) => {
      // The product may round past an edge, so the edges themselves decide.
      let bin = Math.min(bins - 1, Math.max(0, Math.ceil(x * bins) - 1));
      if (bin > 0 && x <= bin / bins) bin--;
      else if (x > (bin + 1) / bins) bin++;
      out[i] = bin;
    });
    return out;
  }
  const order = p.map((_, i) => i).sort((i, j) => p[i]! - p[j]!);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    // 1 − σ(x) and σ(−x) are the same prediction, a rounding apart.
    while (to < order.length && p[order[to]!]! - p[order[from]!]! < 1e-12) to++;
    const bin = Math.floor(bins * (from + to) / (2 * order.length));
    for (let i = from; i < to; i++) out[order[i]!] = bin;
    from = to;
  }
  return out;
}

/** The reliability curve: mean prediction against mean outcome in every bin that is not empty. */
export function reliability(p: readonly number[], y: readonly number[], binning: Binning): Bin[] {
  checked(p, y);
  return curve(p, y, assign(p, binning), binning.bins);
}

function curve(
  p: readonly number[],
  y: readonly number[],
  bin: Int32Array,
  bins: number,
): Bin[] {
  const sums = Array.from({ length: bins }, () => ({ n: 0, implied: 0, true: 0 }));
  bin.forEach((b, i) => {
    sums[b]!.n++;
    sums[b]!.implied += p[i]!;
    sums[b]!.true += y[i]!;
  });
  return sums.filter(({ n }) => n > 0).map((sum) => ({
    n: sum.n,
    implied: sum.implied / sum.n,
    true: sum.true / sum.n,
  }));
}

function weighted(bins: readonly Bin[], f: (bin: Bin) => number): number {
  enough("a calibration error", bins, 1);
  let [sum, n] = [0, 0];
  for (const bin of bins) {
    sum += bin.n * f(bin);
    n += bin.n;
  }
  return sum / n;
}

/** Expected calibration error: Σ_b (n_b / N) · |mean prediction − mean outcome|. */
export function ece(bins: readonly Bin[]): number {
  return weighted(bins, (bin) => Math.abs(bin.implied - bin.true));
}

/** Maximum calibration error. */
export function mce(bins: readonly Bin[]): number {
  enough("a calibration error", bins, 1);
  return Math.max(...bins.map((bin) => Math.abs(bin.implied - bin.true)));
}

/** Root mean square calibration error. */
export function rmsce(bins: readonly Bin[]): number {
  return Math.sqrt(weighted(bins, (bin) => (bin.implied - bin.true) ** 2));
}

/**
 * Murphy's split of the Brier score: reliability − resolution + uncertainty, equal to it where the
 * predictions of a bin are equal.
 */
export function murphy(bins: readonly Bin[]): {
  readonly reliability: number;
  readonly resolution: number;
  readonly uncertainty: number;
} {
  const rate = weighted(bins, (bin) => bin.true);
  return {
    reliability: weighted(bins, (bin) => (bin.implied - bin.true) ** 2),
    resolution: weighted(bins, (bin) => (bin.true - rate) ** 2),
    uncertainty: rate * (1 - rate),
  };
}

/** E (p − Y)² for Y = 1 with probability y: p² − 2py + y, which is (p − y)² for an observed y. */
export function brier(p: number, y: number): number {
  return p * p - 2 * p * y + y;
}

/** E −log P(Y) in nats, from the prediction's logit, so that certainty costs what it should. */
export function nll(logit: number, y: number): number {
  return (y > 0 ? y * softplus(-logit) : 0) + (y < 1 ? (1 - y) * softplus(logit) : 0);
}

/**
 * Each comparison in both orders, (p, y) and (1 − p, 1 − y): data that always name the winner first
 * would otherwise have y = 1 throughout, and calibration error would only measure 1 − mean p.
 */
export function symmetrise(p: readonly number[], y: readonly number[]): [number[], number[]] {
  return [[...p, ...p.map((x) => 1 - x)], [...y, ...y.map((x) => 1 - x)]];
}

/** The confidence of the likelier outcome, max(p, 1 − p), and the probability that it happens. */
export function topLabel(p: readonly number[], y: readonly number[]): [number[], number[]] {
  return [p.map((x) => Math.max(x, 1 - x)), y.map((x, i) => p[i]! >= 0.5 ? x : 1 - x)];
}

/** How the bias of a calibration error is found. */
export interface DebiasOptions extends Binning {
  /** Score every comparison in both orders. */
  readonly symmetric: boolean;
  /** What `y` is: drawn labels, or the exact probabilities they would be drawn with. */
  readonly outcomes: "drawn" | "exact";
  readonly rng: Rng;
  /** Resamples of the null, 100 by default. */
  readonly repetitions?: number;
}

/** A calibration error less its bias. */
export interface Debiased {
  /** `raw` − `bias`: below 0 where the error is smaller than chance alone would make it. */
  readonly value: number;
  readonly raw: number;
  readonly bias: number;
  readonly bins: readonly Bin[];
  /** One number a comparison with mean `raw`, linear in its outcome: for a standard error. */
  readonly contributions: readonly number[];
}

/**
 * Expected calibration error less its mean over resamples of a perfectly calibrated world, in
 * which every prediction and bin is kept and the outcomes alone are made again. Drawn labels are
 * drawn anew with probability p. Exact probabilities carry no labelling noise, so there each
 * comparison keeps the size of its distance from p, less its bin's mean, and takes a random sign.
 */
export function debiasedEce(
  p: readonly number[],
  y: readonly number[],
  options: DebiasOptions,
): Debiased {
  checked(p, y);
  const [ps, ys] = options.symmetric ? symmetrise(p, y) : [p, y];
  const bin = assign(ps, options);
  const gaps = new Float64Array(options.bins);
  const sizes = new Int32Array(options.bins);
  bin.forEach((b, i) => {
    gaps[b]! += ps[i]! - ys[i]!;
    sizes[b]!++;
  });
  const error = (gap: Float64Array) => gap.reduce((sum, g) => sum + Math.abs(g), 0) / ps.length;

  const repetitions = repetitionsOf(options.repetitions ?? 100);
  const resampled = new Float64Array(options.bins);
  let bias = 0;
  for (let r = 0; r < repetitions; r++) {
    resampled.fill(0);
    for (let i = 0; i < p.length; i++) {
      const [b, u] = [bin[i]!, options.rng.uniform()];
      const distance = options.outcomes === "drawn"
        ? p[i]! - (u < p[i]! ? 1 : 0)
        : (p[i]! - y[i]! - gaps[b]! / sizes[b]!) * (u < 0.5 ? 1 : -1);
      resampled[b]! += distance;
      if (options.symmetric) resampled[bin[p.length + i]!]! -= distance;
    }
    bias += error(resampled) / repetitions;
  }

  const raw = error(gaps);
  const contributions = p.map((x, i) => {
    const direct = Math.sign(gaps[bin[i]!]!) * (x - y[i]!);
    if (!options.symmetric) return direct;
    return (direct - Math.sign(gaps[bin[p.length + i]!]!) * (x - y[i]!)) / 2;
  });
  return { value: raw - bias, raw, bias, bins: curve(ps, ys, bin, options.bins), contributions };
}

/**
 * The scale s that maximises the likelihood of σ(s·logit) (Platt's without a bias), by Newton's
 * method kept inside a bracket. ±∞ where the outcomes are certain and the logits' signs tell them
 * all; a RangeError where every logit is 0.
 */
export function bestScale(logits: readonly number[], y: readonly number[]): number {
  checked(logits.map(sigmoid), y);
  const unit = Math.max(...logits.map(Math.abs));
  if (!(unit > 0 && Number.isFinite(unit))) {
    throw new RangeError(`Cannot scale logits of which the largest is ${unit}`);
  }
  // A logit of 0 has nothing to say about s.
  const points = logits.map((logit, i) => ({ x: logit / unit, y: y[i]! })).filter(({ x }) =>
    x !== 0
  );
  // The slope of the mean log-likelihood; it falls with s.
  const slope = (s: number) => mean(points.map(({ x, y }) => x * (y - sigmoid(s * x))));
  const curvature = (s: number) =>
    mean(points.map(({ x }) => x * x * sigmoid(s * x) * sigmoid(-s * x)));
  if (slope(Infinity) >= 0) return Infinity;
  if (slope(-Infinity) <= 0) return -Infinity;

  let [low, high] = [-1, 1];
  while (slope(low) < 0) low *= 2;
  while (slope(high) > 0) high *= 2;
  let s = 0;
  for (let i = 0; i < 200; i++) {
    const g = slope(s);
    if (g > 0) low = s;
    else high = s;
    const newton = s + g / curvature(s);
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - s) <= 1e-14 * Math.abs(next)) return next / unit;
    s = next;
  }
  return s / unit;
}
