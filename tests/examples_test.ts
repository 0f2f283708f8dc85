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

const programs = [...Deno.readDirSync(join(examples, ".."))].map(({ name }) => name)
  .filter((name) => name.endsWith(".ts")).toSorted();
const sourceOf = (name: string) => textOf(join("..", name));

/** Runs a program as its first lines say, and gives what it prints. */
async function printed(name: string): Promise<string[]> {
  const [, flags] = RegExp(`deno run (-A )?examples/${name.replace(".", "\\.")}`)
    .exec(sourceOf(name))!;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // What they are is checked with everything else.
    args: ["run", "--no-prompt", "--no-check", ...flags ? ["-A"] : [], join("examples", name)],
    cwd: join(examples, "../.."),
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  assert.ok(success, text.decode(stderr));
  return text.decode(stdout).trim().split("\n");
}

/** What an example must have said. */
const says: { readonly [name: string]: (lines: readonly string[]) => void } = {
  "own-judge.ts"(lines) {
    assert.ok(lines.some((line) => /^fail +copied-prompt: 9\d %/.test(line)), lines.join("\n"));
    assert.equal(lines.at(-1), "The audit: fail");
  },
  "own-method.ts"([line]) {
    const [, value, low, high] = /: (-[\d.]+) \((-[\d.]+) to (-[\d.]+)\)$/.exec(line!)!.map(Number);
    assert.ok(low! < value! && value! < high! && high! < 0, line);
  },
  "own-testbed.ts"(lines) {
    const wins = lines.map((line) => /^(\w+): win-rate ([\d.]+), regret [\d.]+$/.exec(line)!);
    assert.deepEqual(wins.map(([, name]) => name), ["sft", "dpo", "ipo"]);
    assert.ok(wins.every(([, , rate]) => Number(rate) > 0.5), lines.join("\n"));
  },
  "statistics.ts"(lines) {
    assert.equal(lines.length, 7);
    assert.equal(lines.at(-1), "Who may be best: new");
  },
  "train.ts"(lines) {
    assert.equal(lines.length, 4);
    for (const line of lines) assert.match(line, /^\w+: win-rate 0\.\d{3} ± 0\.\d{3}, measured \d/);
  },
};

Deno.test("every program among the examples is one of the page's, and imports the package alone", () => {
  assert.deepEqual(programs, Object.keys(says).toSorted());
  const page = sourceOf("README.md");
  for (const name of programs) {
    assert.ok(page.includes(`\`examples/${name}\``), name);
    for (const [, from] of sourceOf(name).matchAll(/from "([^"]+)"/g)) {
      assert.match(from!, /^prefbench(\/|$)/, name);
    }
  }
});

for (const [name, check] of Object.entries(says)) {
  Deno.test(`examples/${name} runs as its first lines say, and prints what it promises`, async () => {
    check(await printed(name));
  });
}

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
