import type { Answer, Prompt, Rng } from "../core/mod.ts";

/** One moment of a diffusion: how noised a point is then, and the step that a denoiser takes from it. */
export interface Moment {
  /** ᾱ: the share of a point's variance that is the result's. */
  readonly signal: number;
  /** s²: the variance of the step to the moment before. */
  readonly variance: number;
  /** The mean of that step is `stay` times the point and `move` times the result as guessed. */
  readonly stay: number;
  readonly move: number;
  /** Nats that a squared error of the guess costs at this step: move²/2s². */
  readonly weight: number;
}

/** How noise is added, from moment to moment. */
export interface ScheduleShape {
  /** Moments T; the step from the first is to the result itself, and certain. */
  readonly steps: number;
  /** Signal to noise at the first moment and at the last. */
  readonly snr: readonly [number, number];
}

/**
 * The moments of a diffusion by number, from 0, the result itself, to T, all but noise. The logarithm of
 * signal to noise falls evenly, and steps have the variance of the true posterior (arXiv 2006.11239).
 * A high ratio at the first moment makes steps so sure of themselves that policies whose results
 * look alike are hundreds of nats apart.
 */
export function schedule({ steps, snr: [first, last] }: ScheduleShape): readonly Moment[] {
  const fall = Math.log(last / first) / (steps - 1);
  const signals = Array.from({ length: steps + 1 }, (_, t) => {
    const ratio = first * Math.exp(fall * (t - 1));
    return t === 0 ? 1 : ratio / (1 + ratio);
  });
  return signals.map((signal, t): Moment => {
    if (t === 0) return { signal, variance: 0, stay: 1, move: 0, weight: 0 };
    const before = signals[t - 1]!;
    const variance = (1 - before) / (1 - signal) * (1 - signal / before);
    const stay = Math.sqrt((1 - before - variance) / (1 - signal));
    const move = Math.sqrt(before) - stay * Math.sqrt(signal);
    return { signal, variance, stay, move, weight: t === 1 ? 0 : move ** 2 / (2 * variance) };
  });
}

export const normals = (n: number, rng: Rng): number[] =>
  Array.from({ length: n }, () => rng.normal());

/** A result as it is at a moment under this noise, for a step to read; `weight` turns its error into nats. */
export function seenAt(
  prompt: Prompt,
  result: Float32Array,
  { time, moment: { signal }, noise, weight }: {
    readonly time: number;
    readonly moment: Moment;
    readonly noise: readonly number[];
    readonly weight: number;
  },
): Answer {
  const [kept, added] = [Math.sqrt(signal), Math.sqrt(1 - signal)];
  const points = result.map((x, i) => kept * x + added * noise[i]!);
  return { prompt, tokens: [], length: 1, numbers: { of: "glance", points, result, time, weight } };
}
