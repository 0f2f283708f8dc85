/** The start policy of `prompting`: a tiny transformer that learned to imitate a careless writer. */
import {
  type Answer,
  type Model,
  type Params,
  rng,
  type Workshop,
  written,
} from "../../core/mod.ts";
import { transformer } from "../../models/transformer.ts";
import { taught, tiny } from "../taught.ts";
import { elaborated, MOST, questions, STOP, VOCABULARY } from "./language.ts";

const SCHEDULE = { steps: 800, rate: 5e-3, rows: 64 };

const shape = {
  ...tiny,
  vocabulary: VOCABULARY,
  context: 4 + MOST + 2,
  longest: MOST + 1,
  stop: STOP,
} as const;
export const model: Model = transformer(shape);

function demonstrations(step: number): Answer[] {
  const draws = rng("prompting").split("demonstrations").split(step);
  return Array.from({ length: SCHEDULE.rows }, () => {
    const tokens = draws.pick(questions);
    return written({ id: "demonstration", tokens }, elaborated(tokens, draws));
  });
}

export const base = (workshop: Workshop): Promise<Params> =>
  taught({ name: "prompting", model, shape, schedule: SCHEDULE, demonstrations }, workshop);
