import type { Columns } from "../columns.ts";
import { labels, readLabel, readNumber } from "../labels.ts";
import { fail } from "../text.ts";
import type { Layout } from "./shape.ts";

/** Rows of one answer, with a label, a score, or neither. */

const answers = ["completion", "response", "answer", "output", "generation"];
const thumbs = ["label", "kto_tag", "desirable", "is_chosen"];
/** HelpSteer's first, then what others call it. */
const marks = ["score", "helpfulness", "rating", "reward", "overall_score", "quality"];
const conversations = ["messages", "conversations", "conversation"];

const first = (row: Columns, names: readonly string[]) => names.find((name) => row.has(name));
const known = (row: Columns, names: readonly string[]) => names.find((name) => row.knows(name));

const labelled = (id: string, of: string, names: readonly string[]): Layout => ({
  id,
  of,
  columns: [],
  fits: (row) => first(row, names) !== undefined && known(row, thumbs) !== undefined,
  read: (row) => ({
    answers: [row.said(first(row, names)!)],
    verdict(findings) {
      const { path, value } = row.said(first(row, thumbs) ?? known(row, thumbs)!);
      const good = readLabel(value);
      if (good === undefined) fail(findings, path, labels, value);
      return good === undefined ? undefined : { good };
    },
  }),
});

export const singles: readonly Layout[] = [
  labelled("thumbs", "TRL's unpaired rows, KTO", answers),
  labelled("thumbs-on-conversations", "KTO by LLaMA-Factory", conversations),
  {
    id: "scored",
    of: "HelpSteer 1 and 2",
    columns: [],
    fits: (row) => first(row, answers) !== undefined && first(row, marks) !== undefined,
    read: (row) => ({
      answers: [row.said(first(row, answers)!)],
      verdict(findings) {
        const { path, value } = row.said(first(row, marks)!);
        const score = readNumber(value);
        if (score === undefined) fail(findings, path, "a number", value);
        return score === undefined ? undefined : { score };
      },
    }),
  },
  {
    id: "answer",
    of: "deno task score",
    columns: [],
    fits: (row) => first(row, answers) !== undefined || row.has("label"),
    read(row, findings) {
      const [name = "completion", ...others] = answers.filter((name) => row.has(name));
      if (others.length > 0) {
        const names = [name, ...others].map((one) => JSON.stringify(one)).join(", ");
        findings.problems.push(
          `row must have one answer: current ones are ${names}; say which by --columns completion=COLUMN`,
        );
      }
      return {
        answers: [row.said(name)],
        verdict(findings) {
          fail(findings, row.said("label").path, labels, row.get("label"));
          return undefined;
        },
      };
    },
  },
];
