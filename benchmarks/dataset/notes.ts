import type { Kind } from "../../core/mod.ts";
import { countOf, heldOut, labelled, listSize } from "./compared.ts";
import type { Encoded } from "./encode.ts";
import { pairsOf } from "./feedback.ts";
import type { ImagesFound } from "./images.ts";
import type { ReadingReport } from "./read.ts";
import { image } from "./sight.ts";
import { unreadNotes } from "./unread.ts";

/** What a reader of a report must know about how the rows were read, a sentence each. */
export const readingNotes = ({ remarks, unread, images, picked }: ReadingReport): string[] => [
  ...picked === "" ? [] : [`Columns were named by the user: ${picked}`],
  ...unreadNotes(unread),
  ...images ? imageNotes(images) : [],
  ...[...remarks].map(([remark, n]) => `${count(n, "row", "rows")} ${remark}`),
];

function imageNotes({ seen, unseen }: ImagesFound): string[] {
  const { count: patches } = image;
  return [
    `${
      count(seen, "row shows", "rows show")
    } an image, of which the model sees ${patches} patches ` +
    "after an average over it all; prompts with one image are one question, held out together",
    ...unseen > 0
      ? [`${count(unseen, "row has", "rows have")} no image: the model sees nothing in its place`]
      : [],
    "The model was taught texts alone, and learns to see from these rows",
    "OPA-DPO and SCL cannot run: they take what an expert makes of the policy's own answers, and " +
    "rows have answers of others; vision/captions and vision/counting compare them with DPO",
  ];
}

/** What a reader of a report must know about the rows, a sentence each. */
export function notes(data: Encoded, offered: readonly Kind[]): string[] {
  return [
    ...sizes(data),
    ...comparisons(data),
    ...changes(data),
    ...offers(data, offered),
    "Win-rate, reward, regret, idealised ranking accuracy and exploitability are absent: there is " +
    "no gold reward to judge new answers",
    "Online methods cannot run, as nobody can be asked about new answers",
  ];
}

const nouns = { pair: "pair", list: "list", unpaired: "row" } as const;
const rowsOf = ({ facts: { kind } }: Encoded, n: number) =>
  count(n, nouns[kind], `${nouns[kind]}s`);

function sizes(data: Encoded): string[] {
  const { facts, prompts, groups, promptOf, heldOut: held } = data;
  const test = new Set(Array.from(held, (prompt) => groups[prompt]!));
  const heldRows = promptOf.reduce((n, prompt) => n + Number(test.has(groups[prompt]!)), 0);
  const total = new Set(groups).size;
  const more = prompts.ends.length - total;
  const out = [
    `${rowsOf(data, promptOf.length)} on ${count(total, "prompt", "prompts")}` +
    (facts.kind === "unpaired" ? ", each one answer labelled true or false" : ""),
    held.length > 0
      ? `${count(held.length, "prompt", "prompts")} with ${
        rowsOf(data, heldRows)
      } held out by the prompt's hash, whatever the seed`
      : "Nothing is held out, as all rows ask one question: every measure is absent",
  ];
  if (more > 0) {
    out.push(
      `${count(more, "more prompt asks", "more prompts ask")} what another one does (in other ` +
        "spaces, capitals or Unicode forms, later in one conversation, or with the same first 128 " +
        "characters) and is kept on its side of the split",
    );
  }
  if (held.length === 1) {
    out.push("One held-out prompt gives no standard error: most measures are absent");
  }
  return out;
}

function comparisons(data: Encoded): string[] {
  const { facts, heldOut: held, strengths } = data;
  const ranked = held.length > 0 ? heldOut(data).length : 0;
  const out: string[] = [];
  if (facts.kind === "unpaired") {
    if (held.length > 0) {
      out.push(
        `${
          count(labelled(data).length, "held-out label is", "held-out labels are")
        } what AUC and ` +
          "accuracy of the implicit reward are measured by",
      );
    }
    out.push(
      ranked > 0
        ? `${
          count(ranked, "held-out pair", "held-out pairs")
        } of a good and a bad answer to one prompt are ranked`
        : "No held-out prompt has a good and a bad answer, so ranking accuracies, calibration, " +
          "Brier score, negative log-likelihood and margin are absent",
    );
  } else if (held.length > 0) {
    out.push(
      `${count(ranked, "held-out pair is", "held-out pairs are")} ranked; the one observed label ` +
        "of each counts as the truth",
    );
  }
  const size = listSize(data);
  if (size !== undefined) {
    out.push(
      `Lists are learned from ${size} answers each, which cost ${
        pairsOf(size)
      } labels; a list of ` +
        "more gives its best, its worst and others at equal steps, a shorter one gives pairs alone",
    );
  }
  if (facts.kind === "list") {
    const alone = data.ends.reduce((n, _, row) => n + Number(countOf(data, row) === 0), 0);
    if (alone > 0) {
      out.push(`${count(alone, "list", "lists")} with no two answers of unlike scores`);
    }
  }
  if (facts.graded > 0 || (facts.kind === "list" && strengths.length === 0)) {
    out.push(
      `${
        facts.graded > 0 ? rowsOf(data, facts.graded) : "Lists"
      } say how much better an answer is: a pair's strength in training is 1/2 where that is ` +
        "nothing and 1 where it is the most in the file, or what the row says it is",
    );
  }
  return out;
}

function changes({ facts, ...data }: Encoded): string[] {
  const rows = (n: number) => rowsOf({ facts, ...data }, n);
  const out: string[] = [];
  if (facts.cutPrompts > 0) {
    out.push(
      `${rows(facts.cutPrompts)} had ${
        facts.cutPrompts === 1 ? "its prompt" : "their prompts"
      } cut to the last ${facts.limits.prompt} tokens`,
    );
  }
  if (facts.cutAnswers > 0) {
    out.push(
      `${
        count(facts.cutAnswers, "answer", "answers")
      } cut to the first ${facts.limits.answer} tokens`,
    );
  }
  if (facts.same > 0) {
    out.push(
      `${rows(facts.same)} with the same answer chosen and rejected: trained on, never ranked`,
    );
  }
  if (facts.sameOnceCut > 0) {
    out.push(
      `${
        rows(facts.sameOnceCut)
      } with answers that are the same once cut: trained on, never ranked`,
    );
  }
  if (facts.repeats > 0) {
    out.push(`${rows(facts.repeats)} repeat an earlier one: trained on each time, ranked once`);
  }
  if (facts.contradictions > 0) {
    out.push(
      `${
        rows(facts.contradictions)
      } label the answers of an earlier one the other way round: no accuracy can be 1`,
    );
  }
  if (facts.repaired > 0) {
    out.push(`${rows(facts.repaired)} with half a surrogate pair, read as U+FFFD`);
  }
  return out;
}

function offers({ facts: { kind } }: Encoded, offered: readonly Kind[]): string[] {
  const lacks = (what: Kind, why: string) => offered.includes(what) ? [] : [why];
  return [
    ...lacks("points", "Points need answers to two training prompts, and there are too few"),
    ...lacks("demonstrations", "Nothing is demonstrated, as no answer is labelled true"),
    ...kind === "unpaired"
      ? offered.includes("pairs")
        ? ["A pair is a good and a bad answer to one prompt, and costs the labels of both"]
        : ["Pairs need a good and a bad answer to one prompt, and there are none"]
      : [],
  ];
}

const count = (n: number, one: string, many: string) =>
  `${n.toLocaleString("en-GB")} ${n === 1 ? one : many}`;
