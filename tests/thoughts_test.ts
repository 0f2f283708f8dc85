import assert from "node:assert/strict";
import { withoutThoughts } from "../judges/thoughts.ts";
import { answersIn, withFlaws } from "../judges/protocols/answers.ts";

Deno.test("thoughts are taken off in the forms in use, and what only speaks of them stays", () => {
  for (
    const [text, rest] of [
      ["plain", "plain"],
      ["<think>a</think>b", "b"],
      ["<think>\na\n</think>\n\nb", "b"],
      ["<THINK>a</THINK>b", "b"],
      ["<reasoning>a</reasoning>\nb", "b"],
      ["[THINK]a[/THINK]b", "b"],
      ["<|begin_of_thought|>a<|end_of_thought|>\n\nb", "b"],
      ["◁think▷a◁/think▷b", "b"],
      [
        "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>",
        "b",
      ],
      // The template opened them in the prompt.
      ["a and more\n</think>\n\nb", "b"],
      ["<think>```\ncode</think>\nb", "b"],
      ["b\n<think>a</think>\nc", "b\n\nc"],
      ["Use the <think> tag", "Use the <think> tag"],
      ["```\n<think>\n```\nb", "```\n<think>\n```\nb"],
      ["```html\na\n</think>\n```\nb", "```html\na\n</think>\n```\nb"],
      ["html: </think> inline", "html: </think> inline"],
      ["  spaces stay \n", "  spaces stay \n"],
    ] as const
  ) {
    const found = withoutThoughts(text);
    assert.equal(found.text, rest, text);
    assert.equal(found.thought, text !== rest);
    assert.equal(found.open, false);
  }
  assert.deepEqual(withoutThoughts("<think>for ever"), { text: "", thought: true, open: true });
  assert.deepEqual(withoutThoughts("b\n<think>for ever"), { text: "b", thought: true, open: true });
});

Deno.test("answers are told by what they are: errors, nothing, cut off, with thoughts", () => {
  const rows = [
    { id: "1", turns: ["fine", "$ERROR$"] },
    { id: "2", turns: [" $ERROR$\n", "fine"] },
    { id: "3", turns: [null] },
    { id: "4", turns: [] },
    { id: "5", turns: [" "] },
    { id: "6", turns: ["<think>a</think>b"], cut: true },
    { id: "7", turns: ["<think>a"] },
    { id: "8", turns: ["I say $ERROR$ here"] },
  ];
  const { answers, flaws } = answersIn(rows, false);
  assert.deepEqual([...answers], [
    ["1", ["fine"]],
    ["5", [" "]],
    ["6", ["b"]],
    ["7", [""]],
    ["8", ["I say $ERROR$ here"]],
  ]);
  assert.deepEqual(flaws, {
    answers: 8,
    errors: ["1", "2", "3", "4"],
    empty: ["5", "7"],
    cut: ["6", "7"],
    thoughts: ["6", "7"],
  });
  assert.deepEqual(answersIn(rows, true).answers.get("6"), ["<think>a</think>b"]);
  const figures = { measures: {}, rows: [{ model: "m", estimates: {}, absent: {} }] };
  const shown = withFlaws(figures, new Map([["m", flaws]]));
  const { estimates } = shown.rows[0]!;
  assert.deepEqual(
    Object.entries(estimates).map(([id, found]) => [id, (found as { value: number }).value]),
    [["answers-errors", 4 / 8], ["answers-empty", 2 / 8], ["answers-cut", 2 / 8], [
      "answers-thoughts",
      2 / 8,
    ]],
  );
  // Where nothing is wrong nothing is shown.
  const well = answersIn([{ id: "1", turns: ["fine"] }], false).flaws;
  assert.equal(withFlaws(figures, new Map([["m", well]])), figures);
});
