import { dirname } from "node:path";
import { withEngine } from "../lab/host/process.ts";
import { type Plan, readable } from "../mod.ts";

/** Workers, signals and how this process ends. */

export const exits = { error: 1, failures: 2, SIGINT: 130, SIGTERM: 143 } as const;

/** A worker reads the project, its cache and the user's data, and writes its cache alone. */
export function workerArguments(
  store: string,
  { device, dataset: own }: Plan,
  commit: string,
): string[] {
  const user = Object.entries({ dataset: own?.file, model: own?.model?.directory })
    .flatMap(([name, path]) => path === undefined ? [] : [{ name, path }]);
  return withEngine([
    "worker",
    `--cache=${store}`,
    `--device=${device}`,
    `--commit=${commit}`,
    ...user.map(({ name, path }) => `--${name}=${path}`),
    ...own?.columns === undefined ? [] : [`--columns=${own.columns}`],
    ...own?.lora ? [`--lora=${own.lora.rank},${own.lora.alpha}`] : [],
  ], {
    read: [
      store,
      ...user.map(({ path }) => readable(path)),
      ...own?.beside ? [folderOf(readable(own.file))] : [],
    ],
    write: [store],
    sys: ["hostname"],
  });
}

const folderOf = (path: string): string => Deno.statSync(path).isFile ? dirname(path) : path;

/** Milliseconds in which two signals are one: `deno task` passes on a Ctrl-C that the terminal has sent us too. */
const ECHO = 1000;

/** Runs until the end, or until a signal, whose name it returns; another one ends the process at once. */
export async function untilSignal(
  run: (signal: AbortSignal) => Promise<boolean>,
): Promise<"SIGINT" | "SIGTERM" | undefined> {
  const stop = new AbortController();
  let first: { readonly name: "SIGINT" | "SIGTERM"; readonly at: number } | undefined;
  // Windows has no SIGTERM to listen to.
  const names = Deno.build.os === "windows" ? ["SIGINT"] as const : ["SIGINT", "SIGTERM"] as const;
  const listeners = names.map((name) => {
    const listener = () => {
      const now = performance.now();
      if (first && now - first.at > ECHO) Deno.exit(exits[name]);
      first ??= { name, at: now };
      stop.abort();
    };
    Deno.addSignalListener(name, listener);
    return () => Deno.removeSignalListener(name, listener);
  });
  const finished = await run(stop.signal);
  for (const remove of listeners) remove();
  return finished ? undefined : first?.name;
}
