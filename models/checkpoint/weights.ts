import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Params, type Tensor } from "../../core/mod.ts";
import { arraysOf, type ArraySource, type Target } from "./arrays.ts";
import type { Config } from "./config.ts";
import { isThere, readJson } from "./files.ts";
import {
  type ArrayEntry,
  bytesOf,
  headerEnd,
  readable,
  readableTypes,
  readFloats,
  readHeader,
} from "./safetensors.ts";

/** An array, the file it lies in, and where. */
interface Found {
  readonly file: string;
  readonly source: ArraySource;
  readonly entry: ArrayEntry;
}

/** The weights of a checkpoint, checked but not yet read. */
export interface WeightFiles {
  /** The `.safetensors` files. */
  readonly files: readonly string[];
  /** Numbers in all. */
  readonly count: number;
  /** Reads the parameters, in pieces: needs no more memory than they do, and one piece. */
  load(): Promise<Params>;
}

const INDEX = "model.safetensors.index.json";
const SINGLE = "model.safetensors";
/** Bytes read at a time, at least a row: few enough to be turned within a core's cache. */
const PIECE = 2 ** 20;

/**
 * Checks every array that the files of a checkpoint declare against what its config asks for; reads
 * none. A SyntaxError names the file, the array, and what was expected.
 */
export async function openWeights(directory: string, config: Config): Promise<WeightFiles> {
  const found = new Map<string, { readonly file: string; readonly entry: ArrayEntry }>();
  // A whole file comes first, as in transformers.
  const index = await isThere(directory, SINGLE) ? undefined : await readIndex(directory);
  const files = index ? [...new Set(index.values())] : [SINGLE];
  for (const name of files) {
    const file = join(directory, name);
    for (const [array, entry] of await entriesOf(file)) {
      const place = index?.get(array);
      if (index && place !== name) {
        throw new SyntaxError(
          `Cannot load ${file}: it holds ${array}, which ${INDEX} places ${
            place === undefined ? "nowhere" : `in ${place}`
          }`,
        );
      }
      found.set(array, { file, entry });
    }
  }
  for (const [array, name] of index ?? []) {
    if (!found.has(array)) {
      throw new SyntaxError(`Cannot load ${join(directory, name)}: it lacks ${array}`);
    }
  }
  const { sources, ignored } = arraysOf(config, new Set(found.keys()));
  const wanted = new Set(sources.map(({ name }) => name));
  const missing = sources.filter(({ name }) => !found.has(name)).map(({ name }) => name);
  const extra = [...found.keys()].filter((name) => !wanted.has(name) && !ignored(name));
  const problem = missing.length > 0
    ? `${listed(missing)} missing`
    : extra.length > 0
    ? `${listed(extra)} not part of the model that config.json describes`
    : undefined;
  if (problem !== undefined) throw new SyntaxError(`Cannot load ${directory}: ${problem}`);
  const arrays = sources.map((source): Found => ({ source, ...found.get(source.name)! }));
  for (const { file, source: { name, shape }, entry } of arrays) {
    if (entry.shape.join() !== shape.join()) {
      throw new SyntaxError(
        `Cannot load ${file}: ${name} must have shape [${shape}]: it has [${entry.shape}]`,
      );
    }
    if (!readable(entry.dtype)) {
      throw new RangeError(
        `Cannot load ${file}: ${name} must be one of ${
          readableTypes.join(", ")
        }, as other element types are not supported: it is ${entry.dtype}`,
      );
    }
  }
  return {
    files,
    count: arrays.reduce((sum, { entry }) => sum + (entry.to - entry.from) / bytesOf(entry), 0),
    async load() {
      const params: { [name: string]: Tensor } = {};
      for (const array of arrays) Object.assign(params, await read(array));
      return params;
    },
  };
}

const listed = (names: readonly string[]): string =>
  `${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""} ${
    names.length > 1 ? "are" : "is"
  }`;

const indexFile = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

/** Which file each array is in; nothing where the checkpoint is one file. */
async function readIndex(directory: string): Promise<ReadonlyMap<string, string> | undefined> {
  const json = await readJson(directory, INDEX);
  if (json === undefined) return undefined;
  const parsed = indexFile.safeParse(json);
  const file = join(directory, INDEX);
  if (!parsed.success) {
    throw new SyntaxError(`Cannot read ${file}: ${z.prettifyError(parsed.error)}`);
  }
  const map = new Map(Object.entries(parsed.data.weight_map));
  for (const [array, name] of map) {
    if (!/^[\w-][\w.-]*\.safetensors$/.test(name)) {
      throw new SyntaxError(
        `Cannot read ${file}: ${array} must lie in a .safetensors file beside it: current value is ${
          JSON.stringify(name)
        }`,
      );
    }
  }
  return map;
}

async function entriesOf(file: string): Promise<ReadonlyMap<string, ArrayEntry>> {
  const info = await stat(file).catch((cause) => {
    if (cause.code !== "ENOENT") throw cause;
    throw new SyntaxError(
      `Cannot load ${file}: there is no such file, and weights in other formats are not read`,
      { cause },
    );
  });
  // Opening a pipe would wait for who writes it.
  if (!info.isFile()) throw new SyntaxError(`Cannot load ${file}: it is no file`);
  const { size } = info;
  const handle = await open(file);
  try {
    const first = new Uint8Array(Math.min(8, size));
    await fill(handle, first, 0, file);
    const header = new Uint8Array(headerEnd(first, size, file) - 8);
    await fill(handle, header, 8, file);
    return readHeader(header, size, file);
  } finally {
    await handle.close();
  }
}

async function read({ file, source, entry }: Found): Promise<Params> {
  const rows = source.shape.length > 1 ? source.shape[0]! : 1;
  const columns = source.shape.at(-1)!;
  const params = Object.fromEntries(source.targets.map((target): [string, Tensor] => {
    const width = target.to - target.from;
    const shape = source.shape.length === 1
      ? [width]
      : target.turned
      ? [width, rows]
      : [rows, width];
    return [target.param, { shape, data: new Float32Array(rows * width) }];
  }));
  const row = columns * bytesOf(entry);
  const most = Math.min(rows, Math.max(1, Math.floor(PIECE / row)));
  // Made once: what a collector has yet to collect is memory, too.
  const bytes = new Uint8Array(most * row);
  const values = new Float32Array(most * columns);
  const handle = await open(file);
  try {
    for (let start = 0; start < rows; start += most) {
      const count = Math.min(most, rows - start);
      const piece = bytes.subarray(0, count * row);
      await fill(handle, piece, entry.from + start * row, file);
      readFloats(piece, entry.dtype, values.subarray(0, count * columns));
      for (const target of source.targets) {
        place(values, { start, count, rows, columns }, target, params[target.param]!.data);
      }
    }
  } finally {
    await handle.close();
  }
  return params;
}

/** Puts `count` rows of the file's array, from `start` on, into a parameter. */
function place(
  values: Float32Array,
  { start, count, rows, columns }: { [size in "start" | "count" | "rows" | "columns"]: number },
  { from, to, turned }: Target,
  out: Tensor["data"],
): void {
  if (turned) {
    for (let c = from; c < to; c++) {
      const at = (c - from) * rows + start;
      for (let r = 0; r < count; r++) out[at + r] = values[r * columns + c]!;
    }
    return;
  }
  for (let r = 0; r < count; r++) {
    const at = r * columns;
    out.set(values.subarray(at + from, at + to), (start + r) * (to - from));
  }
}

/** Reads as many bytes as `bytes` holds. */
async function fill(
  handle: Awaited<ReturnType<typeof open>>,
  bytes: Uint8Array,
  from: number,
  file: string,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at);
    if (bytesRead === 0) throw new SyntaxError(`Cannot read ${file}: it ends at ${from + at}`);
    at += bytesRead;
  }
}
