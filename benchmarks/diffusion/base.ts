/** The start policies of `diffusion`, and answers drawn from them once. */
import { createHash } from "node:crypto";
import {
  type Answer,
  type Model,
  type Params,
  type Prompt,
  rng,
  type Workshop,
} from "../../core/mod.ts";
import { readParams, writeParams } from "../../models/checkpoint/safetensors.ts";
import { denoiser } from "../../models/denoiser.ts";
import { normals, schedule, seenAt } from "../../models/schedule.ts";
import type { Domain } from "./domain.ts";

export interface DenoiserBase {
  readonly model: Model;
  readonly start: Params;
}
/** Answers of the start policy with their paths, by prompt. */
export interface DenoiserPool {
  readonly train: readonly (readonly Answer[])[];
  readonly held: readonly (readonly Answer[])[];
}

const TRAINING = { steps: 2000, rate: 2e-3, rows: 256 };
/** Between these the weight of a moment is its signal to noise. */
const WEIGHTS = [0.1, 5] as const;
/** Answers in all that are compared in training, and held out. */
const COMPARED = { train: 4080, held: 240 };
/** Raised when the code below comes to make other bytes of the same shapes. */
const RECIPE = 1;

export const promptsOf = ({ id, wanted }: Domain): readonly Prompt[] =>
  wanted.map((_, token) => ({ id: `${id}/${token}`, tokens: [token] }));

/** Examples at moments drawn alike, the hop to the result among them. */
export function demonstrations({ id, shape, demonstration }: Domain): (step: number) => Answer[] {
  const moments = schedule(shape);
  const [least, most] = WEIGHTS;
  return (step) => {
    const draws = rng(id).split("demonstrations").split(step);
    return Array.from({ length: TRAINING.rows }, () => {
      const { tokens, made } = demonstration(draws);
      const time = 1 + draws.below(shape.steps);
      const moment = moments[time]!;
      const ratio = moment.signal / (1 - moment.signal);
      return seenAt({ id: "demonstration", tokens }, Float32Array.from(made), {
        time,
        moment,
        noise: normals(shape.numbers, draws),
        weight: Math.min(most, Math.max(least, ratio)),
      });
    });
  };
}

export async function base(workshop: Workshop, domain: Domain): Promise<DenoiserBase> {
  const { id, shape } = domain;
  const model = denoiser(shape);
  const batch = demonstrations(domain);
  // Some of what it is taught stands for all of it, so that other examples are another policy.
  const taught = digest(
    JSON.stringify(batch(0).map(({ prompt, numbers }) => [prompt.tokens, [...numbers!.result]])),
  );
  const key = { recipe: RECIPE, shape, training: TRAINING, WEIGHTS, taught };
  const bytes = await workshop.cached(`diffusion ${id}`, key, async () =>
    writeParams(
      await workshop.train({
        title: `Pre-training the denoiser of ${id}`,
        model,
        from: model.init(rng(id).split("init")),
        steps: TRAINING.steps,
        rate: TRAINING.rate,
        batch,
        loss: (pi, y) => pi.logp(y).mean().neg(),
      }),
    ));
  return { model, start: readParams(bytes) };
}

export async function pool(workshop: Workshop, domain: Domain): Promise<DenoiserPool> {
  const { model, start } = await base(workshop, domain);
  const prompts = promptsOf(domain);
  const [train, held] = [COMPARED.train, COMPARED.held].map((n) => n / prompts.length) as [
    number,
    number,
  ];
  const each = train + held;
  const key = { recipe: RECIPE, policy: digest(writeParams(start)), train, held };
  const bytes = await workshop.cached(`diffusion ${domain.id} pool`, key, async () => {
    const asked = prompts.flatMap((prompt) => Array<Prompt>(each).fill(prompt));
    const drawn = await workshop.policy(model, start).sample(asked, rng(domain.id).split("pool"));
    const laid = (of: (y: Answer) => Float32Array) => {
      const width = of(drawn[0]!).length;
      const data = new Float32Array(drawn.length * width);
      drawn.forEach((y, i) => data.set(of(y), i * width));
      return { shape: [drawn.length, width], data };
    };
    return writeParams({ points: laid(pointsOf), result: laid((y) => y.numbers!.result) });
  });
  const { points, result } = readParams(bytes);
  const row = ({ shape, data }: Params[string], i: number) =>
    Float32Array.from(data.subarray(i * shape[1]!, (i + 1) * shape[1]!));
  const ys = prompts.map((prompt, p) =>
    Array.from({ length: each }, (_, k): Answer => ({
      prompt,
      tokens: [],
      length: domain.shape.steps - 1,
      numbers: {
        of: "path",
        points: row(points!, p * each + k),
        result: row(result!, p * each + k),
      },
    }))
  );
  return { train: ys.map((all) => all.slice(0, train)), held: ys.map((all) => all.slice(train)) };
}

function pointsOf({ prompt, numbers }: Answer): Float32Array {
  if (numbers?.of === "path") return numbers.points;
  throw new TypeError(`Cannot keep an answer to ${prompt.id}: it has no path`);
}

const digest = (data: string | Uint8Array): string =>
  createHash("sha256").update(data).digest("hex");
