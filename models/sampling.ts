import type { Rng, SampleOptions } from "../core/mod.ts";

/** One draw from a softmax, with its log-probability at temperature 1 and nothing cut off. */
export interface DrawnToken {
  readonly token: number;
  readonly logp: number;
}

/** Refuses sampling options that mean nothing. */
export function checkSampling({ temperature = 1, topK = 0, topP = 1 }: SampleOptions): void {
  if (!(temperature >= 0 && temperature < Infinity)) {
    throw new RangeError(`Cannot sample at temperature ${temperature}: it must be 0 or above`);
  }
  if (!Number.isInteger(topK) || topK < 0) {
    throw new RangeError(
      `Cannot sample from the top ${topK} tokens: it must be a whole number from 0`,
    );
  }
  if (!(topP > 0 && topP <= 1)) {
    throw new RangeError(`Cannot sample with top-p ${topP}: it must be above 0 and at most 1`);
  }
}

/** Whether these options ask for the policy itself. */
export const isPlain = ({ temperature = 1, topK = 0, topP = 1 }: SampleOptions): boolean =>
  temperature === 1 && topK === 0 && topP === 1;

/** A uniform on a grid that a single-precision product with a total cannot round up to it. */
export const uniform22 = (rng: Rng): number => Math.floor(rng.uniform() * 2 ** 22) / 2 ** 22;

/** A sampler over rows of `width` scores (logits or log-probabilities); it owns its scratch space. */
export function sampler(width: number, options: SampleOptions = {}) {
  checkSampling(options);
  const { temperature = 1, topK = 0, topP = 1 } = options;
  const weights = new Float64Array(width);
  const plain = isPlain(options);
  const order = plain ? [] : Array.from({ length: width }, (_, i) => i);

  return (scores: ArrayLike<number>, rng: Rng): DrawnToken => {
    let top = 0;
    for (let i = 1; i < width; i++) if (!(scores[i]! <= scores[top]!)) top = i;
    const highest = scores[top]!;
    if (!(highest > -Infinity && highest < Infinity)) {
      throw new RangeError(`Cannot sample: the highest score is ${highest}`);
    }
    let total = 0;
    for (let i = 0; i < width; i++) total += weights[i] = Math.exp(scores[i]! - highest);
    const logp = (token: number) => scores[token]! - highest - Math.log(total);
    if (temperature === 0) return { token: top, logp: logp(top) };
    if (plain) {
      const token = spin(weights, total, uniform22(rng), top);
      return { token, logp: logp(token) };
    }
    let kept = 0;
    for (let i = 0; i < width; i++) {
      kept += weights[i] = Math.exp((scores[i]! - highest) / temperature);
    }
    if (topK > 0 || topP < 1) {
      // Equal scores keep their order, so that a cut between them is the same everywhere.
      order.sort((a, b) => scores[b]! - scores[a]! || a - b);
      // The k likeliest are a distribution of their own, of which top-p then takes its share.
      const whole = order.slice(0, topK || width).reduce((sum, i) => sum + weights[i]!, 0);
      kept = 0;
      order.forEach((i, place) => {
        const inside = (topK === 0 || place < topK) && (place === 0 || kept < topP * whole);
        if (inside) kept += weights[i]!;
        else weights[i] = 0;
      });
    }
    const token = spin(weights, kept, uniform22(rng), top);
    return { token, logp: logp(token) };
  };
}

/** Inverse of the cumulative distribution; rounding at the far end falls to `fallback`. */
function spin(weights: Float64Array, total: number, u: number, fallback: number): number {
  let left = u * total;
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i]!;
    if (left < 0) return i;
  }
  return fallback;
}
