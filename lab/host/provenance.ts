import { createHash } from "node:crypto";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plan, Provenance } from "../../core/mod.ts";
import { sourcesOf } from "./sources.ts";

/** The project's own directory. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Versions of what numbers depend on, for plans and records. */
export async function versions(device = "cpu"): Promise<{ [thing: string]: string }> {
  const runtime = device === "wasm" || device === "webgpu" ? "onnxruntime-web" : "onnxruntime-node";
  const onnx = await read(resolve(root, `node_modules/${runtime}/package.json`));
  return {
    deno: Deno.version.deno,
    [runtime]: onnx === undefined ? "unknown" : JSON.parse(onnx).version,
    prefbench: await commit(root) ?? "unknown",
  };
}

/** The program that trains and measures, and where methods and testbeds have their modules. */
const TRAINS = "lab/suite/work.ts";
const modulesOf = (folder: string, id: string) => [`${folder}/${id}.ts`, `${folder}/${id}/mod.ts`];

/** What a plan's runs are computed by here and now: the modules of its methods and testbeds among it. */
export async function provenance(
  { methods, cells }: Pick<Plan, "methods" | "cells">,
): Promise<Provenance> {
  const named = [...methods, ...cells.flatMap(({ methods = [] }) => methods)];
  const { sources, packages } = await sourcesOf(root, [
    TRAINS,
    // A variant, `dpo[beta=0.3]`, is of its method's module.
    ...new Set(named.flatMap((name) => modulesOf("methods", name.split("[")[0]!))),
    ...new Set(cells.flatMap(({ benchmark }) => modulesOf("benchmarks", benchmark))),
  ]);
  const { imports } = JSON.parse(await Deno.readTextFile(resolve(root, "deno.json")));
  const cpu = cpus()[0]?.model;
  return {
    sources,
    packages: Object.fromEntries(
      packages.map((name) => [name, `${imports[name] ?? "unknown"}`.replace(/^.*@/, "")]),
    ),
    ...cpu === undefined ? {} : { cpu },
  };
}

/** Where a trained parameter's last bits are decided. */
const NUMERICS = [
  "core/expr.ts",
  "core/rng.ts",
  "core/terms.ts",
  "engine",
  "engine/operators",
  "lab/train/batches.ts",
  "lab/train/feeds.ts",
  "lab/train/learner.ts",
  "lab/train/policy.ts",
  "lab/train/reference.ts",
  "lab/train/scope.ts",
  "lab/train/weights.ts",
  "lab/train/workshop.ts",
  "models",
  "node_modules/onnxruntime-node/package.json",
  "node_modules/onnxruntime-web/package.json",
];

/**
 * A digest of the code that computes: what is kept between runs depends on it, so that a checkout
 * that was updated and a fresh one start from the same parameters.
 */
export async function numerics(): Promise<string> {
  const hash = createHash("sha256");
  for (const path of NUMERICS) {
    for (const file of await filesOf(resolve(root, path))) hash.update(await Deno.readFile(file));
  }
  return hash.digest("hex");
}

/** A file, or the files right in a directory, in order. */
async function filesOf(path: string): Promise<string[]> {
  if (!(await Deno.stat(path)).isDirectory) return [path];
  const entries = await Array.fromAsync(Deno.readDir(path));
  return entries.filter(({ isFile }) => isFile).map(({ name }) => resolve(path, name)).sort();
}

/**
 * The commit that a checkout stands at, read from git's own files so that no other program need
 * run; undefined where there is no git.
 */
export async function commit(directory: string): Promise<string | undefined> {
  let git = resolve(directory, ".git");
  // In a work tree or a submodule it is a file that says where the directory is.
  const link = await read(git);
  if (link !== undefined) git = resolve(directory, link.replace(/^gitdir: /, ""));
  const head = await read(resolve(git, "HEAD"));
  if (head === undefined) return undefined;
  const ref = head.match(/^ref: (.*)$/)?.[1];
  if (ref === undefined) return head;
  // The branches of a work tree lie with those of its main checkout.
  const common = resolve(git, await read(resolve(git, "commondir")) ?? ".");
  const loose = await read(resolve(common, ref));
  if (loose !== undefined) return loose;
  const packed = await read(resolve(common, "packed-refs"));
  return packed?.split("\n").find((line) => line.endsWith(` ${ref}`))?.split(" ")[0];
}

async function read(path: string): Promise<string | undefined> {
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch (error) {
    if (absent(error)) return undefined;
    throw error;
  }
}

function absent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory ||
    error instanceof Deno.errors.NotADirectory;
}
