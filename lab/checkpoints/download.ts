/** Files from the Hugging Face hub, into a directory that is seen whole or not at all. */
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import type { ListFileEntry, RepoType } from "@huggingface/hub";
import { writeAll } from "../disk/atomic.ts";
import { within } from "../host/process.ts";
import { duration, harmless } from "../host/progress.ts";

export interface HubOptions {
  readonly store: string;
  readonly endpoint: string | undefined;
  readonly token: string | undefined;
  /** Milliseconds. */
  readonly now: () => number;
  readonly note: (line: string) => void;
}

/** A repository at a commit: a branch may move while its files are fetched, a commit does not. */
export interface Snapshot {
  readonly type: Extract<RepoType, "model" | "dataset">;
  readonly name: string;
  /** As the user named it. */
  readonly revision: string;
  readonly commit: string;
}

/** Where copies lie. */
export const hubFolder = (store: string) => join(store, "hub");

const access = ({ endpoint = "https://huggingface.co", token }: HubOptions): Access => (
  { hubUrl: endpoint, ...token === undefined ? {} : { accessToken: token } }
);

interface Access {
  readonly hubUrl: string;
  readonly accessToken?: string;
}

/** The hub's address without a password that may stand in it. */
function shownEndpoint({ endpoint = "https://huggingface.co" }: HubOptions): string {
  const { username, password } = URL.parse(endpoint) ?? {};
  return harmless(username || password ? endpoint.replace(/\/\/[^@/]*@/, "//") : endpoint);
}

/** What asking gives; a RangeError says what was asked of whom, and what the hub said. */
async function reached<T>(
  what: string,
  { name, revision }: Pick<Snapshot, "name" | "revision">,
  options: HubOptions,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const from = shownEndpoint(options);
    const { hubUrl, accessToken } = access(options);
    // A cause would carry on what is hidden here.
    const hidden = harmless(
      reason.replaceAll(hubUrl, from).replaceAll(accessToken || hubUrl, "[hidden]"),
    );
    throw new RangeError(`Cannot fetch ${what} of ${name} at ${revision} from ${from}: ${hidden}`);
  }
}

/** What a branch, tag or commit of a repository is now. */
export async function snapshot(
  repo: Omit<Snapshot, "commit">,
  options: HubOptions,
): Promise<Snapshot> {
  // Loaded here, as nobody else has a use for it.
  const { datasetInfo, modelInfo } = await import("@huggingface/hub");
  const { name, revision } = repo;
  const asked = { name, revision, ...access(options) };
  const { sha } = await reached(
    "the state",
    repo,
    options,
    () =>
      repo.type === "model"
        ? modelInfo({ ...asked, additionalFields: ["sha"] })
        : datasetInfo({ ...asked, additionalFields: ["sha"] }),
  );
  return { ...repo, commit: sha };
}

export async function filesAt(at: Snapshot, options: HubOptions): Promise<ListFileEntry[]> {
  const { listFiles } = await import("@huggingface/hub");
  const all = await reached("the list of files", at, options, () =>
    Array.fromAsync(listFiles({
      repo: { type: at.type, name: at.name },
      revision: at.commit,
      recursive: true,
      ...access(options),
    })));
  return all.filter(({ type }) => type === "file");
}

/** Fetches files, each under a name of its own. Sizes and, where the hub has them, SHA-256 sums are checked. */
export async function download(
  at: Snapshot,
  files: readonly { readonly entry: ListFileEntry; readonly as: string }[],
  copy: string,
  options: HubOptions,
): Promise<void> {
  const { downloadFile } = await import("@huggingface/hub");
  const { now, note } = options;
  await Deno.mkdir(dirname(copy), { recursive: true });
  const part = await Deno.makeTempDir({ dir: dirname(copy), prefix: `.${basename(copy)}-` });
  try {
    const total = files.reduce((sum, { entry: { size } }) => sum + size, 0);
    const [began, mebi] = [now(), 2 ** 20];
    let [done, told] = [0, now()];
    for (const { entry, as } of files) {
      const { path } = entry;
      await reached(path, at, options, async () => {
        const repo = { type: at.type, name: at.name };
        const blob = await downloadFile({ path, repo, revision: at.commit, ...access(options) });
        if (blob === null) throw new Error("there is no such file");
        await save(join(part, as), blob, entry, (bytes) => {
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
  note(`Fetched ${at.name} at ${at.commit} into ${copy}`);
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
    await writeAll(file, piece, path);
    arrived(piece.length);
  }
  await file.sync();
  if (length !== size) throw new Error(`${length} bytes came, expected ${size}`);
  const sum = hash.digest("hex");
  if (lfs !== undefined && sum !== lfs.oid) {
    throw new Error(`its SHA-256 is ${sum}, expected ${lfs.oid}`);
  }
}

/** Fetches by a process of its own, the only one of ours that may reach the hub; whether that worked. */
export async function fetchedApart(
  command: readonly string[],
  store: string,
): Promise<boolean> {
  await Deno.mkdir(hubFolder(store), { recursive: true });
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: within(["fetch", ...command, `--cache=${store}`], {
      read: [store],
      write: [hubFolder(store)],
      env: ["HF_ENDPOINT", "HF_TOKEN"],
      net: true,
    }),
    // It needs the token and the proxies, which this process may not read: all but the judge's key.
    env: { PREFBENCH_JUDGE_KEY: "", LD_LIBRARY_PATH: "", LD_PRELOAD: "" },
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).output();
  return success;
}

export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}
