/** The start policy of `vision/grounding`, and the scenes that it is asked about. */
import {
  type Answer,
  type Params,
  type Prompt,
  type Rng,
  rng,
  type Workshop,
  written,
} from "../../../core/mod.ts";
import { transformer } from "../../../models/transformer.ts";
import { taught, tiny } from "../../taught.ts";
import {
  asking,
  careless,
  image,
  LONGEST,
  type Rectangle,
  sceneOf,
  STOP,
  VOCABULARY,
} from "./scene.ts";

const SCHEDULE = { steps: 600, rate: 1e-2, rows: 48 };
/** Most rectangles of a scene that is learned from. */
const USUAL = 3;

const shape = {
  ...tiny,
  vocabulary: VOCABULARY,
  context: image.count + 1 + LONGEST,
  longest: LONGEST,
  stop: STOP,
  patches: image,
} as const;
export const model = transformer(shape);

/** A question, and what is to be seen. */
export interface Sought {
  readonly prompt: Prompt;
  readonly scene: readonly Rectangle[];
  readonly asked: Rectangle;
}

/** A question about one of so many rectangles, from 1 to the usual by default. */
export function askedAt(id: string, draws: Rng, n = 1 + draws.below(USUAL)): Sought {
  const scene = sceneOf(n, draws);
  const asked = draws.pick(scene);
  return { prompt: asking(id, scene, asked.colour, draws), scene, asked };
}
/** Whether a scene holds more than any that was learned from. */
export const unusual = ({ scene }: Sought): boolean => scene.length > USUAL;

function demonstrations(step: number): Answer[] {
  const draws = rng("vision grounding").split("demonstrations").split(step);
  return Array.from({ length: SCHEDULE.rows }, () => {
    const { prompt, scene, asked } = askedAt("demonstration", draws);
    return written(prompt, careless(scene, asked, draws));
  });
}

export const base = (workshop: Workshop): Promise<Params> =>
  taught({ name: "vision grounding", model, shape, schedule: SCHEDULE, demonstrations }, workshop);
