import assert from "node:assert/strict";
import { join } from "node:path";
import { type Mapping, readMapping } from "../benchmarks/dataset/columns.ts";
import { readingNotes } from "../benchmarks/dataset/notes.ts";
import { readDataset, type ReadingReport, readScorables } from "../benchmarks/dataset/read.ts";

async function read(rows: readonly object[], columns?: Mapping) {
  const dir = await Deno.makeTempDir();
  const old = Deno.cwd();
  try {
    await Deno.writeTextFile(
      join(dir, "r.jsonl"),
      rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
    );
    Deno.chdir(dir);
    let found: ReadingReport | undefined;
    const options = { ...columns ? { columns } : {}, found: (told: ReadingReport) => found = told };
    const all = await Array.fromAsync(readDataset("r.jsonl", options));
    return { rows: all, notes: readingNotes(found!) };
  } finally {
    Deno.chdir(old);
    await Deno.remove(dir, { recursive: true });
  }
}

const frage = { frage: "Was ist rot?", gut: "Blut.", schlecht: "Gras.", quelle: { herr: "x y" } };

Deno.test("columns of any name are read once the user says what they are", async () => {
  const columns = readMapping("prompt=frage, chosen=GUT,rejected=schlecht ,system=quelle.herr");
  const { rows: [row], notes } = await read([frage], columns);
  assert.deepEqual(row, {
    kind: "pair",
    prompt: "x y\n\nWas ist rot?",
    chosen: "Blut.",
    rejected: "Gras.",
    repaired: false,
    asked: { first: "Was ist rot?", last: "Was ist rot?", all: "Was ist rot?" },
  });
  assert.deepEqual(notes, [
    "Columns were named by the user: prompt=frage,chosen=GUT,rejected=schlecht,system=quelle.herr",
  ]);
  const thumbs = await read(
    [{ q: "a", t: "b", ok: "1" }],
    readMapping("prompt=q,completion=t,label=ok"),
  );
  assert.equal(thumbs.rows[0]!.kind, "unpaired");
  const list = await read(
    [{ q: "a", xs: ["b", "c", "d"], s: [1, 3, 2] }],
    readMapping("prompt=q,answers=xs,scores=s"),
  );
  const [first] = list.rows;
  assert.deepEqual(first?.kind === "list" && first.answers, ["c", "d", "b"]);
});

Deno.test("a question in several columns is read from all of them", async () => {
  const answers = { chosen: "b", rejected: "c" };
  for (
    const [columns, prompt] of [
      [{ instruction: "Do.", input: "x" }, "Do.\nx"],
      [{ instruction: "Answer.", question: "Why?" }, "Answer.\nWhy?"],
      [{ query: "Why?", input: "" }, "Why?"],
      [{ context: "It is so.", question: "Why?" }, "It is so.\nWhy?"],
    ] as const
  ) {
    const { rows: [row], notes } = await read([{ ...columns, ...answers }]);
    assert.deepEqual([row!.prompt, notes], [prompt, []]);
  }
  const { rows: [turns] } = await read([{
    instruction: "And then?",
    history: [["Who?", "Me."]],
    ...answers,
  }]);
  assert.equal(turns!.prompt, "user: Who?\nassistant: Me.\nuser: And then?\nassistant:");
});

Deno.test("a name that no row has is refused with those that there are", async () => {
  await assert.rejects(read([frage], readMapping("prompt=question,chosen=gut,rejected=schlecht")), {
    name: "RangeError",
    message:
      'Cannot read column "question" of r.jsonl, which --columns names: there are "frage", "gut", "schlecht", "quelle"',
  });
  for (const text of ["prompt", "frage=prompt", "prompt=a,,", "=a"]) {
    assert.throws(
      () => readMapping(text),
      /each part must be NAME=COLUMN, where NAME is prompt, /,
      text,
    );
  }
});

Deno.test("a question that nobody reads refuses the rows that found another one, or none", async () => {
  const answers = { chosen: "Blut.", rejected: "Gras." };
  await assert.rejects(read([{ frage: "Was ist rot?", id: "7", ...answers }]), {
    message:
      /^r\.jsonl:1: row must have its question in a field of its own.*: field "frage" may be it; say --columns prompt=frage, or --columns prompt= where there is none$/,
  });
  const dialogue = (text: string) => `\n\nHuman: Was ist rot?\n\nAssistant: ${text}`;
  const hh = { chosen: dialogue("Blut."), rejected: dialogue("Gras.") };
  await assert.rejects(read([{ ...hh, frage: "Was ist blau?" }]), {
    message:
      /^r\.jsonl:1: field "frage" must be read or not be there, as it looks like the question/,
  });
  // What the texts hold already, and what is no question, stands in nobody's way.
  const { notes } = await read([{ ...hh, frage: "Was ist rot?", id: "a-7", score: 3 }]);
  assert.deepEqual(notes, [
    'Not read: "frage", which may matter: if it is part of the question, name it by --columns',
    'Not read: "id", which does not matter: it names the row',
    'Not read: "score", which may matter: it is another verdict, and one can be named by --columns',
  ]);
  const none = await read([{ frage: "Was ist rot?", ...answers }], readMapping("prompt="));
  assert.equal(none.rows[0]!.prompt, "");
});

Deno.test("columns that differ by space, case or hyphens are one, and two such are refused", async () => {
  const { rows: [row] } = await read([{ " Prompt ": "a", "CHOSEN": "b", "Rejected": "c" }]);
  assert.equal(row!.prompt, "a");
  await assert.rejects(read([{ prompt: "a", "Prompt ": "b", chosen: "c", rejected: "d" }]), {
    message: 'r.jsonl:1: fields "prompt" and "Prompt " must not be one name: rename one',
  });
});

Deno.test("ties and answers that are alone are left out and counted", async () => {
  const pair = (winner: string) => ({ prompt: "a", response_a: "b", response_b: "c", winner });
  const { rows, notes } = await read([
    pair("model_a"),
    pair("tie"),
    pair("tie (bothbad)"),
    pair("both_bad"),
  ]);
  assert.equal(rows.length, 1);
  assert.deepEqual(notes, [
    "3 rows with a tie, which says of no answer that it is better, left out",
  ]);
  await assert.rejects(read([pair("tie")]), {
    name: "RangeError",
    message:
      "Cannot use r.jsonl: no row says which answer is better: 1 with a tie, which says of no answer that it is better, left out",
  });
  await assert.rejects(read([pair("maybe")]), {
    message:
      'r.jsonl:1: field "winner" must be the winner, as model_a, model_b or tie: current value is "maybe"',
  });
});

Deno.test("messages as a string are read as JSON, and as Python prints them refused", async () => {
  const said = (text: string) => JSON.stringify([{ role: "assistant", content: text }]);
  const { rows: [row] } = await read([{ prompt: "a", chosen: said("b"), rejected: said("c") }]);
  assert.equal(row!.prompt, "user: a\nassistant:");
  await assert.rejects(
    read([{ prompt: "a", chosen: said("b").replaceAll('"', "'"), rejected: "c" }]),
    /field "chosen" must be a list of messages: it is one as Python prints it; write it by json\.dumps/,
  );
});

Deno.test("what hangs on messages is told, or named as not read", async () => {
  const tools = [{ type: "function", function: { name: "f" } }];
  const { rows: [row], notes } = await read([{
    prompt: [{ role: "user", content: [{ type: "image", url: "x" }, { type: "text", text: "a" }] }],
    tools,
    chosen: [{ role: "assistant", content: "b", reasoning_content: "Hm.", mood: "glad" }],
    rejected: [{ role: "assistant", content: "c", weight: 1 }],
  }]);
  assert.deepEqual(row?.kind === "pair" && [row.prompt, row.chosen], [
    `tools: ${JSON.stringify(tools)}\nuser: a\nassistant:`,
    " <think>Hm.</think>\nb",
  ]);
  assert.deepEqual(notes, [
    "1 row with images or the like in their messages, which no model here reads",
    '1 row with "mood" in their messages, which is not read',
  ]);
});

Deno.test("messages that call other tools are not the same", async () => {
  const call = (name: string) => [
    { role: "user", content: "a" },
    { role: "assistant", content: "", tool_calls: [{ type: "function", function: { name } }] },
    { role: "tool", content: "b" },
    { role: "assistant", content: "c" },
  ];
  const { rows: [row] } = await read([{ chosen: call("f"), rejected: call("g") }]);
  assert.equal(row!.prompt, "user: a\nassistant:");
});

Deno.test("what is nested too deep to follow is refused by line and field", async () => {
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const file = await Deno.makeTempFile({ suffix: ".jsonl" });
  const call = `[{"role":"assistant","content":null,"tool_calls":${deep}}]`;
  for (
    const [chosen, message] of [
      [deep, /:1: field "chosen\[0\]\[0\]" must be a message .*: current value is \[\[\[.*…$/],
      [`[{"role":"assistant","content":${deep}}]`, /:1: field "chosen\[0\]\.content\[0\]" must be/],
      [call, /:1: field "chosen\[0\]\.tool_calls" must be nested at most 64 levels/],
    ] as const
  ) {
    await Deno.writeTextFile(file, `{"prompt":"a","chosen":${chosen},"rejected":"c"}\n`);
    for (const rows of [readDataset(file), readScorables(file, {})]) {
      await assert.rejects(() => Array.fromAsync<unknown>(rows), { name: "SyntaxError", message });
    }
  }
  // In a column that nobody reads it hurts nobody.
  await Deno.writeTextFile(file, `{"prompt":"a","chosen":"b","rejected":"c","x":${deep}}\n`);
  assert.equal((await Array.fromAsync(readDataset(file))).length, 1);
  await Deno.remove(file);
});
