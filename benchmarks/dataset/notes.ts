import type { Kind } from "../../core/mod.ts";
import type { Encoded } from "./encode.ts";
import { compared } from "./testbed.ts";

/** What a reader of a report must know about the rows, a sentence each. */
export function notes(data: Encoded, offered: readonly Kind[]): string[] {
  const { facts, prompts, promptOf, heldOut } = data;
  const [total, held] = [prompts.ends.length, heldOut.length];
  const test = new Set(heldOut);
  const heldRows = promptOf.reduce((n, prompt) => n + Number(test.has(prompt)), 0);
  const rows = (n: number) =>
    facts.kind === "pair" ? count(n, "pair", "pairs") : count(n, "row", "rows");
  const out = [
    `${rows(promptOf.length)} on ${count(total, "prompt", "prompts")}` +
    (facts.kind === "pair" ? "" : ", each one answer labelled true or false"),
    held > 0
      ? `${count(held, "prompt", "prompts")} with ${
        rows(heldRows)
      } held out by the prompt's hash, ` +
        "whatever the seed"
      : "Nothing is held out, as all rows answer one prompt: every measure is absent",
  ];
  if (held === 1) out.push("One held-out prompt gives no standard error: most measures are absent");
  if (facts.kind === "unpaired") {
    out.push(
      "No two answers to a prompt are compared, so ranking accuracies, calibration, Brier score, " +
        "negative log-likelihood and margin are absent",
    );
  } else if (held > 0) {
    out.push(
      `${count(compared(data).length, "held-out pair is", "held-out pairs are")} ranked; the one ` +
        "observed label of each counts as the truth",
    );
  }
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
  if (facts.repaired > 0) {
    out.push(`${rows(facts.repaired)} with half a surrogate pair, read as U+FFFD`);
  }
  if (!offered.includes("points")) {
    out.push("Points need answers to two training prompts, and there are too few");
  }
  if (!offered.includes("demonstrations")) {
    out.push("Nothing is demonstrated, as no answer is labelled true");
  }
  out.push(
    "Win-rate, reward, regret, idealised ranking accuracy and exploitability are absent: there is " +
      "no gold reward to judge new answers",
    "Online methods cannot run, as nobody can be asked about new answers",
  );
  return out;
}

const count = (n: number, one: string, many: string) =>
  `${n.toLocaleString("en-GB")} ${n === 1 ? one : many}`;
