import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { brotliDecompressSync, unzipSync, zstdDecompressSync } from "node:zlib";
import { type Entry, type Format, SOME } from "./entry.ts";
import { reasonOf } from "./show.ts";

/** Parquet files, in memory a row group at a time. Columns of bytes (images) are named, and read where they are wanted. */
export const parquet: Format = {
  extensions: [".parquet", ".pq"],
  begins: (head) => new TextDecoder().decode(head.subarray(0, 4)) === "PAR1",
  async *read({ file, packed }, wanted) {
    if (packed !== undefined) {
      throw new SyntaxError(
        `Cannot read ${file}: a Parquet file compresses its own columns: unpack its ${packed} first`,
      );
    }
    const source = await asyncBufferFromFile(file);
    const metadata = await decoded(file, parquetMetadataAsync(source));
    const all = parquetSchema(metadata).children;
    const left = (column: SchemaTree) => holdsBytes(column) && !wanted(column.element.name);
    const columns = all.filter((column) => !left(column)).map(({ element }) => element.name);
    const unread = all.filter(left).map(({ element }) => [element.name, UNREAD] as const);
    const beside = Object.fromEntries(unread);
    let at = 0;
    for (const group of metadata.row_groups) {
      const rows = await decoded(
        file,
        parquetReadObjects({
          file: source,
          metadata,
          columns,
          compressors: decompressors,
          rowStart: at,
          rowEnd: at + Number(group.num_rows),
          parsers: { stringFromBytes },
        }),
      );
      let found: Entry[] = [];
      for (const value of rows) {
        found.push({ at: ++at, value: unread.length > 0 ? { ...value, ...beside } : value });
        if (found.length < SOME) continue;
        yield found;
        found = [];
      }
      yield found;
    }
  },
  place: (file, at) => `${file}:${at}`,
};

/** Stands for a value that was not read. */
export const UNREAD: ArrayBufferView = new Uint8Array(0);

/** Whether a column is no text: bytes within it, as images lie, or a name that says so. Plain bytes may be text of old writers. */
function holdsBytes({ element, children }: SchemaTree, depth = 0): boolean {
  if (children.length > 0) return children.some((child) => holdsBytes(child, depth + 1));
  const bytes = /BYTE_ARRAY/.test(element.type ?? "") && element.converted_type === undefined &&
    element.logical_type === undefined;
  return bytes && (depth > 0 || /image|audio|video|pixel/i.test(element.name));
}

/** Native codecs check the sums that formats carry; the library's would return damaged text. */
const decompressors: typeof compressors = {
  ...compressors,
  GZIP: (bytes, size) => unzipSync(bytes, { maxOutputLength: Math.max(1, size) }),
  BROTLI: (bytes, size) => brotliDecompressSync(bytes, { maxOutputLength: Math.max(1, size) }),
  ZSTD: (bytes, size) => zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, size) }),
};

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The library's own decoder drops a U+FEFF at the start of a text and hides bytes that are not UTF-8. */
function stringFromBytes(bytes: Uint8Array | undefined): string | Uint8Array | undefined {
  try {
    return bytes && decoder.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return bytes;
  }
}

async function decoded<T>(file: string, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (cause) {
    throw new SyntaxError(
      `Cannot read ${file} as a Parquet file, damaged or cut short: ${reasonOf(cause)}`,
      { cause },
    );
  }
}
