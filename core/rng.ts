import { createHash } from "node:crypto";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";

/**
 * A seeded stream. `split` gives a child that depends on the path of labels alone, so adding a draw
 * here never shifts the draws there.
 */
export interface Rng {
  /** In [0, 1), with 53 random bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** A whole number in [0, n). */
  below(n: number): number;
  pick<T>(xs: readonly T[]): T;
  /** A new array in random order (Fisher–Yates). */
  shuffle<T>(xs: readonly T[]): T[];
  split(label: string | number): Rng;
  /** The next child in turn, seeded by draws from here: a hundredth of a split's time, where many are needed. */
  fork(): Rng;
}

/** The stream of a seed: equal seeds give equal streams. */
export function rng(seed: string | number): Rng {
  const path = `${seed}`;
  const digest = createHash("sha256").update(path).digest();
  return stream(path, [0, 4, 8, 12].map((i) => digest.readInt32LE(i)));
}

function stream(path: string, state: readonly number[]): Rng {
  const generator = xoroshiro128plusFromState([...state]);
  const uniform = () => uniformFloat64(generator);
  const below = (n: number) => {
    if (!(Number.isInteger(n) && n > 0)) {
      throw new RangeError(`Cannot draw a number below ${n}: it must be a whole number above 0`);
    }
    return Math.floor(uniform() * n);
  };
  let spare: number | undefined;
  return {
    uniform,
    below,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    pick<T>(xs: readonly T[]): T {
      if (xs.length === 0) throw new RangeError("Cannot pick from an empty list");
      return xs[below(xs.length)]!;
    },
    shuffle<T>(xs: readonly T[]): T[] {
      const out = [...xs];
      for (let i = out.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [out[i], out[j]] = [out[j]!, out[i]!];
      }
      return out;
    },
    split: (label) => rng(`${path}/${JSON.stringify(label)}`),
    fork() {
      const state = [0, 0, 0, 0].map(() => below(2 ** 32) | 0);
      return stream(`${path}#${state}`, state);
    },
  };
}
