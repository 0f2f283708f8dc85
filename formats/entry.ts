/** One row of a file as it was found: a value, or why there is none. `at` is its line or row, from 1. */
export type Entry =
  | {
    readonly at: number;
    readonly value: unknown;
    /** What had to be changed to read it: what follows "12 rows". */
    readonly remark?: string;
  }
  | { readonly at: number; readonly problem: string };

/** Rows of a file, some at a time: a promise a row would cost as much as reading it. */
export type Entries = AsyncGenerator<readonly Entry[]>;

/** Whether the bytes in a column are read, as images' are: others are named, and stand as `UNREAD`. */
export type Wanted = (column: string) => boolean;

/** How files of one format are read. */
export interface Format {
  /** What follows the last dot of a name, lower case. */
  readonly extensions: readonly string[];
  /** Whether the first bytes of a file are this format's, whatever it is called. */
  begins?(head: Uint8Array): boolean;
  /** SyntaxErrors name the file. Of columns of bytes only those that are wanted are read. */
  read(content: Content, wanted: Wanted): Entries;
  /** How an error names a row: `rows.jsonl:3`. */
  place(file: string, at: number): string;
}

/** A file's bytes, decompressed where they were compressed. */
export interface Content {
  readonly file: string;
  /** Its extension, that of a compression left off, lower case. */
  readonly extension: string;
  /** What the bytes lie compressed in, where they do: they cannot be read in any order. */
  readonly packed?: string;
  bytes(): AsyncGenerator<Uint8Array<ArrayBuffer>>;
}

/** Rows that are gathered before they are passed on. */
export const SOME = 512;

/** A longer line or value is a mistake (a whole file on one line), and would have to be held in memory. */
export const LONGEST = 16 * 2 ** 20;
