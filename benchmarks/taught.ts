/** Tiny language models that learned to imitate a program, from which testbeds start. */
import { type Answer, type Model, type Params, rng, type Workshop } from "../core/mod.ts";
import { readParams, writeParams } from "../models/checkpoint/safetensors.ts";
import type { TransformerShape } from "../models/transformer.ts";

/** Factor on the first weights: those of 0.02 are too faint for a model this narrow. */
const LOUDER = 8;

/** What all of them have alike. */
export const tiny = {
  layers: 2,
  width: 32,
  heads: 4,
  feedForward: "squaredRelu",
  positions: "rotary",
  tied: true,
  valueHead: true,
} as const;

export interface Lessons {
  /** By which the policy is kept, and its first weights are drawn: "sequences". */
  readonly name: string;
  readonly model: Model;
  readonly shape: TransformerShape;
  readonly schedule: { readonly steps: number; readonly rate: number; readonly rows: number };
  /** The answers of one step. */
  demonstrations(step: number): readonly Answer[];
}

/** The parameters of such a model, trained once and kept. */
export async function taught(lessons: Lessons, workshop: Workshop): Promise<Params> {
  const { name, model, shape, schedule, demonstrations } = lessons;
  // Some of what it is taught stands for all of it, so that another language is another policy.
  const some = [0, 1, 2, 3].flatMap(demonstrations).map(({ prompt, tokens }) => [
    prompt.tokens,
    tokens,
    ...prompt.patches ? [[...prompt.patches]] : [],
  ]);
  const key = { shape, schedule, LOUDER, taught: some };
  const bytes = await workshop.cached(`${name} policy`, key, async () =>
    writeParams(
      await workshop.train({
        title: `Pre-training the policy of ${name}`,
        model,
        from: louder(model.init(rng(name).split("init"))),
        steps: schedule.steps,
        rate: schedule.rate,
        batch: demonstrations,
      }),
    ));
  return readParams(bytes);
}

/** The words of tokens one after another, spaces between them: a step each. */
export const wordByWord = (
  tokens: readonly number[],
  wordOf: (token: number) => string,
): string[] => tokens.map((token, i) => i === 0 ? wordOf(token) : ` ${wordOf(token)}`);

const louder = (params: Params): Params =>
  Object.fromEntries(
    Object.entries(params).map(([name, { shape, data }]) => [
      name,
      { shape, data: name.includes("norm") ? data : Float32Array.from(data, (x) => LOUDER * x) },
    ]),
  );
