import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Chance on a page: `rng` seeds itself by a hash that a browser has no synchronous counterpart of. */
export interface Chance {
  /** In [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** An index, by weights that add up to 1. */
  among(weights: ArrayLike<number>): number;
}

/** The stream of a whole number: equal seeds, equal streams. */
export function chance(seed: number): Chance {
  const generator = xoroshiro128plus(seed);
  const uniform = () => uniformFloat64(generator);
  // The first numbers of neighbouring seeds are alike.
  for (let i = 0; i < 20; i++) generator.next();
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    among(weights) {
      let left = uniform();
      for (let i = 0; i < weights.length - 1; i++) {
        left -= weights[i]!;
        if (left < 0) return i;
      }
      return weights.length - 1;
    },
  };
}
