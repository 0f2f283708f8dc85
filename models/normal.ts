import type { Rng, Tensor } from "../core/mod.ts";

/** An array of normal draws of this standard deviation. */
export function normal(shape: readonly number[], rng: Rng, scale: number): Tensor {
  const n = shape.reduce((product, d) => product * d, 1);
  return { shape, data: Float32Array.from({ length: n }, () => scale * rng.normal()) };
}
