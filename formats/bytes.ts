import { extname } from "node:path";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Content } from "./entry.ts";
import { reasonOf } from "./show.ts";

type Bytes = AsyncIterable<Uint8Array<ArrayBuffer>>;

interface Compression {
  readonly name: string;
  readonly extension: string;
  readonly magic: readonly number[];
  decompress(bytes: Bytes): AsyncGenerator<Uint8Array<ArrayBuffer>>;
}

const compressions: readonly Compression[] = [
  {
    name: "gzip",
    extension: ".gz",
    magic: [0x1f, 0x8b],
    async *decompress(bytes) {
      const [source, gunzip] = [Readable.from(bytes), createGunzip()];
      source.on("error", (error) => gunzip.destroy(error));
      yield* source.pipe(gunzip);
    },
  },
  {
    name: "Zstandard",
    extension: ".zst",
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    async *decompress(bytes) {
      // Deno's own stops after the first of several frames, and takes a cut one for whole.
      const { Decompress } = await import("fzstd");
      let ready: Uint8Array<ArrayBuffer>[] = [];
      const stream = new Decompress((piece) => ready.push(new Uint8Array(piece)));
      const drained = () => {
        const pieces = ready;
        ready = [];
        return pieces;
      };
      for await (const piece of bytes) {
        stream.push(piece);
        yield* drained();
      }
      stream.push(new Uint8Array(0), true);
      yield* drained();
    },
  },
];

/** The first bytes of a file: enough for every magic number, and for a reader to know a text. */
export async function headOf({ bytes }: Content): Promise<Uint8Array> {
  let head = new Uint8Array(0);
  for await (const piece of bytes()) {
    const longer = new Uint8Array(head.length + piece.length);
    longer.set(head);
    longer.set(piece, head.length);
    head = longer;
    if (head.length >= 64) break;
  }
  return head;
}

/** A file to read as a stream; what is compressed is known by its first bytes, whatever its name. */
export async function contentOf(file: string): Promise<Content> {
  const plain = {
    file,
    extension: extname(file).toLowerCase(),
    async *bytes() {
      const handle = await Deno.open(file);
      yield* handle.readable;
    },
  };
  const head = await headOf(plain);
  const packed = compressions.find(({ magic }) => magic.every((byte, i) => head[i] === byte));
  if (!packed) return plain;
  const inner = plain.extension === packed.extension
    ? file.slice(0, -packed.extension.length)
    : file;
  return {
    file,
    extension: extname(inner).toLowerCase(),
    packed: packed.name,
    async *bytes() {
      try {
        yield* packed.decompress(plain.bytes());
      } catch (cause) {
        throw new SyntaxError(
          `Cannot read ${file} as ${packed.name}, damaged or cut short: ${reasonOf(cause)}`,
          { cause },
        );
      }
    },
  };
}

/** All bytes of a file, decompressed where they were compressed. */
export async function bytesOf(file: string): Promise<Uint8Array> {
  const { bytes } = await contentOf(file);
  return await new Blob(await Array.fromAsync(bytes())).bytes();
}

/** Extensions of compressed files. */
export const packedExtensions: readonly string[] = compressions.map(({ extension }) => extension);
