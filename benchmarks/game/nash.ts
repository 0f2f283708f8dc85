import type { Preferences } from "../exact.ts";

/**
 * An exact Nash policy of the symmetric game in which whoever holds the preferred answer wins: the
 * policy that nobody beats more than half the time. Where several are, it is one of them.
 *
 * It is the optimum of max Σx, (P + 1/2)·x ≤ 1, x ≥ 0, found by the simplex method in whole
 * numbers: there is no rounding, so no tolerance for ties and near ties to fall into.
 */
export function nash(table: Preferences): number[] {
  check(table);
  const n = table.length;
  const half = 1n << BigInt(bits);
  const fixed = (p: number) => BigInt(Math.round(p * 2 ** bits));
  // Rows [2·(P + 1/2) | slacks | 2] from x = 0, each over the common denominator `over`. Row i
  // gives the variable basis[i]; the first n are x, the others slacks. The last row is what the
  // objective gains from each variable. P + 1/2 is 1 + (P − Pᵀ)/2, which rounding leaves exact.
  let over = 1n;
  let rows = table.map((row, a) => [
    ...row.map((p, b) => 2n * half + fixed(p) - fixed(table[b]![a]!)),
    ...row.map((_, b) => a === b ? 1n : 0n),
    2n * half,
  ]);
  rows.push([...table.map(() => 1n), ...Array<bigint>(n + 1).fill(0n)]);
  const basis = table.map((_, a) => n + a);
  for (;;) {
    // Bland's rule, without which ties could send it round for ever: the first variable that gains
    // enters, and of those that limit it first the one with the lowest number leaves.
    const enters = rows[n]!.slice(0, 2 * n).findIndex((gain) => gain > 0n);
    if (enters < 0) break;
    const leaves = tightest(rows.slice(0, n), enters, basis);
    const pivot = rows[leaves]!;
    const by = pivot[enters]!;
    // Fraction-free elimination: every entry is a minor of the first tableau, so it divides.
    rows = rows.map((row, i) =>
      i === leaves ? row : row.map((x, j) => (x * by - row[enters]! * pivot[j]!) / over)
    );
    over = by;
    basis[leaves] = enters;
  }
  const policy = Array<number>(n).fill(0);
  basis.forEach((variable, i) => {
    if (variable < n) policy[variable] = Number(rows[i]![2 * n]! * half / over) / 2 ** bits;
  });
  return policy;
}

/** How much more than half the time the best answer beats this policy: 0 for a Nash policy alone. */
export function exploited(table: Preferences, policy: readonly number[]): number {
  return Math.max(...faced(table, policy)) - 1 / 2;
}

/** The probability that each answer beats one drawn from the policy. */
export function faced(table: Preferences, policy: readonly number[]): number[] {
  return table.map((row) => row.reduce((sum, p, b) => sum + p * policy[b]!, 0));
}

/** Probabilities are whole multiples of 2⁻⁶⁰, beyond what double precision holds near 1/2. */
const bits = 60;

/** Of the rows that bound the entering variable, the one whose ratio is least; one always does. */
function tightest(
  rows: readonly (readonly bigint[])[],
  enters: number,
  basis: readonly number[],
): number {
  return [...rows.keys()].filter((i) => rows[i]![enters]! > 0n).reduce((best, i) => {
    const gap = rows[i]!.at(-1)! * rows[best]![enters]! - rows[best]!.at(-1)! * rows[i]![enters]!;
    return gap < 0n || (gap === 0n && basis[i]! < basis[best]!) ? i : best;
  });
}

function check(table: Preferences): void {
  if (table.length === 0) throw new RangeError("Cannot solve a game without answers");
  table.forEach((row, a) => {
    if (row.length !== table.length) {
      throw new RangeError(
        `Cannot solve a game of ${table.length} answers: row ${a} has ${row.length} entries`,
      );
    }
    row.forEach((p, b) => {
      if (!(p >= 0 && Math.abs(p + table[b]![a]! - 1) < 1e-9)) {
        throw new RangeError(
          `Cannot solve a game in which P(${a} beats ${b}) is ${p} and P(${b} beats ${a}) is ${
            table[b]![a]
          }: both must be at least 0 and their sum 1`,
        );
      }
    });
  });
}
