import { join } from "node:path";
import type { Plan, RunRecord } from "../../core/mod.ts";
import { command } from "./cli.ts";
import { temporary } from "./directory.ts";

/** Runs to vote on, and `deno task vote` on them. */

/** A run directory that holds this suite. */
export async function written({ plan, records }: {
  readonly plan: Plan;
  readonly records: readonly RunRecord[];
}): Promise<string> {
  const directory = await temporary();
  await Deno.writeTextFile(join(directory, "plan.json"), JSON.stringify(plan));
  await Deno.writeTextFile(
    join(directory, "records.jsonl"),
    records.map((record) => `${JSON.stringify(record)}\n`).join(""),
  );
  return directory;
}

/** What the task may do beyond the others. */
export const net = ["--allow-net=127.0.0.1"];

/** `deno task vote` in a process of its own, once it listens. */
export async function started(directory: string, more: readonly string[] = []) {
  const child = command(["vote", directory, "--json", ...more], undefined, net).spawn();
  const stderr = new Response(child.stderr).text();
  let text = "";
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  while (!text.includes("}\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(await stderr);
    text += value;
  }
  const { link, ...said } = JSON.parse(text);
  return {
    said,
    link: link as string,
    child,
    async end(signal: "SIGINT" | "SIGTERM" | "SIGKILL") {
      child.kill(signal);
      await reader.cancel();
      const [{ code }, words] = [await child.status, await stderr];
      return { code, stderr: words };
    },
  };
}
