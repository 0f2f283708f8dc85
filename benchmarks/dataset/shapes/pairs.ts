import { shownNames } from "../../../formats/mod.ts";
import { type Columns, isRecord } from "../columns.ts";
import { readNumber } from "../labels.ts";
import { type Layout, type ReadRow, text } from "./shape.ts";

/** Rows that name the better answer and the worse one. */

/** Scores of the two, as writers of data sets call them. */
const scores: readonly (readonly [better: string, worse: string])[] = [
  ["score_chosen", "score_rejected"],
  ["chosen_score", "rejected_score"],
  ["rating_chosen", "rating_rejected"],
  ["chosen_rating", "rejected_rating"],
  ["chosen_avg_rating", "rejected_avg_rating"],
  ["chosen_reward", "rejected_reward"],
];

/** By how much one is better, where the row says it. */
function gapOf(row: Columns): { readonly gap?: number } {
  if (row.has("margin")) {
    const margin = readNumber(row.get("margin"));
    return margin === undefined ? {} : { gap: margin };
  }
  const names = scores.find((pair) => pair.every((name) => row.has(name)));
  const found = names?.map((name) => readNumber(row.get(name)));
  return found?.[0] === undefined || found[1] === undefined ? {} : { gap: found[0] - found[1] };
}

/** Texts of one kind in a list are answers each; messages in a list are one answer. */
const several = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.length > 0 &&
  (value.every((one) => typeof one === "string") || value.every((one) => Array.isArray(one)));

const named = (id: string, of: string, better: string, worse: string): Layout => ({
  id,
  of,
  columns: [better, worse],
  read: (row) => reading(row, better, worse),
});

function reading(row: Columns, better: string, worse: string): ReadRow {
  const [chosen, rejected] = [row.said(better), row.said(worse)].map((said) =>
    several(said.value) ? said.value.map((one, i) => text(`${said.path}[${i}]`, one)) : [said]
  );
  const answers = [...chosen!, ...rejected!];
  return {
    answers,
    ...row.has("initial_reason_steps") ? { begun: row.said("initial_reason_steps") } : {},
    verdict: () => ({ scores: answers.map((_, i) => i < chosen!.length ? 1 : 0), ...gapOf(row) }),
  };
}

export const pairs: readonly Layout[] = [
  named("accepted", "others", "accepted", "rejected"),
  {
    id: "pair",
    of: "TRL, Hugging Face, Anthropic, axolotl, LLaMA-Factory",
    // With one of the two the other is missing, which is to be said.
    columns: [],
    fits: (row) => row.has("chosen") || row.has("rejected"),
    read(row, { problems }) {
      const names = ["chosen", "rejected"];
      const known = names.filter((name) => row.knows(name));
      const [missing] = names.filter((name) => !row.knows(name));
      if (missing === undefined) return reading(row, "chosen", "rejected");
      problems.push(
        `field "${missing}" must be there beside "${known[0]}": current fields are ${
          shownNames(row.names())
        }; say --columns ${missing}=COLUMN`,
      );
      return { answers: [row.said(known[0]!)], verdict: () => undefined };
    },
  },
  {
    ...named(
      "openai",
      "OpenAI's preference fine-tuning",
      "preferred_output",
      "non_preferred_output",
    ),
    read(row) {
      const input = row.get("input");
      return {
        ...reading(row, "preferred_output", "non_preferred_output"),
        ...isRecord(input) ? { tools: text("input.tools", input.tools) } : {},
      };
    },
  },
  named("responses", "Argilla, distilabel", "chosen_response", "rejected_response"),
  named("paired", "stack-exchange-paired", "response_j", "response_k"),
  named("preferred", "others", "preferred", "dispreferred"),
  {
    id: "outputs",
    of: "LLaMA-Factory before 2024",
    columns: ["output"],
    fits(row) {
      const output = row.peek("output");
      return several(output) && output.length === 2;
    },
    read(row) {
      const { path, value } = row.said("output");
      return {
        answers: (value as unknown[]).map((one, i) => text(`${path}[${i}]`, one)),
        verdict: () => ({ scores: [1, 0] }),
      };
    },
  },
];
