/** Checkpoints in Hugging Face's layout: `config.json`, safetensors, `tokenizer.json`. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Model, Params } from "../../core/mod.ts";
import { transformer, type TransformerShape } from "../transformer.ts";
import { type ChatTemplate, openChat } from "./chat.ts";
import { readConfig } from "./config.ts";
import { readJson } from "./files.ts";
import type { Allowance } from "./limits.ts";
import { type CheckpointTokenizer, openTokenizer } from "./tokenizer.ts";
import { openWeights } from "./weights.ts";

/** A language model on disk, checked but not yet read. */
export interface Checkpoint {
  readonly directory: string;
  /** Most tokens of prompt and answer together. */
  readonly context: number;
  /** Tokens that the model knows. */
  readonly vocabulary: number;
  readonly width: number;
  /** Numbers in its parameters. */
  readonly count: number;
  readonly tokenizer: CheckpointTokenizer;
  /** Absent where the checkpoint has no chat template. */
  readonly chat?: ChatTemplate;
  /** Its model, reading `context` tokens of prompt and answer and sampling `longest`. */
  model(options: ModelOptions): Model;
  /** The shape of that model. */
  shape(options: ModelOptions): TransformerShape;
  /** Its parameters; needs no more memory than they do, and a piece of one. */
  load(): Promise<Params>;
  /** SHA-256 of all that decides its answers, in hexadecimal; reads the weights. */
  fingerprint(): Promise<string>;
}

/** How much a checkpoint's model reads and writes. */
export interface ModelOptions {
  /** At most the checkpoint's own, which is the default. */
  readonly context?: number;
  readonly longest: number;
  /** Adds a scalar head, which `load` does not hold; false by default. */
  readonly valueHead?: boolean;
}

/**
 * Opens a LLaMA, Arcee, Qwen2 or GPT-2 checkpoint. Everything but the numbers is checked here: a
 * SyntaxError where files are damaged or do not fit together, a RangeError that names what is not
 * supported. Its tokenizer and chat template take no more than `limits` for a text.
 */
export async function openCheckpoint(directory: string, limits?: Allowance): Promise<Checkpoint> {
  await checkDirectory(directory);
  const json = await readJson(directory, "config.json");
  const file = join(directory, "config.json");
  if (json === undefined) throw new SyntaxError(`Cannot load ${file}: there is no such file`);
  const config = readConfig(json, file);
  const { shape, context } = config;
  // Sizes that do not divide are known before any file is opened.
  transformer({ ...shape, context, longest: 1, stop: 0 });
  const weights = await openWeights(directory, config);
  const tokenizer = await openTokenizer(directory, shape.vocabulary, config.end, limits);
  const chat = await openChat(directory, tokenizer.specials, limits);
  const shapeOf: Checkpoint["shape"] = (options) => {
    if (options.context !== undefined && options.context > context) {
      throw new RangeError(
        `Cannot read ${options.context} tokens with ${directory}: its context is ${context}`,
      );
    }
    return { ...shape, context, ...options, stop: tokenizer.stop };
  };
  return {
    directory,
    context,
    vocabulary: shape.vocabulary,
    width: shape.width,
    count: weights.count,
    tokenizer,
    ...chat ? { chat } : {},
    model: (options) => transformer(shapeOf(options)),
    shape: shapeOf,
    load: weights.load,
    async fingerprint() {
      const hash = createHash("sha256").update(JSON.stringify(config)).update(tokenizer.json)
        .update(`${tokenizer.stop}`).update(chat?.source ?? "");
      for (const name of weights.files) {
        for await (const piece of createReadStream(join(directory, name))) hash.update(piece);
      }
      return hash.digest("hex");
    },
  };
}

async function checkDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found?.isDirectory()) return;
  throw new RangeError(
    `Cannot load ${directory}: it must be a directory with config.json, model.safetensors and ` +
      `tokenizer.json: ${found ? "it is a file" : "there is no such directory"}`,
  );
}
