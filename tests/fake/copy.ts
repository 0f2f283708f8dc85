import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cli, type Said } from "./cli.ts";
import { temporary } from "./directory.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** What a program does not need to run. */
const left = /^(\.|bench$|docs$|node_modules$|results$|runs$|tests$)/;

/** A throw-away copy of the project, to be changed as a contributor changes it. */
export interface Copy {
  /** Writes a new file. */
  add(path: string, text: string): Promise<void>;
  /** Puts a line after the first that this matches. */
  insert(path: string, after: RegExp, line: string): Promise<void>;
  /** The command line of the copy. */
  cli(...args: readonly string[]): Promise<Said>;
}

export async function copy(): Promise<Copy> {
  const to = await temporary();
  for await (const { name } of Deno.readDir(root)) {
    if (!left.test(name)) await copyTo(join(root, name), join(to, name));
  }
  // A worker may load native code from its own project alone, so links to folders would not do.
  await linkTo(join(root, "node_modules"), join(to, "node_modules"));
  return {
    add: (path, text) => Deno.writeTextFile(join(to, path), text, { createNew: true }),
    async insert(path, after, line) {
      const lines = (await Deno.readTextFile(join(to, path))).split("\n");
      const at = lines.findIndex((one) => after.test(one));
      if (at < 0) throw new RangeError(`Cannot insert into ${path}: no line is ${after}`);
      lines.splice(at + 1, 0, line);
      await Deno.writeTextFile(join(to, path), lines.join("\n"));
    },
    cli: (...args) => cli(args, to, [], join(to, "main.ts")),
  };
}

async function copyTo(from: string, to: string): Promise<void> {
  const { isDirectory, isSymlink } = await Deno.lstat(from);
  if (isSymlink) return await Deno.symlink(await Deno.readLink(from), to);
  if (!isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await copyTo(join(from, name), join(to, name));
}

/** The same without a second copy of the bytes where the file system allows it: of what nobody changes. */
async function linkTo(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  const parts: Promise<void>[] = [];
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(from)) {
    const [there, here] = [join(from, name), join(to, name)];
    if (isDirectory) parts.push(linkTo(there, here));
    else if (isSymlink) parts.push(copyTo(there, here));
    else parts.push(Deno.link(there, here).catch(() => Deno.copyFile(there, here)));
  }
  await Promise.all(parts);
}
