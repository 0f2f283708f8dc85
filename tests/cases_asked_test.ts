import assert from "node:assert/strict";
import type { Asked } from "./fake/openai.ts";
import { judged } from "./fake/recount.ts";

/** Judges that reply as people's do, each named after its behaviour in `fake-judge.py`. */

const text = ({ messages }: Asked) => messages.map(({ content }) => content).join("\n");
const grades = (asked: Asked) => text(asked).includes("a number from 1 to 10");
const letter = (asked: Asked) => text(asked).includes("Reply with one letter");
/** Whether the better answer is shown first, read as a judge would. */
function first(asked: Asked): boolean {
  const [good, poor] = ["GOOD", "POOR"].map((word) => text(asked).indexOf(word));
  return good! >= 0 && (poor! < 0 || good! < poor!);
}
const verdict = (asked: Asked, better = first(asked)) =>
  grades(asked) ? 8 : letter(asked) ? (better ? "m" : "M") : better ? "A" : "B";
const json = (asked: Asked) => JSON.stringify({ verdict: verdict(asked) });

const mt = {
  questions: "judge-files/mt-questions.jsonl",
  answers: ["judge-files/mt-good.jsonl"],
  baseline: "judge-files/mt-poor.jsonl",
  mode: "both",
};
const alpaca = { answers: ["judge-files/al-good.json"], baseline: "judge-files/al-poor.json" };

const message = (content: unknown, more: object = {}, whole: object = {}) =>
  Response.json({
    choices: [{ message: { content, ...more }, finish_reason: "stop" }],
    usage: { prompt_tokens: 10, completion_tokens: 5 },
    ...whole,
  });

const readable: { readonly [name: string]: (asked: Asked) => string | Response } = {
  fenced: (asked) => `My thoughts.\n\`\`\`json\n${json(asked)}\n\`\`\``,
  bold: (asked) => `My thoughts.\n**${json(asked)}**`,
  lower: (asked) => `My thoughts.\n${json(asked).toLowerCase()}`,
  "single-quotes": (asked) => `My thoughts.\n${json(asked).replaceAll('"', "'")}`,
  "reason-in-json": (asked) => JSON.stringify({ reason: "better", verdict: verdict(asked) }),
  "pretty-printed": (asked) => JSON.stringify({ why: "so", verdict: verdict(asked) }, null, 2),
  "string-grade": (asked) => `My thoughts.\n{"verdict": "${verdict(asked)}"}`,
  "think-tags": (asked) => `<think>Hmm, {"verdict": "C"} first, but no.</think>\n\n${json(asked)}`,
  parts: (asked) => message([{ type: "text", text: `Thoughts.\n${json(asked)}` }]),
  "usage-null": (asked) =>
    message(json(asked), {}, { usage: { prompt_tokens: 10, completion_tokens: null } }),
  "usage-minus": (asked) =>
    message(json(asked), {}, { usage: { prompt_tokens: -1, completion_tokens: -1 } }),
  "reasoning beside": (asked) => message(json(asked), { reasoning_content: '{"verdict": "C"}' }),
};
for (const [name, reply] of Object.entries(readable)) {
  Deno.test(`fake ${name}: every verdict is read, and none is asked for again`, async () => {
    const { failed, calls, figures } = await judged("mt-bench", mt, { reply });
    assert.equal(failed, 0);
    assert.equal(calls.length, 48);
    const fine = figures.rows.find(({ model }) => model === "fine")!.estimates;
    assert.deepEqual([fine["grade"]!.value, fine["win-rate"]!.value], [8, 1]);
    assert.ok(fine["grade"]!.low! < 8 && fine["grade"]!.high! > 8);
  });
}

const unreadable: { readonly [name: string]: (asked: Asked) => string | Response } = {
  "over-ten": () => '{"verdict": "8/10"}',
  "think-unclosed": (asked) => `<think>Perhaps\n${json(asked)}`,
  "two verdicts": (asked) => `{"verdict": ${grades(asked) ? 3 : '"C"'}}, or rather\n${json(asked)}`,
  "null-content": (asked) => message(null, { reasoning_content: json(asked) }),
};
for (const [name, reply] of Object.entries(unreadable)) {
  Deno.test(`fake ${name}: no verdict is made up`, async () => {
    const { failed, lines } = await judged("mt-bench", mt, { reply });
    assert.equal(failed, lines.length);
  });
}

Deno.test("fake error-in-200, choices-null: tried again as what they are", async () => {
  const seen = new Set<string>();
  for (
    const wrong of [
      { error: { message: "Rate limit exceeded: free-models-per-min", code: 429 } },
      { id: null, choices: null, object: null },
    ]
  ) {
    const { failed, lines, calls } = await judged("mt-bench", mt, {
      reply(asked) {
        const key = JSON.stringify([wrong, asked]);
        if (seen.has(key)) return json(asked);
        seen.add(key);
        return Response.json(wrong);
      },
    });
    assert.deepEqual([failed, calls.length], [0, 2 * lines.length]);
  }
});

Deno.test("fake lp-think-first: a letter of 0.0075 % is no verdict", async () => {
  const top = [["<think>", -0.0001], ["M", -9.5], ["Okay", -11]] as const;
  const { failed, lines } = await judged("alpaca-eval", alpaca, {
    reply: () =>
      Response.json({
        choices: [{
          message: { content: "<think>" },
          finish_reason: "length",
          logprobs: {
            content: [{
              ...{ token: "<think>", logprob: -0.0001 },
              top_logprobs: top.map(([token, logprob]) => ({ token, logprob })),
            }],
          },
        }],
      }),
  });
  assert.deepEqual([failed, lines.length], [24, 24]);
  const [{ outcome }] = lines as [typeof lines[0]];
  assert.ok("failure" in outcome && /neither m nor M/.test(outcome.reason));
});

Deno.test("judge-body-overridden, fake temperature and reasoner: what the user sets is what is sent", async () => {
  const refused = (why: string) => Response.json({ error: { message: why } }, { status: 400 });
  const reply = (asked: Asked) => {
    if ("max_tokens" in asked) return refused("Use 'max_completion_tokens' instead.");
    if (asked.temperature !== 1) return refused("'temperature' does not support 0");
    if (asked.logprobs) return refused("You are not allowed to request logprobs");
    return `I think.\n${letter(asked) ? verdict(asked) : json(asked)}`;
  };
  const body = { temperature: 1, max_completion_tokens: 16_000, reasoning_effort: "low" };
  for (const [protocol, options] of [["mt-bench", mt], ["alpaca-eval", alpaca]] as const) {
    const { failed, calls } = await judged(protocol, options, { reply }, body);
    assert.equal(failed, 0);
    for (const { asked } of calls) {
      const { temperature, max_completion_tokens, reasoning_effort } = asked;
      assert.deepEqual({ temperature, max_completion_tokens, reasoning_effort }, body);
    }
  }
});

Deno.test("fake tie and position on RewardBench: a judge that cannot tell is at one half", async () => {
  const options = { data: "judge-files/rb.jsonl", mode: "pair" };
  for (const reply of [() => '{"verdict": "C"}', () => '{"verdict": "A"}']) {
    const { figures } = await judged("reward-bench", options, { reply });
    const { value, low, high } = figures.rows[0]!.estimates["accuracy"]!;
    assert.equal(value, 0.5);
    assert.ok(low! < 0.4 && high! > 0.6);
  }
  const right = await judged("reward-bench", options, { reply: json });
  assert.equal(right.figures.rows[0]!.estimates["accuracy"]!.value, 1);
  // Grades that are alike as well.
  const grades = await judged("reward-bench", { data: "judge-files/rb.jsonl" }, {
    reply: () => '{"verdict": 7}',
  });
  assert.equal(grades.figures.rows[0]!.estimates["accuracy"]!.value, 0.5);
});

Deno.test("alpaca-input-field: joined by both, and the judge sees the input", async () => {
  const options = {
    answers: ["alpaca-input-field/mine.json"],
    baseline: "alpaca-input-field/base.json",
  };
  const { prepared, calls, lines } = await judged("alpaca-eval", options, { reply: json });
  assert.equal(prepared.asks.length, 12);
  assert.equal(calls.length, 0);
  assert.ok(lines.every(({ outcome }) => "preference" in outcome && outcome.preference === 0.5));
  const inputs = prepared.asks.map(({ task }) =>
    task.kind === "compare" && /Text number (\d)/.exec(task.comparing.question.turns[0]!)?.[1]
  );
  assert.equal(new Set(inputs).size, 6);
});

Deno.test("mt-error-answers: errors are no answers, empty ones are, and both are counted", async () => {
  const options = {
    questions: "mt-error-answers/questions.jsonl",
    answers: ["mt-error-answers/answers.jsonl"],
  };
  const { prepared, calls } = await judged("mt-bench", options, { reply: json });
  assert.equal(calls.length, 8);
  assert.match(
    prepared.notes.join("\n"),
    /of 12 answers 4 are errors or no text and left out \(1, 2, 3, 4\); 2 are empty \(5, 6\)/,
  );
  const flaws = prepared.flaws!.get("mine")!;
  assert.deepEqual([flaws.errors.length, flaws.empty.length, flaws.cut.length], [4, 2, 0]);
  for (const name of ["null", "nochoices"]) {
    await assert.rejects(
      judged("mt-bench", { ...options, answers: [`mt-error-answers/${name}.jsonl`] }, {
        reply: json,
      }),
      /none of its 12 answers is a text/,
    );
  }
});

Deno.test("mt-unused-fields: what is not read may be anything", async () => {
  for (const name of ["answer-id-null", "answer-id-number", "tstamp-null", "tstamp-string"]) {
    const { failed, lines } = await judged("mt-bench", {
      questions: "mt-unused-fields/questions.jsonl",
      answers: [`mt-unused-fields/${name}.jsonl`],
    }, { reply: json });
    assert.deepEqual([failed, lines.length], [0, 4]);
  }
});

Deno.test("equal scores of a judge have an interval of some width, wherever they lie", async () => {
  const { figures } = await judged("alpaca-eval", alpaca, { reply: () => "m" });
  const { value, low, high } = figures.rows[0]!.estimates["win-rate"]!;
  assert.equal(value, 0.5);
  assert.ok(low! < 0.4 && high! > 0.6);
});
