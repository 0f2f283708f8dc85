import { zstdDecompressSync } from "node:zlib";
import type { Data } from "apache-arrow";
import { headOf } from "./bytes.ts";
import { type Content, type Entry, type Format, SOME } from "./entry.ts";
import { UNREAD } from "./parquet.ts";
import { reasonOf } from "./show.ts";

const MAGIC = "ARROW1";

/**
 * Arrow's IPC files and streams, as `datasets` saves them; read as a stream, a batch in memory. A
 * file is its stream between two marks and an index at the end, which nobody here needs.
 */
export const arrow: Format = {
  extensions: [".arrow", ".feather", ".ipc"],
  begins: (head) =>
    isFile(head) || (head.length > 4 && head.subarray(0, 4).every((b) => b === 0xff)),
  async *read(content, wanted) {
    const library = await import("apache-arrow");
    const { compressionRegistry, CompressionType, RecordBatchReader } = library;
    compressionRegistry.set(CompressionType.ZSTD, {
      decode: (bytes) => new Uint8Array(zstdDecompressSync(bytes)),
    });
    const [get, whole] = [getter(library, () => UNREAD), getter(library, bytesAt)];
    const row = ({ type, children }: Data, i: number) =>
      Object.fromEntries(children.map((child, k) => {
        const { name } = type.children[k]!;
        return [name, (wanted(name) ? whole : get)(child, i)];
      }));
    let at = 0;
    try {
      await checkEnd(content);
      const reader = await RecordBatchReader.from(stream(content));
      await reader.open();
      for await (const batch of reader) {
        let found: Entry[] = [];
        for (let i = 0; i < batch.numRows; i++) {
          found.push({ at: ++at, value: row(batch.data, i) });
          if (found.length < SOME) continue;
          yield found;
          found = [];
        }
        yield found;
      }
    } catch (cause) {
      const why = /codec not found/.test(String(cause))
        ? "compressed by LZ4: write it with Zstandard, or without compression"
        : `damaged or cut short: ${reasonOf(cause)}`;
      throw new SyntaxError(`Cannot read ${content.file} as an Arrow file, ${why}`, { cause });
    }
  },
  place: (file, at) => `${file}:${at}`,
};

const isFile = (head: Uint8Array) =>
  new TextDecoder().decode(head.subarray(0, MAGIC.length)) === MAGIC;

/** The library takes a cut between two batches for the end; a whole file, or stream, says that it ends. */
async function checkEnd(content: Content): Promise<void> {
  if (content.packed !== undefined) return;
  using handle = await Deno.open(content.file);
  const { size } = await handle.stat();
  const tail = new Uint8Array(8);
  await handle.seek(Math.max(0, size - tail.length), Deno.SeekMode.Start);
  const read = await handle.read(tail) ?? 0;
  const ended = isFile(await headOf(content))
    ? isFile(tail.subarray(read - MAGIC.length, read))
    : tail.subarray(read - 4, read).every((byte) => byte === 0);
  if (!ended) throw new Error("its end is missing");
}

/** The stream within a file, or the stream that it is. */
async function* stream({ bytes }: Content): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const piece of bytes()) {
    yield first && isFile(piece) ? piece.subarray(8) : piece;
    first = false;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A column's value in row i. */
type Get = (data: Data, i: number) => unknown;

const bytesAt: Get = ({ values, valueOffsets }, i) =>
  values.subarray(Number(valueOffsets[i]), Number(valueOffsets[i + 1]));

/**
 * Gives row i of a column as plain values, and of bytes what `bytes` says; the library's own getters
 * make vectors of lists, drop a U+FEFF at the start of a text and hide bytes that are not UTF-8.
 */
function getter({ Type, Vector }: typeof import("apache-arrow"), bytes: Get): Get {
  const string: Get = ({ values, valueOffsets }, i) =>
    text(values.subarray(Number(valueOffsets[i]), Number(valueOffsets[i + 1])));
  const list: Get = ({ children, valueOffsets }, i) =>
    items(children[0]!, Number(valueOffsets[i]), Number(valueOffsets[i + 1]));
  const items = (data: Data, from: number, to: number) =>
    Array.from({ length: to - from }, (_, k) => get(data, from + k));
  const kinds = new Map<number, Get>([
    [Type.Utf8, string],
    [Type.LargeUtf8, string],
    [Type.Binary, bytes],
    [Type.LargeBinary, bytes],
    [Type.List, list],
    [Type.LargeList, list],
    [
      Type.FixedSizeList,
      ({ children, stride }, i) => items(children[0]!, i * stride, (i + 1) * stride),
    ],
    [
      Type.Struct,
      ({ type, children }, i) =>
        Object.fromEntries(children.map((child, k) => [type.children[k]!.name, get(child, i)])),
    ],
  ]);
  const get: Get = (data, i) => {
    if (!data.getValid(i)) return null;
    const own = kinds.get(data.type.typeId);
    return own ? own(data, i) : new Vector([data]).get(i);
  };
  return get;
}

function text(bytes: Uint8Array): string | Uint8Array {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return bytes;
  }
}
