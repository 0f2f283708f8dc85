/** Rows of files to which reruns append: one row, one verdict. */

export interface Unique<Row> {
  readonly rows: readonly Row[];
  /** Rows that another one takes the place of, and those of them that said something else. */
  readonly repeated: number;
  readonly changed: number;
}

/**
 * One row of each key, in the order of their first occurrence: the last that is valid, else the last.
 * `said` is what a row says, by which a repetition is told from a change.
 */
export function latest<Row>(
  rows: readonly Row[],
  key: (row: Row) => string,
  { valid, said }: {
    readonly valid: (row: Row) => boolean;
    readonly said: (row: Row) => unknown;
  },
): Unique<Row> {
  const found = new Map<string, Row>();
  let [repeated, changed] = [0, 0];
  for (const row of rows) {
    const id = key(row);
    const before = found.get(id);
    if (before === undefined) {
      found.set(id, row);
      continue;
    }
    repeated++;
    if (JSON.stringify(said(before)) !== JSON.stringify(said(row))) changed++;
    // A failure never takes the place of a verdict.
    if (valid(row) || !valid(before)) found.set(id, row);
  }
  return { rows: [...found.values()], repeated, changed };
}

/** What a user is told of repetitions; nothing where there are none. */
export function repetitionsNote({ repeated, changed }: Unique<unknown>, who: string): string[] {
  if (repeated === 0) return [];
  const rows = repeated === 1 ? "1 row is" : `${repeated} rows are`;
  return [
    `${who}: ${rows} there again, by one key: the later counts${
      changed === 0 ? "" : `, and ${changed} of them say${changed === 1 ? "s" : ""} something else`
    }`,
  ];
}
