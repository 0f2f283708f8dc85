/** The safetensors layout: eight bytes of header length, a JSON header, then arrays end to end. */
import { z } from "zod";
import { type Params, size, type Tensor } from "../../core/mod.ts";

/** Where an array lies: bytes `from` to `to` (excluded) of the file. */
export interface ArrayEntry {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly from: number;
  readonly to: number;
}
export type Entries = ReadonlyMap<string, ArrayEntry>;

/** Bytes of one element. */
const widths = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;
export type DataType = keyof typeof widths;

/** Elements from their bytes, which start at a multiple of 4 of their buffer, into 32-bit numbers. */
type Reader = (bytes: Uint8Array<ArrayBuffer>, out: Float32Array<ArrayBuffer>) => void;

/** The elements that can be read as numbers of a model. */
const readers: { readonly [dtype in DataType]?: Reader } = {
  F32: ({ buffer, byteOffset }, out) => out.set(new Float32Array(buffer, byteOffset, out.length)),
  F16: ({ buffer, byteOffset }, out) => out.set(new Float16Array(buffer, byteOffset, out.length)),
  BF16({ buffer, byteOffset }, out) {
    const halves = new Uint16Array(buffer, byteOffset, out.length);
    const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
    // The upper half of a 32-bit number.
    for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  },
};

export const readable = (dtype: DataType): boolean => dtype in readers;
export const readableTypes: readonly string[] = Object.keys(readers);

/** Fills `out` with elements; their bytes must start at a multiple of 4 of their buffer. */
export function readFloats(
  bytes: Uint8Array<ArrayBuffer>,
  dtype: DataType,
  out: Float32Array<ArrayBuffer>,
): void {
  const read = readers[dtype];
  if (!read) throw new RangeError(`Cannot read ${dtype} as numbers: expected ${readableTypes}`);
  read(bytes, out);
}

export const bytesOf = ({ dtype }: ArrayEntry): number => widths[dtype];

/** As the format's reference implementation has it. */
const longestHeader = 100e6;

const index = z.int().min(0);
const header = z.strictObject({
  dtype: z.string(),
  shape: z.array(index).max(16),
  data_offsets: z.tuple([index, index]),
});

/** Byte `8 + length` begins the data; a SyntaxError where a file of `size` bytes cannot hold that. */
export function headerEnd(first: Uint8Array, size: number, file: string): number {
  if (first.length < 8) {
    throw broken(file, `it has ${size} bytes, and the length of its header alone is 8`);
  }
  const length = new DataView(first.buffer, first.byteOffset).getBigUint64(0, true);
  if (length > longestHeader) {
    throw broken(file, `its header must be at most ${longestHeader} bytes: it says ${length}`);
  }
  const end = 8 + Number(length);
  if (end > size) {
    throw broken(file, `its header must end within its ${size} bytes: it says ${end}`);
  }
  return end;
}

/**
 * The arrays of a file of `size` bytes whose header lies between byte 8 and `end`. Throws a
 * SyntaxError unless they fill the rest of the file exactly, one after the other.
 */
export function readHeader(json: Uint8Array, size: number, file: string): Entries {
  const end = 8 + json.length;
  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(json);
    parsed = JSON.parse(text);
  } catch (cause) {
    throw broken(file, "its header is not JSON", cause);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw broken(file, "its header must be an object of arrays");
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) throw broken(file, `its header has ${JSON.stringify(twice)} twice`);
  const entries = Object.entries(parsed).filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => [name, readEntry(name, value, end, file)] as const)
    .sort(([, a], [, b]) => a.from - b.from || a.to - b.to);
  let at = end;
  for (const [name, { from, to }] of entries) {
    if (from !== at) {
      throw broken(
        file,
        `${name} must begin where the array before it ends, at ${at - end}: it begins at ${
          from - end
        }`,
      );
    }
    at = to;
  }
  if (at !== size) {
    throw broken(
      file,
      `its arrays need ${at - end} bytes and it holds ${size - end}: ` +
        (at > size ? "it is cut off" : "something follows them"),
    );
  }
  return new Map(entries);
}

function readEntry(name: string, value: unknown, end: number, file: string): ArrayEntry {
  const parsed = header.safeParse(value);
  if (!parsed.success) throw broken(file, `${name}: ${z.prettifyError(parsed.error)}`);
  const { dtype, shape, data_offsets: [from, to] } = parsed.data;
  if (!(dtype in widths)) {
    throw broken(file, `${name} must have a known element type: current value is ${dtype}`);
  }
  const kind = dtype as DataType;
  const need = widths[kind] * size(shape);
  if (!Number.isSafeInteger(need) || to - from !== need) {
    throw broken(
      file,
      `${name} of shape [${shape}] in ${dtype} needs ${need} bytes: it lies from ${from} to ${to}`,
    );
  }
  return { dtype: kind, shape, from: end + from, to: end + to };
}

/** A key that an object of this JSON text has twice, which `JSON.parse` would not tell. */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, key] of text.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(?:\s*:)?|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (token !== key) {
      const name: string = JSON.parse(key!);
      const keys = open.at(-1)!;
      if (keys.has(name)) return name;
      keys.add(name);
    }
  }
  return undefined;
}

const broken = (file: string, why: string, cause?: unknown) =>
  new SyntaxError(`Cannot read ${file}: ${why}`, { cause });

/**
 * Parameters as bytes, in F32, after what the header says of the file itself. A RangeError where a
 * value is not finite: no reader would see it before it computes.
 */
export function writeParams(
  params: Params,
  metadata?: { readonly [key: string]: string },
): Uint8Array {
  let at = 0;
  const entries = Object.entries(params).map(([name, { shape, data }]) => {
    const data_offsets = [at, at += 4 * data.length];
    return [name, { dtype: "F32", shape, data_offsets }];
  });
  const json = JSON.stringify({
    ...metadata ? { __metadata__: metadata } : {},
    ...Object.fromEntries(entries),
  });
  // Spaces to a multiple of 8, so that the arrays lie where typed arrays may start.
  const head = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const bytes = new Uint8Array(8 + head.length + at);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  let place = 8 + head.length;
  for (const [name, { data }] of Object.entries(params)) {
    for (const x of data) {
      if (!Number.isFinite(x)) {
        throw new RangeError(`Cannot write array ${name}: a value must be finite and is ${x}`);
      }
      view.setFloat32(place, x, true);
      place += 4;
    }
  }
  return bytes;
}

/** Throws a SyntaxError on bytes that are no parameters in this layout. */
export function readParams(bytes: Uint8Array): Params {
  const file = `parameters from ${bytes.length} bytes`;
  const end = headerEnd(bytes.subarray(0, 8), bytes.length, file);
  const entries = [...readHeader(bytes.subarray(8, end), bytes.length, file)];
  return Object.fromEntries(entries.map(([name, { dtype, shape, from, to }]) => {
    if (dtype !== "F32") throw broken(file, `${name} must be F32: it is ${dtype}`);
    const data = new Float32Array((to - from) / 4);
    // Copied, so that they start a buffer of their own.
    readFloats(bytes.slice(from, to), dtype, data);
    return [name, { shape, data } satisfies Tensor];
  }));
}
