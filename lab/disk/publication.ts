import { dirname, join } from "node:path";
import { z } from "zod";
import { exists, isTemporary, writeAtomic } from "./atomic.ts";
import { lock } from "./lock.ts";
import { parse, parseJson } from "./schema.ts";

/** A directory of files that are published over and over: which of them are ours is written down in it. */

const MARK = "site.json";
/** What a file of ours may be called: nothing that leads out of the directory. */
const PATH = /^[a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*)*$/;
const mark = (made: string) =>
  z.strictObject({
    schema: z.literal(1),
    made: z.literal(made),
    files: z.array(z.string().regex(PATH)),
  });

/** A file by its address from the site's root. */
export type PublishedFile =
  & { readonly path: string }
  & (
    | { readonly text: string }
    | { readonly bytes: Uint8Array }
  );

export interface Published {
  readonly files: number;
  readonly bytes: number;
  /** Files that were not there, or held something else. */
  readonly written: number;
  /** Files of an earlier publication that this one does not have. */
  readonly removed: number;
}

export interface PublishOptions {
  /** Bytes that are gathered before they are written, as each time the list of files is written first. */
  readonly hold?: number;
  /** The task that publishes, which another's directory is refused to; `publish` by default. */
  readonly task?: string;
}

/**
 * Writes files in the order in which they come, and removes those of an earlier publication that did
 * not come again. Stopped at any moment it leaves a list of all files that may be ours, so that the
 * next publication cleans up; files that nobody listed are never touched.
 *
 * Throws a RangeError where the directory holds something and is no site of ours, where a file of
 * somebody else has the name of one of ours, and where another process publishes there.
 */
export async function publish(
  directory: string,
  files: AsyncIterable<PublishedFile>,
  { hold = 8e6, task = "publish" }: PublishOptions = {},
): Promise<Published> {
  await Deno.mkdir(directory, { recursive: true });
  const made = `by deno task ${task}`;
  const before = await listed(directory, made);
  await using _held = await lock(join(directory, "site.lock"));
  const known = new Set(before);
  const ours = new Set<string>();
  let [bytes, written, removed] = [0, 0, 0];
  const list = (paths: Iterable<string>) =>
    writeAtomic(
      join(directory, MARK),
      `${
        JSON.stringify(
          { schema: 1, made, files: [...new Set(paths)].sort() },
          null,
          1,
        )
      }\n`,
    );
  if (before === undefined) await list([]);
  const pending: { path: string; content: Uint8Array }[] = [];
  const flush = async () => {
    if (pending.length === 0) return;
    // Named before they are there: a killed publication leaves no file that nobody knows.
    await list([...known, ...ours]);
    for (const { path, content } of pending.splice(0)) {
      await writeAtomic(join(directory, path), content);
    }
  };
  for await (const file of files) {
    const { path } = file;
    if (!PATH.test(path) || path === MARK) {
      throw new RangeError(`Cannot publish a file called ${JSON.stringify(path)}`);
    }
    const content = "bytes" in file ? file.bytes : new TextEncoder().encode(file.text);
    const target = join(directory, path);
    bytes += content.length;
    const found = await read(target);
    if (found !== undefined && !known.has(path)) {
      throw new RangeError(
        `Cannot publish into ${directory}: ${path} is there and no file of ours, move it away`,
      );
    }
    ours.add(path);
    if (found !== undefined && same(found, content)) continue;
    written++;
    await Deno.mkdir(dirname(target), { recursive: true });
    pending.push({ path, content });
    if (pending.reduce((sum, { content }) => sum + content.length, 0) > hold) await flush();
  }
  await flush();
  for (const path of known) {
    if (ours.has(path)) continue;
    if (await exists(join(directory, path))) {
      await Deno.remove(join(directory, path));
      removed++;
    }
  }
  await sweep(directory, ours);
  await list(ours);
  return { files: ours.size, bytes, written, removed };
}

/** The files that an earlier publication lists; undefined where there is nothing at all. */
async function listed(directory: string, made: string): Promise<string[] | undefined> {
  const path = join(directory, MARK);
  if (await exists(path)) {
    return parse(mark(made), parseJson(await Deno.readTextFile(path), path), path).files;
  }
  for await (const { name } of Deno.readDir(directory)) {
    // A publication that was killed at once leaves its lock, or half of its list.
    if (name === "site.lock" || name.startsWith(`${MARK}.`) && isTemporary(name)) continue;
    throw new RangeError(
      `Cannot publish into ${directory} as it holds ${name} and is no site of ours: choose a new directory`,
    );
  }
  return undefined;
}

/** Removes what killed publications left half-written beside our files, and our folders that are empty now. */
async function sweep(directory: string, ours: ReadonlySet<string>): Promise<void> {
  const folders = new Set(["", "api", "assets", "audits", "data", "methods", "models"]);
  for (const folder of folders) {
    const at = join(directory, folder);
    if (!await exists(at)) continue;
    let left = 0;
    for await (const { name } of Deno.readDir(at)) {
      const whole = name.replace(/\.\d+-\d+\.tmp$/, "");
      const path = folder === "" ? whole : `${folder}/${whole}`;
      if (isTemporary(name) && (PATH.test(path) && (ours.has(path) || path === MARK))) {
        await Deno.remove(join(at, name));
      } else left++;
    }
    if (folder !== "" && left === 0) await Deno.remove(at);
  }
}

async function read(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);
