import { createHash } from "node:crypto";
import { join } from "node:path";
import { canonical, jsonText, type Workshop } from "../../core/mod.ts";
import { isTemporary, writeAtomic } from "./atomic.ts";
import { lock } from "./lock.ts";
import { numerics } from "../host/provenance.ts";

/** Part of every key, so that entries of another layout are never read. */
const FORMAT = 1;
/** After this long a temporary file belongs to nobody alive. */
const ABANDONED = 60 * 60 * 1000;

interface Header {
  readonly format: number;
  readonly key: string;
  readonly length: number;
  readonly sha256: string;
}

/**
 * `Workshop.cached` on a directory: an entry is a line of JSON (format, hash of name and key,
 * length and SHA-256 of the payload), then the payload. An entry that does not match its own
 * header is made again, and `note` is told why. The hash also covers the code that computes and the
 * device, whose last bits differ, so that an update starts afresh. Processes may share the directory: who finds an entry being made waits
 * for it.
 */
export function cache(
  directory: string,
  note: (line: string) => void,
  device = "cpu",
): Workshop["cached"] {
  const making = new Map<string, Promise<Uint8Array>>();
  const code = numerics();
  return async (name, key, make) => {
    const hash = sha256(canonical([FORMAT, await code, device, name, key]));
    const path = join(directory, `${name.replaceAll(/[^A-Za-z0-9._-]+/g, "-")}-${hash}`);
    let entry = making.get(path);
    if (!entry) {
      entry = open(path, hash, make).finally(() => making.delete(path));
      making.set(path, entry);
    }
    return entry;
  };

  async function open(
    path: string,
    hash: string,
    make: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const early = await read(path, hash);
    if (early instanceof Uint8Array) return early;
    await Deno.mkdir(directory, { recursive: true });
    await using _ = await lock(`${path}.lock`, { wait: true });
    const found = await read(path, hash);
    if (found instanceof Uint8Array) return found;
    if (found !== undefined) note(`Cache entry ${path} is made again: ${found}`);
    const payload = await make();
    const header: Header = {
      format: FORMAT,
      key: hash,
      length: payload.length,
      sha256: sha256(payload),
    };
    const head = new TextEncoder().encode(`${jsonText(header, path)}\n`);
    const bytes = new Uint8Array(head.length + payload.length);
    bytes.set(head);
    bytes.set(payload, head.length);
    await removeAbandoned(directory);
    if (await isDirectory(path)) await Deno.remove(path, { recursive: true });
    await writeAtomic(path, bytes);
    return payload;
  }
}

/** The payload, or why there is none: undefined where nothing was there, a reason where it is damaged. */
async function read(path: string, hash: string): Promise<Uint8Array | string | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
    throw error;
  }
  const end = bytes.indexOf(10);
  const header = end < 0 ? undefined : parseHeader(bytes.subarray(0, end));
  if (!header) return "its first line is not a header";
  if (header.format !== FORMAT || header.key !== hash) return "it belongs to another key";
  // A copy, so that the payload starts its own buffer as a fresh one does: readers lay floats over it.
  const payload = bytes.slice(end + 1);
  if (payload.length !== header.length) {
    return `it holds ${payload.length} bytes, expected ${header.length}`;
  }
  if (sha256(payload) !== header.sha256) return "its checksum does not match";
  return payload;
}

/** No entry of ours is one, but a name may be taken. */
async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function parseHeader(line: Uint8Array): Header | undefined {
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(line));
    return typeof header === "object" && header !== null && "format" in header &&
        "key" in header && "length" in header && "sha256" in header
      ? header as Header
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function removeAbandoned(directory: string): Promise<void> {
  for await (const { name } of Deno.readDir(directory)) {
    if (!isTemporary(name)) continue;
    const path = join(directory, name);
    try {
      const { mtime } = await Deno.stat(path);
      if (mtime && Date.now() - mtime.getTime() > ABANDONED) await Deno.remove(path);
    } catch (error) {
      // Whoever was writing it has just renamed it, or removed it as we do.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
