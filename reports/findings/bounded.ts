/** A value whose 95 % interval is known. */
export interface Bounded {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
