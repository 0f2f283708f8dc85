import { z } from "zod";
import { quoting } from "../quoting.ts";

/**
 * What a judge is asked, as data: a file of a user's own can take its place. `{rule}`, `{question}`,
 * `{answers}`, `{references}` and `{verdict}` stand for what is filled in; texts that others wrote
 * are delimited, and the form of the verdict is ours.
 */

const wording = z.strictObject({
  system: z.string().min(1),
  user: z.string().min(1).refine(
    (text) => ["{question}", "{answers}"].every((place) => text.includes(place)),
    "it holds {question} and {answers}",
  ),
});

export const prompts = z.strictObject({
  schema: z.literal(1),
  /** By which files and tables name this wording. */
  id: z.string().min(1).max(64),
  /** Two answers. */
  pair: wording.optional(),
  /** One answer. */
  single: wording.optional(),
  /** The same, for questions that come with reference answers. */
  pairReferenced: wording.optional(),
  singleReferenced: wording.optional(),
  /** How a verdict is given: a last line of JSON, or in double brackets. */
  verdict: z.enum(["json", "brackets"]),
});
export type Prompts = z.infer<typeof prompts>;
export type Wording = z.infer<typeof wording>;

/** A text of others by the name under which the judge is shown it. */
export interface Quoted {
  readonly name: string;
  readonly text: string;
}

export interface Filled {
  readonly system: string;
  readonly user: string;
  readonly mark: string;
}

/** The messages of one request. `verdict` is given the mark that this request's delimiters carry. */
export function fill(
  wording: Wording,
  parts: {
    readonly question: readonly Quoted[];
    readonly answers: readonly Quoted[];
    readonly references: readonly Quoted[];
    verdict(mark: string): string;
  },
): Filled {
  const all = [...parts.question, ...parts.answers, ...parts.references];
  const { mark, rule, quote } = quoting(all.map(({ text }) => text));
  const block = (quoted: readonly Quoted[]) =>
    quoted.map(({ name, text }) => quote(name, text)).join("\n\n");
  const places: { readonly [name: string]: string } = {
    rule,
    question: block(parts.question),
    answers: block(parts.answers),
    references: block(parts.references),
    verdict: parts.verdict(mark),
  };
  // In one pass: a placeholder inside somebody's text is text.
  const put = (template: string) =>
    template.replaceAll(
      /\{(rule|question|answers|references|verdict)\}/g,
      (_, name) => places[name]!,
    );
  // Whatever a user's own wording leaves out, the rule is said.
  const system = wording.system.includes("{rule}") ? wording.system : `${wording.system}\n\n{rule}`;
  const user = [wording.system, wording.user].some((text) => text.includes("{verdict}"))
    ? wording.user
    : `${wording.user}\n\n{verdict}`;
  return { system: put(system), user: put(user), mark };
}

const impartial =
  "The order in which answers stand, their length, their headings and their lists are no merits in themselves. Prefer what is correct, complete and to the point. {rule}";

/** AlpacaEval: one of two, in one token where the server tells probabilities. */
const alpacaEval: Prompts = {
  schema: 1,
  id: "alpaca-eval-prefbench-1",
  pair: {
    system:
      `You compare two answers to one instruction and say which of them most people would rather have been given. ${impartial}`,
    user: "The instruction:\n\n{question}\n\nThe two answers:\n\n{answers}\n\n{verdict}",
  },
  verdict: "json",
};

const pair =
  `You are an impartial judge of two assistants, A and B, who answered the same user. Weigh how helpful, relevant, correct, deep and clear each is. ${impartial}`;
const single =
  `You are an impartial judge of one assistant's answer. Weigh how helpful, relevant, correct, deep and clear it is, and give a grade from 1 (useless) to 10 (could not be better). ${impartial}`;
const shown =
  "What the user said:\n\n{question}\n\n{answers}\n\nExplain in a few sentences. {verdict}";
const referenced =
  "What the user said:\n\n{question}\n\nA reference answer, which is right:\n\n{references}\n\n{answers}\n\nFind the mistakes by holding it against the reference, and explain in a few sentences. {verdict}";

const mtBench: Prompts = {
  schema: 1,
  id: "mt-bench-prefbench-1",
  pair: { system: pair, user: shown },
  single: { system: single, user: shown },
  pairReferenced: { system: pair, user: referenced },
  singleReferenced: { system: single, user: referenced },
  verdict: "json",
};

const arenaHard: Prompts = {
  schema: 1,
  id: "arena-hard-prefbench-1",
  pair: {
    system:
      `You judge two assistants, A and B, on a hard request of a user. First write down how you would answer it yourself; then compare both with that: mistakes first, then whether they do what was asked, then whether something important is missing. ${impartial}`,
    user: "The request:\n\n{question}\n\n{answers}\n\n{verdict}",
  },
  verdict: "json",
};

const rewardBench: Prompts = {
  schema: 1,
  id: "reward-bench-prefbench-1",
  pair: { system: pair, user: shown },
  single: { system: single, user: shown },
  verdict: "json",
};

/** Our own wordings by protocol. */
export const wordings = {
  "alpaca-eval": alpacaEval,
  "mt-bench": mtBench,
  "arena-hard": arenaHard,
  "reward-bench": rewardBench,
} as const;
