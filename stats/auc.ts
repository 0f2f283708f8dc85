import { mean } from "./average.ts";

/**
 * The probability that a score of `positive` exceeds one of `negative`, ties half, and its standard
 * error over clusters (DeLong et al. 1988; Obuchowski 1997): scores of one cluster stand or fall
 * together. RangeError where a side is empty, or there is but one cluster.
 */
export function areaUnderCurve(
  positive: readonly { readonly score: number; readonly cluster: string }[],
  negative: readonly { readonly score: number; readonly cluster: string }[],
): { readonly value: number; readonly stderr: number } {
  if (positive.length === 0 || negative.length === 0) {
    throw new RangeError(
      `Cannot compare ${positive.length} positive scores with ${negative.length} negative ones: both must be there`,
    );
  }
  const above = (a: number, b: number) => (Math.sign(a - b) + 1) / 2;
  const won = positive.map(({ score }) => mean(negative.map((b) => above(score, b.score))));
  const lost = negative.map(({ score }) => mean(positive.map((a) => above(a.score, score))));
  const value = mean(won);
  // How far each cluster moves the mean.
  const pulls = new Map<string, number>();
  const pull = (cluster: string, by: number) => pulls.set(cluster, (pulls.get(cluster) ?? 0) + by);
  positive.forEach(({ cluster }, i) => pull(cluster, (won[i]! - value) / positive.length));
  negative.forEach(({ cluster }, j) => pull(cluster, (lost[j]! - value) / negative.length));
  const n = pulls.size;
  if (n < 2) throw new RangeError("Cannot give a standard error: there must be two clusters");
  const squares = pulls.values().reduce((sum, by) => sum + by * by, 0);
  return { value, stderr: Math.sqrt(squares * n / (n - 1)) };
}
