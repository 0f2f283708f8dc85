/** A policy that is a table of logits: in each state (a row) it chooses among the same choices. */
export interface Table {
  readonly rows: number;
  readonly choices: number;
}

/** An answer to such a policy: how often it takes each choice in each state, [rows · choices]. */
export interface Path {
  readonly counts: readonly number[];
  /** Choices that it takes. */
  readonly length: number;
}

/** log π of every choice in every state, of logits [rows · choices]. */
export function logs({ rows, choices }: Table, logits: ArrayLike<number>): Float64Array {
  const out = Float64Array.from(logits);
  for (let r = 0; r < rows; r++) {
    const row = out.subarray(r * choices, (r + 1) * choices);
    const most = Math.max(...row);
    const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x - most), 0)) + most;
    row.forEach((x, i) => row[i] = x - total);
  }
  return out;
}

/** log π(y) of an answer. */
export const logpOf = ({ counts }: Path, table: ArrayLike<number>): number =>
  counts.reduce((sum, n, i) => n === 0 ? sum : sum + n * table[i]!, 0);
