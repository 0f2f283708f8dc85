import type { Params, Tensor } from "../../core/mod.ts";
import type { Projection, TransformerShape } from "../decoder.ts";

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
 * A transformer as the architecture that computes the same: `ArceeForCausalLM` (squared ReLU),
 * `LlamaForCausalLM` (gated SiLU) or `Qwen2ForCausalLM` (that with biases on queries, keys and
 * values). A RangeError where none of them does, as for learned positions.
 */
export function hub(shape: TransformerShape, params: Params): Hub {
  const { width, heads, keyHeads = heads, layers, vocabulary, context } = shape;
  const { headWidth = width / heads, epsilon = 1e-5, theta = 10000 } = shape;
  const left = Object.keys(params).filter((name) => name.startsWith("value."));
  const kept = Object.entries(params).filter(([name]) => !left.includes(name));
  return {
    config: {
      ...architecture(shape),
      vocab_size: vocabulary,
      hidden_size: width,
      intermediate_size: params["0.feed.up"]!.shape[1],
      num_hidden_layers: layers,
      num_attention_heads: heads,
      num_key_value_heads: keyHeads,
      head_dim: headWidth,
      max_position_embeddings: context,
      rms_norm_eps: epsilon,
      rope_theta: theta,
      rope_parameters: { rope_type: "default", rope_theta: theta },
      tie_word_embeddings: !params.head,
      attention_dropout: 0,
      torch_dtype: "float32",
      use_cache: true,
    },
    params: Object.fromEntries(kept.map(([name, tensor]) => {
      const { module, kind, part } = placed(name);
      return [`${module}.${kind}`, tables.includes(part) ? tensor : turned(tensor)];
    })),
    left,
  };
}

/** Where a parameter lies: `0.attention.query.bias` is the bias of `model.layers.0.self_attn.q_proj`. */
export function placed(
  name: string,
): { readonly module: string; readonly kind: "weight" | "bias"; readonly part: string } {
  const [, layer, part, bias] = name.match(/^(?:(\d+)\.)?(.+?)(\.bias)?$/)!;
  if (!Object.hasOwn(names, part!)) {
    throw new RangeError(
      `Cannot export parameter ${name}: expected one of ${Object.keys(names).join(", ")}`,
    );
  }
  const within = names[part as keyof typeof names];
  return {
    module: layer === undefined ? within : `model.layers.${layer}.${within}`,
    kind: bias === undefined ? "weight" : "bias",
    part: part!,
  };
}

/** What `config.json` says of the kind of network; a RangeError where transformers has none. */
export function architecture(shape: TransformerShape): { readonly [key: string]: unknown } {
  const { positions, norm = "rms", feedForward = "squaredRelu", biases = [] } = shape;
  const refuse = (what: string): never => {
    throw new RangeError(
      `Cannot export a transformer with ${what}: expected what ArceeForCausalLM, LlamaForCausalLM or Qwen2ForCausalLM has`,
    );
  };
  if (positions !== "rotary") refuse(`${positions} positions`);
  if (norm !== "rms") refuse(`a ${norm} norm`);
  const gated = feedForward === "silu";
  if (!gated && feedForward !== "squaredRelu") refuse(`a feed-forward block of ${feedForward}`);
  const all = (some: readonly Projection[]) => some.every((name) => biases.includes(name));
  const none = (some: readonly Projection[]) => !some.some((name) => biases.includes(name));
  const feed: readonly Projection[] = gated ? ["gate", "up", "down"] : ["up", "down"];
  const attention: readonly Projection[] = ["query", "key", "value", "output"];
  if (gated && all(["query", "key", "value"]) && none(["output", ...feed])) {
    return {
      architectures: ["Qwen2ForCausalLM"],
      model_type: "qwen2",
      hidden_act: "silu",
      use_sliding_window: false,
    };
  }
  if (!(all(attention) || none(attention)) || !(all(feed) || none(feed))) {
    refuse(`biases on ${biases.join(", ")} alone`);
  }
  return {
    architectures: [gated ? "LlamaForCausalLM" : "ArceeForCausalLM"],
    model_type: gated ? "llama" : "arcee",
    hidden_act: gated ? "silu" : "relu2",
    attention_bias: all(attention),
    mlp_bias: all(feed),
  };
}

/** [in, out] as [out, in], and back; a vector stays as it is. */
export function turned({ shape, data }: Tensor): Tensor {
  const [rows, columns] = shape as [number, number?];
  if (columns === undefined) return { shape, data };
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  }
  return { shape: [columns, rows], data: out };
}
