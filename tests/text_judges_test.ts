import assert from "node:assert/strict";
import type { Chat, ChatRequest, Comparing, TextJudge } from "../core/mod.ts";
import { goldText } from "../judges/gold-text.ts";
import { learned } from "../judges/learned.ts";
import { noisy } from "../judges/noisy.ts";
import { bothOrders } from "../judges/orders.ts";
import { nth } from "../judges/repeats.ts";

const task = (first: string, second: string, id = "q"): Comparing => ({
  question: { id, turns: ["Say something"] },
  first: [first],
  second: [second],
});

/** Prefers by a table of "first|second". */
const table = (preferences: { readonly [key: string]: number }): TextJudge => ({
  id: "table",
  fingerprint: "t",
  compare({ first, second }) {
    const preference = preferences[`${first}|${second}`];
    return Promise.resolve(
      preference === undefined
        ? { failure: "malformed", reason: "no verdict" }
        : { preference, raw: `${first}|${second}` },
    );
  },
});

Deno.test("both orders give the mean, and say when another answer wins in the other order", async () => {
  const judge = bothOrders(table({
    "a|b": 0.9,
    "b|a": 0.3,
    // Whoever comes first.
    "c|d": 0.8,
    "d|c": 0.6,
    // A tie in one order.
    "e|f": 0.5,
    "f|e": 0.25,
    "g|h": 1,
  }));
  const near = (found: unknown, preference: number, flipped: boolean) => {
    const { preference: p, flipped: f } = found as { preference: number; flipped: boolean };
    assert.ok(Math.abs(p - preference) < 1e-12, `${p}`);
    assert.equal(f, flipped);
  };
  near(await judge.compare(task("a", "b")), 0.8, false);
  near(await judge.compare(task("c", "d")), 0.6, true);
  near(await judge.compare(task("e", "f")), 0.625, false);
  assert.deepEqual(await judge.compare(task("g", "h")), {
    failure: "malformed",
    reason: "In the other order: no verdict",
  });
  assert.notEqual(judge.fingerprint, "t");
});

Deno.test("a repeat is asked of the chat as another one, all else the same", async () => {
  const asked: ChatRequest[] = [];
  const chat: Chat = {
    id: "toy",
    parameters: {},
    complete(request) {
      asked.push(request);
      return Promise.resolve({ text: "" });
    },
  };
  const request = { messages: [], longest: 1, temperature: 0 };
  for (const i of [0, 1]) await nth(chat, i).complete(request);
  assert.deepEqual(asked, [{ ...request, repeat: 0 }, { ...request, repeat: 1 }]);
});

Deno.test("noise turns the share of verdicts that it should, always the same ones", async () => {
  const judge = (seed: number, flip = 0.3) =>
    noisy({ ...table({}), compare: () => Promise.resolve({ preference: 0.9 }) }, { flip, seed });
  const verdicts = (of: TextJudge) =>
    Promise.all(Array.from({ length: 1000 }, (_, i) => of.compare(task("a", "b", `${i}`))));
  const found = await verdicts(judge(1));
  assert.deepEqual(found, await verdicts(judge(1)));
  assert.notDeepEqual(found, await verdicts(judge(2)));
  const turned = found.filter((verdict) => "preference" in verdict && verdict.preference < 0.5);
  // 300 ± 3 standard deviations of √(1000 · 0.3 · 0.7) = 14.5.
  assert.ok(Math.abs(turned.length - 300) < 44, `${turned.length}`);
  assert.throws(() => judge(1, 1.5), /share of 1.5/);
});

function prefers(found: object, preference: number): void {
  assert.ok("preference" in found && Math.abs(found.preference as number - preference) < 1e-12);
}

const record = (temperature: number | undefined, rewards?: [number, number]) => ({
  benchmark: "text",
  setting: "clean",
  truth: temperature === undefined ? {} : { temperature },
  answers: [{ prompt: "Say something", start: "no", end: "yes", ...rewards ? { rewards } : {} }],
});

Deno.test("gold prefers by σ(Δr / temperature), and knows what it does not know", async () => {
  const judge = goldText([record(0.5, [0, 1])]);
  // σ(2), σ(−2)
  prefers(await judge.compare(task("yes", "no")), 0.8807970779778824);
  prefers(await judge.compare(task("no", "yes")), 0.11920292202211755);
  assert.deepEqual(
    await judge.grade!({ question: task("", "").question, answer: ["no"], turn: 0 }),
    { grade: 5.5 },
  );
  const unknown = await judge.compare(task("yes", "perhaps"));
  assert.equal("failure" in unknown && unknown.failure, "not recorded");
  const elsewhere = await judge.compare({
    ...task("yes", "no"),
    question: { id: "q", turns: ["Say nothing"] },
  });
  assert.ok("failure" in elsewhere);

  assert.throws(() => goldText([record(0.5)]), /no answers with rewards/);
  assert.throws(() => goldText([record(undefined, [0, 1])]), /come from no reward/);
  assert.throws(
    () => goldText([record(0.5, [0, 1]), { ...record(0.5, [0, 1]), setting: "noisy" }]),
    /2 testbeds at once: text\/clean, text\/noisy/,
  );
});

Deno.test("a learned judge prefers by the scaled difference of rewards, and grades about its centre", async () => {
  const judge = learned({
    id: "learned",
    fingerprint: "f",
    scale: 2,
    centre: 3,
    reward: (_, [text]) => Promise.resolve(text!.length),
  });
  // σ(2 · (3 − 2))
  prefers(await judge.compare(task("abc", "ab")), 0.8807970779778824);
  const question = { id: "q", turns: ["Say something"] };
  assert.deepEqual(await judge.grade!({ question, answer: ["abc"], turn: 0 }), { grade: 5.5 });
});
