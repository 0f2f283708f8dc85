import type { Columns, Said } from "../columns.ts";
import { readNumber, readWinner } from "../labels.ts";
import { fail, type Findings } from "../text.ts";
import { isRecord } from "../columns.ts";
import { type Layout, text, type Verdict } from "./shape.ts";

/** Rows of two answers, and a column that says which is better. */

type Judged = (row: Columns, findings: Findings) => Verdict | undefined;

const choice = (
  id: string,
  of: string,
  [a, b]: readonly [string, string],
  columns: readonly string[],
  verdict: Judged,
): Layout => ({
  id,
  of,
  columns: [a, b, ...columns],
  read: (row) => ({
    answers: [row.said(a), row.said(b)],
    verdict: (findings) => verdict(row, findings),
  }),
});

const won = (winner: 0 | 1): Verdict => ({ scores: winner === 0 ? [1, 0] : [0, 1] });
const tie: Verdict = { scores: [0, 0] };

/** A column that names the winner. */
const winner = (column: string): Judged => (row, findings) => {
  const { path, value } = row.said(column);
  const found = readWinner(value);
  if (found === undefined) fail(findings, path, "the winner, as model_a, model_b or tie", value);
  return found === undefined ? undefined : found === "tie" ? tie : won(found);
};

/** A column with the winner's number, counted from `first`; halfway is a tie. */
const index = (column: string, first: 0 | 1): Judged => (row, findings) => {
  const { path, value } = row.said(column);
  const found = readNumber(value);
  if (found === undefined || found < first || found > first + 1) {
    fail(findings, path, `${first} or ${first + 1}`, value);
    return undefined;
  }
  const towards = found - first;
  return towards === 0.5 ? tie : won(towards < 0.5 ? 0 : 1);
};

/** A column from −3, the first is much better, to 3, the second is. */
const leaning = (column: string): Judged => (row, findings) => {
  const { path, value } = row.said(column);
  const found = readNumber(value);
  if (found === undefined || Math.abs(found) > 3) {
    fail(findings, path, "a number from -3 to 3", value);
    return undefined;
  }
  if (found === 0) return tie;
  return { ...won(found < 0 ? 0 : 1), strength: (1 + Math.abs(found) / 3) / 2 };
};

/** A score of each. */
const scored = (a: string, b: string): Judged => (row, findings) => {
  const sides = [row.said(a), row.said(b)].map(({ path, value }) => {
    const found = readNumber(value);
    if (found === undefined) fail(findings, path, "a number", value);
    return found;
  });
  const [first, second] = sides;
  if (first === undefined || second === undefined) return undefined;
  return { scores: [first, second], gap: Math.abs(first - second) };
};

/** 1 where the first is better, and votes of each, whose share is how sure that is. */
const votes: Judged = (row, findings) => {
  const { path, value } = row.said("labels");
  const found = readNumber(value);
  if (found !== 0 && found !== 1) {
    fail(findings, path, "0 or 1", value);
    return undefined;
  }
  const [a, b] = [readNumber(row.get("score_a")) ?? 0, readNumber(row.get("score_b")) ?? 0];
  const [most, least] = found === 1 ? [a, b] : [b, a];
  const sure = most >= least && least > 0 ? { strength: most / (most + least) } : {};
  return { ...won(found === 1 ? 0 : 1), ...sure };
};

/** A column of 0 and 1 for each side, and one for a tie. */
const flags: Judged = (row, findings) => {
  const [a, b] = ["winner_model_a", "winner_model_b"].map((name) => readNumber(row.get(name)));
  const even = row.has("winner_tie") && readNumber(row.get("winner_tie")) === 1;
  if (even) return tie;
  if (a === 1 && b === 0) return won(0);
  if (a === 0 && b === 1) return won(1);
  fail(
    findings,
    row.said("winner_model_a").path,
    "1 where winner_model_b is 0, or 0 where it is 1",
    a,
  );
  return undefined;
};

/** LMArena's 55k: prompts and answers are lists of turns, as JSON in a string. */
function turns(row: Columns, name: string): Said[] {
  const { path, value } = row.said(name);
  let list: unknown = value;
  if (typeof value === "string" && value.trimStart().startsWith("[")) {
    try {
      list = JSON.parse(value);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  const all = Array.isArray(list) ? list : [list];
  return all.map((one, i) => text(`${path}[${i}]`, one ?? ""));
}

function conversation(row: Columns, side: string): Said {
  const [asked, said] = [turns(row, "prompt"), turns(row, side)];
  const messages = asked.flatMap(({ value }, i) => [
    { role: "user", content: value },
    ...i < said.length ? [{ role: "assistant", content: said[i]!.value }] : [],
  ]);
  return text(row.said(side).path, messages);
}

/** Two answers by names that end in a letter or a number each. */
const sides = ["response", "answer", "output", "completion", "generation"].flatMap((name) =>
  [["_a", "_b"], ["_1", "_2"], ["1", "2"]].map((ends) => ends.map((end) => `${name}${end}`))
);
const sidesOf = (row: Columns) => sides.find((names) => names.every((name) => row.has(name)));

export const choices: readonly Layout[] = [
  {
    id: "arena-turns",
    of: "LMArena's 55k",
    columns: ["prompt", "response_a", "response_b", "winner_model_a", "winner_model_b"],
    read: (row) => ({
      answers: [conversation(row, "response_a"), conversation(row, "response_b")],
      verdict: (findings) => flags(row, findings),
    }),
  },
  choice("arena-conversations", "LMArena, MT-Bench", ["conversation_a", "conversation_b"], [
    "winner",
  ], winner("winner")),
  {
    id: "arena",
    of: "LMArena's answers, and others with a winner by name",
    columns: ["winner"],
    fits: (row) => sidesOf(row) !== undefined,
    read: (row) => ({
      answers: sidesOf(row)!.map((name) => row.said(name)),
      verdict: (findings) => winner("winner")(row, findings),
    }),
  },
  choice("pku", "PKU-SafeRLHF", ["response_0", "response_1"], [
    "better_response_id",
  ], index("better_response_id", 0)),
  choice("helpsteer-preference", "HelpSteer2's preferences", ["response_1", "response_2"], [
    "preference_strength",
  ], leaning("preference_strength")),
  choice("helpsteer3", "HelpSteer3", ["response1", "response2"], [
    "overall_preference",
  ], leaning("overall_preference")),
  choice("shp", "Stanford Human Preferences", ["human_ref_a", "human_ref_b"], ["labels"], votes),
  choice("webgpt", "WebGPT's comparisons", ["answer_0", "answer_1"], [
    "score_0",
    "score_1",
  ], scored("score_0", "score_1")),
  choice("alpaca-farm", "AlpacaFarm, AlpacaEval", ["output_1", "output_2"], [
    "preference",
  ], index("preference", 1)),
  {
    id: "summaries",
    of: "OpenAI's summaries",
    columns: ["summaries", "choice"],
    read(row) {
      const { path, value } = row.said("summaries");
      const all = Array.isArray(value) ? value : [value];
      return {
        answers: all.map((one: unknown, i) =>
          text(`${path}[${i}].text`, isRecord(one) ? one.text : one)
        ),
        verdict: (findings) => index("choice", 0)(row, findings),
      };
    },
  },
];
