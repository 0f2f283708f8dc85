import type { Question } from "../../core/mod.ts";
import { type Flaws, flawsNote } from "./answers.ts";

/** Who answered what. */

/** A model with its answers by the question's id, a text a turn. */
export interface Entrant {
  readonly model: string;
  /** Training seed, where the model is one of several trained alike. */
  readonly seed?: number;
  readonly answers: ReadonlyMap<string, readonly string[]>;
  /** The baseline's answers to it, where each seed's start policy drew its own. */
  readonly against?: ReadonlyMap<string, readonly string[]>;
  /** What is wrong with the answers of a user's file. */
  readonly flaws?: Flaws;
}

/** Who is judged on what, against whom. */
export interface Field {
  readonly questions: readonly Question[];
  readonly baseline: Entrant;
  readonly models: readonly Entrant[];
}

/** Whom a judgement is of, and the baseline's answers that it stands against. */
export function sides(
  { baseline, models }: Field,
  { model, seed }: { readonly model: string; readonly seed?: number | undefined },
): {
  readonly own: ReadonlyMap<string, readonly string[]>;
  readonly base: ReadonlyMap<string, readonly string[]>;
} {
  const own = models.find((entrant) => entrant.model === model && entrant.seed === seed)!;
  return { own: own.answers, base: own.against ?? baseline.answers };
}

/** The seed as a field, where there is one. */
export const seeded = (seed: number | undefined): { readonly seed?: number } =>
  seed === undefined ? {} : { seed };

/** Characters as people and Python count them, and not UTF-16's halves. */
export const lengthOf = (text: string): number => [...text].length;

/** Whose answers a file holds; a RangeError where it holds none, or those of several. */
export function onlyModel(
  models: readonly string[],
  place: string,
  [who, what]: readonly [string, string] = ["model", "answers"],
): string {
  const [model, ...others] = new Set(models);
  if (model === undefined) throw new RangeError(`Cannot judge ${place}: it holds no ${what}`);
  if (others.length > 0) {
    throw new RangeError(
      `Cannot judge ${place}: it must hold one ${who}'s ${what}: found ${
        [model, ...others].join(", ")
      }`,
    );
  }
  return model;
}

/** Answers joined with the questions and the baseline's by the question's id, with what is left over. */
export function joined(
  questions: Field["questions"],
  place: string,
  models: readonly { readonly entrant: Entrant; readonly place: string }[],
  baseline?: { readonly entrant: Entrant; readonly place: string },
): { readonly field: Field; readonly notes: string[] } {
  const ids = new Set<string>();
  for (const { id } of questions) {
    if (ids.has(id)) throw new RangeError(`Cannot judge ${place}: question ${id} is there twice`);
    ids.add(id);
  }
  const notes: string[] = [];
  const others = models.filter(({ entrant, place }) => {
    if (entrant.model !== baseline?.entrant.model) return true;
    notes.push(`${place}: ${entrant.model} is the baseline itself: left out`);
    return false;
  });
  if (others.length === 0) {
    throw new RangeError(`Cannot judge ${baseline!.place} against itself: there is no other model`);
  }
  const seen = new Set<string>();
  for (const one of [...baseline ? [baseline] : [], ...others]) {
    const { entrant: { model, answers, flaws }, place: path } = one;
    if (seen.has(model)) throw new RangeError(`Cannot judge ${path}: ${model} was given already`);
    seen.add(model);
    const shared = [...answers.keys()].filter((id) => ids.has(id)).length;
    if (shared === 0) {
      throw new RangeError(
        `Cannot join ${path} with ${place}: no question of the one is in the other`,
      );
    }
    if (flaws) notes.push(...flawsNote(model, flaws, "not judged"));
    const [extra, unanswered] = [answers.size - shared, questions.length - shared];
    if (extra + unanswered > 0) {
      notes.push(
        `${model}: ${extra} answers are to no question, and ${unanswered} questions have none: left out`,
      );
    }
  }
  return {
    field: {
      questions,
      baseline: baseline?.entrant ??
        { model: "none", answers: new Map<string, readonly string[]>() },
      models: others.map(({ entrant }) => entrant),
    },
    notes,
  };
}
