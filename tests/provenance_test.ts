import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { otherProvenance } from "../gate/mod.ts";
import { createRun, readRun, resumeRun, type Stored } from "../lab/disk/records.ts";
import { merge } from "../lab/disk/runs-merge.ts";
import { provenance, root } from "../lab/host/provenance.ts";
import { sourcesOf } from "../lab/host/sources.ts";
import { goingOn } from "../lab/suite/going-on.ts";
import { methods, type Plan, type RunRecord } from "../mod.ts";
import { copy } from "./fake/copy.ts";
import { temporary } from "./fake/directory.ts";
import { fakePlan, fakeRecord, runsOf } from "./fake/record.ts";

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly { readonly code?: { readonly specifier: string } }[];
}

Deno.test("the modules that a program's texts name are those that Deno loads", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "main.ts"],
    cwd: root,
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: Module[] };
  const known = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set<string>();
  const visit = (specifier: string): void => {
    if (loaded.has(specifier) || !specifier.startsWith("file:")) return;
    loaded.add(specifier);
    // Types alone load nothing.
    for (const { code } of known.get(specifier)?.dependencies ?? []) {
      if (code) visit(code.specifier);
    }
  };
  visit(new URL("../main.ts", import.meta.url).href);
  const { sources, packages } = await sourcesOf(root, ["main.ts"]);
  const paths = [...loaded].map((specifier) => relative(root, fileURLToPath(specifier)));
  assert.deepEqual(Object.keys(sources), paths.sort());
  const { imports } = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  assert.deepEqual(packages.filter((name) => !Object.hasOwn(imports, name)), []);
});

Deno.test("every letter of a module counts, whatever it is part of, and no other file's", async () => {
  const directory = await temporary();
  const write = (name: string, text: string) => Deno.writeTextFile(join(directory, name), text);
  const digests = async () => (await sourcesOf(directory, ["a.ts", "gone.ts"])).sources;
  await write("a.ts", `import {\n  b,\n} from "./b.ts";\nimport type { C } from "./c.ts";\nb();\n`);
  await write("b.ts", `export const b = () => import("./d.ts");\n// from "./nowhere.ts"\n`);
  await write("c.ts", "export type C = 1;\n");
  await write("d.ts", `export * from "../outside.ts";\nexport * from "./a.ts";\n`);
  const before = await digests();
  assert.deepEqual(Object.keys(before), ["a.ts", "b.ts", "d.ts"]);
  await write("c.ts", "export type C = 2;\n");
  assert.deepEqual(await digests(), before);
  await write("d.ts", `export * from "../outside.ts";\nexport * from "./a.ts"; // a word\n`);
  const after = await digests();
  assert.deepEqual([after["a.ts"], after["b.ts"]], [before["a.ts"], before["b.ts"]]);
  assert.notEqual(after["d.ts"], before["d.ts"]);
});

Deno.test("a run's provenance has its methods', its testbeds' and the lab's modules, and their packages", async () => {
  const plan = fakePlan(["dpo[beta=1]", "ipo"], 1, ["bandit/clean", "dataset/rows"]);
  const { sources, packages, cpu } = await provenance(plan);
  for (
    const path of ["methods/dpo.ts", "methods/ipo.ts", "benchmarks/bandit.ts", "lab/train/run.ts"]
  ) {
    assert.match(sources[path] ?? "", /^[0-9a-f]{16}$/, path);
  }
  assert.deepEqual(Object.keys(sources).filter((path) => /^(reports|commands)\//.test(path)), []);
  assert.equal(sources["methods/kto.ts"], undefined);
  assert.match(packages["onnxruntime-node"] ?? "", /^\d+\.\d+/);
  assert.notEqual(cpu, "");
});

const made = { sources: { "a.ts": "1", "b.ts": "2" }, packages: { p: "1.0" }, cpu: "x" };
const computed = (change: Partial<Plan> = {}): Plan => (
  { ...fakePlan(["dpo"], 2, ["bandit/clean"]), provenance: made, ...change }
);
const named = (...plans: Plan[]) =>
  plans.map((plan, i) => ({ source: String.fromCharCode(97 + i), plan }));

Deno.test("what two runs recorded of one thing must be equal, and what one did not record is neither", () => {
  const differing = (provenance: Plan["provenance"], more: Partial<Plan> = {}) =>
    otherProvenance(named(computed(), computed({ ...more, provenance }))).differs;
  assert.deepEqual(differing(made), []);
  // Another method's modules are no difference.
  assert.deepEqual(differing({ ...made, sources: { "a.ts": "1", "c.ts": "9" } }), []);
  assert.deepEqual(differing({ ...made, sources: { "a.ts": "9", "b.ts": "9" } }), [
    "Other sources in b than in a: a.ts, b.ts",
  ]);
  assert.deepEqual(differing({ ...made, packages: { p: "2.0", q: "1.0" } }), [
    "Another version of p than in a: found 2.0, expected 1.0",
  ]);
  assert.deepEqual(differing({ ...made, cpu: "y" }), [
    "Another kind of processor than in a: found y, expected x",
  ]);
  // A commit that changed nothing they are computed by is none either.
  assert.deepEqual(differing(made, { versions: { prefbench: "other", deno: "3" } }), []);
  const { provenance: _, ...silent } = computed();
  assert.deepEqual(otherProvenance(named(computed(), silent)), {
    differs: [],
    unknown: ["Sources, packages and kind of processor are not recorded in b"],
  });
  // The third is held to what the first recorded, past the silent one.
  const third = computed({ provenance: { ...made, cpu: "z" } });
  assert.equal(otherProvenance(named(computed(), silent, third)).differs.length, 1);
});

function stored(directory: string, plan: Plan, change = (record: RunRecord) => record): Stored {
  return { directory, plan, records: runsOf(plan).map((run) => change(fakeRecord(run))) };
}
const other = (methods: string[]) => ({ ...computed(), methods });

Deno.test("runs that were computed otherwise or stand on other ground are merged by --mixed alone, and it is written down", () => {
  const of = (record: RunRecord): RunRecord => ({ ...record, start: {} });
  const a = stored("a", computed(), of);
  const refused: [string, RegExp, Stored][] = [
    [
      "sources",
      /Other sources in b than in a: b\.ts\./,
      stored("b", { ...other(["ipo"]), provenance: { ...made, sources: { "b.ts": "9" } } }, of),
    ],
    ["device", /Another device than in a/, stored("b", { ...other(["ipo"]), device: "wasm" }, of)],
    [
      "hyperparameters",
      /b, beside a: Other hyperparameters: found \{"beta":1\}, expected \{"beta":0\.1\} of dpo/,
      stored(
        "b",
        { ...computed(), seeds: [3] },
        (record) => of({ ...record, hyper: { beta: 1 } }),
      ),
    ],
    [
      "truth",
      /b, beside a: The testbed's truth is another one \(bandit\/clean, seed 1\)/,
      stored("b", other(["ipo"]), (record) => of({ ...record, truth: { temperature: 2 } })),
    ],
    [
      "start policy",
      /b, beside a: The start policy's reward is 2 at seed 1, expected 1/,
      stored("b", other(["ipo"]), (record) => ({ ...record, start: reward(2) })),
    ],
  ];
  const start = stored("a", computed(), (record) => ({ ...record, start: reward(1) }));
  for (const [what, message, b] of refused) {
    const first = what === "start policy" ? start : a;
    assert.throws(() => merge([first, b]), { name: "RangeError", message }, what);
    const { plan } = merge([first, b], { mixed: true });
    assert.match(plan.mixed!.join(), RegExp(message.source.replace(/\\\.$/, "")), what);
    // It stays what it is when it is drawn again, with nothing asked.
    assert.deepEqual(merge([{ ...first, plan }]).plan.mixed, plan.mixed);
  }
  const b = stored("b", other(["ipo"]), of);
  assert.equal(merge([a, b]).plan.mixed, undefined);
  assert.deepEqual(merge([a, b]).plan.provenance, made);
});
const reward = (value: number) => ({ reward: { value, stderr: 0, n: 4 } });

Deno.test("a run of two hyperparameters is a mixture by itself", () => {
  const run = stored(
    "a",
    computed(),
    (record) => ({ ...record, hyper: { beta: record.seed === 2 ? 1 : 0.1 } }),
  );
  assert.throws(() => merge([run]), { message: /a: Other hyperparameters: .* of dpo/ });
});

Deno.test("who goes on has the sources of before, or says --mixed", async () => {
  const plan = fakePlan(["dpo"], 2, ["bandit/clean"]);
  const now: Plan = { ...plan, provenance: await provenance(plan) };
  const edited: Plan = {
    ...plan,
    provenance: {
      ...now.provenance!,
      sources: { ...now.provenance!.sources, "methods/dpo.ts": "0" },
    },
  };
  const notes: string[] = [];
  const go = async (plan: Plan, runs: number, mixed = false) => {
    const directory = await temporary();
    const { beta } = methods.find(({ id }) => id === "dpo")!.hyper as { beta: number };
    {
      await using run = await createRun(directory, plan);
      for (const one of runsOf(plan).slice(0, runs)) {
        await run.append({ ...fakeRecord(one), hyper: { beta } });
      }
    }
    notes.length = 0;
    const note = (line: string) => void notes.push(line);
    const versions = plan.versions;
    await using _ = await resumeRun(
      directory,
      note,
      (kept) => goingOn(kept, { methods, versions, mixed, note }),
    );
    return (await readRun(directory)).plan;
  };
  assert.deepEqual(await go(now, 1), now);
  await assert.rejects(go(edited, 1), {
    name: "RangeError",
    message: /would be a mixture\. Other sources in this version than in .*: methods\/dpo\.ts\./,
  });
  const mixed = await go(edited, 1, true);
  assert.match(mixed.mixed!.join(), /methods\/dpo\.ts/);
  assert.deepEqual(mixed.provenance, now.provenance);
  // Where nothing is done, or nothing is left, nothing is mixed.
  assert.deepEqual(await go(edited, 0), now);
  assert.deepEqual(await go(edited, 2), edited);
  // Of an older directory nobody knows: it is said, and not made up afterwards.
  assert.deepEqual(await go(plan, 1), plan);
  assert.match(notes.join(), /are not recorded in /);
});

Deno.test("an edited method is not gone on with but by --mixed, and then every board says so", async () => {
  const project = await copy();
  const command = (...args: string[]) => project.cli(args);
  const out = join(await temporary(), "run");
  const begun = await command(
    "bench",
    ...["--methods", "dpo", "--benchmarks", "bandit/clean", "--seeds", "3", "--workers", "1"],
    ...["--flops", "1e6", "--queries", "64", "--device", "cpu", "--out", out],
  );
  assert.equal(begun.code, 0, begun.stderr);
  const records = join(out, "records.jsonl");
  const stopped = (await Deno.readTextFile(records)).split("\n").slice(0, 2).join("\n");
  await Deno.writeTextFile(records, `${stopped}\n`);
  const plan = await Deno.readTextFile(join(out, "plan.json"));

  const method = join(project.directory, "methods/dpo.ts");
  const text = await Deno.readTextFile(method);
  await Deno.writeTextFile(method, text.replace("hyper: { beta: 0.1 }", "hyper: { beta: 1 }"));
  const refused = await command("bench", "--resume", out);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /would be a mixture/);
  assert.match(refused.stderr, /Other sources in this version than in .*run: methods\/dpo\.ts\./);
  assert.match(refused.stderr, /found \{"beta":1\}, expected \{"beta":0\.1\} of dpo/);
  assert.equal(await Deno.readTextFile(records), `${stopped}\n`);
  assert.equal(await Deno.readTextFile(join(out, "plan.json")), plan);

  const mixed = await command("bench", "--resume", out, "--mixed");
  assert.equal(mixed.code, 0, mixed.stderr);
  assert.match(mixed.stdout, /A mixture: not all runs were computed alike\n.*methods\/dpo\.ts/);
  assert.deepEqual((await readRun(out)).records.map(({ hyper }) => hyper.beta), [0.1, 0.1, 1]);
  // Nobody has to let it pass twice.
  const drawn = await command("report", out);
  assert.equal(drawn.code, 0, drawn.stderr);
  const page = await Deno.readTextFile(join(out, "report.html"));
  assert.match(
    page,
    /<strong>A mixture\.<\/strong>[^]*?methods\/dpo\.ts[^]*?data-sortable="board"/,
  );
  const site = join(await temporary(), "site");
  assert.equal((await command("publish", out, "--out", site)).code, 0);
  assert.match(await Deno.readTextFile(join(site, "index.html")), /A mixture\..*methods\/dpo\.ts/);
  assert.match((await command("bench", "--mixed")).stderr, /--mixed is for --resume/);
});
