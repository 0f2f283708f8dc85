import type { Absent } from "./measure.ts";

/**
 * A loss on the catalogue's test vector: log π(y_w) = −5 over 4 tokens and log π(y_l) = −4 over 5,
 * under the reference −6 and −4.5, each spread evenly over its tokens.
 */
export interface Golden {
  readonly value: number;
  /** With the policy at its reference. */
  readonly start: number;
  /** Whether it is of means over tokens: it stays the same where every token is said twice. */
  readonly perToken: boolean;
  /** d value / d log-probability of one token, by the name of the answer; [least, most] over its tokens. */
  readonly slopes: { readonly [name: string]: readonly [number, number] };
}
/** By the id of a method; absent where a method has no single loss, or one that numbers alone do not give. */
export type Goldens = ReadonlyMap<string, Golden | Absent>;

/** A loss on one pair, by nats that the better answer has gained on the worse; slope is d value / d margin. */
export type LossCurve = readonly {
  readonly margin: number;
  readonly value: number;
  readonly slope: number;
}[];
/** By the id of a method; without those whose loss is not one of a pair's log-probabilities. */
export type LossCurves = ReadonlyMap<string, LossCurve>;
