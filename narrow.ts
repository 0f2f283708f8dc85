/**
 * Starts a command that may write nowhere, and where it reaches other machines read nothing and reach
 * nobody, but where its arguments say. It imports none of our files and no package, so that nobody
 * else's code runs in a process that may start others.
 */
import { dirname, join, resolve } from "node:path";

const root = import.meta.dirname!;

/** A command's arguments as far as they must be understood here. */
interface Typed {
  /** Values of an option, resolved as the user meant them. */
  option(name: string): string[];
  /** The value of an option as it stands. */
  last(name: string): string | undefined;
  /** All that may be a path: values of any option, behind the kind of a judge, and words. */
  readonly named: readonly string[];
  /** What belongs to no option, resolved too. */
  readonly words: readonly string[];
  /** Where the user stands. */
  readonly from: string;
}

interface Grant {
  readonly write: readonly string[];
  /** What is read beside the project and what is written; everything where it is not said. */
  readonly read?: readonly string[];
  /** Variables that it may read beside `INIT_CWD`. */
  readonly env?: readonly string[];
  readonly more?: readonly string[];
}

const engine = `--allow-ffi=${join(root, "node_modules")}`;

/** A file, or a run that is merged, is written beside its place and renamed, so that it takes its folder. */
const grants: { readonly [command: string]: (typed: Typed) => Grant } = {
  merge: ({ option }) => ({ write: option("out").map(dirname) }),
  publish: ({ option }) => ({ write: option("out") }),
  docs: ({ option }) => ({ write: option("out") }),
  report({ option, words }) {
    const out = option("out");
    return { write: out.length > 0 ? out.map(dirname) : words };
  },
  export({ option }) {
    const cache = option("cache");
    const write = [...option("out"), ...cache.length > 0 ? cache : [join(root, ".cache")]];
    return { write, more: [engine] };
  },
  vote: ({ words }) => ({ write: words, more: ["--allow-net=127.0.0.1"] }),
  judge(typed) {
    const [out, run] = [typed.option("out"), typed.option("run")];
    const write = out.length > 0 ? out : run.map((directory) => join(directory, "judged"));
    return asking(typed, "judge", "judge-file", write);
  },
  audit(typed) {
    const out = typed.option("out");
    const granted = asking(typed, "judge", "judge-file", out.length > 0 ? out : [typed.from]);
    return { ...granted, more: [...granted.more ?? [], "--allow-sys=hostname"] };
  },
  answer: (typed) => asking(typed, "model", "model-file", typed.option("out").map(dirname)),
};

/** What a command may do that asks a model: reach the server, or run it. */
function asking(
  typed: Typed,
  option: "judge" | "model",
  settings: string,
  write: readonly string[],
): Grant {
  const model = typed.last(option);
  const [kind = ""] = /^\w*(?=:|$)/.exec(model ?? "") ?? [];
  const remote = kind === "remote";
  const host = remote ? hostOf(typed.option(settings).at(-1)) : undefined;
  const told = kind === "replay" || option === "judge" && kind === "gold";
  const here = model !== undefined && !remote && !told;
  return {
    write: [...write, ...typed.option("replies").map(dirname)],
    read: [
      ...gitFolders(),
      ...here ? LIBC.filter(exists) : [],
      ...typed.named.map(readable).filter(exists),
    ],
    env: [...remote ? SERVER : [], ...here ? ENGINE : []],
    more: [
      ...host === undefined ? [] : [`--allow-net=${host}`],
      ...here ? [engine] : [],
    ],
  };
}

/** How a server is named, which the file of settings wins over; see `commands/open-judge.ts`. */
const SERVER = ["PREFBENCH_JUDGE_URL", "PREFBENCH_JUDGE_KEY", "PREFBENCH_JUDGE_MODEL"];
/** What the packages that run models ask for. */
const ENGINE = ["npm_package_config_libvips", "MALLOC_ARENA_MAX", "ORT_DISABLE_TELEMETRY"];
/** By which sharp, that transformers.js loads, finds out for which C library it is there. */
const LIBC = ["/usr/bin/ldd"];

/** The host and port of the server; none where the command will say that nothing names it. */
function hostOf(settings: string | undefined): string | undefined {
  const text = urlIn(settings) ?? Deno.env.get("PREFBENCH_JUDGE_URL");
  const url = text === undefined ? null : URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || /[,*]/.test(url.hostname)) {
    return undefined;
  }
  return `${url.hostname}:${url.port || (url.protocol === "https:" ? 443 : 80)}`;
}

/** What the file says; what is wrong with it the command says better. */
function urlIn(path: string | undefined): string | undefined {
  try {
    const value: unknown = path === undefined ? {} : JSON.parse(Deno.readTextFileSync(path));
    const url = typeof value === "object" && value !== null && "url" in value ? value.url : "";
    return typeof url === "string" && url !== "" ? url : undefined;
  } catch {
    return undefined;
  }
}

/** What a work tree keeps outside: records say the commit, which is read from git's own files. */
function gitFolders(): string[] {
  const read = (path: string) => exists(path) ? Deno.readTextFileSync(path).trim() : "";
  const link = join(root, ".git");
  if (!exists(link) || Deno.lstatSync(link).isDirectory) return [];
  const git = resolve(root, read(link).replace(/^gitdir: /, ""));
  return [git, resolve(git, read(join(git, "commondir")) || ".")];
}

/** A path, or the folder that a pattern of files begins in. */
function readable(path: string): string {
  let folder = path;
  while (/[*?[\]{}]/.test(folder) && !exists(folder)) folder = dirname(folder);
  return folder;
}

/** Whether a word names something; most that are no paths name nothing. */
function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Options of these commands that take no value. */
export const SWITCHES = [
  ...["--json", "--verbose", "--help", "-h"],
  ...["--keep-thoughts", "--mixed", "--no-texts", "--resume"],
];

function typed(args: readonly string[], from: string): Typed {
  const words: string[] = [];
  const options = new Map<string, string[]>();
  const add = (name: string, value: string) =>
    options.set(name, [...options.get(name) ?? [], value]);
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
  const values = [...options.values()].flat();
  const behind = values.flatMap((value) => /^\w+:(.+)$/s.exec(value)?.slice(1) ?? []);
  const all = (some: readonly string[]) => some.map((one) => resolve(from, one));
  return {
    option: (name) => all(options.get(name) ?? []),
    last: (name) => options.get(name)?.at(-1),
    named: [...all([...values, ...behind]), ...words],
    words,
    from,
  };
}

/** Flags of `deno run` for a command's arguments; a RangeError where a path cannot be granted. */
export function flags([command = "", ...args]: readonly string[], from: string): string[] {
  const grant = grants[command];
  if (!grant) throw new RangeError(`Cannot start ${command}: expected ${Object.keys(grants)}`);
  const { write, read, env = [], more = [] } = grant(typed(args, from));
  for (const [verb, paths] of Object.entries({ "write to": write, read: read ?? [] })) {
    const comma = paths.find((path) => path.includes(","));
    if (comma === undefined) continue;
    throw new RangeError(
      `Cannot ${verb} ${comma}: no folder or file may have a comma in its name`,
    );
  }
  return [
    "--no-prompt",
    read ? `--allow-read=${[...new Set([root, ...read, ...write])]}` : "--allow-read",
    `--allow-env=${["INIT_CWD", ...env]}`,
    ...write.length > 0 ? [`--allow-write=${[...new Set(write)]}`] : [],
    ...more,
  ];
}

const PASSED_ON = ["INIT_CWD", "HOME", "XDG_CACHE_HOME", "DENO_DIR", "NO_COLOR"];
/** What Deno reaches servers by. */
const NETWORK = [
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
  ...["SSL_CERT_FILE", "DENO_CERT", "DENO_TLS_CA_STORE"],
];

/** Those of the user's variables that a process with these flags is given; a key goes to a server's alone. */
function passedOn(flags: readonly string[]): { [name: string]: string } {
  const reads = flags.find((flag) => flag.startsWith("--allow-env="))!.split("=")[1]!.split(",");
  const network = flags.some((flag) => flag.startsWith("--allow-net=")) ? NETWORK : [];
  return Object.fromEntries([...PASSED_ON, ...reads, ...network].flatMap((name) => {
    const { state } = Deno.permissions.querySync({ name: "env", variable: name });
    const value = state === "granted" ? Deno.env.get(name) : undefined;
    return value === undefined ? [] : [[name, value]];
  }));
}

async function start(args: readonly string[]): Promise<number> {
  const may = flags(args, Deno.env.get("INIT_CWD") ?? Deno.cwd());
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...may, join(root, "main.ts"), ...args],
    clearEnv: true,
    env: passedOn(may),
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
