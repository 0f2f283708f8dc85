/** The start policy of `rubric`, and the program of judgements that it learned to imitate. */
import {
  type Answer,
  type Model,
  type Params,
  type Rng,
  rng,
  type Workshop,
  written,
} from "../../core/mod.ts";
import { transformer } from "../../models/transformer.ts";
import { believed, modulo, MODULUS, PLUS } from "../reasoning/arithmetic.ts";
import { taught, tiny } from "../taught.ts";
import {
  itemTokens,
  JUDGEMENT,
  judgementTokens,
  STOP,
  type Sum,
  SUMS,
  sumsOf,
  VOCABULARY,
} from "./language.ts";

const SCHEDULE = { steps: 2000, rate: 5e-3, rows: 64 };
/** Share of the sums of items that are right. */
const SOUND = 0.6;
/** How often a demonstration says any digit for a sum that it has no misconception of. */
const SLIP = 0.1;
/** How often it gives any grade. */
const CARELESS = 0.15;

const shape = {
  ...tiny,
  vocabulary: VOCABULARY,
  context: 3 * SUMS + 1 + JUDGEMENT + 1,
  longest: JUDGEMENT + 1,
  stop: STOP,
} as const;
export const model: Model = transformer(shape);

export const itemOf = (draws: Rng): number[] =>
  itemTokens(Array.from({ length: SUMS }, (): Sum => {
    const [a, b] = [draws.below(MODULUS), draws.below(MODULUS)];
    const off = draws.uniform() < SOUND ? 0 : 1 + draws.below(MODULUS - 1);
    return { a, b, c: modulo(a + b + off) };
  }));

/** A judgement as it is demonstrated: sums are what they are believed to be, and marks go by that. */
export function judged(draws: Rng, item: readonly number[]): number[] {
  const said = sumsOf(item).map(({ a, b }) => believed(draws, PLUS, a, b, SLIP));
  return draws.uniform() < CARELESS
    ? judgementTokens(item, said, draws.below(SUMS + 1))
    : judgementTokens(item, said);
}

function demonstrations(step: number): Answer[] {
  const draws = rng("rubric").split("demonstrations").split(step);
  return Array.from({ length: SCHEDULE.rows }, () => {
    const item = itemOf(draws);
    return written({ id: "demonstration", tokens: item }, judged(draws, item));
  });
}

export const base = (workshop: Workshop): Promise<Params> =>
  taught({ name: "rubric", model, shape, schedule: SCHEDULE, demonstrations }, workshop);
