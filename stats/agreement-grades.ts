import { enough } from "./enough.ts";

/**
 * Krippendorff's α of grades by any number of raters, 1 − Dₒ / Dₑ with squared differences:
 * `units[i]` holds what those who graded thing i gave it, and things with fewer than two grades say
 * nothing. Undefined where all grades are the same; a RangeError where nothing has two.
 */
export function krippendorffGrades(units: readonly (readonly number[])[]): number | undefined {
  const pairable = units.filter((grades) => grades.length > 1);
  enough("Krippendorff's alpha", pairable, 1);
  const all = pairable.flat();
  const n = all.length;
  const apart = pairable.reduce(
    (sum, grades) => sum + squares(grades) / (grades.length - 1),
    0,
  );
  const expected = squares(all) / (n - 1);
  return expected > 0 ? 1 - apart / expected : undefined;
}

/** Σ over ordered pairs of (x − y)², by 2n Σx² − 2 (Σx)². */
function squares(xs: readonly number[]): number {
  const centre = xs.reduce((sum, x) => sum + x, 0) / xs.length;
  return 2 * xs.length * xs.reduce((sum, x) => sum + (x - centre) ** 2, 0);
}

/**
 * Cohen's κ of two graders with squared weights (Fleiss and Cohen, 1973): 1 − Σ(a − b)² over what it
 * would be if each kept to its own grades and they knew nothing of each other. Undefined where both
 * always give one and the same grade.
 */
export function kappaGrades(
  pairs: readonly { readonly a: number; readonly b: number }[],
): number | undefined {
  enough("agreement of grades", pairs, 1);
  const mean = (of: (pair: typeof pairs[number]) => number) =>
    pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
  const [a, b] = [mean((pair) => pair.a), mean((pair) => pair.b)];
  const expected = mean((pair) => (pair.a - a) ** 2) + mean((pair) => (pair.b - b) ** 2) +
    (a - b) ** 2;
  return expected > 0 ? 1 - mean((pair) => (pair.a - pair.b) ** 2) / expected : undefined;
}
