/** Checkpoints from the Hugging Face hub: fetched once, whole, when the user names one. */
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import type { ListFileEntry } from "@huggingface/hub";
import { writeAll } from "../disk/atomic.ts";
import { lock } from "../disk/lock.ts";
import { within } from "../host/process.ts";
import { duration, plain } from "../host/progress.ts";

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
  join(store, "hub", `${repo.replace("/", "--")}@${revision}`);

/**
 * The directory of a checkpoint that the user named: a directory as it stands, else a copy of what
 * the hub has under that name, fetched by a process of its own, the only one of ours that may reach
 * the network. A RangeError where it could not be fetched.
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
  await Deno.mkdir(dirname(copy), { recursive: true });
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: within(["fetch", text, `--cache=${store}`], {
      read: [store],
      write: [dirname(copy)],
      env: ["HF_ENDPOINT", "HF_TOKEN"],
      net: true,
    }),
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).output();
  if (!success) {
    throw new RangeError(
      `Cannot load ${text}: there is no directory ${directory}, no copy in ${copy}, and it could not be fetched`,
    );
  }
  return copy;
}

export interface HubOptions {
  readonly store: string;
  readonly endpoint: string | undefined;
  readonly token: string | undefined;
  /** Milliseconds. */
  readonly now: () => number;
  readonly note: (line: string) => void;
}

/** What a checkpoint is made of here; a repository may hold the same weights in other forms too. */
const WANTED =
  /^((config|generation_config|tokenizer|tokenizer_config|special_tokens_map|model\.safetensors\.index)\.json|chat_template\.jinja|model(-\d+-of-\d+)?\.safetensors)$/;

/**
 * Fetches a checkpoint's files into a directory that is seen whole or not at all. Sizes and, where
 * the hub has them, SHA-256 sums are checked. A RangeError says what is missing, or that the hub is
 * out of reach.
 */
export async function fetchCheckpoint(name: HubName, options: HubOptions): Promise<string> {
  const { store, endpoint = "https://huggingface.co", token, note, now } = options;
  const copy = hubDirectory(store, name);
  await Deno.mkdir(dirname(copy), { recursive: true });
  await using _ = await lock(`${copy}.lock`, { wait: true });
  if (await isDirectory(copy)) return copy;

  // Loaded here, as nobody else has a use for it.
  const { downloadFile, listFiles, modelInfo } = await import("@huggingface/hub");
  const access = { hubUrl: endpoint, ...token === undefined ? {} : { accessToken: token } };
  const reached = async <T>(what: string, ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (cause) {
      const reason = cause instanceof Error ? plain(cause.message) : plain(String(cause));
      throw new RangeError(
        `Cannot fetch ${what} of ${name.repo} at ${name.revision} from ${endpoint}: ${reason}`,
        { cause },
      );
    }
  };
  // A branch may move while its files are fetched; a commit does not.
  const { sha } = await reached(
    "the state",
    () =>
      modelInfo({ name: name.repo, revision: name.revision, additionalFields: ["sha"], ...access }),
  );
  const at = { repo: { type: "model" as const, name: name.repo }, revision: sha, ...access };
  const all = await reached("the list of files", () => Array.fromAsync(listFiles(at)));
  const files = all.filter(({ type, path }) => type === "file" && WANTED.test(path));
  if (!files.some(({ path }) => path.endsWith(".safetensors"))) {
    throw new RangeError(
      `Cannot use ${name.repo} at ${name.revision}: it has no model.safetensors, but ${
        all.map(({ path }) => plain(path)).slice(0, 20).join(", ") || "no files"
      }`,
    );
  }

  const part = await Deno.makeTempDir({ dir: dirname(copy), prefix: `.${basename(copy)}-` });
  try {
    const total = files.reduce((sum, { size }) => sum + size, 0);
    const [began, mebi] = [now(), 2 ** 20];
    let [done, told] = [0, now()];
    for (const file of files) {
      const { path } = file;
      await reached(path, async () => {
        const blob = await downloadFile({ path, ...at });
        if (blob === null) throw new Error("there is no such file");
        await save(join(part, path), blob, file, (bytes) => {
          done += bytes;
          if (now() - told < 2000) return;
          told = now();
          const left = (told - began) / done * (total - done) / 1000;
          note(
            `${path}: ${(done / mebi).toFixed(0)} of ${(total / mebi).toFixed(0)} MB, ${
              duration(left)
            } left`,
          );
        });
      });
    }
    await Deno.rename(part, copy);
  } catch (error) {
    await Deno.remove(part, { recursive: true });
    throw error;
  }
  note(`Fetched ${name.repo} at ${sha} into ${copy}`);
  return copy;
}

async function save(
  path: string,
  blob: Blob,
  { size, lfs }: ListFileEntry,
  arrived: (bytes: number) => void,
): Promise<void> {
  const hash = createHash("sha256");
  let length = 0;
  using file = await Deno.open(path, { write: true, createNew: true });
  for await (const piece of blob.stream()) {
    hash.update(piece);
    length += piece.length;
    await writeAll(file, piece);
    arrived(piece.length);
  }
  await file.sync();
  if (length !== size) throw new Error(`${length} bytes came, expected ${size}`);
  const sum = hash.digest("hex");
  if (lfs !== undefined && sum !== lfs.oid) {
    throw new Error(`its SHA-256 is ${sum}, expected ${lfs.oid}`);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}
