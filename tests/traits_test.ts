import assert from "node:assert/strict";
import { join } from "node:path";
import { alpacaEval, judged, rng, stats } from "../mod.ts";
import {
  differences,
  refuses,
  type TraitName,
  traits,
} from "../judges/protocols/alpaca-eval/traits.ts";
import { close } from "./close.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";

Deno.test("traits of an answer are counted on their scales, outside code", () => {
  const list = "Do:\n- one\n* two\n  3. three\n```\n- code\n```\nnot - an item";
  close(traits["list-items"].of(list), Math.log(1 + 3));
  assert.equal(traits["list-items"].of(""), 0);
  // Two marks in five words are forty in a hundred.
  close(traits.markdown.of("# Head **bold** two three"), Math.log(1 + 40));
  close(traits.markdown.of("- an item is counted as an item alone"), 0);
  assert.equal(traits.markdown.of(""), 0);
  const names: TraitName[] = ["refusal", "list-items"];
  assert.deepEqual(differences(names, "I can't help.", "- x"), [-1, Math.log(2)]);
  assert.deepEqual(differences(names, "- x", "I can't help."), [1, -Math.log(2)]);
});

Deno.test("an answer refuses if it begins so, and not if it is sorry or names a limit", () => {
  for (
    const text of [
      "I'm sorry, but I can't assist with that.",
      "I’m sorry, but I cannot help.",
      "  I am sorry, but I cannot say that.",
      "I cannot provide instructions",
      "I can not fulfill this",
      "I am unable to help with it",
      "I will not help with that",
      "I apologise, but I cannot",
      "I must decline",
    ]
  ) assert.ok(refuses(text), text);
  for (
    const text of [
      "I'm sorry to hear that! Try this:",
      "As an AI I have no feelings, but here is a poem.",
      "I can't wait to help! First,",
      "I won't lie: it is hard.",
      "Here it is. I can't help but smile.",
      "",
    ]
  ) assert.ok(!refuses(text), text);
});

/** Verdicts that only lists and a liking for the model decide: logit P = 0.3 + 0.8 Δ log(1 + items). */
function annotated(verdict: (p: number, i: number) => number) {
  const random = rng("lengths");
  return Array.from({ length: 240 }, (_, i) => {
    const [own, theirs] = [[0, 1, 3, 7][i % 4]!, [0, 3][i % 2]!];
    const answer = (items: number) =>
      "- x\n".repeat(items) + "word ".repeat(20 + random.below(200));
    const p = 1 / (1 + Math.exp(-0.3 - 0.8 * Math.log((1 + own) / (1 + theirs))));
    return {
      instruction: `Do ${i}`,
      output_1: answer(theirs),
      generator_1: "base",
      output_2: answer(own),
      generator_2: "tuned",
      preference: 1 + verdict(p, i),
    };
  });
}

const reduced = (rows: ReturnType<typeof annotated>, names?: TraitName[]) =>
  alpacaEval.reduce(
    alpacaEval.fromAnnotations(rows, "f", { traits: names }).annotators[0]!.rows,
    { repetitions: 200, ...names ? { traits: names } : {} },
    rng(1),
  );

Deno.test("control for list items finds their weight, and the win-rate at as many", () => {
  const rows = annotated((p) => p);
  const { rows: [row], measures } = reduced(rows, ["list-items", "refusal"]);
  const { estimates, absent } = row!;
  // Soft verdicts follow the model exactly, so the fit is the truth but for a ridge of 0.01 on 240.
  close(estimates["controlled-win-rate"]!.value, 1 / (1 + Math.exp(-0.3)), 1e-3);
  close(estimates["weight-list-items"]!.value, 0.8, 1e-2);
  close(estimates["weight-length"]!.value, 0, 1e-2);
  assert.equal(absent["weight-refusal"], "No two answers differ in it");
  assert.equal(
    measures["controlled-win-rate"]!.title,
    "Win-rate at equal length, list items and refusals",
  );
  // What is known without is the same as ever.
  const without = reduced(rows);
  const { rows: [plain] } = without;
  assert.equal(without.measures["controlled-win-rate"], undefined);
  assert.deepEqual(plain!.estimates["lc-win-rate"], estimates["lc-win-rate"]);
  assert.deepEqual(plain!.estimates["win-rate"], estimates["win-rate"]);

  // The model and the baseline change places: the two rates add up to 1.
  const turned = reduced(
    rows.map((row) => ({
      ...row,
      output_1: row.output_2,
      output_2: row.output_1,
      preference: 3 - row.preference,
    })),
    ["list-items", "refusal"],
  ).rows[0]!.estimates;
  close(
    turned["controlled-win-rate"]!.value,
    1 - estimates["controlled-win-rate"]!.value,
    1e-7,
  );
  close(turned["weight-list-items"]!.value, estimates["weight-list-items"]!.value, 1e-6);
});

Deno.test("intervals of the weights hold the truth as often as they say", () => {
  const SETS = 60;
  const random = rng("sets");
  const held = { length: 0, lists: 0, rate: 0 };
  for (let set = 0; set < SETS; set++) {
    const rows = Array.from({ length: 100 }, (_, i) => {
      const lists = random.normal();
      const p = 1 / (1 + Math.exp(-0.3 - 0.8 * lists));
      return {
        prompt: `${i}`,
        preference: random.uniform() < p ? 1 : 0,
        lengths: { model: random.below(400), baseline: random.below(400) },
        confounders: [lists],
      };
    });
    const { controlled } = stats.lengthControlled(rows, {
      rng: random.split(`${set}`),
      repetitions: 100,
      confounders: ["lists"],
    });
    assert.ok("intervals" in controlled);
    const holds = ({ low, high }: { low: number; high: number }, truth: number) =>
      low <= truth && truth <= high ? 1 : 0;
    held.length += holds(controlled.intervals.length, 0);
    held.lists += holds(controlled.intervals.confounders["lists"]!, 0.8);
    held.rate += holds(controlled, 1 / (1 + Math.exp(-0.3)));
  }
  // Of 60 at 95 % 57 are expected; fewer than 51 come less than once in a thousand times.
  for (const [name, times] of Object.entries(held)) assert.ok(times >= 51, `${name} ${times}`);
  assert.ok(Object.values(held).some((times) => times < SETS), "no interval is ever wrong");
});

Deno.test("judge --control shows the controlled win-rate with its weights", async () => {
  const path = join(await temporary(), "annotations.json");
  await Deno.writeTextFile(path, JSON.stringify(annotated((p) => p)));
  const judge = (...args: string[]) =>
    cli(["judge", "--protocol", "alpaca-eval", "--annotations", path, ...args], undefined, [
      "--allow-env=INIT_CWD",
    ]);
  const { code, stdout, stderr } = await judge("--control", "list-items,markdown", "--json");
  assert.equal(code, 0, stderr);
  const { rows: [row], command } = judged.parse(JSON.parse(stdout));
  close(row!.estimates["weight-list-items"]!.value, 0.8, 1e-2);
  assert.equal(row!.absent["weight-markdown"], "No two answers differ in it");
  assert.match(command, /--control list-items,markdown/);
  const { stdout: text } = await judge("--control", "list-items");
  assert.match(text, /Win-rate at equal length and list items +0\.574 \[/);
  for (
    const [args, message] of [
      [["--control", "lists"], /It must be some of list-items,markdown,refusal, with commas/],
      [["--control", "markdown,markdown"], /It must be some of/],
      [["--control", "markdown", "--compat", "alpaca-v1"], /Cannot use --control with --compat/],
    ] as const
  ) {
    const { code, stderr } = await judge(...args);
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
});
