import type { Params, Tensor } from "../../core/mod.ts";
import { EPSILON, THETA, type TransformerShape } from "../decoder.ts";

/** A transformer under the names and in the layout of Hugging Face's checkpoints. */
export interface Hub {
  /** What `config.json` says of the network itself. */
  readonly config: { readonly [key: string]: unknown };
  /** Weights as [out, in]. */
  readonly params: Params;
  /** Parameters that the layout has no place for: those of a value head. */
  readonly left: readonly string[];
}

/** Whatever else a transformer has, the architectures below would compute without it. */
const names = {
  embed: "model.embed_tokens",
  norm: "model.norm",
  head: "lm_head",
  "attention.norm": "input_layernorm",
  "attention.query": "self_attn.q_proj",
  "attention.key": "self_attn.k_proj",
  "attention.value": "self_attn.v_proj",
  "attention.output": "self_attn.o_proj",
  "feed.norm": "post_attention_layernorm",
  "feed.gate": "mlp.gate_proj",
  "feed.up": "mlp.up_proj",
  "feed.down": "mlp.down_proj",
} as const;
/** Rows of these are tokens already: they are not turned. */
const tables: readonly string[] = ["embed", "head"];

/**
 * A transformer as `ArceeForCausalLM` (squared ReLU) or `LlamaForCausalLM` (gated SiLU), which
 * compute the same. A RangeError where neither does, as for learned positions.
 */
export function hub(shape: TransformerShape, params: Params): Hub {
  if (shape.positions === "learned") {
    throw new RangeError(
      "Cannot export a transformer with learned positions: expected rotary ones, as ArceeForCausalLM and LlamaForCausalLM have",
    );
  }
  const gated = shape.feedForward === "silu";
  const { width, heads, keyHeads = heads, layers, vocabulary, context } = shape;
  const left: string[] = [];
  const renamed = Object.entries(params).flatMap(([name, tensor]) => {
    if (name.startsWith("value.")) {
      left.push(name);
      return [];
    }
    const [, layer, part] = name.match(/^(?:(\d+)\.)?(.+)$/)!;
    if (!Object.hasOwn(names, part!)) {
      throw new RangeError(
        `Cannot export parameter ${name}: expected one of ${Object.keys(names).join(", ")}`,
      );
    }
    const hubName = `${layer === undefined ? "" : `model.layers.${layer}.`}${
      names[part as keyof typeof names]
    }.weight`;
    return [[hubName, tables.includes(part!) ? tensor : turned(tensor)] as const];
  });
  return {
    config: {
      architectures: [gated ? "LlamaForCausalLM" : "ArceeForCausalLM"],
      model_type: gated ? "llama" : "arcee",
      vocab_size: vocabulary,
      hidden_size: width,
      intermediate_size: params["0.feed.up"]!.shape[1],
      num_hidden_layers: layers,
      num_attention_heads: heads,
      num_key_value_heads: keyHeads,
      head_dim: width / heads,
      hidden_act: gated ? "silu" : "relu2",
      max_position_embeddings: context,
      rms_norm_eps: EPSILON,
      rope_theta: THETA,
      rope_parameters: { rope_type: "default", rope_theta: THETA },
      tie_word_embeddings: !params.head,
      attention_bias: false,
      mlp_bias: false,
      attention_dropout: 0,
      torch_dtype: "float32",
      use_cache: true,
    },
    params: Object.fromEntries(renamed),
    left,
  };
}

/** [in, out] as [out, in]; a vector stays as it is. */
function turned({ shape, data }: Tensor): Tensor {
  const [rows, columns] = shape as [number, number?];
  if (columns === undefined) return { shape, data };
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  }
  return { shape: [columns, rows], data: out };
}
