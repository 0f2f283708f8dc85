import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { contentOf, type Judged, judgeRows, overall, pairJudgements, rng } from "../mod.ts";
import { protocols } from "../judges/protocols/mod.ts";
import { askedDocument } from "../lab/judging/document.ts";
import { courts } from "../reports/site/verdicts.ts";
import { temporary } from "./fake/directory.ts";
import type { Asked } from "./fake/openai.ts";
import { inCases, judged, recount } from "./fake/recount.ts";
import { gates } from "./fixtures/gate.ts";

/** Files that are told by what they hold, each case named after its folder in `fixtures/cases`. */

function gated(before: Judged, after: Judged) {
  const { checks, pairs, notes } = pairJudgements([{ source: "old", judged: before }], {
    source: "new",
    judged: after,
  }, gates());
  const rows = judgeRows(pairs, rng("gate"));
  return { state: overall(rows, checks), rows, notes, reason: rows[0]?.reason ?? "" };
}

const alpaca = async (path: string) =>
  (await recount("alpaca-eval", { annotations: [path] })).documents[0]!;

/** What a judge that likes GOOD answers makes of files, as `judged.json` has it. */
async function asked(
  protocol: string,
  options: { readonly [name: string]: unknown },
  texts = true,
): Promise<Judged> {
  const text = ({ messages }: Asked) => messages.map(({ content }) => content).join("\n");
  const letter = (asked: Asked) => {
    const good = text(asked).indexOf("GOOD");
    const first = good >= 0 && good < text(asked).lastIndexOf("River");
    return text(asked).includes("Reply with one letter") ? (first ? "m" : "M") : "8";
  };
  const { prepared, lines } = await judged(protocol, options, {
    reply: (asked) => protocol === "mt-bench" ? '{"verdict": 8}' : letter(asked),
  });
  return askedDocument({
    protocol: protocols.find(({ id }) => id === protocol)!,
    command: "deno task judge",
    judge: { id: "toy", fingerprint: "f00d", calls: lines.length, cached: 0 },
    ...{ prepared, run: undefined, steady: undefined, texts },
  }, { lines, again: [] }).document;
}

Deno.test("gate-judged: equal files under two names pass, and a worse one fails", async () => {
  const before = await alpaca("gate-judged/before.json");
  const same = gated(before, await alpaca("gate-judged/after-same.json"));
  assert.deepEqual([same.state, same.rows[0]!.difference], ["pass", 0]);
  const worse = gated(before, await alpaca("gate-judged/after-worse.json"));
  assert.equal(worse.state, "fail");
});

Deno.test("gate-other-questions-same-ids: other questions under one name are incomparable", async () => {
  const mt = (language: string, texts: boolean) =>
    asked("mt-bench", {
      questions: `gate-other-questions-same-ids/${language}/questions.jsonl`,
      answers: [`gate-other-questions-same-ids/${language}/mine.jsonl`],
      mode: "single",
    }, texts);
  for (const texts of [true, false]) {
    const [en, ja] = [await mt("en", texts), await mt("ja", texts)];
    assert.equal(en.texts !== undefined, texts);
    assert.equal(en.content === undefined, texts);
    const { state, reason } = gated(en, ja);
    assert.equal(state, "incomparable");
    assert.match(
      reason,
      /^Another set of questions than in old: under one id 40 of 40 differ, "1" among them$/,
    );
    assert.notEqual(gated(en, await mt("en", !texts)).state, "incomparable");
  }
});

Deno.test("gate-rows-twice: rows that are there twice count once, and it is said", async () => {
  const before = await alpaca("gate-rows-twice/before.json");
  const after = await alpaca("gate-rows-twice/after.json");
  assert.equal(after.judgements.length, 200);
  const { rows, notes, state } = gated(before, after);
  assert.equal(rows[0]!.prompts, 200);
  assert.ok(notes.some((note) => note.startsWith("new: ") && /100/.test(note)), notes.join());
  assert.equal(state, "fail");
});

Deno.test("another opponent under one name is incomparable, one opponent under two names is not", async () => {
  const rows = JSON.parse(await Deno.readTextFile(inCases("gate-judged/before.json"))) as {
    output_1: string;
    generator_1: string;
  }[];
  const changed = async (change: (row: typeof rows[number]) => object) => {
    const path = join(await temporary(), "annotations.json");
    await Deno.writeTextFile(
      path,
      JSON.stringify(rows.map((row) => ({ ...row, ...change(row) }))),
    );
    return await alpaca(relative(inCases(""), path));
  };
  const before = await alpaca("gate-judged/before.json");
  const renamed = await changed(() => ({ generator_1: "baseline-of-may" }));
  assert.equal(gated(before, renamed).state, "pass");
  const other = await changed(({ output_1 }) => ({ output_1: `${output_1}!` }));
  assert.match(gated(before, other).reason, /^Another opponent than in old: of its answers /);
});

Deno.test("where nobody recorded what was asked, ids are all there is, and it is said", async () => {
  const { texts: _, content: _c, ...bare } = await alpaca("gate-judged/before.json");
  assert.equal(contentOf(bare), undefined);
  const { state, notes } = gated(bare, { ...bare, on: "others.json" });
  assert.equal(state, "pass");
  assert.match(notes.join(), /What was asked is not recorded in old and new: .* by their ids/);
  const renamed = { ...bare, baseline: "another" };
  assert.match(gated(bare, renamed).reason, /opponent than in old: found another, expected base/);
});

Deno.test("publish-standard-file-names: two model_outputs.json stand on one board", async () => {
  const of = (model: string) =>
    asked("alpaca-eval", {
      answers: [`publish-standard-file-names/${model}/model_outputs.json`],
      baseline: "publish-standard-file-names/base.json",
    });
  const files = [
    { run: "m1", judged: await of("m1") },
    { run: "m2", judged: await of("m2") },
  ];
  assert.deepEqual(new Set(files.map(({ judged }) => judged.on)), new Set(["model_outputs.json"]));
  const [court, ...others] = courts(files);
  assert.deepEqual(others, []);
  assert.deepEqual(court!.files, files);
  const { rows, decisions } = court!.standings.get("win-rate")!;
  assert.deepEqual(rows.map(({ method }) => method).sort(), ["m1", "m2"]);
  assert.deepEqual(decisions.map(({ a, b }) => [a, b].sort()), [["m1", "m2"]]);
  assert.ok(rows.every(({ rank }) => rank !== undefined));
  // A third under the same name as well.
  assert.equal(
    courts([...files, { run: "m3", judged: relabelled(files[0]!.judged, "m3") }]).length,
    1,
  );
  // Of one model twice nobody knows which counts: each has a board.
  const again = { ...files[0]!.judged, command: "the same again" };
  assert.equal(courts([...files, { run: "again", judged: again }]).length, 2);
  assert.throws(() => courts([...files, files[0]!]), /two files of .* that are the same/);
  // Other answers of the opponent, or other questions, are another board whatever the names.
  const { texts } = files[1]!.judged;
  const elsewhere = {
    ...files[1]!.judged,
    texts: {
      ...texts!,
      questions: texts!.questions.map((one) => ({ ...one, turns: [`${one.turns[0]}?`] })),
    },
    on: "other.json",
  };
  assert.equal(courts([files[0]!, { run: "x", judged: elsewhere }]).length, 2);
});

/** The same verdicts on another model. */
function relabelled(file: Judged, name: string): Judged {
  const [own] = file.rows.map(({ model }) => model);
  const named = <T extends { readonly model: string }>(one: T): T => ({
    ...one,
    model: one.model === own ? name : one.model,
  });
  return {
    ...file,
    rows: file.rows.map(named),
    judgements: file.judgements.map(named),
    texts: { ...file.texts!, answers: file.texts!.answers.map(named) },
  };
}
