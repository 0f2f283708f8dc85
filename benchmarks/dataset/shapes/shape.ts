import type { Columns, Said } from "../columns.ts";
import type { Findings } from "../text.ts";

/** What the labels of a row say. */
export type Verdict =
  /** A number an answer, the higher the better; all alike is a tie. Of two, how sure or how far. */
  | { readonly scores: readonly number[]; readonly strength?: number; readonly gap?: number }
  | { readonly good: boolean }
  | { readonly score: number };

/** A row by what its columns are for. */
export interface ReadRow {
  /** What all answers answer; absent where it lies in them, or where a table of columns tells it. */
  readonly question?: Said;
  /** Tools that the assistant had. */
  readonly tools?: Said;
  /** What the assistant had begun to answer. */
  readonly begun?: Said;
  readonly answers: readonly Said[];
  /** Nothing where its labels are wrong, which `findings` then says; asked for where labels matter. */
  verdict(findings: Findings): Verdict | undefined;
}

/** A layout of rows: an entry of the table in `mod.ts`. */
export interface Layout {
  readonly id: string;
  /** Whose it is, or what it is called. */
  readonly of: string;
  /** Columns that tell it, in lower case with "_" for spaces and hyphens: all have a value. */
  readonly columns: readonly string[];
  /** What else tells it. */
  fits?(row: Columns): boolean;
  read(row: Columns, findings: Findings): ReadRow;
}

export const text = (path: string, value: unknown): Said => ({ path, value });
