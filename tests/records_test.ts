import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import type { RunRecord } from "../core/mod.ts";
import { createRun, readRun, resumeRun } from "../lab/disk/records.ts";
import { temporary } from "./fake/directory.ts";
import { fakePlan, fakeRecord, runsOf } from "./fake/record.ts";

const plan = fakePlan(["dpo", "ipo"], 2);
const records = runsOf(plan).map((cell) => fakeRecord(cell));
const silent = () => {};

/** A run directory with these records, written the ordinary way and let go of. */
async function stored(of: readonly RunRecord[] = records): Promise<string> {
  const directory = await temporary();
  await using run = await createRun(directory, plan);
  for (const record of of) await run.append(record);
  return directory;
}

async function rewrite(directory: string, change: (text: string) => string): Promise<void> {
  const path = join(directory, "records.jsonl");
  await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
}

Deno.test("what is appended is read back, and stands on the disk before append returns", async () => {
  const directory = await temporary();
  await using run = await createRun(directory, plan);
  for (const [i, record] of records.entries()) {
    await run.append(record);
    assert.equal(
      (await Deno.readTextFile(join(directory, "records.jsonl"))).split("\n").length,
      i + 2,
    );
  }
  const read = await readRun(directory);
  assert.deepEqual(read.records, records);
  assert.deepEqual(read.plan, plan);
});

Deno.test("appends made at once do not mix", async () => {
  const directory = await temporary();
  await using run = await createRun(directory, plan);
  await Promise.all(records.map((record) => run.append(record)));
  assert.deepEqual((await readRun(directory)).records, records);
});

Deno.test("finishing puts the records into the plan's order, whatever order they came in", async () => {
  const directories = await Promise.all(
    [records, records.toReversed()].map(async (of) => {
      const directory = await temporary();
      await using run = await createRun(directory, plan);
      for (const record of of) await run.append(record);
      await run.finish();
      return directory;
    }),
  );
  const [a, b] = await Promise.all(
    directories.map((directory) => Deno.readTextFile(join(directory, "records.jsonl"))),
  );
  assert.equal(a, b);
  assert.deepEqual((await readRun(directories[1]!)).records, records);
});

Deno.test("a last line torn at any byte is cut off on resume, and its run is done again", async () => {
  const directory = await stored();
  const path = join(directory, "records.jsonl");
  const whole = await Deno.readFile(path);
  const start = whole.subarray(0, -1).lastIndexOf(10) + 1;
  // Every 37th byte, the first and last two, and the middle of the multi-byte characters.
  const inside = whole.findIndex((byte, at) => at > start && byte >= 0x80) + 1;
  const cuts = [start + 1, inside, whole.length - 2, whole.length - 1];
  for (let at = start + 2; at < whole.length - 2; at += 37) cuts.push(at);
  for (const cut of cuts) {
    await Deno.writeFile(path, whole.subarray(0, cut));
    await assert.rejects(readRun(directory), /records\.jsonl:4: the last line is torn/);
    const notes: string[] = [];
    await using run = await resumeRun(directory, (line) => notes.push(line));
    assert.deepEqual(run.records, records.slice(0, 3), `cut at ${cut}`);
    assert.match(notes.join("\n"), /records\.jsonl:4: cut off a torn last line/);
    assert.equal((await Deno.stat(path)).size, start);
    await run.append(records[3]!);
    assert.deepEqual(await Deno.readFile(path), whole);
  }
});

Deno.test("a last line of zeros, as a power cut leaves it, is torn too", async () => {
  const directory = await stored();
  await rewrite(directory, (text) => `${text}${"\0".repeat(100)}\n`);
  await using run = await resumeRun(directory, silent);
  assert.deepEqual(run.records, records);
});

Deno.test("a run killed before its first record resumes with none", async () => {
  const directory = await stored([]);
  await Deno.remove(join(directory, "records.jsonl"));
  await using run = await resumeRun(directory, silent);
  assert.deepEqual(run.records, []);
});

Deno.test("an unreadable line before the last is an error and is left alone", async () => {
  const directory = await stored();
  await rewrite(directory, (text) => text.replace("\n", "}\n"));
  const before = await Deno.readTextFile(join(directory, "records.jsonl"));
  await assert.rejects(resumeRun(directory, silent), {
    name: "SyntaxError",
    message: /:1: not JSON/,
  });
  assert.equal(await Deno.readTextFile(join(directory, "records.jsonl")), before);
});

const faults: readonly [string, (r: Record<string, unknown>) => void, RegExp][] = [
  [
    "a field of the wrong type",
    (r) => r.seed = "1",
    /:2: field "seed" must be a number: current value is "1"$/,
  ],
  [
    "a fraction for a whole number",
    (r) => r.seed = 1.5,
    /field "seed" must be a whole number: current value is 1.5$/,
  ],
  [
    "a missing field",
    (r) => delete r.outcome,
    /field "outcome" must be "ok" or "diverged" or "unsupported" or "failed": current value is missing$/,
  ],
  [
    "a nested field",
    (r) => r.budget = { flops: -1, queries: 4 },
    /field "budget.flops" must be at least 0: current value is -1$/,
  ],
  [
    "a field of a list's member",
    (r) => r.curve = [{ progress: 2 }],
    /field "curve\[0\].progress" must be at most 1: current value is 2$/,
  ],
  [
    "a number that JSON has not",
    (r) => r.measures = { kl: { value: NaN, stderr: 0, n: 1 } },
    /field "measures.kl.value" must be a number: current value is null$/,
  ],
  [
    "one form of a union",
    (r) => r.duel = { plays: [[1]], faces: 3 },
    /field "duel.faces" must be a list: current value is 3$/,
  ],
  ["an unknown field", (r) => r.colour = 1, /field "colour" is unknown$/],
  [
    "a later schema",
    (r) => r.schema = 2,
    /:2: schema version 2 is unknown: this prefbench reads version 1$/,
  ],
  [
    "a run that was not planned",
    (r) => r.method = "kto",
    /:2: kto on toy\/plain, seed 2 is not in the plan$/,
  ],
  [
    "another budget than planned",
    (r) => r.budget = { flops: 2, queries: 4 },
    /field "budget.flops" must be 1 as in the plan: current value is 2$/,
  ],
  [
    "a run that is there already",
    (r) => r.seed = 1,
    /:2: dpo on toy\/plain, seed 1 is on line 1 already$/,
  ],
];
for (const [what, break_, message] of faults) {
  Deno.test(`${what} is named with its file, line and field`, async () => {
    const directory = await stored();
    const broken: Record<string, unknown> = structuredClone(records[1]!);
    break_(broken);
    await rewrite(directory, (text) => {
      const lines = text.split("\n");
      lines[1] = JSON.stringify(broken);
      return lines.join("\n");
    });
    await assert.rejects(readRun(directory), { name: "SyntaxError", message });
  });
}

Deno.test("a damaged or missing plan is named", async () => {
  const directory = await stored();
  const path = join(directory, "plan.json");
  await Deno.writeTextFile(path, JSON.stringify({ ...plan, seeds: [] }));
  await assert.rejects(readRun(directory), {
    name: "SyntaxError",
    message: `${path}: field "seeds" must be of length 1 or more: current value is []`,
  });
  await Deno.writeTextFile(path, "{");
  await assert.rejects(readRun(directory), {
    name: "SyntaxError",
    message: /plan\.json: not JSON/,
  });
  await Deno.remove(path);
  await assert.rejects(readRun(directory), {
    name: "RangeError",
    message: /plan\.json does not exist/,
  });
});

Deno.test("a run is never started over another, nor written by two at once", async () => {
  const directory = await stored();
  await assert.rejects(createRun(directory, plan), {
    name: "RangeError",
    message: /holds plan\.json: resume it/,
  });
  await using _run = await resumeRun(directory, silent);
  await assert.rejects(resumeRun(directory, silent), {
    name: "RangeError",
    message: new RegExp(`process ${Deno.pid} is writing there`),
  });
});

Deno.test("failed runs are dropped on resume; the other outcomes stay", async () => {
  const outcomes = ["failed", "diverged", "unsupported", "ok"] as const;
  const directory = await stored(
    records.map((record, i) => ({ ...record, outcome: outcomes[i]!, reason: "why" })),
  );
  const notes: string[] = [];
  await using run = await resumeRun(directory, (line) => notes.push(line));
  assert.deepEqual(run.records.map(({ outcome }) => outcome), outcomes.slice(1));
  assert.deepEqual(notes, ["Runs that failed and are tried again: 1"]);
  await run.append(records[0]!);
  assert.equal((await readRun(directory)).records.length, 4);
});

Deno.test("what a killed writer left half-written is swept away on resume", async () => {
  const directory = await stored();
  await Deno.writeTextFile(join(directory, "records.jsonl.123-0.tmp"), "half");
  await using _run = await resumeRun(directory, silent);
  const names = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
  assert.deepEqual(names, ["lock", "plan.json", "records.jsonl"]);
});

Deno.test("any text survives being stored", async () => {
  const text = fc.string({ unit: "binary" });
  await fc.assert(
    fc.asyncProperty(text, text, async (reason, prompt) => {
      const shown = { steps: [prompt], logRatios: [0.1] };
      const record: RunRecord = {
        ...records[0]!,
        reason,
        samples: [{ prompt, start: shown, end: shown }],
      };
      const directory = await stored([record]);
      assert.deepEqual((await readRun(directory)).records, [record]);
    }),
    { seed: 1, numRuns: 25 },
  );
});
