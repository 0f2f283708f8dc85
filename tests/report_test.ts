import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { type Absent, axis, type Golden, headingsOf, leaves, type RunRecord } from "../core/mod.ts";
import { registry } from "../benchmarks/mod.ts";
import { assets, embeddable, json } from "../reports/parts/assets.ts";
import {
  count,
  decimals,
  fixed,
  list,
  plain,
  plusMinus,
  quantity,
  range,
  ranks,
  rounded,
  seeds,
} from "../reports/parts/format.ts";
import { label } from "../reports/findings/label.ts";
import { report } from "../reports/mod.ts";
import { sections } from "../reports/sections/mod.ts";
import { look, looks } from "../reports/parts/palette.ts";
import { cards } from "./fixtures/cards.ts";
import { row, verdicts } from "./fixtures/verdicts.ts";
import { corpus, hostile, measures, type Shape, suite } from "./fixtures/records.ts";
import { unpacked } from "./fixtures/unpacked.ts";

const seed = 20250610;

// Numbers in words

Deno.test("digits follow the uncertainty", () => {
  assert.deepEqual([0.021, 0.0996, 1.3, 9.96, 14, 140].map((x) => decimals(x)), [3, 2, 1, 0, 0, 0]);
  assert.deepEqual([0.021, 0.096, 1.3, 14].map((x) => decimals(x, 1)), [2, 1, 0, 0]);
  const x = { value: 0.8763412, low: 0.8553, high: 0.8973 };
  assert.equal(plusMinus(x), "0.876\u00a0±\u00a00.021");
  assert.equal(plusMinus(x, 1), "0.88\u00a0±\u00a00.02");
  assert.equal(range(x), "0.855 to 0.897");
  assert.equal(rounded({ value: 57.234, low: 55.9, high: 58.5 }), "57.2");
  assert.equal(rounded({ value: 0.5, low: 0.5, high: 0.5 }), "0.5");
  assert.throws(() => decimals(0), RangeError);
  assert.throws(() => decimals(Infinity), RangeError);
});

Deno.test("thousands are thin-spaced and powers of ten are set as powers", () => {
  assert.deepEqual(
    [2000, 12345, 128, 0, 2.1e12, 1e12, 4e8, 999_999].map(quantity),
    ["2\u202f000", "12\u202f345", "128", "0", "2.1·10¹²", "10¹²", "4·10⁸", "999\u202f999"],
  );
  assert.equal(count(10_000), "10\u202f000");
  assert.equal(fixed(-0.004, 2), "0.00");
  assert.equal(fixed(-1234567.5, 1), "−1\u202f234\u202f567.5");
  assert.deepEqual([0.1, 2, 1e-5, 0.123456, 1.5e7, 0].map(plain), [
    "0.1",
    "2",
    "1·10⁻⁵".replace("1·", "1.00·"),
    "0.1235",
    "1.50·10⁷",
    "0",
  ]);
});

Deno.test("lists, ranks and seeds read as people write them", () => {
  assert.equal(list(["a"]), "a");
  assert.equal(list(["a", "b", "c"]), "a, b and c");
  assert.equal(list(["a", "b", "c", "d"], 3), "a, b and 2 others");
  assert.equal(ranks(1, 1), "1");
  assert.equal(ranks(1, 3), "1–3");
  assert.equal(seeds([4, 0, 1, 2, 7]), "0–2, 4, 7");
});

Deno.test("a label is one short line without characters that steer layout", () => {
  assert.equal(label("a\n  b\u202e\u0000c"), "a bc");
  assert.equal(label("\u2066\u200f"), "(blank)");
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 400 }),
      fc.integer({ min: 2, max: 40 }),
      (text, most) => {
        const made = label(text, most);
        assert.ok([...made].length <= Math.max(most, "(blank)".length));
        assert.doesNotMatch(made, /[\p{C}\n\r\u2028\u2029]/u);
      },
    ),
    { seed },
  );
});

Deno.test("a measure nobody knows is shown under its own id", () => {
  assert.equal(axis(measures.of("win-rate")), "win-rate, higher is better");
  assert.equal(axis(measures.of("kl")), "KL in nats an answer");
  assert.equal(axis(measures.of("constructor")), "constructor");
});

Deno.test("a method keeps its look, and the first 42 known ones differ in colour or marker", () => {
  assert.deepEqual(look("dpo"), { colour: 0, marker: 0, dash: 0 });
  assert.deepEqual(look("best-of-n"), { colour: 3, marker: 4, dash: 0 });
  assert.deepEqual(look("someone's own"), look("someone's own"));
  const seen = new Set(cards.map(({ id }) => `${look(id).colour} ${look(id).marker}`));
  assert.equal(seen.size, cards.length);
});

Deno.test("six methods that are shown together differ in both colour and marker", () => {
  const some = [
    ...cards.map(({ id }) => id),
    ...Array.from({ length: 100 }, (_, i) => `method-${i}`),
    "__proto__",
  ];
  for (let i = 0; i < some.length; i++) {
    const six = Array.from({ length: 6 }, (_, j) => some[(i + 7 * j) % some.length]!);
    const found = [...looks(six, []).values()];
    for (const part of ["colour", "marker"] as const) {
      assert.equal(new Set(found.map((one) => one[part])).size, 6, `${part} of ${six}`);
    }
    // Of more those that lead do, and all differ in something.
    const all = looks(some.slice(0, 110), six.filter((id) => some.indexOf(id) < 110));
    const leading = six.filter((id) => some.indexOf(id) < 110).map((id) => all.get(id)!.marker);
    assert.equal(new Set(leading).size, leading.length);
    assert.equal(new Set([...all.values()].map((one) => JSON.stringify(one))).size, 110);
  }
  assert.deepEqual(looks(["ipo", "dpo"], []).get("dpo"), look("dpo"));
});

// The page

/** As assert.match, without printing a page. */
const has = (html: string, what: RegExp) => assert.ok(what.test(html), `expected ${what}`);

const small: Shape = {
  testbeds: ["bandit/clean", "game/intransitive", "text/clean"],
  seeds: 3,
  prompts: 12,
};

Deno.test("the same records give the same bytes", async () => {
  const render = async () => {
    const { plan, records, catalogue } = suite(small);
    return await report(plan, records, catalogue);
  };
  assert.equal(await render(), await render());
});

Deno.test("every section is there, in the order in which a reader asks", async () => {
  const { plan, records, catalogue } = suite(small);
  const html = await report(plan, records, catalogue);
  const at = sections.map(({ id }) => html.indexOf(` id="${id}" aria-labelledby`));
  assert.ok(at.every((place) => place > 0));
  assert.deepEqual(at, [...at].sort((a, b) => a - b));
  for (const method of plan.methods) assert.ok(html.includes(`<bdi>${method}</bdi>`), method);
});

Deno.test("the board answers who may be best and who beats the baseline", async () => {
  const { plan, records, catalogue } = suite(small);
  const html = await report(plan, records, catalogue);
  has(html, /Who may be best, and who beats the baseline/);
  has(html, /moderated t/);
  has(await report(plan, records, { methods: [], registry }), /no baseline here/);
});

Deno.test("methods without a card, measures without a name and empty suites still render", async () => {
  const { plan, records } = suite({ ...small, methods: ["dpo", "nobody-knows-me"] });
  const odd = records.map((record): RunRecord => ({
    ...record,
    measures: { ...record.measures, "my-measure": { value: 1, stderr: 0.5, n: 2 } },
  }));
  const html = await report(plan, odd, { methods: [], registry });
  has(html, /nobody-knows-me/);
  has(html, /has no card for this method/);
  has(html, /<option +value="my-measure" *>my-measure<\/option>/);
  has(await report(plan, [], { methods: cards }), /nobody finished/);
});

Deno.test("a plan's own cards name, direct and rank what this version does not know", async () => {
  const { plan, records } = suite({ ...small, testbeds: ["bandit/clean"], mishaps: false });
  const odd = records.map((record): RunRecord => ({
    ...record,
    start: { ...record.start, calm: { value: 0, stderr: 0, n: 2 } },
    measures: { ...record.measures, calm: { value: -record.seed, stderr: 0, n: 2 } },
  }));
  const calm = { title: "calmness", unit: "sighs", better: "lower", margin: 1 } as const;
  const html = await report(
    {
      ...plan,
      cells: plan.cells.map((cell) => ({ ...cell, headline: "calm" })),
      measures: { calm: { ...calm, means: "How seldom anybody sighs" } },
    },
    odd,
    { methods: cards, registry },
  );
  has(html, /headline: calmness/);
  has(html, /calmness in sighs, lower is better/);
  has(html, /How seldom anybody sighs/);
  assert.doesNotMatch(html, /does not know/);
});

Deno.test("the first method stands against each other with what the comparison could have found", async () => {
  const made = suite({
    methods: ["dpo", "sft"],
    testbeds: ["bandit/clean"],
    seeds: 3,
    mishaps: false,
  });
  const win = (record: RunRecord, value: number): RunRecord => ({
    ...record,
    measures: { ...record.measures, "win-rate": { value, stderr: 0, n: 1 } },
  });
  // DPO's runs: 0.6 0.7 0.9; SFT's: 0.5 0.7 0.6. Of nine pairs DPO has six and two ties: 7 of 9.
  const values = { dpo: [0.6, 0.7, 0.9], sft: [0.5, 0.7, 0.6] };
  const records = made.records.map((record) =>
    win(record, values[record.method as "dpo" | "sft"][record.seed]!)
  );
  const html = await report(made.plan, records, made.catalogue);
  assert.match(html, /dpo against each other method on bandit\/clean/);
  const from = html.indexOf("dpo against each other");
  const table = html.slice(from, html.indexOf("</table>", from)).replaceAll(/<[^>]*>/g, " ");
  // Differences 0.1, 0, 0.3: mean 0.133, standard error 0.088, so 2.8 of them are 0.25.
  assert.match(table, /0\.13\u00a0±\u00a00\.38, undecided/);
  assert.match(table, / 0\.25 /);
  assert.match(table, / 0\.78 of 9 /);
});

Deno.test("a card has what its hyperparameters do, its limits, its loss on the test vector and its verdict", async () => {
  const { plan, records } = suite({ ...small, methods: ["dpo", "ipo"] });
  const methods = cards.map((card) => ({
    ...card,
    roles: Object.fromEntries(Object.keys(card.hyper).map((name) => [name, `what ${name} does`])),
    limits: [{ at: "β → 0", then: "nothing is learned" }],
    search: { beta: [0.05, 0.1] },
  }));
  const golden = { value: 0.66846, start: Math.LN2, perToken: false };
  const html = await report(plan, records, {
    methods,
    goldens: new Map<string, Golden | Absent>([
      ["dpo", { ...golden, slopes: { chosen: [-0.04875, -0.04875], rejected: [0.01, 0.02] } }],
      ["ipo", { absent: "it reads whole distributions" }],
    ]),
    verdicts: verdicts([row("dpo", "refuted")]),
  });
  has(html, /<dd>what beta does; claims try 0\.05 and 0\.1<\/dd>/);
  has(html, /<dt>β → 0<\/dt><dd>nothing is learned<\/dd>/);
  has(html, /loss 0\.668460, slope/);
  has(html, /−0\.048750 \(chosen\) and 0\.010000 to 0\.020000 \(rejected\)/);
  has(html, /No value on the test vector: it reads whole distributions\./);
  has(html, /refuted, with 5 seeds/);
  has(html, /deno task claims --methods dpo --seeds 5 --first-seed 1/);
});

Deno.test("a card shows what runs noted, testbed by testbed", async () => {
  const { plan, records } = suite({ ...small, methods: ["dpo", "ipo"] });
  const noted = records.map((record) =>
    record.method === "dpo" ? { ...record, notes: { "held-out accuracy": 0.625 } } : record
  );
  const html = await report(plan, noted, { methods: cards });
  const on = `${records[0]!.benchmark}/${records[0]!.setting}`;
  has(html, new RegExp(`<dt>held-out accuracy</dt><dd>${on}: 0\\.625`));
  assert.equal(html.match(/<dt>held-out accuracy<\/dt>/g)?.length, 1);
});

Deno.test("the map has the survey's cells in its order, open ones said to be so, and what we placed in italics", async () => {
  const { plan, records, catalogue } = suite({
    methods: ["dpo", "kto", "simpo"],
    testbeds: ["text/clean"],
    mishaps: false,
  });
  const html = await report(plan, records, catalogue);
  const from = html.indexOf('<table class="map">');
  // A key leaves a space in its element's tag.
  const map = html.slice(from, html.indexOf("</table>", from)).replaceAll(/ +(?=[ >])/g, "");
  const rows = [...map.matchAll(/<tr><th scope="row(?:group)?".*?<\/tr>/g)].map(([row]) => row);
  const heads = rows.map((row) => row.match(/<th.*?<\/th>/)![0].replaceAll(/<[^>]*>/g, ""));
  assert.deepEqual(heads.slice(0, 3), [
    "Data strategy (§ 3.1)",
    "Quality · Heterogeneity",
    "Quality · Distinguishability",
  ]);
  const places = leaves.map(({ cell }) =>
    heads.indexOf(headingsOf(cell).slice(1).map(({ title }) => title).join(" · "))
  );
  // Lists and online learning have cards, but of methods that did not run here.
  assert.equal(places[leaves.findIndex(({ cell }) => cell === "data/feedback/list")], -1);
  const shown = places.filter((place) => place >= 0);
  assert.deepEqual(shown, shown.toSorted((a, b) => a - b));
  const cells = (head: string) => [...rows[heads.indexOf(head)]!.matchAll(/<td.*?<\/td>/g)];
  assert.match(cells("Safety")[0]![0], /^<td class="open" colspan="4">no method yet<\/td>$/);
  const ranked = (head: string) => cells(head).filter(([cell]) => /^<td class="v/.test(cell));
  const placed = (head: string) => ranked(head).map(([cell]) => /<i>/.test(cell));
  assert.deepEqual(placed("Feedback · Point-wise"), [false]);
  assert.deepEqual(placed("Reference · Free"), [false]);
  assert.deepEqual(placed("Paradigm · Offline").toSorted(), [false, true, true]);
});

Deno.test("a card says which cells are the survey's and which are ours", async () => {
  const { plan, records, catalogue } = suite({ ...small, methods: ["dpo", "kto", "ppo"] });
  const html = await report(plan, records, catalogue);
  has(html, /files it under Feedback · Pair-wise, Granularity · Sentence-level and Paradigm · Off/);
  has(html, /files it under Feedback · Point-wise; by its definitions we add Paradigm · Offline\./);
  has(html, /does not file it; by its definitions it stands under Feedback · Pair-wise and Para/);
});

Deno.test("equations are MathML, and one that cannot be read is shown as it was written", async () => {
  const { plan, records } = suite({ ...small, methods: ["dpo", "ipo"] });
  const broken = cards.map((card) => card.id === "ipo" ? { ...card, equation: "\\frac{1" } : card);
  const html = await report(plan, records, { methods: broken });
  has(html, /<math xmlns="http:\/\/www\.w3\.org\/1998\/Math\/MathML" display="block">/);
  has(html, /<code>\\frac\{1<\/code>/);
  assert.ok(!/ style="/.test(html.slice(0, html.indexOf('id="data"'))));
});

Deno.test("the policy allows exactly the page's own scripts and style", async () => {
  const { plan, records, catalogue } = hostile();
  const html = await report(plan, records, catalogue);
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
  assert.match(policy, /^default-src 'none'; /);
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  const hashes = (of: RegExp) =>
    [...html.matchAll(of)].map(([, text]) =>
      `'sha256-${createHash("sha256").update(text!).digest("base64")}'`
    );
  const scripts = hashes(/<script>([\s\S]*?)<\/script>/g);
  const styles = hashes(/<style>([\s\S]*?)<\/style>/g);
  assert.equal(scripts.length, 5);
  assert.equal(styles.length, 1);
  assert.equal(/script-src ([^;]*)/.exec(policy)![1], scripts.join(" "));
  assert.equal(/style-src ([^;]*)/.exec(policy)![1], styles.join(" "));
});

Deno.test("what an answer takes is shown where a policy does not simply draw it", async () => {
  const { plan, records, catalogue } = suite(small);
  const html = await report(plan, records, catalogue);
  const told = html.slice(html.indexOf("What an answer takes"), html.indexOf("Can I believe it"));
  const rows = [...told.matchAll(/<tr\b.*?<\/tr>/gs)].map(([row]) =>
    row.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ").trim()
  );
  // Three seeds of 8, 9 and 10 times 10⁸ on text/clean; on tables nobody searches.
  assert.deepEqual(rows.slice(1), ["best-of-n 9·10⁸ 8·10⁸ to 10⁹ 3"]);
  assert.match(told, /bandit\/clean<\/bdi> every policy that finished draws its answers/);
  // Who asks programs too says what that would cost, in a column that is there for nobody else.
  const asking = records.map((record, i) =>
    record.answerFlops ? { ...record, answerQueries: 16 + i % 3 } : record
  );
  const page = await report(plan, asking, catalogue);
  const text = page.slice(page.indexOf("What an answer takes")).replace(/<[^>]+>/g, " ");
  assert.match(
    text.replace(/\s+/g, " "),
    /Checks, in labels Runs best-of-n 9·10⁸ 8·10⁸ to 10⁹ 1[67][.\d]* 3/,
  );
  assert.doesNotMatch(told, /Checks, in labels/);
  const drawn = records.map(({ answerFlops: _, ...record }) => record);
  assert.doesNotMatch(await report(plan, drawn, catalogue), /What an answer takes/);
});

Deno.test("hostile text stays text", async () => {
  const { plan, records, catalogue } = hostile();
  const html = unpacked(await report(plan, records, catalogue));
  // All elements that could run something are the page's own: five scripts and two blocks of data.
  assert.equal([...html.matchAll(/<script\b/gi)].length, 7);
  assert.equal([...html.matchAll(/<\/script\b/gi)].length, 7);
  assert.equal([...html.matchAll(/<script type="application\/json"/g)].length, 2);
  assert.equal([...html.matchAll(/<style\b/gi)].length, 1);
  assert.ok(!/<(img|iframe|object|embed|form)\b/i.test(html));
  const addresses = [...html.matchAll(/\shref="([^"]*)"/g)].map(([, address]) => address!);
  for (const address of addresses) {
    assert.match(address, /^(#[\w-]+|https:\/\/arxiv\.org\/abs\/[\d.v]+)$/);
  }
  // What fills a block of data can be read back as it was.
  const data = JSON.parse(/id="data">([\s\S]*?)<\/script>/.exec(html)![1]!);
  assert.equal(data.testbeds[0].samples.prompts[0].prompt, `${corpus[0]} 0`);
});

Deno.test("data and scripts cannot leave their elements", () => {
  assert.equal(json("</script><!--\u2028&"), '"\\u003c/script\\u003e\\u003c!--\\u2028\\u0026"');
  assert.equal(embeddable("x = '</script>' + '<!--'"), "x = '\\x3c/script>' + '\\x3c!--'");
  assert.deepEqual(JSON.parse(json({ a: "<&>" })), { a: "<&>" });
});

Deno.test("libraries that a report carries name their licence and no source map", async () => {
  const { scripts } = await assets("report");
  for (const script of scripts) {
    assert.ok(!/sourceMappingURL|<\/script|<!--/.test(script));
  }
});
