/** The start policy of `shop`: a tiny transformer that learned to imitate a mediocre customer. */
import { type Answer, type Model, type Params, rng, type Workshop } from "../../core/mod.ts";
import { inWorld } from "../../models/episodes.ts";
import { transformer } from "../../models/transformer.ts";
import { taught, tiny } from "../taught.ts";
import { episodeOf, mediocre } from "./customer.ts";
import { MOVES, questionOf, shopping, STOP, VOCABULARY } from "./world.ts";

const SCHEDULE = { steps: 2000, rate: 5e-3, rows: 64 };

const shape = {
  ...tiny,
  vocabulary: VOCABULARY,
  context: 48,
  // A turn is one token.
  longest: 1,
  stop: STOP,
  pauses: MOVES,
} as const;
export const model: Model = inWorld(transformer(shape), shopping);

function demonstrations(step: number): Answer[] {
  const draws = rng("shop").split("demonstrations").split(step);
  return Array.from(
    { length: SCHEDULE.rows },
    (_, i) => episodeOf(questionOf(`shop/shown/${step}/${i}`), mediocre, draws),
  );
}

export const base = (workshop: Workshop): Promise<Params> =>
  taught({
    name: "shop",
    model,
    shape,
    schedule: SCHEDULE,
    demonstrations,
  }, workshop);
