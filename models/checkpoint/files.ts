import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The text of a file of a checkpoint; nothing where there is none. */
export async function readText(directory: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(directory, name), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

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
