import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cli, type Said } from "./cli.ts";
import { temporary } from "./directory.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** What a program does not need to run. */
const left = /^(\.|bench$|docs$|node_modules$|results$|runs$|tests$)/;

/** What a contributor does to add a thing. */
export interface Addition {
  /** Texts of new files, by path. */
  readonly files: { readonly [path: string]: string };
  /** A line each, put into a file after the first that matches. */
  readonly lines: readonly {
    readonly into: string;
    readonly after: RegExp;
    readonly line: string;
  }[];
}

/** A throw-away copy of the project, to be changed as a contributor changes it. */
export interface Copy {
  readonly directory: string;
  /** Adds a thing, formatted as all is, and says how many lines of which files that were there it took. */
  add(addition: Addition): Promise<{ readonly [path: string]: number }>;
  /** The command line of the copy, with these permissions beside the usual ones. */
  cli(args: readonly string[], more?: readonly string[]): Promise<Said>;
}

export async function copy(): Promise<Copy> {
  const to = await temporary();
  for await (const { name } of Deno.readDir(root)) {
    if (!left.test(name)) await copyTo(join(root, name), join(to, name));
  }
  // A worker may load native code from its own project alone, so links to folders would not do.
  await linkTo(join(root, "node_modules"), join(to, "node_modules"));
  return {
    directory: to,
    async add({ files, lines }) {
      for (const [path, text] of Object.entries(files)) {
        await Deno.mkdir(dirname(join(to, path)), { recursive: true });
        await Deno.writeTextFile(join(to, path), text, { createNew: true });
      }
      for (const { into, after, line } of lines) await insert(join(to, into), after, line);
      const touched = Map.groupBy(lines, ({ into }) => into);
      await formatted([...Object.keys(files), ...touched.keys()].map((path) => join(to, path)), to);
      return Object.fromEntries([...touched].map(([path, { length }]) => [path, length]));
    },
    cli: (args, more = []) => cli(args, to, more, join(to, "main.ts")),
  };
}

async function insert(path: string, after: RegExp, line: string): Promise<void> {
  const lines = (await Deno.readTextFile(path)).split("\n");
  const at = lines.findIndex((one) => after.test(one));
  if (at < 0) throw new RangeError(`Cannot insert into ${path}: no line is ${after}`);
  lines.splice(at + 1, 0, line);
  await Deno.writeTextFile(path, lines.join("\n"));
}

/** A line counts as one only if the formatter leaves it so. */
async function formatted(paths: readonly string[], cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--check", ...paths],
    cwd,
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) throw new SyntaxError(new TextDecoder().decode(stderr));
}

async function copyTo(from: string, to: string): Promise<void> {
  const { isDirectory, isSymlink } = await Deno.lstat(from);
  if (isSymlink) return await Deno.symlink(await Deno.readLink(from), to);
  if (!isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await copyTo(join(from, name), join(to, name));
}

/**
 * The same without a second copy of the bytes where the file system allows it: of what nobody changes.
 * One file after the other: thousands of copies at a time take descriptors and memory. Deno's locks
 * stay where they are, as they come and go with every process that starts beside this one.
 */
async function linkTo(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(from)) {
    if (name.startsWith(".deno.lock")) continue;
    const [there, here] = [join(from, name), join(to, name)];
    if (isDirectory) await linkTo(there, here);
    else if (isSymlink) await copyTo(there, here);
    else await Deno.link(there, here).catch(() => Deno.copyFile(there, here));
  }
}
