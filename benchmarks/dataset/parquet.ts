import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { brotliDecompressSync, unzipSync, zstdDecompressSync } from "node:zlib";
import { type Entry, fields } from "./row.ts";

/** The rows of a Parquet file, numbered from 1; in memory a row group at a time. */
export async function* readParquet(file: string): AsyncGenerator<Entry> {
  const source = await asyncBufferFromFile(file);
  const metadata = await decoded(file, parquetMetadataAsync(source));
  const present = new Set(parquetSchema(metadata).children.map((column) => column.element.name));
  const columns = fields.filter((field) => present.has(field));
  if (columns.length === 0) {
    throw new SyntaxError(
      `${file} must have columns "chosen" and "rejected", or "prompt", "completion" and "label": ` +
        `current columns are ${JSON.stringify([...present])}`,
    );
  }
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
    for (const value of rows) yield { at: ++at, value };
  }
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
    const why = cause instanceof Error ? cause.message : cause;
    throw new SyntaxError(`Cannot read ${file} as a Parquet file, damaged or cut short: ${why}`, {
      cause,
    });
  }
}
