import { basename, dirname, join } from "node:path";

/**
 * Writes a file that is seen whole or not at all, whatever dies in between: a temporary file
 * beside it, synchronised to the disk, then renamed over it.
 */
export async function writeAtomic(
  path: string,
  content: string | Uint8Array | Iterable<string>,
): Promise<void> {
  const pieces = typeof content === "string" || content instanceof Uint8Array ? [content] : content;
  const encoder = new TextEncoder();
  const [file, temporary] = await createBeside(path);
  try {
    try {
      for (const piece of pieces) {
        await writeAll(file, typeof piece === "string" ? encoder.encode(piece) : piece, path);
      }
      await named(path, file.sync());
    } finally {
      file.close();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** As `writeAtomic`, where nobody else writes: what killed writers of the file left half-written goes. */
export async function replaceAtomic(
  path: string,
  content: string | Uint8Array | Iterable<string>,
): Promise<void> {
  for await (const { name } of Deno.readDir(dirname(path))) {
    const own = isTemporary(name) && name.replace(/\.\d+-\d+\.tmp$/, "") === basename(path);
    if (own) await Deno.remove(join(dirname(path), name));
  }
  await writeAtomic(path, content);
}

/** Whether this is the name of a temporary file that `writeAtomic` may have left behind when killed. */
export function isTemporary(name: string): boolean {
  return /\.\d+-\d+\.tmp$/.test(name);
}

/** An Error that names the file where its disk is full or fails. */
export async function writeAll(
  file: Deno.FsFile,
  bytes: Uint8Array,
  path: string,
): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await named(path, file.write(bytes.subarray(at)));
}

/** What is written to an open file fails without its name, which who reads the error must know. */
export async function named<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    throw new Error(`Cannot write ${path}: ${why}`, { cause });
  }
}

/** Makes a file's creation or renaming last, as `sync` does for its content. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows has no handle to a directory, and writes such changes through.
  if (Deno.build.os === "windows") return;
  using directory = await Deno.open(path);
  await directory.sync();
}

// The process id alone is not enough: two containers may share a directory and not their ids.
async function createBeside(path: string): Promise<[Deno.FsFile, string]> {
  for (let attempt = 0;; attempt++) {
    const temporary = `${path}.${Deno.pid}-${attempt}.tmp`;
    try {
      return [await Deno.open(temporary, { write: true, createNew: true }), temporary];
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}

/** Whether there is anything of this name. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
