/** The start policy of `vision/strip`, and how likely it takes each path. */
import { createHash } from "node:crypto";
import {
  type Answer,
  type Params,
  type Prompt,
  rng,
  type Workshop,
  written,
} from "../../../core/mod.ts";
import { readParams, writeParams } from "../../../models/checkpoint/safetensors.ts";
import { transformer } from "../../../models/transformer.ts";
import { taught, tiny } from "../../taught.ts";
import { allDoors, guided, image, LONGEST, pathsOn, promptOf, STOP, VOCABULARY } from "./map.ts";

const SCHEDULE = { steps: 350, rate: 1e-2, rows: 64 };

const shape = {
  ...tiny,
  vocabulary: VOCABULARY,
  context: image.count + 1 + LONGEST,
  longest: LONGEST,
  stop: STOP,
  patches: image,
} as const;
export const model = transformer(shape);

const maps = allDoors(rng("vision strip").split("maps"));

function demonstrations(step: number): Answer[] {
  const draws = rng("vision strip").split("demonstrations").split(step);
  return Array.from({ length: SCHEDULE.rows }, () => {
    const doors = draws.pick(maps);
    return written(promptOf("demonstration", doors), guided(doors, draws));
  });
}

export const base = (workshop: Workshop): Promise<Params> =>
  taught({ name: "vision strip", model, shape, schedule: SCHEDULE, demonstrations }, workshop);

/** A map's prompt with what its doors are worth, and all paths with their chance under the start policy. */
export interface Walked {
  readonly prompt: Prompt;
  readonly doors: readonly number[];
  readonly paths: readonly Answer[];
  readonly chances: readonly number[];
}
const TEST = 4;

/** The maps of each split, which share none. */
export async function walks(
  workshop: Workshop,
): Promise<{ readonly train: readonly Walked[]; readonly test: readonly Walked[] }> {
  const start = await base(workshop);
  const seen = maps.map((doors, i) => {
    const split = i < TEST ? "test" : "train";
    const prompt = promptOf(`vision/strip/${split}/${i < TEST ? i : i - TEST}`, doors);
    return { prompt, doors, paths: pathsOn(prompt) };
  });
  const policy = createHash("sha256").update(writeParams(start)).digest("hex");
  const images = seen.map(({ prompt }) => [...prompt.patches!]);
  const bytes = await workshop.cached("vision strip walks", { policy, images }, async () => {
    const logps = await workshop.policy(model, start).logp(seen.flatMap(({ paths }) => paths));
    return writeParams({
      logps: { shape: [logps.length], data: Float32Array.from(logps) },
    });
  });
  const { data } = readParams(bytes).logps!;
  const all = seen.map((map, i): Walked => {
    const n = map.paths.length;
    return { ...map, chances: Array.from(data.subarray(i * n, (i + 1) * n), Math.exp) };
  });
  return { train: all.slice(TEST), test: all.slice(0, TEST) };
}
