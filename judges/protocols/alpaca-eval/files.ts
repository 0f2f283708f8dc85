import type { Failure } from "../../../core/mod.ts";
import { type Answers, answersIn, type Flaws, flawsNote } from "../answers.ts";
import { type Entrant, type Field, lengthOf, onlyModel, seeded, sides } from "../field.ts";
import type { Pairing } from "../pairings.ts";
import { latest, repetitionsNote } from "../unique.ts";
import { type Annotation, idsOf, type ModelOutput, questionOf } from "./rows.ts";
import { differences, type TraitName } from "./traits.ts";

/** AlpacaEval 2's files of outputs, joined, and what a judge of ours said in the original's form. */

/** A file's rows with its place in errors. */
export interface Outputs {
  readonly rows: readonly ModelOutput[];
  readonly place: string;
}

interface Read extends Entrant {
  readonly flaws: Flaws;
  readonly rows: readonly ModelOutput[];
  readonly ids: readonly string[];
  readonly notes: readonly string[];
}

/** One generator's outputs; a RangeError where there are none or those of several, or no text. */
export function entrant({ rows: all, place }: Outputs, keepThoughts = false): Read {
  const model = onlyModel(all.map(({ generator }) => generator), place, ["generator", "outputs"]);
  // What two rows say alike is one answer; one question with two outputs is two questions.
  const unique = latest(all, (row) => JSON.stringify([questionOf(row), row.output]), {
    valid: () => true,
    said: ({ output }) => output,
  });
  const { rows } = unique;
  const ids = idsOf(rows);
  const { answers, flaws }: Answers = answersIn(
    rows.map(({ output, finish_reason }, i) => ({
      id: ids[i]!,
      turns: [output],
      cut: finish_reason === "length",
    })),
    keepThoughts,
  );
  if (answers.size === 0) {
    throw new RangeError(`Cannot judge ${place}: none of its ${rows.length} outputs is a text`);
  }
  return {
    ...{ model, answers, flaws, rows, ids },
    notes: [...repetitionsNote(unique, place), ...flawsNote(model, flaws, "not judged")],
  };
}

/** Files of answers, joined by question. */
export interface Joined {
  readonly field: Field;
  readonly flaws: ReadonlyMap<string, Flaws>;
  /** What could not be joined, for the user to know. */
  readonly notes: readonly string[];
}

/** Outputs joined with the baseline's by question; a RangeError where a model shares none with it. */
export function join(
  baseline: Outputs,
  models: readonly Outputs[],
  keepThoughts = false,
): Joined {
  const base = entrant(baseline, keepThoughts);
  const { ids } = base;
  const questions = base.rows.map((row, i) => ({
    id: ids[i]!,
    turns: [questionOf(row)],
    ...row.dataset ? { category: row.dataset } : {},
  }));
  const seen = new Set<string>();
  const entrants = models.map((file) => {
    const found = entrant(file, keepThoughts);
    if (seen.has(found.model)) {
      throw new RangeError(`Cannot judge ${file.place}: ${found.model} was given already`);
    }
    seen.add(found.model);
    if (!found.ids.some((id) => ids.includes(id))) {
      throw new RangeError(
        `Cannot join ${file.place} with ${baseline.place}: no instruction of the one is in the other`,
      );
    }
    return found;
  });
  return {
    field: { questions, baseline: base, models: entrants },
    flaws: new Map(entrants.map(({ model, flaws }) => [model, flaws])),
    notes: [...base.notes, ...entrants.flatMap((one) => [...one.notes, ...leftOut(one, ids)])],
  };
}

function leftOut({ model, ids: own }: Read, ids: readonly string[]): string[] {
  const shared = own.filter((id) => ids.includes(id)).length;
  const [extra, unanswered] = [own.length - shared, ids.length - shared];
  return extra + unanswered === 0 ? [] : [
    `${model}: ${extra} answers have no partner in the baseline, and ${unanswered} of the baseline's have none here: left out`,
  ];
}

/** What a win-rate is computed from: one row a model, seed and question. */
export interface Preferred {
  readonly question: string;
  readonly model: string;
  readonly seed?: number;
  /** P(model beats baseline); absent where the judge failed. */
  readonly preference?: number;
  readonly flipped?: boolean;
  /** P(the judge prefers what it is shown first), where it saw both orders. */
  readonly first?: number;
  readonly failure?: Failure;
  /** Characters of the baseline's answer and of the model's. */
  readonly lengths: readonly [number, number];
  /** The model's traits that are controlled for less the baseline's; absent where none are. */
  readonly traits?: readonly number[];
}

/** Pairings with the lengths and traits of what was compared. */
export function preferred(
  pairs: readonly Pairing[],
  field: Field,
  traits?: readonly TraitName[],
): Preferred[] {
  return pairs.map(({ question, model, seed, preference, flipped, first, failure }) => {
    const { own, base } = sides(field, { model, seed });
    return {
      question,
      model,
      ...seeded(seed),
      ...preference === undefined ? {} : { preference },
      ...flipped === undefined ? {} : { flipped },
      ...first === undefined ? {} : { first },
      ...failure ? { failure } : {},
      ...seen(base.get(question)![0]!, own.get(question)![0]!, traits),
    };
  });
}

/** What the figures read of two texts: lengths in characters, and the difference of each trait. */
export const seen = (
  baseline: string,
  model: string,
  traits: readonly TraitName[] | undefined,
): Pick<Preferred, "lengths" | "traits"> => ({
  lengths: [lengthOf(baseline), lengthOf(model)] as const,
  ...traits ? { traits: differences(traits, baseline, model) } : {},
});

/** The original's annotations of what was judged: one row a model and instruction. */
export function annotations(
  pairs: readonly Pairing[],
  field: Field,
  annotator: string,
): Annotation[] {
  const known = new Map(field.questions.map((question) => [question.id, question]));
  return pairs.map(({ question, model, seed, preference, games }) => {
    const { own, base } = sides(field, { model, seed });
    const { turns, category } = known.get(question)!;
    const raw = games.flatMap(({ outcome }) => outcome.raw === undefined ? [] : [outcome.raw]);
    return {
      dataset: category ?? null,
      instruction: turns[0]!,
      output_1: base.get(question)![0]!,
      generator_1: field.baseline.model,
      output_2: own.get(question)![0]!,
      generator_2: seed === undefined ? model : `${model}#${seed}`,
      annotator,
      preference: preference === undefined ? null : 1 + preference,
      ...raw.length === 0 ? {} : { preference_raw_completion: raw },
    };
  });
}
