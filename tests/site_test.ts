import assert from "node:assert/strict";
import { join } from "node:path";
import { publish, type Published } from "../lab/disk/publication.ts";
import { createRun } from "../lab/disk/records.ts";
import type { Judged, Plan, RunRecord } from "../mod.ts";
import { site, type SiteFile } from "../reports/mod.ts";
import { slug } from "../reports/site/addresses.ts";
import { history, places, type SiteRun } from "../reports/site/sources.ts";
import { csv } from "../reports/site/tables.ts";
import { courts } from "../reports/site/verdicts.ts";
import { judgedFile } from "./fixtures/judged.ts";
import { measures, suite } from "./fixtures/records.ts";
import { LATER, smallSite } from "./fixtures/sites.ts";

async function* stream(files: readonly SiteFile[], until = Infinity): AsyncGenerator<SiteFile> {
  for (const [i, file] of files.entries()) {
    if (i === until) throw new Error("killed here");
    yield await Promise.resolve(file);
  }
}

async function within(claim: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "publication-" });
  try {
    await claim(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function contents(directory: string, folder = ""): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(join(directory, folder))) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isDirectory) { for (const one of await contents(directory, path)) found.set(...one); }
    else found.set(path, await Deno.readTextFile(join(directory, path)));
  }
  return found;
}

const small = await Array.fromAsync(site(await smallSite()));
const tiny = async (days = 1): Promise<SiteFile[]> => {
  const made = suite({ methods: ["dpo", "sft"], testbeds: ["bandit/clean"], seeds: 2 });
  return await Array.fromAsync(site({
    title: `day ${days}`,
    runs: [{ name: "one", plan: made.plan, records: made.records.slice(0, 2 + days) }],
    judged: [],
    catalogue: made.catalogue,
  }));
};

Deno.test("equal input gives equal bytes, and data comes before the pages that name it", async () => {
  assert.deepEqual(await Array.fromAsync(site(await smallSite())), small);
  const seen = new Set<string>();
  for (const { path, text } of small) {
    for (const [, found] of text.matchAll(/((?:data|assets)\/[\w-]+\.[0-9a-f]{10}\.(?:js|css))/g)) {
      if (path.endsWith(".html")) assert.ok(seen.has(found!), `${path} names ${found}`);
    }
    seen.add(path);
  }
  assert.equal(small.at(-1)!.path, "index.html");
});

Deno.test("publishing again writes nothing, and another site leaves nothing of the first", async () => {
  await within(async (directory) => {
    const counts = ({ files, written, removed }: Published) => [files, written, removed];
    const first = await publish(directory, stream(small));
    assert.deepEqual(counts(first), [small.length, small.length, 0]);
    const before = await contents(directory);
    assert.deepEqual(counts(await publish(directory, stream(small))), [small.length, 0, 0]);
    assert.deepEqual(await contents(directory), before);
    // What is not ours stays.
    await Deno.writeTextFile(join(directory, "CNAME"), "example.org");
    const other = await tiny();
    const { removed } = await publish(directory, stream(other));
    const paths = new Set(other.map(({ path }) => path));
    assert.equal(removed, small.filter(({ path }) => !paths.has(path)).length);
    assert.deepEqual(
      [...(await contents(directory)).keys()].sort(),
      ["CNAME", "site.json", ...paths].sort(),
    );
  });
});

Deno.test("a publication that stops anywhere leaves only pages whose files are there, and the next one ends it", async () => {
  const [old, next] = [await tiny(1), await tiny(2)];
  for (let stop = 0; stop < next.length; stop += 2) {
    await within(async (directory) => {
      await publish(directory, stream(old));
      await assert.rejects(
        async () => await publish(directory, stream(next, stop), { hold: 0 }),
        /killed here/,
      );
      const left = await contents(directory);
      for (const [path, text] of left) {
        for (
          const [, at] of text.matchAll(/((?:data|assets)\/[\w-]+\.[0-9a-f]{10}\.(?:js|css))/g)
        ) {
          if (path.endsWith(".html")) {
            assert.ok(left.has(at!), `${path} names ${at}, which is gone`);
          }
        }
      }
      await Deno.writeTextFile(join(directory, "index.html.4711-0.tmp"), "half");
      await publish(directory, stream(next));
      await within(async (fresh) => {
        await publish(fresh, stream(next));
        assert.deepEqual(await contents(directory), await contents(fresh));
      });
    });
  }
});

Deno.test("a method's page has its loss beside DPO's, and its verdict by either set of seeds", () => {
  const page = (path: string) => small.find((file) => file.path === path)!.text;
  const text = page("methods/simpo.html");
  const loss = text.slice(text.indexOf('class="loss"'), text.indexOf('id="stands-title"'));
  assert.equal(loss.match(/class="other"/g)?.length, 2);
  // −log σ at margin 0, −β/2 there, and DPO's slope at 40 with β = 0.1.
  assert.match(loss, /<th scope="row" class="number">0<\/th><td class="number">0\.6931<\/td>/);
  assert.match(loss, /<td class="number">−1<\/td><td class="number">0\.6931<\/td>/);
  assert.match(loss, /<td class="number">−0\.001799<\/td><\/tr><\/tbody>/);
  assert.match(
    text,
    /Verdict\.<\/strong>[^]*?confirmed[^]*?Second set of seeds\.<\/strong>[^]*?undecided/,
  );
  assert.doesNotMatch(page("methods/dpo.html"), /class="other"|Second set of seeds/);
  assert.doesNotMatch(page("methods/kto.html"), /class="loss"/);
  const contents = page("methods.html").match(/Feedback · Point-wise.*?<\/tr>/)![0];
  assert.match(contents, /href="methods\/kto\.html"/);
  assert.doesNotMatch(contents, /href="methods\/dpo\.html"/);
});

Deno.test("nobody's files are overwritten or removed", async () => {
  await within(async (directory) => {
    await Deno.writeTextFile(join(directory, "thesis.tex"), "mine");
    await assert.rejects(
      async () => await publish(directory, stream(small)),
      /holds thesis.tex and is no site of ours/,
    );
    assert.deepEqual([...(await contents(directory)).keys()], ["thesis.tex"]);
  });
  await within(async (directory) => {
    const site = join(directory, "site");
    await publish(site, stream(await tiny()));
    await Deno.writeTextFile(join(site, "claims.html"), "mine");
    await assert.rejects(
      async () => await publish(site, stream(small)),
      /claims.html is there and no file of ours/,
    );
    assert.equal(await Deno.readTextFile(join(site, "claims.html")), "mine");
    await Deno.writeTextFile(join(directory, "outside"), "mine");
    await Deno.writeTextFile(
      join(site, "site.json"),
      JSON.stringify({ schema: 1, made: "by deno task publish", files: ["../outside"] }),
    );
    await assert.rejects(async () => await publish(site, stream(small)), /site.json: field "files/);
    assert.equal(await Deno.readTextFile(join(directory, "outside")), "mine");
  });
});

Deno.test("no name of a method makes two pages one, or a path of its own", () => {
  const names = [
    "dpo",
    "DPO",
    "Dpo",
    "d p o",
    "../dpo",
    "dpo/",
    "",
    ".",
    "con\u0000",
    "ü",
    "a".repeat(300),
    "-dpo",
    "dpo-",
  ];
  const slugs = names.map(slug);
  assert.equal(new Set(slugs).size, names.length);
  assert.equal(slugs[0], "dpo");
  for (const one of slugs) assert.match(one, /^[a-z0-9][a-z0-9-]{0,60}$/);
});

Deno.test("CSV keeps text whole, leaves absence empty and lets no spreadsheet run a formula", () => {
  assert.equal(
    csv({
      head: ["a", "b"],
      rows: [['say "x", y', null], ["=1+1", -0.5], ["two\nlines", 0], ["-x", Infinity]],
    }),
    'a,b\r\n"say ""x"", y",\r\n\'=1+1,-0.5\r\n"two\nlines",0\r\n\'-x,\r\n',
  );
});

function run(
  name: string,
  commit: string,
  at: string,
  records: readonly RunRecord[],
  plan: Plan,
): SiteRun {
  return {
    name,
    plan: { ...plan, ran: { ...plan.ran, at } },
    records: records.map((record) => ({ ...record, ran: { ...record.ran, commit, at } })),
  };
}

Deno.test("the newest commit stands with the seeds of all its runs, unless it only failed", () => {
  const { plan, records } = suite({ methods: ["dpo"], testbeds: ["bandit/clean"], seeds: 4 });
  const failed = (record: RunRecord): RunRecord => ({ ...record, outcome: "failed", measures: {} });
  const of = (...runs: SiteRun[]) => {
    const [place] = places(runs, measures);
    return {
      commit: place!.from.get("dpo")!.commit,
      runs: place!.from.get("dpo")!.runs,
      seeds: place!.testbed.runs[0]!.records.map(({ seed, outcome }) => `${seed} ${outcome}`),
    };
  };
  const old = run("old", "a", "2026-01-01", records, plan);
  assert.deepEqual(
    of(
      old,
      run("new", "b", "2026-02-01", records.slice(0, 2), plan),
      run("more", "b", "2026-02-02", records.slice(2, 3), plan),
    ),
    { commit: "b", runs: ["new", "more"], seeds: ["0 ok", "1 ok", "2 ok"] },
  );
  // The order in which they are given does not matter.
  assert.equal(of(run("new", "b", "2026-02-01", records, plan), old).commit, "b");
  assert.equal(of(old, run("new", "b", "2026-02-01", records.map(failed), plan)).commit, "a");
  // Of one commit, what failed in one run gives way to what did not in another.
  assert.deepEqual(
    of(old, run("again", "a", "2026-01-02", records.slice(0, 1).map(failed), plan)).seeds[0],
    "0 ok",
  );
});

Deno.test("one testbed at two budgets is two columns", () => {
  const { plan, records } = suite({ methods: ["dpo"], testbeds: ["bandit/clean"], seeds: 2 });
  const budget = { flops: 8e8, queries: 2000 };
  const double = run(
    "double",
    "a",
    "2026-01-02",
    records.map((record) => ({ ...record, budget })),
    { ...plan, cells: plan.cells.map((cell) => ({ ...cell, budget })) },
  );
  const found = places([run("one", "a", "2026-01-01", records, plan), double], measures);
  assert.deepEqual(found.map(({ testbed }) => testbed.key), [
    "bandit/clean",
    "bandit/clean at 8·10⁸",
  ]);
  assert.deepEqual(found.map(({ testbed }) => testbed.runs[0]!.records.length), [2, 2]);
});

Deno.test("a change over suites is the paired mean difference, decided where all seeds agree", () => {
  const shape = { methods: ["dpo", "sft"], testbeds: ["bandit/clean"], seeds: 5 };
  const [one, two] = [suite(shape), suite({ ...shape, later: LATER })];
  const [place] = places([
    { name: "january", plan: one.plan, records: one.records },
    { name: "february", plan: two.plan, records: two.records },
  ], measures);
  const [dpo, sft] = history(place!, measures);
  assert.deepEqual([dpo!.method, sft!.method], ["dpo", "sft"]);
  const mean = (records: readonly RunRecord[]) => {
    const own = records.filter(({ method }) => method === "dpo");
    return own.reduce((sum, { measures }) => sum + measures["win-rate"]!.value, 0) / own.length;
  };
  const [first, second] = dpo!.points;
  assert.equal(first!.change, undefined);
  const { difference, winner } = second!.change!;
  assert.ok(Math.abs(difference.value - (mean(two.records) - mean(one.records))) < 1e-12);
  assert.ok(difference.low > 0);
  assert.equal(winner, "february");
  assert.equal(second!.commit, LATER.commit);
});

const model = (models: { readonly [name: string]: (i: number) => number | undefined }): Judged => {
  const made = judgedFile({
    models: Object.fromEntries(Object.keys(models).map((id) => [id, 0.5])),
  });
  return {
    ...made,
    judgements: Object.entries(models).flatMap(([model, of]) =>
      Array.from({ length: 40 }, (_, i) => {
        const preference = of(i);
        return preference === undefined
          ? { question: `q${i}`, model, failure: { kind: "timeout" as const, reason: "none" } }
          : { question: `q${i}`, model, preference };
      })
    ),
  };
};

Deno.test("models are ranked by their verdicts on the questions that both have", () => {
  const [court] = courts([{
    run: "x",
    judged: model({
      best: (i) => i % 4 === 0 ? 0 : 1,
      // The same verdicts as best, one lost to a time-out: a tie, not a defeat.
      same: (i) => i === 5 ? undefined : i % 4 === 0 ? 0 : 1,
      worst: (i) => i % 4 === 1 ? 1 : 0,
    }),
  }]);
  const { rows, decisions } = court!.standings.get("win-rate")!;
  const ranks = new Map(rows.map(({ method, rank }) => [method, rank]));
  assert.deepEqual(ranks.get("best"), { best: 1, worst: 2 });
  assert.deepEqual(ranks.get("same"), { best: 1, worst: 2 });
  assert.deepEqual(ranks.get("worst"), { best: 3, worst: 3 });
  // best wins 30 of 40, worst 10: a paired difference of one half.
  const pair = decisions.find(({ a, b }) => a === "best" && b === "worst")!;
  assert.equal(pair.difference, 0.5);
  // A measure that the protocol does not rank by has no ranks.
  assert.ok(court!.standings.get("length")!.rows.every(({ rank }) => rank === undefined));
});

Deno.test("a second turn that one model lacks decides no rank, nor do a few wins that resamples agree on", () => {
  const graded = judgedFile({ protocol: "mt-bench", graded: true });
  const [one, other] = graded.rows.map(({ model }) => model);
  const ranks = (judgements: Judged["judgements"]) => {
    const [court] = courts([{ run: "x", judged: { ...graded, judgements } }]);
    const headline = Object.keys(graded.measures)[0]!;
    return court!.standings.get(headline)!.rows.filter(({ method }) =>
      method === one || method === other
    ).map(({ rank }) => rank && [rank.best <= 1, rank.worst >= 2]);
  };
  const turn = (model: string, turn: number, grade: number, n = 10) =>
    Array.from({ length: n }, (_, i) => ({ question: `q${i}`, model, turn, grade }));
  assert.deepEqual(
    ranks([...turn(one!, 1, 9), ...turn(one!, 2, 3), ...turn(other!, 1, 9)]),
    [[true, true], [true, true]],
  );
  // Five grades that are all better: 2 of 2⁵ signs are as far.
  assert.deepEqual(
    ranks([...turn(one!, 1, 9, 5), ...turn(other!, 1, 3, 5)]),
    [[true, true], [true, true]],
  );
});

Deno.test("where a protocol grades and compares, models are ranked by grades alone", () => {
  const graded = judgedFile({ protocol: "mt-bench", graded: true });
  const questions = new Set(graded.judgements.map(({ question }) => question));
  const [court] = courts([{
    run: "x",
    judged: {
      ...graded,
      // The best is never preferred: on one scale with grades that would bring it down.
      judgements: [
        ...graded.judgements,
        ...[...questions].map((question) => ({ question, model: "strong-7b", preference: 0 })),
      ],
    },
  }]);
  const [plain] = courts([{ run: "x", judged: graded }]);
  assert.deepEqual(court!.standings.get("grade"), plain!.standings.get("grade"));
});

Deno.test("two judged files of one identity are refused, other fingerprints stand apart", () => {
  const one = { run: "x", judged: judgedFile() };
  const other = {
    run: "x",
    judged: { ...judgedFile(), judge: { ...judgedFile().judge, fingerprint: "other prompts" } },
  };
  assert.equal(new Set(courts([one, other]).map(({ testbed }) => testbed.key)).size, 2);
  assert.throws(() => courts([one, one, one]), /two files of alpaca-eval by judge-large/);
});

Deno.test("deno task publish makes a site from run directories, from wherever it is called", async () => {
  await within(async (directory) => {
    const { plan, records } = suite({
      methods: ["dpo", "sft"],
      testbeds: ["text/clean"],
      seeds: 2,
      prompts: 4,
      answers: true,
    });
    {
      await using made = await createRun(join(directory, "runs/mine"), plan);
      for (const record of records) await made.append(record);
      await made.finish();
    }
    await Deno.mkdir(join(directory, "runs/mine/judged"));
    const file = join(directory, "runs/mine/judged/alpaca-eval.json");
    await Deno.writeTextFile(file, JSON.stringify(judgedFile()));
    const call = async (...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--no-prompt",
          "--allow-read",
          "--allow-write",
          "--allow-env=INIT_CWD",
          "main.ts",
          "publish",
          ...args,
        ],
        env: { INIT_CWD: directory },
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, out: text(stdout), err: text(stderr) };
    };
    const first = await call("runs/mine", "--out", "site", "--json");
    assert.equal(first.code, 0, first.err);
    const { index, files, written } = JSON.parse(first.out);
    assert.equal(index, join(directory, "site/index.html"));
    assert.equal(written, files);
    assert.match(await Deno.readTextFile(index), /alpaca-eval/);
    await Deno.stat(join(directory, "site/models/strong-7b.html"));
    const again = await call("runs/mine", "--out", "site");
    assert.match(again.err, /: 0 written, \d+ as they were, 0 removed/);
    const broken = { ...judgedFile(), protocol: 3 };
    await Deno.writeTextFile(file, JSON.stringify(broken));
    const bad = await call("runs/mine", "--out", "site");
    assert.equal(bad.code, 1);
    assert.match(
      bad.err,
      /alpaca-eval.json: field "protocol" must be a string: current value is 3/,
    );
  });
});
