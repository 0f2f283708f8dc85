import { join } from "node:path";
import { root } from "./provenance.ts";

export interface Reach {
  /** Paths to read, beside the project. */
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly sys?: readonly string[];
}

/** Arguments that make `deno` run a command of ours that loads the engine, with no permission but these. */
export function withEngine(command: readonly string[], reach: Reach = {}): string[] {
  const { read = [], write = [], sys = [] } = reach;
  // In a list of paths a comma within one is doubled.
  const list = (of: readonly string[]) => of.map((path) => path.replaceAll(",", ",,")).join(",");
  return [
    "run",
    "--quiet",
    "--no-prompt",
    `--config=${join(root, "deno.json")}`,
    `--allow-read=${list([root, ...read])}`,
    ...write.length ? [`--allow-write=${list(write)}`] : [],
    `--allow-ffi=${list([join(root, "node_modules")])}`,
    ...sys.length ? [`--allow-sys=${sys}`] : [],
    join(root, "main.ts"),
    ...command,
  ];
}
