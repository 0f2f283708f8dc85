/** The start policy of `critique`: a tiny transformer that learned to imitate an apprentice. */
import { type Answer, type Model, type Params, rng, type Workshop } from "../../core/mod.ts";
import { transformer } from "../../models/transformer.ts";
import { taught, tiny } from "../taught.ts";
import { apprentice, criticised } from "./critics.ts";
import { JUDGE, LENGTH, questionOf, VOCABULARY } from "./language.ts";

const SCHEDULE = { steps: 2000, rate: 5e-3, rows: 64 };

const shape = {
  ...tiny,
  vocabulary: VOCABULARY,
  context: 2 + 2 * LENGTH,
  // A mark a place; who writes an end before that has no more to say.
  longest: LENGTH,
  stop: JUDGE,
} as const;
export const model: Model = transformer(shape);

function demonstrations(step: number): Answer[] {
  const draws = rng("critique").split("demonstrations").split(step);
  return Array.from(
    { length: SCHEDULE.rows },
    () => criticised({ id: "demonstration", tokens: questionOf(draws) }, apprentice, draws),
  );
}

export const base = (workshop: Workshop): Promise<Params> =>
  taught({ name: "critique", model, shape, schedule: SCHEDULE, demonstrations }, workshop);
