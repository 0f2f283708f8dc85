import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { bench } from "../commands/bench.ts";
import { merging } from "../commands/merge.ts";
import { preparing } from "../commands/prepare.ts";
import { reporting } from "../commands/report.ts";
import { temporary } from "./fake/directory.ts";

const examples = fileURLToPath(new URL("../examples/shards", import.meta.url));
const commands: readonly CommandUnknownOpts[] = [bench, merging, preparing, reporting];
const textOf = (name: string) => Deno.readTextFileSync(join(examples, name));

/** Words after `task`, of each command that a text has, over its lines. */
function tasksIn(text: string): string[][] {
  const lines = text.replaceAll(/\\\n\s*/g, " ").replaceAll(/\n\s+(?=deno task|--)/g, " ");
  return [...lines.matchAll(/(?:deno|deno@[\d.]+) task ([^\n'#]*)/g)].map(([, words]) =>
    words!.trim().split(/\s+/)
  );
}

for (const { name } of Deno.readDirSync(examples)) {
  Deno.test(`what ${name} asks of each command there is`, () => {
    const tasks = tasksIn(textOf(name));
    const named = new Set(tasks.map(([name]) => name!));
    for (const name of ["bench", "prepare", "merge"]) assert.ok(named.has(name), name);
    for (const [name, ...words] of tasks) {
      const command = commands.find((one) => one.name() === name);
      assert.ok(command, name);
      const known = command.options.map(({ long }) => long);
      for (const word of words) {
        if (/^--[a-z]/.test(word)) assert.ok(known.includes(word), `${name} ${word}`);
      }
    }
    assert.ok(tasks.flat().includes("--shard"));
  });
}

Deno.test({
  name: "the script for Slurm begins a part, and goes on with it when it is started again",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const place = await temporary();
    // In the place of npx, which would train.
    const npx = join(place, "npx");
    await Deno.writeTextFile(npx, '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
    const submit = async (...args: string[]) => {
      const { stdout, stderr, success } = await new Deno.Command("bash", {
        args: [join(examples, "slurm.sh"), ...args],
        cwd: place,
        env: {
          PATH: `${place}:${Deno.env.get("PATH")}`,
          SLURM_ARRAY_JOB_ID: "7",
          SLURM_ARRAY_TASK_ID: "3",
          SLURM_CPUS_PER_TASK: "4",
        },
      }).output();
      const text = new TextDecoder();
      assert.ok(success, text.decode(stderr));
      return text.decode(stdout);
    };
    assert.equal(
      await submit("--preset", "standard"),
      "-y deno@2.9.6 task bench --preset standard --cache prepared --workers 4 --shard env --out runs/7/part-3\n",
    );
    await Deno.mkdir(join(place, "runs/7/part-3"), { recursive: true });
    await Deno.writeTextFile(join(place, "runs/7/part-3/plan.json"), "{}");
    assert.equal(
      await submit("--preset", "standard"),
      "-y deno@2.9.6 task bench --resume runs/7/part-3 --cache prepared --workers 4\n",
    );
  },
});
