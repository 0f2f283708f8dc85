import { join } from "node:path";
import { z } from "zod";
import { parse, parseJson } from "../disk/schema.ts";

/** What lies beside a learned judge's model, in `judge.json` of its directory. */

const finite = z.number();
const figure = z.strictObject({ value: finite, low: finite, high: finite });

const rewardFile = z.strictObject({
  schema: z.literal(1),
  kind: z.literal("reward model"),
  /** P(a beats b) = σ(scale · (r_a − r_b)). */
  scale: z.number().positive(),
  centre: finite,
  /** How conversations become tokens. */
  reading: z.strictObject({
    messages: z.boolean(),
    limits: z.strictObject({ prompt: z.int().min(1), answer: z.int().min(1) }),
  }),
  trained: z.strictObject({
    command: z.string(),
    file: z.string(),
    sha256: z.string(),
    from: z.string(),
    seed: z.int(),
    rows: z.strictObject({ training: z.int(), calibration: z.int() }),
    epochs: z.strictObject({ nll: z.array(finite), kept: z.int().min(1) }),
    versions: z.record(z.string(), z.string()),
  }),
  /** On rows held out from training and calibration. */
  evaluation: z.strictObject({
    rows: z.int(),
    prompts: z.int(),
    accuracy: figure,
    nll: figure,
    nllUnscaled: figure,
    brier: figure,
    calibrationError: figure,
  }),
});
export type RewardFile = z.infer<typeof rewardFile>;

export const rewardFileName = "judge.json";
/** The head's parameters, which no language model's file has a place for. */
export const headName = "value_head.safetensors";

/** A RangeError where the directory is of no learned judge. */
export async function readRewardFile(directory: string): Promise<RewardFile> {
  const path = join(directory, rewardFileName);
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new RangeError(
      `Cannot judge by ${directory}: it has no ${rewardFileName}; deno task judge-train makes one`,
    );
  }
  return parse(rewardFile, parseJson(text, path), path);
}
