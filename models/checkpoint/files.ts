import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** The text of a file of a checkpoint; nothing where there is none. */
export async function readText(directory: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(directory, name), "utf8");
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Whether there is something of this name in a directory that may be absent itself. */
export async function isThere(directory: string, name = ""): Promise<boolean> {
  try {
    await stat(join(directory, name));
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

const isAbsence = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

/** A SyntaxError where the file is no JSON. */
export async function readJson(directory: string, name: string): Promise<unknown> {
  const text = await readText(directory, name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`Cannot read ${join(directory, name)}: it is not JSON`, { cause });
  }
}
