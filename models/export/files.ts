import { type Exported, jsonText, type Params } from "../../core/mod.ts";
import { writeParams } from "../checkpoint/safetensors.ts";
import type { TransformerShape } from "../decoder.ts";
import { type Lora, mergedLora } from "../lora.ts";
import { hub, modules } from "./hub.ts";
import { onnx } from "./onnx.ts";
import { peftFiles } from "./peft.ts";

/** The tokenizer's side of a checkpoint. */
export interface Vocabulary {
  /** `tokenizer.json`. */
  readonly json: string;
  /** Special tokens by name (`bos_token`); without any, the one that ends a text is all of them. */
  readonly specials?: { readonly [name: string]: string };
  /** The chat template. */
  readonly chat?: string;
}

/**
 * A transformer and its tokenizer as the files that transformers reads (`model.safetensors` and
 * JSON beside it) and those that transformers.js does (the same JSON and `onnx/model.onnx`).
 * `generate` with their defaults then draws from the policy itself: temperature 1, nothing cut off.
 * With `adapters` the parameters hold some: they are added to the weights, and lie in `adapter/` as
 * PEFT's files too, where PEFT has names for them. A RangeError where the architecture is none that transformers has.
 */
export function hubFiles(
  shape: TransformerShape,
  params: Params,
  { json: tokenizer, specials, chat }: Vocabulary,
  adapters?: Lora,
): Exported {
  const whole = adapters ? mergedLora(params, adapters) : params;
  const { config, params: renamed, left } = hub(shape, whole);
  const known = named(tokenizer);
  const end = known.find(({ id }) => id === shape.stop)?.content;
  if (end === undefined) {
    throw new RangeError(
      `Cannot export a tokenizer without its stop token: expected ${shape.stop} among added tokens ${
        known.map(({ id }) => id)
      }`,
    );
  }
  // A text of our own starts where another one ended, so the token that ends one stands before it.
  const words = {
    bos_token: end,
    ...specials,
    pad_token: specials?.pad_token ?? end,
    eos_token: end,
  };
  const id = (name: string) => known.find(({ content }) => content === name)?.id;
  const [first, padding] = [id(words.bos_token), id(words.pad_token)];
  const ids = {
    ...first === undefined ? {} : { bos_token_id: first },
    eos_token_id: shape.stop,
    ...padding === undefined ? {} : { pad_token_id: padding },
  };
  const text = new TextEncoder();
  const json = (value: unknown) => text.encode(`${jsonText(value, "a file of JSON", 2)}\n`);
  const adapter = adapters && modules(shape, whole) ? peftFiles(shape, params, adapters) : {};
  return {
    left,
    files: {
      "config.json": json({
        ...config,
        ...ids,
        // There is no quantised file, which transformers.js would ask for in a browser.
        "transformers.js_config": { dtype: "fp32" },
      }),
      "generation_config.json": json({
        ...ids,
        do_sample: true,
        temperature: 1,
        top_k: 0,
        top_p: 1,
        max_new_tokens: shape.longest,
      }),
      "tokenizer.json": text.encode(tokenizer),
      "tokenizer_config.json": json({
        tokenizer_class: "PreTrainedTokenizerFast",
        ...words,
        ...chat === undefined ? {} : { chat_template: chat },
        padding_side: "left",
        model_max_length: shape.context,
        clean_up_tokenization_spaces: false,
      }),
      // Without this word transformers does not read it.
      "model.safetensors": writeParams(renamed, { format: "pt" }),
      "onnx/model.onnx": onnx(shape, whole),
      ...Object.fromEntries(
        Object.entries(adapter).map(([path, bytes]) => [`adapter/${path}`, bytes]),
      ),
    },
  };
}

interface Named {
  readonly id: number;
  readonly content: string;
}

/** The tokens that have names of their own. */
const named = (json: string): readonly Named[] =>
  (JSON.parse(json) as { readonly added_tokens: readonly Named[] }).added_tokens;
