/**
 * Starts a command that may write nowhere but where its arguments say. It imports none of our files
 * and no package, so that nobody else's code runs in a process that may start others.
 */
import { dirname, join, resolve } from "node:path";

const root = import.meta.dirname!;

/** A command's arguments as far as they must be understood here. */
interface Typed {
  /** Values of an option, resolved as the user meant them. */
  option(name: string): string[];
  /** What belongs to no option, resolved too. */
  readonly words: readonly string[];
}

interface Grant {
  readonly write: readonly string[];
  readonly more?: readonly string[];
}

/** A file is written beside its place and renamed, so that it takes its folder. */
const grants: { readonly [command: string]: (typed: Typed) => Grant } = {
  publish: ({ option }) => ({ write: option("out") }),
  report({ option, words }) {
    const out = option("out");
    return { write: out.length > 0 ? out.map(dirname) : words };
  },
  export({ option }) {
    const cache = option("cache");
    const write = [...option("out"), ...cache.length > 0 ? cache : [join(root, ".cache")]];
    return { write, more: [`--allow-ffi=${join(root, "node_modules")}`] };
  },
  vote: ({ words }) => ({ write: words, more: ["--allow-net=127.0.0.1"] }),
};

/** Options of these commands that take no value. */
const SWITCHES = ["--json", "--verbose", "--help", "-h"];

function typed(args: readonly string[], from: string): Typed {
  const words: string[] = [];
  const options = new Map<string, string[]>();
  const add = (name: string, value: string) =>
    options.set(name, [...options.get(name) ?? [], resolve(from, value)]);
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === "--") {
      words.push(...args.slice(at + 1).map((word) => resolve(from, word)));
      break;
    }
    if (SWITCHES.includes(arg)) continue;
    const [, name, value] = /^--([^=]+)(?:=([^]*))?$/.exec(arg) ?? [];
    if (name === undefined) words.push(resolve(from, arg));
    else if (value !== undefined) add(name, value);
    else if (at + 1 < args.length) add(name, args[++at]!);
  }
  return { option: (name) => options.get(name) ?? [], words };
}

/** Flags of `deno run` for a command's arguments; a RangeError where a path cannot be granted. */
export function flags([command = "", ...args]: readonly string[], from: string): string[] {
  const grant = grants[command];
  if (!grant) throw new RangeError(`Cannot start ${command}: expected ${Object.keys(grants)}`);
  const { write, more = [] } = grant(typed(args, from));
  const comma = write.find((path) => path.includes(","));
  if (comma !== undefined) {
    throw new RangeError(
      `Cannot write to ${comma}: no folder or file may have a comma in its name`,
    );
  }
  return [
    "--no-prompt",
    "--allow-read",
    "--allow-env=INIT_CWD",
    ...write.length > 0 ? [`--allow-write=${write}`] : [],
    ...more,
  ];
}

const PASSED_ON = ["INIT_CWD", "HOME", "XDG_CACHE_HOME", "DENO_DIR", "NO_COLOR"];

async function start(args: readonly string[]): Promise<number> {
  const env = Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = Deno.env.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags(args, env.INIT_CWD ?? Deno.cwd()), join(root, "main.ts"), ...args],
    clearEnv: true,
    env,
  }).spawn();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    if (name === "SIGTERM" && Deno.build.os === "windows") continue;
    // What a signal means is the command's to say; a terminal may have sent it there as well.
    Deno.addSignalListener(name, () => child.kill(name));
  }
  const { code } = await child.status;
  return code;
}

if (import.meta.main) {
  try {
    Deno.exit(await start(Deno.args));
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
