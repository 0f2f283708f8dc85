/** What a checkpoint's `config.json` says of its model, in the vocabulary of `transformer`. */
import { z } from "zod";
import type { Projection, TransformerShape } from "../decoder.ts";

/** A model without what is chosen when it is used. */
export type Architecture =
  & Omit<TransformerShape, "context" | "longest" | "stop" | "valueHead">
  & Required<Pick<TransformerShape, "keyHeads" | "headWidth" | "hidden" | "tied" | "biases">>;

export interface Config {
  readonly family: ModelFamily;
  readonly shape: Architecture;
  /** Most tokens of prompt and answer together. */
  readonly context: number;
  /** The token that ends a text, where the file names one. */
  readonly end?: number;
}
export type ModelFamily = "llama" | "arcee" | "qwen2" | "gpt2";

/** Above any model there is, and small enough that a list of names is harmless. */
const count = z.int().min(1).max(2 ** 31 - 1);
const layers = z.int().min(1).max(1000);
/** What keeps a norm from dividing by 0. */
const epsilon = z.number().positive().max(1);
const ending = z.union([z.int().min(0), z.array(z.int().min(0)).min(1)]).nullish();

/** Options of any family that change what a model computes and are not supported. */
const common = z.looseObject({
  model_type: z.string(),
  architectures: z.array(z.string()).nullish(),
  quantization_config: z.unknown().optional(),
});

const rope = z.looseObject({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: z.number().positive().optional(),
}).nullish();

const gated = z.looseObject({
  vocab_size: count,
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: layers,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  hidden_act: z.string().optional(),
  max_position_embeddings: count,
  rms_norm_eps: epsilon.default(1e-6),
  rope_theta: z.number().positive().default(10000),
  rope_parameters: rope,
  rope_scaling: rope,
  partial_rotary_factor: z.number().default(1),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  use_sliding_window: z.boolean().default(false),
  layer_types: z.array(z.string()).nullish(),
  tie_word_embeddings: z.boolean().default(false),
  eos_token_id: ending,
});

const gpt2 = z.looseObject({
  vocab_size: count,
  n_positions: count,
  n_embd: count,
  n_layer: layers,
  n_head: count,
  n_inner: count.nullish(),
  activation_function: z.string().default("gelu_new"),
  layer_norm_epsilon: epsilon.default(1e-5),
  scale_attn_weights: z.boolean().default(true),
  scale_attn_by_inverse_layer_idx: z.boolean().default(false),
  add_cross_attention: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(true),
  eos_token_id: ending,
});

interface Reader {
  readonly architecture: string;
  read(json: unknown, file: string): Omit<Config, "family">;
}
const readers: { readonly [family in ModelFamily]: Reader } = {
  llama: {
    architecture: "LlamaForCausalLM",
    read(json, file) {
      const config = parse(gated, json, file);
      return readGated(config, file, biasesOf(config, ["gate", "up", "down"]));
    },
  },
  arcee: {
    architecture: "ArceeForCausalLM",
    read(json, file) {
      const config = parse(gated, json, file);
      return readGated(config, file, biasesOf(config, ["up", "down"]), "squaredRelu");
    },
  },
  qwen2: {
    architecture: "Qwen2ForCausalLM",
    read: (json, file) => readGated(parse(gated, json, file), file, ["query", "key", "value"]),
  },
  gpt2: { architecture: "GPT2LMHeadModel", read: readGpt2 },
};

const known = Object.values(readers).map(({ architecture }) => architecture).join(", ");

/**
 * Reads `config.json`. A SyntaxError where it is damaged; a RangeError that names what is missing
 * where the model is of another architecture or uses what is not supported.
 */
export function readConfig(json: unknown, file: string): Config {
  const { model_type, architectures, quantization_config } = parse(common, json, file);
  const named = architectures?.[0];
  const reader = Object.hasOwn(readers, model_type)
    ? readers[model_type as ModelFamily]
    : undefined;
  if (!reader || (named !== undefined && named !== reader.architecture)) {
    throw new RangeError(
      `Cannot load ${file}: its architecture is ${
        JSON.stringify(named ?? model_type)
      }, and supported are ${known}`,
    );
  }
  refuse(file, "quantization_config", quantization_config ?? null, null, "quantised weights");
  return { family: model_type as ModelFamily, ...reader.read(json, file) };
}

function biasesOf(
  { attention_bias, mlp_bias }: z.infer<typeof gated>,
  feed: readonly Projection[],
): Projection[] {
  const attention: readonly Projection[] = ["query", "key", "value", "output"];
  return [...attention_bias ? attention : [], ...mlp_bias ? feed : []];
}

/** LLaMA's shape, and Arcee's, which has no gate. */
function readGated(
  config: z.infer<typeof gated>,
  file: string,
  biases: readonly Projection[],
  feedForward: "silu" | "squaredRelu" = "silu",
): Omit<Config, "family"> {
  const { rope_parameters, rope_scaling } = config;
  const usual = feedForward === "silu" ? "silu" : "relu2";
  refuse(file, "hidden_act", config.hidden_act ?? usual, usual, "other activations");
  for (const [field, found] of Object.entries({ rope_parameters, rope_scaling })) {
    const nested = Object.values(found ?? {}).some((value) => typeof value === "object");
    refuse(file, field, nested ? "nested" : "flat", "flat", "angles that differ by layer");
    const kind = found?.rope_type ?? found?.type ?? "default";
    refuse(file, `${field}.rope_type`, kind, "default", "scaled rotary positions");
  }
  refuse(file, "partial_rotary_factor", config.partial_rotary_factor, 1, "partly rotated heads");
  refuse(file, "use_sliding_window", config.use_sliding_window, false, "sliding windows");
  for (const type of config.layer_types ?? []) {
    refuse(file, "layer_types", type, "full_attention", "layers of other attention");
  }
  const { num_attention_heads: heads, num_key_value_heads, hidden_size: width } = config;
  return {
    context: config.max_position_embeddings,
    ...endOf(config.eos_token_id),
    shape: {
      vocabulary: config.vocab_size,
      layers: config.num_hidden_layers,
      width,
      heads,
      keyHeads: num_key_value_heads ?? heads,
      headWidth: config.head_dim ?? width / heads,
      feedForward,
      hidden: config.intermediate_size,
      norm: "rms",
      epsilon: config.rms_norm_eps,
      biases,
      positions: "rotary",
      theta: rope_parameters?.rope_theta ?? rope_scaling?.rope_theta ?? config.rope_theta,
      tied: config.tie_word_embeddings,
    },
  };
}

const activations: { readonly [name: string]: TransformerShape["feedForward"] } = {
  gelu: "gelu",
  gelu_new: "geluTanh",
  gelu_pytorch_tanh: "geluTanh",
};

function readGpt2(json: unknown, file: string): Omit<Config, "family"> {
  const config = parse(gpt2, json, file);
  const feedForward = Object.hasOwn(activations, config.activation_function)
    ? activations[config.activation_function]
    : undefined;
  if (!feedForward) {
    const names = Object.keys(activations).join(" or ");
    refuse(file, "activation_function", config.activation_function, names, "other activations");
  }
  refuse(file, "scale_attn_weights", config.scale_attn_weights, true, "unscaled attention");
  refuse(
    file,
    "scale_attn_by_inverse_layer_idx",
    config.scale_attn_by_inverse_layer_idx,
    false,
    "attention scaled by layer",
  );
  refuse(file, "add_cross_attention", config.add_cross_attention, false, "cross-attention");
  const { n_embd: width, n_head: heads } = config;
  return {
    context: config.n_positions,
    ...endOf(config.eos_token_id),
    shape: {
      vocabulary: config.vocab_size,
      layers: config.n_layer,
      width,
      heads,
      keyHeads: heads,
      headWidth: width / heads,
      feedForward: feedForward!,
      hidden: config.n_inner ?? 4 * width,
      norm: "layer",
      epsilon: config.layer_norm_epsilon,
      biases: ["query", "key", "value", "output", "up", "down"],
      positions: "learned",
      tied: config.tie_word_embeddings,
    },
  };
}

const endOf = (id: z.infer<typeof ending>): { end?: number } => {
  const end = Array.isArray(id) ? id[0] : id ?? undefined;
  return end === undefined ? {} : { end };
};

function refuse(file: string, field: string, found: unknown, expected: unknown, missing: string) {
  if (found === expected) return;
  throw new RangeError(
    `Cannot load ${file}: field "${field}" must be ${expected}, as ${missing} are not supported: ` +
      `current value is ${JSON.stringify(found)}`,
  );
}

function parse<T>(schema: z.ZodType<T>, json: unknown, file: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SyntaxError(
    `Cannot read ${file}: field "${issue!.path.join(".")}": ${issue!.message}`,
  );
}
