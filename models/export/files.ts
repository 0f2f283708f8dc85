import type { Exported, Params } from "../../core/mod.ts";
import { writeParams } from "../checkpoint/safetensors.ts";
import type { TransformerShape } from "../decoder.ts";
import { hub } from "./hub.ts";
import { onnx } from "./onnx.ts";

/**
 * A transformer and its tokenizer as the files that transformers reads (`model.safetensors` and
 * JSON beside it) and those that transformers.js does (the same JSON and `onnx/model.onnx`).
 * `generate` with their defaults then draws from the policy itself: temperature 1, nothing cut off.
 * A RangeError where the architecture is none that they have.
 */
export function files(
  shape: TransformerShape,
  params: Params,
  tokenizer: { readonly json: string },
): Exported {
  const { config, params: renamed, left } = hub(shape, params);
  const stop = stopToken(tokenizer.json, shape.stop);
  // A text starts where another one ended, so the token that ends one stands before it too.
  const ids = { bos_token_id: shape.stop, eos_token_id: shape.stop, pad_token_id: shape.stop };
  const text = new TextEncoder();
  const json = (value: unknown) => text.encode(`${JSON.stringify(value, null, 2)}\n`);
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
      "tokenizer.json": text.encode(tokenizer.json),
      "tokenizer_config.json": json({
        tokenizer_class: "PreTrainedTokenizerFast",
        bos_token: stop,
        eos_token: stop,
        pad_token: stop,
        padding_side: "left",
        model_max_length: shape.context,
        clean_up_tokenization_spaces: false,
      }),
      // Without this word transformers does not read it.
      "model.safetensors": writeParams(renamed, { format: "pt" }),
      "onnx/model.onnx": onnx(shape, params),
    },
  };
}

function stopToken(json: string, id: number): string {
  const { added_tokens } = JSON.parse(json) as {
    added_tokens: readonly { readonly id: number; readonly content: string }[];
  };
  const found = added_tokens.find((token) => token.id === id);
  if (!found) {
    throw new RangeError(
      `Cannot export a tokenizer without its stop token: expected ${id} among added tokens ${
        added_tokens.map((token) => token.id)
      }`,
    );
  }
  return found.content;
}
