/** Flags of the process that a user starts. */
const flags = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  `--allow-run=${Deno.execPath()}`,
  "--allow-env=INIT_CWD,HOME,XDG_CACHE_HOME,DENO_DIR,TMPDIR,CUDA_VISIBLE_DEVICES",
  "--allow-sys=hostname,cpus",
];

/** Arguments that make `deno` the command line, `more` its further permissions; `entry` is another copy's. */
export function main(
  args: readonly string[],
  more: readonly string[] = [],
  entry = import.meta.resolve("../../main.ts"),
): string[] {
  return ["run", ...flags, ...more, entry, ...args];
}

/** The command line in a process of its own, with its own permissions and never a prompt for more. */
export function command(
  args: readonly string[],
  cwd?: string,
  more: readonly string[] = [],
  entry?: string,
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: main(args, more, entry),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // As `deno task` sets it: the directory from which the user called.
    env: { INIT_CWD: cwd ?? Deno.cwd() },
  });
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function cli(
  args: readonly string[],
  cwd?: string,
  more: readonly string[] = [],
  entry?: string,
): Promise<Said> {
  const { code, stdout, stderr } = await command(args, cwd, more, entry).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
