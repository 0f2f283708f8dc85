import { type Params, size, type Tensor } from "../../core/mod.ts";
import { arraysOf, type ArraySource } from "../checkpoint/arrays.ts";
import type { Architecture, ModelFamily } from "../checkpoint/config.ts";
import type { Projection, TransformerShape } from "../decoder.ts";

/** A transformer under the names and in the layout of Hugging Face's checkpoints. */
export interface Hub {
  /** What `config.json` says of the network itself. */
  readonly config: { readonly [key: string]: unknown };
  /** Arrays as a checkpoint holds them. */
  readonly params: Params;
  /** Parameters that the layout has no place for: those of a head of values or vectors. */
  readonly left: readonly string[];
}

/**
 * A transformer as the architecture that computes the same: `LlamaForCausalLM` (gated SiLU),
 * `ArceeForCausalLM` (squared ReLU), `Qwen2ForCausalLM` (LLaMA's with biases on queries, keys and
 * values) or `GPT2LMHeadModel`. A RangeError where none of them does.
 */
export function hub(shape: TransformerShape, params: Params): Hub {
  const family = familyOf(shape);
  const sources = sourcesOf(shape, params);
  const left = Object.keys(params).filter((name) => /^(value|vector)\./.test(name));
  const placed = new Set(sources.flatMap(({ targets }) => targets.map(({ param }) => param)));
  const [stranger] = Object.keys(params).filter((name) =>
    !placed.has(name) && !left.includes(name)
  );
  if (stranger !== undefined) {
    throw new RangeError(
      `Cannot export parameter ${stranger}: expected ${[...placed].join(", ")}`,
    );
  }
  return {
    config: configs[family](shape, params),
    params: Object.fromEntries(sources.map((source) => [source.name, gathered(source, params)])),
    left,
  };
}

/**
 * The module of each weight, as PEFT names it: `model.layers.0.self_attn.q_proj`. Undefined for GPT-2,
 * whose queries, keys and values are one module.
 */
export function modules(
  shape: TransformerShape,
  params: Params,
): ReadonlyMap<string, string> | undefined {
  if (familyOf(shape) === "gpt2") return undefined;
  return new Map(
    sourcesOf(shape, params).filter(({ name }) => name.endsWith(".weight")).map((
      { name, targets: [target] },
    ) => [target!.param, name.slice(0, -".weight".length)]),
  );
}

/** [in, out] as [out, in], and back; a vector stays as it is. */
export function transposed({ shape, data }: Tensor): Tensor {
  const [rows, columns] = shape as [number, number?];
  if (columns === undefined) return { shape, data };
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  }
  return { shape: [columns, rows], data: out };
}

function sourcesOf(shape: TransformerShape, params: Params): readonly ArraySource[] {
  const { keyHeads = shape.heads, headWidth = shape.width / shape.heads, biases = [] } = shape;
  const hidden = params["0.feed.up"]!.shape[1]!;
  const full: Architecture = { ...shape, keyHeads, headWidth, hidden, tied: !params.head, biases };
  const config = { family: familyOf(shape), shape: full, context: contextOf(shape, params) };
  return arraysOf(config, new Set()).sources;
}

/** A table of learned positions may be longer than what a testbed reads. */
const contextOf = (shape: TransformerShape, params: Params): number =>
  params.positions?.shape[0] ?? shape.context;

/** An array of a checkpoint from the parameters that are its columns. */
function gathered({ name, shape, targets }: ArraySource, params: Params): Tensor {
  const columns = shape.at(-1)!;
  const rows = size(shape) / columns;
  const out = new Float32Array(rows * columns);
  for (const { param, from, to, turned } of targets) {
    const width = to - from;
    const data = params[param]?.data;
    if (data?.length !== rows * width) {
      throw new RangeError(
        `Cannot export ${param} as ${name}: expected ${rows * width} numbers, found ${
          data?.length ?? "none"
        }`,
      );
    }
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < width; c++) {
        out[r * columns + from + c] = data[turned ? c * rows + r : r * width + c]!;
      }
    }
  }
  return { shape, data: out };
}

const attention: readonly Projection[] = ["query", "key", "value", "output"];

function familyOf(shape: TransformerShape): ModelFamily {
  const { positions, norm = "rms", feedForward = "squaredRelu", biases = [] } = shape;
  const { width, heads, keyHeads = heads, headWidth = width / heads } = shape;
  const refuse = (what: string): never => {
    throw new RangeError(
      `Cannot export a transformer with ${what}: expected what LlamaForCausalLM, ArceeForCausalLM, Qwen2ForCausalLM or GPT2LMHeadModel has`,
    );
  };
  if (shape.patches) refuse("patches of an image");
  const all = (some: readonly Projection[]) => some.every((name) => biases.includes(name));
  const none = (some: readonly Projection[]) => !some.some((name) => biases.includes(name));
  if (norm === "layer") {
    if (positions !== "learned") refuse(`a layer norm and ${positions} positions`);
    if (!feedForward.startsWith("gelu")) refuse(`a layer norm and ${feedForward}`);
    if (keyHeads !== heads || headWidth * heads !== width) refuse("a layer norm and shared keys");
    if (!all([...attention, "up", "down"])) refuse("a layer norm and not every bias");
    return "gpt2";
  }
  if (positions !== "rotary") refuse(`${positions} positions and no layer norm`);
  const gated = feedForward === "silu";
  if (!gated && feedForward !== "squaredRelu") refuse(`${feedForward} and no layer norm`);
  const feed: readonly Projection[] = gated ? ["gate", "up", "down"] : ["up", "down"];
  if (gated && all(["query", "key", "value"]) && none(["output", ...feed])) return "qwen2";
  if (!(all(attention) || none(attention)) || !(all(feed) || none(feed))) {
    refuse(`biases on ${biases.join(", ")} alone`);
  }
  return gated ? "llama" : "arcee";
}

type Describe = (shape: TransformerShape, params: Params) => Hub["config"];

/** What LLaMA's descendants say alike. */
const rotary =
  (architecture: string, model: ModelFamily, act: string): Describe => (shape, params) => {
    const { width, heads, keyHeads = heads, headWidth = width / heads, theta = 10000 } = shape;
    const { biases = [] } = shape;
    return {
      architectures: [architecture],
      model_type: model,
      hidden_act: act,
      vocab_size: shape.vocabulary,
      hidden_size: width,
      intermediate_size: params["0.feed.up"]!.shape[1],
      num_hidden_layers: shape.layers,
      num_attention_heads: heads,
      num_key_value_heads: keyHeads,
      head_dim: headWidth,
      max_position_embeddings: shape.context,
      rms_norm_eps: shape.epsilon ?? 1e-5,
      rope_theta: theta,
      rope_parameters: { rope_type: "default", rope_theta: theta },
      tie_word_embeddings: !params.head,
      attention_dropout: 0,
      torch_dtype: "float32",
      use_cache: true,
      ...model === "qwen2"
        ? { use_sliding_window: false }
        : { attention_bias: biases.includes("output"), mlp_bias: biases.includes("down") },
    };
  };

const gpt2: Describe = (shape, params) => ({
  architectures: ["GPT2LMHeadModel"],
  model_type: "gpt2",
  activation_function: shape.feedForward === "gelu" ? "gelu" : "gelu_new",
  vocab_size: shape.vocabulary,
  n_positions: contextOf(shape, params),
  n_embd: shape.width,
  n_layer: shape.layers,
  n_head: shape.heads,
  n_inner: params["0.feed.up"]!.shape[1],
  layer_norm_epsilon: shape.epsilon ?? 1e-5,
  scale_attn_weights: true,
  attn_pdrop: 0,
  embd_pdrop: 0,
  resid_pdrop: 0,
  tie_word_embeddings: !params.head,
  torch_dtype: "float32",
  use_cache: true,
});

const configs: { readonly [family in ModelFamily]: Describe } = {
  llama: rotary("LlamaForCausalLM", "llama", "silu"),
  arcee: rotary("ArceeForCausalLM", "arcee", "relu2"),
  qwen2: rotary("Qwen2ForCausalLM", "qwen2", "silu"),
  gpt2,
};
