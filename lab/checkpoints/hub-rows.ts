/** Data sets from the Hugging Face hub: one split of one, fetched once by its commit. */
import { basename, dirname, join } from "node:path";
import type { ListFileEntry } from "@huggingface/hub";
import { writeAtomic } from "../disk/atomic.ts";
import { lock } from "../disk/lock.ts";
import { harmless } from "../host/progress.ts";
import {
  download,
  fetchedApart,
  filesAt,
  hubFolder,
  type HubOptions,
  isDirectory,
  snapshot,
} from "./download.ts";

/** ORG/NAME[/CONFIG][:SPLIT][@REVISION]. */
export interface RowsName {
  readonly repo: string;
  readonly config?: string;
  readonly split?: string;
  /** A branch, tag or commit; the hub's own conversion to Parquet without it. */
  readonly revision?: string;
}

export function rowsName(text: string): RowsName | undefined {
  const [, repo, config, split, revision] =
    /^([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(?:\/([\w.-]+))?(?::([\w.-]+))?(?:@([A-Za-z0-9][\w.-]*))?$/
      .exec(text) ?? [];
  if (repo === undefined) return undefined;
  return {
    repo,
    ...config === undefined ? {} : { config },
    ...split === undefined ? {} : { split },
    ...revision === undefined ? {} : { revision },
  };
}

/** Where the hub keeps every data set as Parquet. */
const CONVERTED = "refs/convert/parquet";

/** What says where the copy of a name lies. */
const pointer = (store: string, { repo, config = "", split = "", revision = "" }: RowsName) =>
  join(
    hubFolder(store),
    `datasets--${repo.replace("/", "--")}--${config}--${split}@${revision || "parquet"}.txt`,
  );

/** The folder that a pointer names; nothing where there is no copy. */
async function copyOf(store: string, name: RowsName): Promise<string | undefined> {
  try {
    const folder = join(hubFolder(store), (await Deno.readTextFile(pointer(store, name))).trim());
    return await isDirectory(folder) ? folder : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * The path of the rows that a user named: a path as it stands, else a copy of what the hub has under
 * that name. A RangeError where it could not be fetched.
 */
export async function rowsPath(
  text: string,
  { path, store, note }: {
    /** What the name means as a path. */
    readonly path: string;
    readonly store: string;
    readonly note: (line: string) => void;
  },
): Promise<string> {
  const name = rowsName(text);
  // A path that is not there is the reader's to refuse.
  if (name === undefined || /\.(jsonl?|csv|tsv|parquet|arrow|gz|zst)$/i.test(text)) return path;
  if (await isDirectory(path)) return path;
  const copy = await copyOf(store, name);
  if (copy !== undefined) {
    note(`Reading the copy of ${text} in ${copy}; delete it to fetch anew`);
    return copy;
  }
  const fetched = await fetchedApart([text, "--rows"], store) && await copyOf(store, name);
  if (!fetched) {
    throw new RangeError(
      `Cannot read ${text}: there is no file or folder ${path}, no copy in ${
        hubFolder(store)
      }, and it could not be fetched`,
    );
  }
  return fetched;
}

/** Fetches one split. A RangeError says what there is to choose from, or that the hub is out of reach. */
export async function fetchRows(name: RowsName, options: HubOptions): Promise<string> {
  const { store, note } = options;
  const { repo, revision } = name;
  const own = pointer(store, name);
  await Deno.mkdir(dirname(own), { recursive: true });
  await using _ = await lock(`${own}.lock`, { wait: true });
  const before = await copyOf(store, name);
  if (before !== undefined) return before;

  const at = await snapshot(
    { type: "dataset", name: repo, revision: revision ?? CONVERTED },
    options,
  ).catch(async (error) => {
    if (revision !== undefined || !(error instanceof RangeError)) throw error;
    // Not every data set is converted; where the hub is out of reach, that is said.
    const main = await snapshot({ type: "dataset", name: repo, revision: "main" }, options)
      .catch(() => undefined);
    if (main === undefined) throw error;
    note(`${repo} has no Parquet branch: reading its own files`);
    return main;
  });
  const { config, split, files, cut } = chosen(await filesAt(at, options), name);
  if (cut) note(`The hub has only the first part of ${repo} as Parquet`);
  const [, short = ""] = repo.split("/");
  const leaf = [short, ...config === "default" ? [] : [config], split].join("--");
  const folder = join(`datasets--${repo.replace("/", "--")}@${at.commit}`, leaf);
  const copy = join(hubFolder(store), folder);
  if (!await isDirectory(copy)) {
    const named = files.map((entry) => ({ entry, as: entry.path.replaceAll("/", "--") }));
    await download(at, named, copy, options);
  }
  await writeAtomic(own, `${folder}\n`);
  return copy;
}

interface Part {
  readonly config: string;
  readonly split: string;
  readonly entry: ListFileEntry;
  /** Whether it is the beginning of something larger. */
  readonly cut: boolean;
}

/** What a repository's files hold: as the hub converts them, else as people lay them out. */
function partsOf(files: readonly ListFileEntry[]): Part[] {
  const converted = files.flatMap((entry): Part[] => {
    const [, config, partial, split] =
      /^([^/]+)\/(partial-)?([^/]+)\/\d+\.parquet$/.exec(entry.path) ?? [];
    return config === undefined || split === undefined
      ? []
      : [{ config, split, entry, cut: partial !== undefined }];
  });
  if (converted.length > 0) return converted;
  return files.flatMap((entry): Part[] => {
    const name = basename(entry.path);
    if (!/\.(parquet|jsonl|json|csv|tsv|arrow)(\.gz|\.zst)?$/i.test(name)) return [];
    if (/^(dataset_infos?|dataset_dict|state|config)\.json$/.test(name)) return [];
    const folder = dirname(entry.path);
    const split = name.replace(/\..*$/, "").replace(/[-_.]?\d+(-of-\d+)?(-[0-9a-f]+)?$/, "");
    const config = folder === "." || folder === "data" ? "default" : folder.replaceAll("/", "--");
    return [{ config, split: split || "train", entry, cut: false }];
  });
}

function chosen(files: readonly ListFileEntry[], { repo, config, split }: RowsName) {
  const parts = partsOf(files);
  if (parts.length === 0) {
    throw new RangeError(
      `Cannot use ${repo}: it has no data files, but ${
        files.map(({ path }) => harmless(path)).slice(0, 20).join(", ") || "none at all"
      }`,
    );
  }
  const pick = (
    what: "config" | "split",
    wanted: string | undefined,
    usual: string,
    among: readonly Part[],
    written: (name: string) => string,
  ): string => {
    const names = [...new Set(among.map((part) => part[what]))];
    const found = wanted ?? (names.length === 1 ? names[0]! : usual);
    if (names.includes(found)) return found;
    throw new RangeError(
      `Cannot choose a ${what} of ${repo}: ${
        wanted === undefined ? "it has" : `there is no ${harmless(wanted)}, but`
      } ${names.map(harmless).slice(0, 20).join(", ")}: name one, as ${
        harmless(written(names[0]!))
      }`,
    );
  };
  const ofConfig = pick("config", config, "default", parts, (name) => `${repo}/${name}`);
  const among = parts.filter((part) => part.config === ofConfig);
  const ofSplit = pick(
    "split",
    split,
    "train",
    among,
    (name) => `${repo}${config === undefined ? "" : `/${config}`}:${name}`,
  );
  const found = among.filter((part) => part.split === ofSplit);
  return {
    config: ofConfig,
    split: ofSplit,
    files: found.map(({ entry }) => entry),
    cut: found.some(({ cut }) => cut),
  };
}
