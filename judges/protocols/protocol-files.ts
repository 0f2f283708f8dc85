import type { z } from "zod";

/** The files that a protocol reads and writes, of which it knows no more than names. */

/** How a user's files are read, of which nothing here knows more than a path. */
export interface UserFiles {
  /** Thoughts before an answer are part of it. */
  readonly keepThoughts: boolean;
  /**
   * Rows of a list in JSON, of JSON lines, of Parquet, or of a table whose first line names the
   * columns; of tables those in `numbers` hold some. A SyntaxError names file, row and field.
   */
  rows<T>(path: string, schema: z.ZodType<T>, numbers?: readonly string[]): Promise<T[]>;
  /** The same unchecked, where the kind of a file has to be found out first. */
  entries(
    path: string,
    numbers?: readonly string[],
  ): Promise<readonly { readonly value: unknown; readonly place: string }[]>;
  document<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  text(path: string): Promise<string>;
  /** A value as the schema has it; a SyntaxError names place and field. */
  checked<T>(schema: z.ZodType<T>, value: unknown, place: string): T;
  /** The whole path, by which errors name a file. */
  place(path: string): string;
  /** What a file is called, without its directory. */
  name(path: string): string;
}

/** Files by name: their text, or rows that become lines of JSON. */
export interface Files {
  readonly [name: string]: string | readonly object[];
}

/** What files are called: of several of one name with as much of where they lie as tells them apart. */
export function names({ name }: Pick<UserFiles, "name">, paths: readonly string[]): string {
  const parts = paths.map((path) => path.split(/[/\\]/));
  const deepest = Math.max(...parts.map(({ length }) => length));
  const called = [
    paths.map((path) => name(path)),
    ...Array.from({ length: deepest }, (_, i) => parts.map((part) => part.slice(-1 - i).join("/"))),
  ];
  return (called.find((all) => new Set(all).size === all.length) ?? called[0]!).join(", ");
}
