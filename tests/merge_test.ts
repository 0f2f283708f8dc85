import assert from "node:assert/strict";
import { join } from "node:path";
import { merge } from "../lab/disk/runs-merge.ts";
import { commit } from "../lab/host/provenance.ts";
import type { Stored } from "../lab/disk/records.ts";
import { temporary } from "./fake/directory.ts";
import { fakePlan, fakeRecord, runsOf } from "./fake/record.ts";

function stored(
  directory: string,
  methods: string[],
  seeds: number,
  change = (r: Stored) => r,
): Stored {
  const plan = fakePlan(methods, seeds);
  return change({ directory, plan, records: runsOf(plan).map((cell) => fakeRecord(cell)) });
}

Deno.test("runs of different methods and seeds become one plan with all their records", () => {
  const { plan, records } = merge([stored("a", ["dpo"], 2), stored("b", ["ipo", "dpo"], 1)]);
  assert.deepEqual(plan.methods, ["dpo", "ipo"]);
  assert.deepEqual(plan.seeds, [1, 2]);
  assert.equal(plan.cells.length, 1);
  // dpo with seed 1 is in both.
  assert.deepEqual(records.map(({ method, seed }) => `${method} ${seed}`), [
    "dpo 1",
    "dpo 2",
    "ipo 1",
  ]);
});

Deno.test("one run merged is that run", () => {
  const run = stored("a", ["dpo"], 2);
  assert.deepEqual(merge([run]), { plan: run.plan, records: run.records, unknown: [] });
});

Deno.test("a plan whose arms have a share of a testbed's budget is one plan, and the testbed's is the greatest", () => {
  const shared = (name: string, shares: readonly number[]) =>
    stored(name, ["dpo"], 1, ({ plan, ...run }) => ({
      ...run,
      plan: {
        ...plan,
        cells: shares.map((share) => ({
          ...plan.cells[0]!,
          budget: { flops: 100 * share, queries: 10 },
        })),
      },
    }));
  const flops = (...runs: Stored[]) => merge(runs).plan.cells.map(({ budget }) => budget.flops);
  assert.deepEqual(flops(shared("a", [0.1, 1, 0.5])), [100, 50, 10]);
  assert.deepEqual(flops(shared("a", [0.1, 1]), shared("b", [1, 0.2])), [100, 10, 20]);
  assert.throws(
    () => flops(shared("a", [0.1, 1]), shared("b", [0.1])),
    /their budgets on .* are 100 operations with 10 queries and 10 operations/,
  );
});

Deno.test("versions that differ are all shown", () => {
  const newer = stored("b", ["ipo"], 1, (run) => ({
    ...run,
    plan: { ...run.plan, versions: { prefbench: "later", deno: "3" } },
  }));
  assert.deepEqual(merge([stored("a", ["dpo"], 1), newer]).plan.versions, {
    prefbench: "fake, later",
    deno: "unknown, 3",
  });
});

Deno.test("of several cards of a measure the first stands, and two that disagree on what is better are refused", () => {
  const card = (title: string, better: "higher" | "lower" = "higher") => (
    { title, better, means: "Something", margin: 1 }
  );
  const with_ = (name: string, measures: NonNullable<Stored["plan"]["measures"]>) =>
    stored(name, [name], 1, (run) => ({ ...run, plan: { ...run.plan, measures } }));
  const [a, b] = [
    with_("a", { good: card("goodness") }),
    with_("b", { good: card("virtue"), more: card("more") }),
  ];
  assert.deepEqual(merge([stored("c", ["ipo"], 1), a, b]).plan.measures, {
    good: card("goodness"),
    more: card("more"),
  });
  assert.throws(() => merge([a, with_("b", { good: card("goodness", "lower") })]), {
    name: "RangeError",
    message: "Cannot merge a and b: of good they say that higher and lower is better",
  });
});

Deno.test("a failed record gives way to one that did not fail, whichever comes first", () => {
  const failed = stored("a", ["dpo"], 1, (run) => ({
    ...run,
    records: run.records.map((record) => ({ ...record, outcome: "failed" })),
  }));
  const good = stored("b", ["dpo"], 1);
  for (const runs of [[failed, good], [good, failed]]) {
    assert.deepEqual(merge(runs).records.map(({ outcome }) => outcome), ["ok"]);
  }
});

Deno.test("runs that contradict each other are refused, both named", () => {
  const a = stored("a", ["dpo"], 1);
  const richer = stored("b", ["ipo"], 1, (run) => ({
    ...run,
    plan: {
      ...run.plan,
      cells: run.plan.cells.map((cell) => ({ ...cell, budget: { flops: 5, queries: 4 } })),
    },
  }));
  assert.throws(() => merge([a, richer]), {
    name: "RangeError",
    message:
      "Cannot merge a and b: their budgets on toy/plain are 1 operations with 4 queries and 5 operations with 4 queries",
  });
  const other = stored("b", ["dpo"], 1, (run) => ({
    ...run,
    records: run.records.map((record) => ({ ...record, steps: 4 })),
  }));
  assert.throws(() => merge([a, other]), {
    name: "RangeError",
    message:
      "Cannot merge a and b: their records of dpo on toy/plain, seed 1, made on here and here, differ: steps is 4, expected 3",
  });
  const rows = (name: string, sha256: string) =>
    stored(name, [name], 1, (run) => ({
      ...run,
      plan: { ...run.plan, dataset: { file: `${name}.jsonl`, sha256, rows: 1, notes: [] } },
    }));
  assert.throws(() => merge([rows("a", "12"), rows("b", "34")]), {
    name: "RangeError",
    message: "Cannot merge a and b: their data sets a.jsonl and b.jsonl differ",
  });
  assert.equal(merge([rows("a", "12"), rows("b", "12")]).plan.dataset?.sha256, "12");
  const from = (name: string, sha256: string) =>
    stored(name, [name], 1, (run) => {
      const model = { directory: `models/${name}`, sha256 };
      return {
        ...run,
        plan: { ...run.plan, dataset: { file: "x", sha256: "12", rows: 1, model, notes: [] } },
      };
    });
  assert.throws(() => merge([from("a", "5"), from("b", "6")]), {
    name: "RangeError",
    message: "Cannot merge a and b: their start policies are models/a and models/b",
  });
  assert.throws(() => merge([rows("a", "12"), from("b", "6")]), {
    message: /: their start policies are the text testbed's own and models\/b$/,
  });
  assert.deepEqual(merge([from("a", "5"), from("b", "5")]).plan.dataset?.model?.sha256, "5");
  assert.throws(() => merge([]), { name: "RangeError" });
});

Deno.test("the commit is found loose, packed, detached and in a work tree, and absent without git", async () => {
  const directory = await temporary();
  assert.equal(await commit(directory), undefined);
  const git = join(directory, ".git");
  const write = async (name: string, text: string) => {
    await Deno.mkdir(join(git, name, ".."), { recursive: true });
    await Deno.writeTextFile(join(git, name), text);
  };
  await write("HEAD", "ref: refs/heads/main\n");
  assert.equal(await commit(directory), undefined, "a repository without a commit");
  await write(
    "packed-refs",
    "# pack-refs with: peeled\naaaa refs/heads/main\nbbbb refs/heads/other\n",
  );
  assert.equal(await commit(directory), "aaaa");
  await write("refs/heads/main", "cccc\n");
  assert.equal(await commit(directory), "cccc");
  await write("worktrees/side/HEAD", "ref: refs/heads/other\n");
  await write("worktrees/side/commondir", "../..\n");
  const side = await temporary();
  await Deno.writeTextFile(join(side, ".git"), `gitdir: ${join(git, "worktrees/side")}\n`);
  assert.equal(await commit(side), "bbbb");
  await write("HEAD", "dddd\n");
  assert.equal(await commit(directory), "dddd");
});
