import { basename, dirname, extname, join } from "node:path";
import { packedExtensions } from "./bytes.ts";
import { printable } from "./show.ts";

/** Which files a user means: one, all of a folder, or those that a pattern fits. */

/** What `datasets` writes beside the rows of a folder. */
const BESIDE = new Set([
  "dataset_info.json",
  "dataset_dict.json",
  "dataset_infos.json",
  "state.json",
]);
const marks = /[*?[\]{}]/;

/**
 * The files of `path`, in order: itself; of a folder, the data files in it, of one format and one
 * split; of a pattern (`*`, `**`, `?`, `{a,b}`), those that it fits. A RangeError says what there is
 * where that does not tell which are meant.
 */
export async function shardsOf(path: string, extensions: readonly string[]): Promise<string[]> {
  const info = await statOf(path);
  if (info?.isFile) return [path];
  if (info?.isDirectory) return await ofFolder(path, extensions);
  if (info) throw new TypeError(`Cannot read ${path}: it must be a file: it is a device`);
  if (!marks.test(path)) {
    throw new Deno.errors.NotFound(`Cannot read ${path}: there is no such file`);
  }
  const pattern = expression(path);
  const found: string[] = [];
  for await (const file of walk(readable(path))) if (pattern.test(file)) found.push(file);
  if (found.length === 0) throw new RangeError(`Cannot read ${path}: no file fits the pattern`);
  return found.sort();
}

/** What must be readable for a path's files to be: it, or the folder that a pattern begins in. */
export function readable(path: string): string {
  let folder = path;
  while (marks.test(folder)) folder = dirname(folder);
  return folder;
}

async function statOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    if (cause instanceof Deno.errors.PermissionDenied || cause instanceof Deno.errors.NotCapable) {
      throw new Deno.errors.PermissionDenied(`Cannot read ${path}: permission denied`, { cause });
    }
    throw cause;
  }
}

async function ofFolder(folder: string, extensions: readonly string[]): Promise<string[]> {
  const names: string[] = [];
  const folders: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.startsWith(".")) continue;
    const isFolder = entry.isDirectory ||
      entry.isSymlink && (await Deno.stat(join(folder, entry.name))).isDirectory;
    if (isFolder) folders.push(entry.name);
    else if (!BESIDE.has(entry.name) && extensions.includes(formatOf(entry.name))) {
      names.push(entry.name);
    }
  }
  if (names.length === 0) {
    const inside = folders.sort().map((name) => join(folder, name));
    throw new RangeError(
      `Cannot read ${folder}: it holds no data files (${extensions.join(", ")})` +
        (inside.length > 0 ? `; name one of its folders: ${listed(inside)}` : ""),
    );
  }
  const formats = [...new Set(names.map(formatOf))];
  if (formats.length > 1) {
    const ways = formats.sort().map((format) => join(folder, `*${format}`));
    throw new RangeError(
      `Cannot read ${folder}: its files must be of one format: name them as ${
        listed(ways, " or ")
      }`,
    );
  }
  const splits = [...new Set(names.map(splitOf))];
  if (splits.length > 1 && splits.some((split) => usual.test(split))) {
    const ways = splits.sort().map((split) => join(folder, `${split}*`));
    throw new RangeError(
      `Cannot read ${folder}: its files must be of one split: name them as ${listed(ways, " or ")}`,
    );
  }
  return names.sort().map((name) => join(folder, name));
}

/** The extension that says the format: `.jsonl` of `rows.jsonl.gz`. */
function formatOf(name: string): string {
  const extension = extname(name).toLowerCase();
  return packedExtensions.includes(extension)
    ? extname(name.slice(0, -extension.length)).toLowerCase()
    : extension;
}

/** What shards of one split have in common: `train` of `train-00000-of-00003.parquet`. */
export const splitOf = (name: string): string =>
  basename(name).replace(/\..*$/, "").replace(/[-_.]?\d+(-of-\d+)?(-[0-9a-f]+)?$/, "");
const usual = /^(train|test|valid|validation|val|dev|eval)/i;

const listed = (names: readonly string[], by = ", ") =>
  names.slice(0, 12).map(printable).join(by) + (names.length > 12 ? ", …" : "");

async function* walk(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* walk(path);
    else yield path;
  }
}

function expression(pattern: string): RegExp {
  const parts: { readonly [mark: string]: string } = {
    "**/": "(?:[^/]+/)*",
    "**": ".*",
    "*": "[^/]*",
    "?": "[^/]",
    "{": "(?:",
    "}": ")",
    ",": "|",
  };
  let depth = 0;
  const source = pattern.replace(/\*\*\/|\*\*|\[!?[^\]]+\]|[^]/g, (mark) => {
    if (mark === "{") depth++;
    if (mark === "}") depth--;
    if (mark.length > 1 && mark.startsWith("[")) return mark.replace(/^\[!/, "[^");
    if (mark === "," && depth === 0) return ",";
    return parts[mark] ?? mark.replace(/[\\^$.*+?()[\]{}|]/, "\\$&");
  });
  return new RegExp(`^${source}$`);
}
