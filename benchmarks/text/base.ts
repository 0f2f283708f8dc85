/** The two language models: the policy that methods start from, and a larger one that judges fluency. */
import { createHash } from "node:crypto";
import { type Answer, type Model, type Params, type Rng, rng } from "../../core/mod.ts";
import type { Exported, Workshop } from "../../core/mod.ts";
import { hubFiles } from "../../models/export/files.ts";
import type { Lora } from "../../models/lora.ts";
import { normal } from "../../models/normal.ts";
import type { PatchShape } from "../../models/patches.ts";
import { transformer, type TransformerShape } from "../../models/transformer.ts";
import { addresses, packageVersions } from "./corpora.ts";
import { LONGEST, material, PROMPT } from "./prompts.ts";
import { readParams, writeParams } from "../../models/checkpoint/safetensors.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** A model of texts with its tokenizer, and where runs start. */
export interface LanguageModel {
  readonly model: Model;
  /** Pre-trained, then fine-tuned to go on with review sentences. */
  readonly start: Params;
  readonly tokenizer: Tokenizer;
  /** A policy of this model, or of adapters on it, as files that other tools load. */
  files(params: Params, adapters?: Lora): Exported;
}

/**
 * What one of the two models is made of. Each has its own half of the addresses; the review
 * sentences are too few to halve (each model would be 0.2 nats a token worse), so both learn from
 * all that are not held out.
 */
interface Recipe {
  readonly title: string;
  readonly half: "policy" | "judge";
  readonly size: Pick<TransformerShape, "layers" | "width" | "heads" | "valueHead">;
  readonly pretraining: Schedule;
  readonly tuning: Schedule;
}
interface Schedule {
  readonly steps: number;
  readonly rate: number;
}

const policy: Recipe = {
  title: "Pre-training the policy",
  half: "policy",
  size: { layers: 2, width: 64, heads: 4, valueHead: true },
  pretraining: { steps: 900, rate: 6e-3 },
  tuning: { steps: 100, rate: 1e-3 },
};
const judge: Recipe = {
  title: "Pre-training the judge of fluency",
  half: "judge",
  size: { layers: 3, width: 96, heads: 4 },
  pretraining: { steps: 600, rate: 3e-3 },
  tuning: { steps: 100, rate: 5e-4 },
};

/** Rows of a pre-training step, and the tokens that each predicts. */
const ROWS = 32;
const WINDOW = 64;
/** Share of rows that are reviews, about ten times through; more of them are learned by heart. */
const REVIEWS = 0.35;
/** Standard deviation of the numbers that stand for a patch. */
const LOUD = 0.5;
/** Raised when the code below comes to make other bytes of the same texts. */
const RECIPE = 1;

/** How far a model reads and writes. */
export interface Reach {
  /** Most tokens of prompt and answer together, places of patches among them. */
  readonly context?: number;
  /** Most tokens of a sampled answer. */
  readonly longest?: number;
  /** An image that every prompt shows before its text. */
  readonly patches?: PatchShape;
}

/**
 * The policy's language model. Its parameters do not depend on how far it reads. It was taught texts
 * alone: what it would make of patches is drawn, and left to be learned.
 */
export const languageModel = (workshop: Workshop, reach: Reach = {}): Promise<LanguageModel> =>
  trained(workshop, policy, reach);

/** The larger language model, trained on other texts, whose log-probabilities are the fluency. */
export function fluencyModel(workshop: Workshop): Promise<LanguageModel> {
  return trained(workshop, judge, {});
}

async function trained(
  workshop: Workshop,
  { title, half, size, pretraining, tuning }: Recipe,
  { context = WINDOW + 1, longest = LONGEST, patches }: Reach,
): Promise<LanguageModel> {
  const { tokenizer, sentences: { train } } = await material(workshop);
  const shape = {
    vocabulary: tokenizer.size,
    ...size,
    feedForward: "squaredRelu",
    positions: "rotary",
    tied: true,
    stop: tokenizer.stop,
  } as const;
  const key = {
    recipe: RECIPE,
    half,
    shape,
    schedule: { pretraining, tuning, ROWS, WINDOW, REVIEWS },
    answers: { PROMPT, LONGEST },
    tokenizer: digest(tokenizer.json),
    sentences: digest(JSON.stringify(train)),
    texts: await packageVersions(),
  };
  const model = (context: number, longest: number, patches?: PatchShape) =>
    transformer({ ...shape, context, longest, ...patches ? { patches } : {} });
  const bytes = await workshop.cached(`text ${half}`, key, async () => {
    const draws = rng("text models").split(half);
    const deal = dealer(tokenizer, half, await addresses(), train);
    const [learner, seed] = [model(WINDOW + 1, LONGEST), draws.split("init")];
    const pretrained = await workshop.train({
      title,
      model: learner,
      from: learner.init(seed),
      ...pretraining,
      batch: (step) => deal.windows(draws.split("windows").split(step)),
    });
    const tuned = await workshop.train({
      title: title.replace("Pre-training", "Fine-tuning"),
      model: learner,
      from: pretrained,
      ...tuning,
      batch: (step) => deal.continuations(draws.split("continuations").split(step)),
    });
    return writeParams(tuned);
  });
  return {
    model: model(context, longest, patches),
    start: { ...readParams(bytes), ...patches ? sighted(patches, size.width) : {} },
    tokenizer,
    files: (params, adapters) =>
      hubFiles({ ...shape, context, longest }, params, { json: tokenizer.json }, adapters),
  };
}

/** Weights of patches of unit variance that are as loud as the model's tokens. */
function sighted({ count, numbers }: PatchShape, width: number): Params {
  const draws = rng("text models").split("patches");
  return {
    "patch.weight": normal([numbers, width], draws.split("weight"), LOUD / Math.sqrt(numbers)),
    "patch.place": normal([count, width], draws.split("place"), LOUD),
  };
}

/** Deals training batches from one half of the texts. */
function dealer(
  { encode, stop }: Tokenizer,
  half: Recipe["half"],
  speeches: readonly string[],
  told: readonly (readonly number[])[],
) {
  // Every second address, so that both halves speak of all times alike.
  const own = speeches.filter((_, i) => i % 2 === (half === "policy" ? 0 : 1));
  const prose = Int32Array.from(stretches(own.join("\n"), encode));
  const opened = told.filter((tokens) => tokens.length > PROMPT).map((tokens, i): Answer => {
    const rest = [...tokens.slice(PROMPT), stop].slice(0, LONGEST);
    const prompt = { id: `sentence ${i}`, tokens: tokens.slice(0, PROMPT) };
    return { prompt, tokens: rest, length: rest.length };
  });
  const row = (tokens: ArrayLike<number>): Answer => {
    const [first = stop, ...rest] = Array.from(tokens);
    return { prompt: { id: "window", tokens: [first] }, tokens: rest, length: rest.length };
  };
  /** Sentences in random order, with stop tokens between, cut to a window. */
  const talk = (draws: Rng): number[] => {
    const tokens: number[] = [];
    while (tokens.length <= WINDOW) tokens.push(...draws.pick(told), stop);
    return tokens.slice(0, WINDOW + 1);
  };
  return {
    windows(draws: Rng): Answer[] {
      return Array.from({ length: ROWS }, () => {
        if (draws.uniform() < REVIEWS) return row(talk(draws));
        const at = draws.below(prose.length - WINDOW);
        return row(prose.subarray(at, at + WINDOW + 1));
      });
    },
    continuations: (draws: Rng): Answer[] => Array.from({ length: ROWS }, () => draws.pick(opened)),
  };
}

/** The tokens of a long text; the same stretch of space and word is encoded only once. */
function stretches(text: string, encode: Tokenizer["encode"]): number[] {
  const known = new Map<string, number[]>();
  const tokens: number[] = [];
  // No token crosses from text to space, so stretches encode as they do within the text.
  for (const stretch of text.match(/\s*\S+|\s+/gu) ?? []) {
    let found = known.get(stretch);
    if (!found) known.set(stretch, found = encode(stretch));
    tokens.push(...found);
  }
  return tokens;
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
