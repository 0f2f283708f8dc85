import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { brotliDecompressSync, unzipSync, zstdDecompressSync } from "node:zlib";

/** The rows of a Parquet file with all their columns; a SyntaxError where it is none, or cut short. */
export async function readParquetRows(path: string): Promise<unknown[]> {
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    const rows = await parquetReadObjects({
      file,
      metadata,
      compressors: decompressors,
      parsers: { stringFromBytes },
    });
    return rows.map(plain);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) throw cause;
    const why = cause instanceof Error ? cause.message : cause;
    throw new SyntaxError(`Cannot read ${path} as a Parquet file, damaged or cut short: ${why}`, {
      cause,
    });
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

/** Values as JSON has them: whole numbers that a double cannot hold are texts. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : `${value}`;
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
