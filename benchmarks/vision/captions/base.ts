/** The start policy of `vision/captions`, and what it said of each scene that is learned from. */
import { createHash } from "node:crypto";
import {
  type Answer,
  type Params,
  type Prompt,
  type Rng,
  rng,
  type Workshop,
  written,
} from "../../../core/mod.ts";
import { writeParams } from "../../../models/checkpoint/safetensors.ts";
import { transformer } from "../../../models/transformer.ts";
import { taught, tiny } from "../../taught.ts";
import { image, patchesOf, type Scene, sceneOf, seeing } from "../scene.ts";
import { ASK, STOP, VOCABULARY } from "./language.ts";
import { mediocre } from "./writers.ts";

const SCHEDULE = { steps: 600, rate: 1e-2, rows: 64 };
/** Most tokens of a caption: a mark, five objects, a stop. */
export const LONGEST = 12;
const OBJECTS = [2, 4] as const;
/** Standard deviation of each number of a patch about what is there. */
const NOISE = 0.6;

const shape = {
  ...tiny,
  vocabulary: VOCABULARY,
  context: image.count + 1 + LONGEST,
  longest: LONGEST,
  stop: STOP,
  patches: image,
} as const;
export const model = transformer(shape);

/** What there is, and a prompt that shows it. */
export interface SeenScene {
  readonly scene: Scene;
  readonly prompt: Prompt;
}
export function sceneAt(id: string, draws: Rng): SeenScene {
  const scene = sceneOf(OBJECTS, draws);
  return { scene, prompt: seeing(id, patchesOf(scene, NOISE, draws), [ASK]) };
}

function demonstrations(step: number): Answer[] {
  const draws = rng("vision captions").split("demonstrations").split(step);
  return Array.from({ length: SCHEDULE.rows }, () => {
    const { scene, prompt } = sceneAt("demonstration", draws);
    return written(prompt, mediocre(scene, draws));
  });
}

export const base = (workshop: Workshop): Promise<Params> =>
  taught({
    name: "vision captions",
    model,
    shape,
    schedule: SCHEDULE,
    demonstrations,
  }, workshop);

/** A caption of each prompt by the start policy, drawn once. */
export async function own(
  prompts: readonly Prompt[],
  workshop: Workshop,
): Promise<readonly Answer[]> {
  const start = await base(workshop);
  const key = { policy: digest(writeParams(start)), images: digest(...prompts.map(imageOf)) };
  const bytes = await workshop.cached("vision captions own", key, async () => {
    const ys = await workshop.policy(model, start).sample(prompts, rng("vision captions own"));
    return new TextEncoder().encode(JSON.stringify(ys.map(({ tokens }) => tokens)));
  });
  const said = JSON.parse(new TextDecoder().decode(bytes)) as number[][];
  return prompts.map((prompt, i) => written(prompt, said[i]!));
}

const imageOf = ({ patches }: Prompt): Uint8Array => new Uint8Array(patches!.buffer);

function digest(...parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  parts.forEach((part) => hash.update(part));
  return hash.digest("hex");
}
