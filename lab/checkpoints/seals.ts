import { createHash, type Hash } from "node:crypto";
import { z } from "zod";
import { jsonText } from "../../core/mod.ts";
import { writeAtomic } from "../disk/atomic.ts";
import { readLines } from "../disk/jsonl.ts";
import { parse } from "../disk/schema.ts";

/**
 * What a file of scores is known by: a file beside it says which models and options made it, and
 * for every window that was written the hash of all bytes until there.
 */

const head = z.strictObject({ schema: z.literal(1), made: z.string() });
const seal = z.strictObject({ rows: z.int().min(1), sha256: z.string() });
export type Seal = z.infer<typeof seal>;

export const sealsOf = (file: string): string => `${file}.seals.jsonl`;

/** The beginning of a file that is as it was written. */
export interface Sealed {
  readonly rows: number;
  /** Bytes. */
  readonly end: number;
  /** Of these bytes, to go on with. */
  readonly hash: Hash;
  readonly seals: readonly Seal[];
}

export const unwritten = (): Sealed => ({
  ...{ rows: 0, end: 0, seals: [] },
  hash: createHash("sha256"),
});

/**
 * As much of a file as was written whole, to a row that `ends` says a window ends at. A RangeError
 * where others made it, where somebody has changed it, or where it holds more rows than `total`.
 */
export async function sealed(
  file: string,
  { made, total, ends }: {
    readonly made: string;
    readonly total: number;
    readonly ends: (rows: number) => boolean;
  },
): Promise<Sealed> {
  using handle = await Deno.open(file).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (!handle || (await handle.stat()).size === 0) return unwritten();
  const seals = await readSeals(file, made);
  const known = new Map(seals.map((one) => [one.rows, one.sha256]));
  let found = unwritten();
  const hash = createHash("sha256");
  let [rows, size] = [0, 0];
  for await (const chunk of handle.readable) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) {
      rows++;
      const sha256 = known.get(rows);
      if (sha256 === undefined) continue;
      hash.update(chunk.subarray(from, at + 1));
      from = at + 1;
      if (hash.copy().digest("hex") !== sha256) {
        throw new RangeError(`Cannot resume ${file}: rows to ${rows} are not what was written`);
      }
      if (!ends(rows)) continue;
      found = {
        ...{ rows, end: size + from, hash: hash.copy() },
        seals: seals.filter((one) => one.rows <= rows),
      };
    }
    hash.update(chunk.subarray(from));
    size += chunk.length;
  }
  if (rows > total) {
    throw new RangeError(
      `Cannot resume ${file}: it holds ${rows} rows, and the data have ${total}`,
    );
  }
  return found;
}

async function readSeals(file: string, made: string): Promise<Seal[]> {
  const seals: Seal[] = [];
  let by: string | undefined;
  await readLines(sealsOf(file), (value, place) => {
    if (by === undefined) by = parse(head, value, place).made;
    else seals.push(parse(seal, value, place));
  });
  if (by === undefined) {
    throw new RangeError(`Cannot resume ${file}: ${sealsOf(file)} does not say what made it`);
  }
  if (by !== made) {
    throw new RangeError(
      `Cannot resume ${file} with these models and options: it was made with others`,
    );
  }
  return seals;
}

/** Writes what is known of a file anew. */
export const writeSeals = (file: string, made: string, seals: readonly Seal[]): Promise<void> =>
  writeAtomic(
    sealsOf(file),
    [{ schema: 1, made }, ...seals].map((line) => `${jsonText(line, sealsOf(file))}\n`),
  );
