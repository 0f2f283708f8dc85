import { join } from "node:path";
import { root } from "./provenance.ts";

/** What a process may do, as Deno grants it. */
export interface Permissions {
  /** Paths to read, beside the project. */
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly sys?: readonly string[];
  readonly env?: readonly string[];
  readonly ffi?: readonly string[];
  /** Whether any host may be reached; false by default. */
  readonly net?: boolean;
}

/**
 * Arguments that make `deno` run a command of ours with no permission but these. A RangeError where
 * a path holds a comma.
 */
export function within(command: readonly string[], permissions: Permissions): string[] {
  const { read = [], write = [], sys = [], env = [], ffi = [], net = false } = permissions;
  return [
    "run",
    "--quiet",
    "--no-prompt",
    `--config=${join(root, "deno.json")}`,
    `--allow-read=${list([root, ...read])}`,
    ...write.length ? [`--allow-write=${list(write)}`] : [],
    ...ffi.length ? [`--allow-ffi=${list(ffi)}`] : [],
    ...sys.length ? [`--allow-sys=${sys}`] : [],
    ...env.length ? [`--allow-env=${env}`] : [],
    ...net ? ["--allow-net"] : [],
    join(root, "main.ts"),
    ...command,
  ];
}

/** What Deno finds its caches by, a system its libraries, and CUDA its chips. */
const PASSED_ON = [
  "HOME",
  "XDG_CACHE_HOME",
  "DENO_DIR",
  "TMPDIR",
  "CUDA_VISIBLE_DEVICES",
  "LOCALAPPDATA",
  "USERPROFILE",
  "SystemRoot",
  "TEMP",
];

/**
 * The environment of a process that needs none of the user's: no keys, no tokens. What of the rest
 * this process may not read is not passed on either.
 */
export function clearedEnvironment(): { clearEnv: true; env: { [name: string]: string } } {
  const entries = PASSED_ON.flatMap((name) => {
    const { state } = Deno.permissions.querySync({ name: "env", variable: name });
    const value = state === "granted" ? Deno.env.get(name) : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  return { clearEnv: true, env: Object.fromEntries(entries) };
}

/** Deno parts a list of paths at its commas, and has no way to write one that holds some. */
function list(paths: readonly string[]): string {
  const bad = paths.find((path) => path.includes(","));
  if (bad === undefined) return paths.join(",");
  throw new RangeError(
    `Cannot give a process of its own ${bad}: no folder or file may have a comma in its name`,
  );
}

/** The same for a command that loads the engine. */
export const withEngine = (command: readonly string[], permissions: Permissions = {}): string[] =>
  within(command, { ...permissions, ffi: [join(root, "node_modules")] });
