import { basename } from "node:path";
import type {
  Ask,
  Field,
  Judged,
  Judgement,
  judgeNoise,
  judgeTexts,
  Line,
  Orders,
  replyVerdicts,
  Rng,
  stats,
} from "../../mod.ts";

/** What a protocol does with a user's own files: what is asked, and what follows from the replies. */

export interface Given {
  readonly answers?: string[] | undefined;
  readonly baseline?: string | undefined;
  readonly questions?: string | undefined;
  readonly references?: string | undefined;
  readonly data?: string | undefined;
  readonly scores?: string | undefined;
  readonly annotations?: string | undefined;
  readonly leaderboard?: string | undefined;
  readonly judgments?: string[] | undefined;
  readonly human?: string[] | undefined;
  readonly orders: Orders;
  readonly mode?: "single" | "pair" | "both" | undefined;
  /** How Arena-Hard's ratings count ties. */
  readonly ties?: stats.Ties | undefined;
  readonly difficulty?: string | undefined;
  readonly gamed?: string | undefined;
  /** Names of traits, with commas between them. */
  readonly control?: string | undefined;
  readonly compat?: string | undefined;
  readonly c?: number | "cv" | undefined;
}

export type Reduced =
  & Pick<Judged, "measures" | "rows" | "bias" | "absent" | "agreement" | "published">
  & { readonly judgements: readonly Judgement[] };
export interface Files {
  readonly [name: string]: string;
}

/** A protocol with everything read that it judges. */
export interface Prepared {
  readonly on: string;
  readonly baseline: string;
  readonly asks: readonly Ask[];
  readonly field?: Field;
  /** What was asked and answered, where it is not in the field. */
  readonly texts?: judgeTexts.Texts;
  /** What could not be joined, for the user to know. */
  readonly notes: readonly string[];
  readonly pair: replyVerdicts.Wanted;
  readonly token: boolean;
  reduce(lines: readonly Line[], rng: Rng): Reduced & { readonly tables?: Files };
  /** The valid verdicts that each headline is the mean of. */
  scorings(lines: readonly Line[]): judgeNoise.Scorings;
  /** The original's own files of judgements; `tables` are those that hold figures. */
  files(lines: readonly Line[], judge: string, prompts: string): Files;
}

/** Metrics of somebody's judgements, without a judge. */
export interface Recomputed extends Reduced {
  readonly on: string;
  readonly baseline: string;
  /** Who judged, as the files say. */
  readonly judge: string;
  readonly notes: readonly string[];
  readonly files: Files;
  readonly scorings: judgeNoise.Scorings;
  /** Where the files hold any. */
  readonly texts?: judgeTexts.Texts | undefined;
}

export interface Protocol {
  readonly title: string;
  /** What the judged files are ranked by. */
  readonly headline: readonly string[];
  prepare(given: Given, judge: string): Promise<Prepared>;
  /** Of a field that was not read from files: prefbench's own policies. Absent where it ranks judges. */
  readonly ofField?: (field: Field, on: string, given: Given) => Prepared;
  recompute(given: Given, rng: Rng): Promise<Recomputed>;
}

/** A RangeError names each of the options that is missing. */
export const need = (given: Given, names: readonly (keyof Given)[], what: string): void => {
  const missing = names.filter((name) => given[name] === undefined);
  if (missing.length > 0) {
    throw new RangeError(`Cannot ${what} without --${missing.join(" and --")}`);
  }
};

/** What files are called, without their directories. */
export const names = (paths: readonly string[]) => paths.map((path) => basename(path)).join(", ");

/** Answers joined with the questions and the baseline by the question's id. */
export async function joined(
  given: Given,
  questions: Field["questions"],
  read: (path: string) => Promise<Field["baseline"]>,
): Promise<{ readonly field: Field; readonly notes: string[] }> {
  const models = await Promise.all(given.answers!.map(read));
  const baseline = given.baseline === undefined
    ? { model: "none", answers: new Map<string, readonly string[]>() }
    : await read(given.baseline);
  const ids = new Set(questions.map(({ id }) => id));
  const notes: string[] = [];
  const seen = new Set<string>();
  const all = given.baseline === undefined ? models : [baseline, ...models];
  all.forEach(({ model, answers }, i) => {
    const path = given.baseline === undefined
      ? given.answers![i]!
      : i === 0
      ? given.baseline
      : given.answers![i - 1]!;
    if (seen.has(model)) throw new RangeError(`Cannot judge ${path}: ${model} was given already`);
    seen.add(model);
    const shared = [...answers.keys()].filter((id) => ids.has(id)).length;
    if (shared === 0) {
      throw new RangeError(
        `Cannot join ${path} with ${given.questions}: no question of the one is in the other`,
      );
    }
    const [extra, unanswered] = [answers.size - shared, questions.length - shared];
    if (extra + unanswered > 0) {
      notes.push(
        `${model}: ${extra} answers are to no question, and ${unanswered} questions have none: left out`,
      );
    }
  });
  return { field: { questions, baseline, models }, notes };
}
