/** Which arrays of a checkpoint's files are which parameters of a `transformer`. */
import type { Projection } from "../decoder.ts";
import type { Config, ModelFamily } from "./config.ts";

/** An array of a file as it must be, and the parameters it becomes. */
export interface ArraySource {
  readonly name: string;
  readonly shape: readonly number[];
  readonly targets: readonly Target[];
}

/** Columns `from` to `to` (excluded) of the last axis; `turned` if the parameter is their transpose. */
export interface Target {
  readonly param: string;
  readonly from: number;
  readonly to: number;
  readonly turned: boolean;
}

export interface Arrays {
  readonly sources: readonly ArraySource[];
  /** Whether an array that is none of them may be there all the same, unread. */
  ignored(name: string): boolean;
}

/** `names` are the arrays found: some files leave out a prefix. */
export function arraysOf(config: Config, names: ReadonlySet<string>): Arrays {
  return families[config.family](config, names);
}

const families: {
  readonly [family in ModelFamily]: (config: Config, names: ReadonlySet<string>) => Arrays;
} = { llama: gated, arcee: gated, qwen2: gated, gpt2 };

const whole = (name: string, param: string, ...shape: readonly number[]): ArraySource => ({
  name,
  shape,
  targets: [{ param, from: 0, to: shape.at(-1)!, turned: false }],
});

function gated({ shape }: Config): Arrays {
  const { vocabulary, width, hidden, heads, keyHeads, headWidth, biases } = shape;
  const [queries, keys] = [heads * headWidth, keyHeads * headWidth];
  /** PyTorch's linear layers keep [out, in]. */
  const linear = (
    name: string,
    param: string,
    which: Projection,
    from: number,
    to: number,
  ): ArraySource[] => [
    {
      name: `${name}.weight`,
      shape: [to, from],
      targets: [{ param: `${param}.${which}`, from: 0, to: from, turned: true }],
    },
    ...biases.includes(which) ? [whole(`${name}.bias`, `${param}.${which}.bias`, to)] : [],
  ];
  return {
    sources: [
      whole("model.embed_tokens.weight", "embed", vocabulary, width),
      ...Array.from({ length: shape.layers }, (_, l) => {
        const at = `model.layers.${l}`;
        const [attention, feed] = [`${l}.attention`, `${l}.feed`];
        return [
          whole(`${at}.input_layernorm.weight`, `${attention}.norm`, width),
          ...linear(`${at}.self_attn.q_proj`, attention, "query", width, queries),
          ...linear(`${at}.self_attn.k_proj`, attention, "key", width, keys),
          ...linear(`${at}.self_attn.v_proj`, attention, "value", width, keys),
          ...linear(`${at}.self_attn.o_proj`, attention, "output", queries, width),
          whole(`${at}.post_attention_layernorm.weight`, `${feed}.norm`, width),
          ...shape.feedForward === "silu"
            ? linear(`${at}.mlp.gate_proj`, feed, "gate", width, hidden)
            : [],
          ...linear(`${at}.mlp.up_proj`, feed, "up", width, hidden),
          ...linear(`${at}.mlp.down_proj`, feed, "down", hidden, width),
        ];
      }).flat(),
      whole("model.norm.weight", "norm", width),
      ...shape.tied ? [] : [whole("lm_head.weight", "head", vocabulary, width)],
    ],
    // Angles that old versions saved, and an output layer that is the embedding again.
    ignored: (name) =>
      /^model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/.test(name) ||
      (shape.tied && name === "lm_head.weight"),
  };
}

function gpt2({ shape, context }: Config, names: ReadonlySet<string>): Arrays {
  const { vocabulary, width, hidden } = shape;
  // Files saved without the output layer, as GPT-2's own, have no prefix.
  const prefix = names.has("wte.weight") ? "" : "transformer.";
  const norm = (name: string, param: string): ArraySource[] => [
    whole(`${name}.weight`, param, width),
    whole(`${name}.bias`, `${param}.shift`, width),
  ];
  /** GPT-2 keeps [in, out]. */
  const linear = (name: string, param: string, from: number, to: number): ArraySource[] => [
    whole(`${name}.weight`, param, from, to),
    whole(`${name}.bias`, `${param}.bias`, to),
  ];
  return {
    sources: [
      whole(`${prefix}wte.weight`, "embed", vocabulary, width),
      whole(`${prefix}wpe.weight`, "positions", context, width),
      ...Array.from({ length: shape.layers }, (_, l) => {
        const at = `${prefix}h.${l}`;
        const [attention, feed] = [`${l}.attention`, `${l}.feed`];
        return [
          ...norm(`${at}.ln_1`, `${attention}.norm`),
          ...fused(`${at}.attn.c_attn`, attention, width),
          ...linear(`${at}.attn.c_proj`, `${attention}.output`, width, width),
          ...norm(`${at}.ln_2`, `${feed}.norm`),
          ...linear(`${at}.mlp.c_fc`, `${feed}.up`, width, hidden),
          ...linear(`${at}.mlp.c_proj`, `${feed}.down`, hidden, width),
        ];
      }).flat(),
      ...norm(`${prefix}ln_f`, "norm"),
      ...shape.tied ? [] : [whole("lm_head.weight", "head", vocabulary, width)],
    ],
    // Causal masks that old versions saved, and an output layer that is the embedding again.
    ignored: (name) =>
      /^(transformer\.)?h\.\d+\.attn\.(masked_)?bias$/.test(name) ||
      (shape.tied && name === "lm_head.weight"),
  };
}

/** Queries, keys and values side by side in one product. */
function fused(name: string, param: string, width: number): ArraySource[] {
  const targets = (suffix: string): Target[] =>
    ["query", "key", "value"].map((which, i) => ({
      param: `${param}.${which}${suffix}`,
      from: i * width,
      to: (i + 1) * width,
      turned: false,
    }));
  return [
    { name: `${name}.weight`, shape: [width, 3 * width], targets: targets("") },
    { name: `${name}.bias`, shape: [3 * width], targets: targets(".bias") },
  ];
}
