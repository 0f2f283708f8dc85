/** The start policy of `vision/counting`, which also learned to review an answer. */
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
import { COLOURS, image, patchesOf, type Scene, sceneOf, seeing } from "../scene.ts";
import { asks, mistaken, MOST, REVIEW, STOP, VOCABULARY } from "./language.ts";

const SCHEDULE = { steps: 800, rate: 7e-3, rows: 64 };
/** Most tokens of an answer: five cells, a number, and what stands around it. */
export const LONGEST = MOST + 3;
const OBJECTS = [2, MOST] as const;
/** Standard deviation of each number of a patch about what is there. */
const NOISE = 0.6;
/** How often a review gives the draft again; else it is another answer. */
const KEPT = 0.4;

const shape = {
  ...tiny,
  vocabulary: VOCABULARY,
  // A question, a draft without its end, the mark of a review, an answer.
  context: image.count + 2 + LONGEST + 1 + LONGEST,
  longest: LONGEST,
  stop: STOP,
  patches: image,
} as const;
export const model = transformer(shape);

/** A scene, the colour that is asked for, and a prompt that shows the one and asks for the other. */
export interface Counted {
  readonly scene: Scene;
  readonly colour: number;
  readonly prompt: Prompt;
}
export function questionAt(id: string, draws: Rng): Counted {
  const scene = sceneOf(OBJECTS, draws);
  const colour = draws.below(COLOURS.length);
  return { scene, colour, prompt: seeing(id, patchesOf(scene, NOISE, draws), asks(colour)) };
}

/** The same question with an answer to review behind it, without its end. */
export function reviewing(prompt: Prompt, draft: readonly number[]): Prompt {
  const said = draft.at(-1) === STOP ? draft.slice(0, -1) : draft;
  return { ...prompt, tokens: [...prompt.tokens, ...said, REVIEW] };
}
/** The answer that a prompt gives to review, if it does; what is as long as an answer may be had no end. */
export function draftIn(question: Prompt, { tokens }: Prompt): Answer | undefined {
  if (tokens.length === question.tokens.length) return undefined;
  const said = tokens.slice(question.tokens.length, -1);
  return written(question, said.length < LONGEST ? [...said, STOP] : said);
}

/** Two batches in five are reviews. */
function demonstrations(step: number): Answer[] {
  const draws = rng("vision counting").split("demonstrations").split(step);
  return Array.from({ length: SCHEDULE.rows }, () => {
    const { scene, colour, prompt } = questionAt("demonstration", draws);
    const first = mistaken(scene, colour, draws);
    if (step % 5 >= 2) return written(prompt, first);
    const kept = draws.uniform() < KEPT;
    return written(reviewing(prompt, first), kept ? first : mistaken(scene, colour, draws));
  });
}

export const base = (workshop: Workshop): Promise<Params> =>
  taught({ name: "vision counting", model, shape, schedule: SCHEDULE, demonstrations }, workshop);
