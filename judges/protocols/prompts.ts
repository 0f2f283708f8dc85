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

const kinds = {
  /** Two answers. */
  pair: wording.optional(),
  /** One answer. */
  single: wording.optional(),
  /** The same, for questions that come with reference answers. */
  pairReferenced: wording.optional(),
  singleReferenced: wording.optional(),
};

/** The schema of a file of a user's own wording. */
export const prompts = z.strictObject({
  schema: z.literal(1),
  /** By which files and tables name this wording. */
  id: z.string().min(1).max(64),
  ...kinds,
  /** Wordings of questions in a category, in place of the others. */
  categories: z.record(z.string(), z.strictObject(kinds)).optional(),
  /** How a verdict is given: a last line of JSON, or in double brackets. */
  verdict: z.enum(["json", "brackets"]),
});
/** In which words a judge is asked. */
export type Prompts = z.infer<typeof prompts>;
/** The words of one kind of question. */
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

/** What every judge is told; the wordings of several protocols begin or end with these. */
export const impartial =
  "The order in which answers stand, their length, their headings and their lists are no merits in themselves. Prefer what is correct, complete and to the point. {rule}";
export const pairSystem =
  `You are an impartial judge of two assistants, A and B, who answered the same user. Weigh how helpful, relevant, correct, deep and clear each is. ${impartial}`;
export const singleSystem =
  `You are an impartial judge of one assistant's answer. Weigh how helpful, relevant, correct, deep and clear it is, and give a grade from 1 (useless) to 10 (could not be better). ${impartial}`;
export const shownUser =
  "What the user said:\n\n{question}\n\n{answers}\n\nExplain in a few sentences. {verdict}";
