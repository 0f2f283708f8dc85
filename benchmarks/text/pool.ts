import { createHash } from "node:crypto";
import { z } from "zod";
import { type Answer, type Prompt, rng, type Workshop } from "../../core/mod.ts";
import { fluencyModel, type LanguageModel, languageModel } from "./base.ts";
import type { Sentences } from "./prompts.ts";
import { writeParams } from "../../models/checkpoint/safetensors.ts";

/** Answers of the start policy, drawn once: offline data and held-out comparisons come from here. */
export interface Pool {
  /** Of each prompt in turn. */
  readonly train: readonly (readonly Answer[])[];
  readonly test: readonly (readonly Answer[])[];
  /** Fluency of each test answer, in nats a token. */
  readonly fluency: ReadonlyMap<Answer, number>;
}

/** Answers to each prompt. */
const SAMPLES = 4;
/** Prompts between two signs of progress. */
const TOGETHER = 256;
/** Raised when the code below comes to make other bytes of the same models. */
const RECIPE = 1;

const tokens = z.array(z.array(z.array(z.int().min(0))));
const stored = z.strictObject({ train: tokens, test: tokens, fluency: z.array(z.number()) });

/** Fluency of answers: mean log-probability a token, stop token included, in nats. */
export async function fluencyOf(
  workshop: Workshop,
  { model, start }: LanguageModel,
  ys: readonly Answer[],
): Promise<Float64Array> {
  const logp = await workshop.policy(model, start).logp(ys);
  return logp.map((sum, i) => sum / ys[i]!.length);
}

export async function pool(
  workshop: Workshop,
  prompts: Sentences["prompts"],
): Promise<Pool> {
  const [policy, judge] = await Promise.all([languageModel(workshop), fluencyModel(workshop)]);
  const key = {
    recipe: RECIPE,
    samples: SAMPLES,
    models: [policy, judge].map(({ start }) => digest(writeParams(start))),
    prompts: [prompts.train, prompts.test].map((split) => split.map((p) => [p.id, p.tokens])),
  };
  const bytes = await workshop.cached("text pool", key, async () => {
    const title = "Sampling the start policy";
    const sampler = workshop.policy(policy.model, policy.start);
    const draws = rng("text pool");
    const all = [...prompts.train, ...prompts.test];
    const drawn: (readonly Answer[])[] = [];
    for (let at = 0; at < all.length; at += TOGETHER) {
      workshop.progress(title, at / all.length);
      const asked = all.slice(at, at + TOGETHER);
      const repeated = asked.flatMap((prompt) => Array<Prompt>(SAMPLES).fill(prompt));
      const ys = await sampler.sample(repeated, draws.split(at));
      asked.forEach((_, i) => drawn.push(ys.slice(SAMPLES * i, SAMPLES * (i + 1))));
    }
    const [train, test] = [drawn.slice(0, prompts.train.length), drawn.slice(prompts.train.length)];
    const fluency = await fluencyOf(workshop, judge, test.flat());
    workshop.progress(title, 1, `${SAMPLES * all.length} answers`);
    const written = (split: readonly (readonly Answer[])[]) =>
      split.map((ys) => ys.map((y) => y.tokens));
    const json = { train: written(train), test: written(test), fluency: [...fluency] };
    return new TextEncoder().encode(JSON.stringify(json));
  });
  const found = stored.parse(JSON.parse(new TextDecoder().decode(bytes)));
  const read = (split: "train" | "test") =>
    found[split].map((ys, i) =>
      ys.map((tokens): Answer => ({ prompt: prompts[split][i]!, tokens, length: tokens.length }))
    );
  const test = read("test");
  return {
    train: read("train"),
    test,
    fluency: new Map(test.flat().map((y, i) => [y, found.fluency[i]!])),
  };
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
