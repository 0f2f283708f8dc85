import { shown } from "../../formats/mod.ts";

export type ColumnFields = { readonly [name: string]: unknown };

export const isRecord = (value: unknown): value is ColumnFields =>
  typeof value === "object" && value !== null && !Array.isArray(value) &&
  !ArrayBuffer.isView(value);
export const isPresent = (value: unknown) => value !== undefined && value !== null;

/** A value with the name by which an error calls it: `chosen[0].content`. */
export interface Said {
  readonly path: string;
  readonly value: unknown;
}

/** What a user may say that a column is. */
export const mappable = [
  "prompt",
  "system",
  "tools",
  "chosen",
  "rejected",
  "completion",
  "label",
  "score",
  "answers",
  "scores",
  "image",
] as const;
/** Which column of a file is meant by each of these; "" where there is no such thing. */
export type Mapping = { readonly [name in typeof mappable[number]]?: string };

/** `prompt=question,system=system` as a mapping; a RangeError says what may stand there. */
export function readMapping(text: string | undefined): Mapping {
  if (text === undefined) return {};
  const found: { [name: string]: string } = {};
  for (const part of text.split(",")) {
    const [, name = "", column] = /^\s*(\w+)\s*=(.*)$/s.exec(part) ?? [];
    if (column === undefined || !(mappable as readonly string[]).includes(name)) {
      throw new RangeError(
        `Cannot read --columns ${shown(text)}: each part must be NAME=COLUMN, where NAME is ${
          mappable.join(", ")
        }: current part is ${shown(part)}`,
      );
    }
    found[name] = column.trim();
  }
  return found;
}

/** A mapping as it is typed: `prompt=question,chosen=better`. */
export const writeMapping = (mapping: Mapping): string =>
  Object.entries(mapping).map(([name, column]) => `${name}=${column}`).join();

/** Columns that differ by no more than spaces, capitals and hyphens are one: "Prompt", "prompt ". */
export const folded = (name: string): string =>
  name.normalize("NFKC").trim().toLowerCase().replaceAll(/[\s-]+/g, "_");

interface Place {
  /** As the file spells it. */
  readonly column: string;
  /** The same with the fields within it. */
  readonly path: string;
  /** Fields within it. */
  readonly inner: readonly string[];
}

/**
 * The columns of one row after another, by their names in lower case, and which of them anybody has
 * read. A null field counts as absent, because a Parquet column is null where a JSON line leaves the
 * field out.
 */
export class Columns {
  readonly #mapping: readonly (readonly [name: string, column: string])[];
  readonly #read = new Set<string>();
  /** Columns with a value in some row, in the file's order, with the first such value. */
  readonly #present = new Map<string, unknown>();
  #row: ColumnFields = {};
  #names: readonly string[] = [];
  #places = new Map<string, Place>();
  /** Of this row's columns, those that had no value in any row yet. */
  #absent: string[] = [];

  constructor(mapping: Mapping = {}) {
    this.#mapping = Object.entries(mapping);
  }

  /** Goes on to another row; says why it cannot be read, if so. */
  take(row: ColumnFields): string | undefined {
    this.#row = row;
    const names = Object.keys(row);
    const same = names.length === this.#names.length &&
      names.every((name, i) => name === this.#names[i]);
    const problem = same ? undefined : this.#learn(names);
    if (this.#absent.length > 0) {
      this.#absent = this.#absent.filter((name) => {
        if (!isPresent(row[name])) return true;
        this.#present.set(name, row[name]);
        return false;
      });
    }
    return problem;
  }

  #learn(names: readonly string[]): string | undefined {
    const places = new Map<string, Place>();
    for (const column of names) {
      const name = folded(column);
      const other = places.get(name)?.column;
      if (other !== undefined) {
        return `fields ${shown(other)} and ${shown(column)} must not be one name: rename one`;
      }
      places.set(name, { column, path: column, inner: [] });
    }
    for (const [name, column] of this.#mapping) {
      const place = placeOf(column, names, places);
      if (place) places.set(name, place);
      else if (column !== "") places.delete(name);
    }
    this.#names = names;
    this.#places = places;
    this.#absent = names.filter((name) => !this.#present.has(name));
    return undefined;
  }

  /** Whether the row has a value there. */
  has(name: string): boolean {
    return this.#empty(name) || isPresent(this.#value(name));
  }

  /** Whether the row has such a column, be it empty. */
  knows(name: string): boolean {
    return this.#places.has(name);
  }

  /** The value, which counts as read. */
  get(name: string): unknown {
    if (this.#empty(name)) return "";
    const place = this.#places.get(name);
    if (place) this.#read.add(place.column);
    return this.#value(name);
  }

  /** The value, to see what it is: it does not count as read. */
  peek(name: string): unknown {
    return this.#value(name);
  }

  /** The value with the file's own name for it. */
  said(name: string): Said {
    return { path: this.#places.get(name)?.path ?? name, value: this.get(name) };
  }

  /** Whether the user says that there is no such thing. */
  #empty(name: string): boolean {
    return this.#mapping.length > 0 && this.#mapping.some(([own, to]) => own === name && to === "");
  }

  #value(name: string): unknown {
    const place = this.#places.get(name);
    if (!place) return undefined;
    const value = this.#row[place.column];
    return place.inner.length === 0 ? value : place.inner.reduce<unknown>(
      (outer, field) => isRecord(outer) ? outer[field] : undefined,
      value,
    );
  }

  /** This row's columns, folded. */
  names(): Iterable<string> {
    return this.#places.keys();
  }

  /** Columns of this row that have a value and that nobody has read so far, with it. */
  *rest(): Generator<Said> {
    for (const path of this.#names) {
      const value = this.#row[path];
      if (!this.#read.has(path) && isPresent(value)) yield { path, value };
    }
  }

  /** Columns that have a value in some row and were read in none, with the first such value. */
  get unread(): Said[] {
    return [...this.#present].filter(([name]) => !this.#read.has(name))
      .map(([path, value]) => ({ path, value }));
  }

  /** Columns that the user named and no row has. */
  get missing(): string[] {
    const known = (column: string) =>
      column === "" ||
      placeOf(column, [...this.#present.keys(), ...this.#names], new Map()) !== undefined;
    return this.#mapping.map(([, column]) => column).filter((column) => !known(column));
  }

  get present(): string[] {
    return [...this.#present.keys()];
  }
}

/** A column by its name, by its name folded, or a field within one by dots. */
function placeOf(
  column: string,
  names: readonly string[],
  places: ReadonlyMap<string, Place>,
): Place | undefined {
  if (column === "") return undefined;
  const exact = (text: string) =>
    names.includes(text)
      ? text
      : places.get(folded(text))?.column ?? names.find((name) => folded(name) === folded(text));
  const whole = exact(column);
  if (whole !== undefined) return { column: whole, path: whole, inner: [] };
  const parts = column.split(".");
  const first = exact(parts[0]!);
  return first === undefined || parts.length === 1
    ? undefined
    : { column: first, path: [first, ...parts.slice(1)].join("."), inner: parts.slice(1) };
}
