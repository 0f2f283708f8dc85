/** Who beats whom in `control`, by the zones that two episodes end in. */
import type { Preferences } from "../exact.ts";
import { NOWHERE, OUTCOMES } from "./world.ts";

/** P(a beats b) for these pairs, the reverse for theirs, and 1/2 for all others. */
function table(pairs: readonly (readonly [a: number, b: number, p: number])[]): Preferences {
  const rows = Array.from({ length: OUTCOMES }, () => Array<number>(OUTCOMES).fill(1 / 2));
  for (const [a, b, p] of pairs) {
    rows[a]![b] = p;
    rows[b]![a] = 1 - p;
  }
  return rows;
}
const against = (a: number, others: readonly number[], p: number) =>
  others.map((b) => [a, b, p] as const);

/** Any zone is better than none. */
const nowhere = [0, 1, 2, 3, 4].map((zone) => [zone, NOWHERE, 0.98] as const);

/** Each zone has a worth, in log-odds, the first the most. */
const worth = [2, 1.2, 0.4, -0.4, -1.2];
export const transitive = table([
  ...nowhere,
  ...worth.flatMap((r, a) =>
    worth.flatMap((s, b) => a < b ? [[a, b, 1 / (1 + Math.exp(s - r))] as const] : [])
  ),
]);

/**
 * The first zone beats each other, so that to end there is the Nash policy. The second loses to it
 * and crushes the rest, so that it wins most often against who ends anywhere.
 */
export const condorcet = table([
  ...nowhere,
  [0, 1, 0.75],
  ...against(0, [2, 3, 4], 0.62),
  ...against(1, [2, 3, 4], 0.97),
]);

/** Three zones beat each other in a circle, and the others; the fourth loses to them by the least and crushes the fifth. */
export const cycle = table([
  ...nowhere,
  [0, 1, 0.85],
  [1, 2, 0.85],
  [2, 0, 0.85],
  ...[0, 1, 2].flatMap((a) => [[a, 3, 0.6], [a, 4, 0.9]] as const),
  [3, 4, 0.97],
]);
