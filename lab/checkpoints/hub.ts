/** Checkpoints from the Hugging Face hub: fetched once, whole, when the user names one. */
import { dirname, join } from "node:path";
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

/** ORG/NAME, or ORG/NAME@REVISION. */
export interface HubName {
  readonly repo: string;
  readonly revision: string;
}

export function hubName(text: string): HubName | undefined {
  const [, repo, revision = "main"] =
    /^([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(?:@([A-Za-z0-9][\w.-]*))?$/.exec(text) ?? [];
  return repo === undefined ? undefined : { repo, revision };
}

/** Where a copy lies: nothing is fetched again while it is there. */
export const hubDirectory = (store: string, { repo, revision }: HubName): string =>
  join(hubFolder(store), `${repo.replace("/", "--")}@${revision}`);

/**
 * The directory of a checkpoint that the user named: a directory as it stands, else a copy of what
 * the hub has under that name. A RangeError where it could not be fetched.
 */
export async function checkpointDirectory(
  text: string,
  { directory, store, note }: {
    /** What the name means as a path. */
    readonly directory: string;
    readonly store: string;
    readonly note: (line: string) => void;
  },
): Promise<string> {
  const name = hubName(text);
  // A path that is not there is the loader's to refuse.
  if (name === undefined || await isDirectory(directory)) return directory;
  const copy = hubDirectory(store, name);
  if (await isDirectory(copy)) {
    note(`Reading the copy of ${text} in ${copy}; delete it to fetch anew`);
    return copy;
  }
  if (!await fetchedApart([text], store)) {
    throw new RangeError(
      `Cannot load ${text}: there is no directory ${directory}, no copy in ${copy}, and it could not be fetched`,
    );
  }
  return copy;
}

/** What a checkpoint is made of here; a repository may hold the same weights in other forms too. */
const WANTED =
  /^((config|generation_config|tokenizer|tokenizer_config|special_tokens_map|model\.safetensors\.index)\.json|chat_template\.jinja|model(-\d+-of-\d+)?\.safetensors)$/;

/** Fetches a checkpoint's files. A RangeError says what is missing, or that the hub is out of reach. */
export async function fetchCheckpoint(name: HubName, options: HubOptions): Promise<string> {
  const { repo, revision } = name;
  const copy = hubDirectory(options.store, name);
  await Deno.mkdir(dirname(copy), { recursive: true });
  await using _ = await lock(`${copy}.lock`, { wait: true });
  if (await isDirectory(copy)) return copy;

  const at = await snapshot({ type: "model", name: repo, revision }, options);
  const all = await filesAt(at, options);
  const files = all.filter(({ path }) => WANTED.test(path));
  if (!files.some(({ path }) => path.endsWith(".safetensors"))) {
    throw new RangeError(
      `Cannot use ${repo} at ${revision}: it has no model.safetensors, but ${
        all.map(({ path }) => harmless(path)).slice(0, 20).join(", ") || "no files"
      }`,
    );
  }
  await download(at, files.map((entry) => ({ entry, as: entry.path })), copy, options);
  return copy;
}
