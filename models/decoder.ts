import {
  concat,
  constant,
  type Expr,
  type Feeds,
  gelu,
  geluTanh,
  layerNorm,
  matmul,
  rmsNorm,
  rotary,
  silu,
  softmax,
  squaredRelu,
  take,
  Unsuited,
} from "../core/mod.ts";
import type { PatchShape } from "./patches.ts";

/** The size and the kind of a transformer. */
export interface TransformerShape {
  readonly vocabulary: number;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** Heads of keys and values; each serves heads / keyHeads queries (arXiv 2305.13245). All of them by default. */
  readonly keyHeads?: number;
  /** Width of a head; width / heads by default. */
  readonly headWidth?: number;
  /** f(x W) W′ for f = max(·, 0)², GELU or its tanh form, or SiLU(x W₁) ⊙ (x W₂) W′ (arXiv 2002.05202). */
  readonly feedForward?: FeedForward;
  /** Width between W and W′; 4 times the model's by default, 8/3 for SiLU. */
  readonly hidden?: number;
  /** RMSNorm with a gain, or LayerNorm with a gain and a shift; "rms" by default. */
  readonly norm?: "rms" | "layer";
  /** What a norm adds to the mean square or the variance; 1e-5 by default. */
  readonly epsilon?: number;
  /** The products that add a bias; none by default. */
  readonly biases?: readonly Projection[];
  readonly positions: "rotary" | "learned";
  /** Pair i of a head of width d turns by t / theta^(2i / d) at place t (arXiv 2104.09864); 10,000 by default. */
  readonly theta?: number;
  /** Most tokens of prompt and answer together. */
  readonly context: number;
  /** Most tokens of a sampled answer, what a prompt has begun of it included. */
  readonly longest: number;
  /** Whether the output layer is the embedding; true by default. */
  readonly tied?: boolean;
  /** A scalar head on the last hidden state; false by default. */
  readonly valueHead?: boolean;
  /** The token that ends an answer. */
  readonly stop: number;
  /** Tokens that end a step or a turn within one; none by default. */
  readonly pauses?: readonly number[];
  /** The image that every prompt begins with, embedded by one product (arXiv 2010.11929); none by default. */
  readonly patches?: PatchShape;
}

/** The feed-forward block's function. */
export type FeedForward = "squaredRelu" | "gelu" | "geluTanh" | "silu";
/** The products of a layer: four in its attention, three in its feed-forward block. */
export type Projection = "query" | "key" | "value" | "output" | "gate" | "up" | "down";

/** What the training pass and the sampling pass share. */
export interface Decoder {
  /**
   * The whole sequence [T, B]: hidden states [T·B, D] under the final norm without its gain (and
   * shift), and each layer's keys and values [T·B, H′·d]. Patches [count, B, numbers] are read in
   * place of the first tokens.
   */
  run(params: Feeds, tokens: Expr, patches?: Expr): { readonly state: Expr; readonly cache: Cache };
  /**
   * One more token [B] at its place, given what came before as caches [B, H′, t, d]; the cache found
   * is theirs with one step more. But where not all of it is filled yet, and `mask` [t] is 0 at what
   * there is and a large negative number elsewhere, the cache found is the step's own alone,
   * [B, H′·d]: many rows are better not copied.
   */
  next(params: Feeds, tokens: Expr, place: Position, past: Cache, mask?: Expr): {
    readonly logits: Expr;
    readonly cache: Cache;
  };
  /** [N, V] of such states. */
  logits(params: Feeds, state: Expr): Expr;
  /** [N] */
  value(params: Feeds, state: Expr): Expr;
  /** [N, numbers] */
  vectors(params: Feeds, state: Expr): Expr;
}
type Cache = readonly KeysAndValues[];
interface KeysAndValues {
  readonly key: Expr;
  readonly value: Expr;
}

/** Where a token stands: its row of a learned table [1, D], or its angles' cosines and sines [1, d/2]. */
export interface Position {
  readonly learned?: Expr;
  readonly cos?: Expr;
  readonly sin?: Expr;
}

/** What a feed-forward block without a gate does to its hidden layer. */
const activations = { squaredRelu, gelu, geluTanh } as const;

export function decoder(shape: TransformerShape): Decoder {
  const { width, heads, keyHeads = heads, layers, norm = "rms", epsilon = 1e-5 } = shape;
  const { headWidth: d = width / heads, theta } = shape;
  const alpha = 1 / Math.sqrt(d);
  const { shifted, folding, riding, queried, attended, fed } = layer(shape);

  const output = (params: Feeds) => params.head ?? params.embed!;
  const gained = (params: Feeds, state: Expr) => state.mul(params.norm!).add(params["norm.shift"]!);
  /** The product of a head with states under the whole norm. */
  const read = (params: Feeds, state: Expr, weight: Expr) =>
    norm === "layer"
      ? matmul(gained(params, state), weight)
      : matmul(state, weight.mul(params.norm!.reshape(width, 1)));

  return {
    logits: (params, state) =>
      norm === "layer"
        ? matmul(gained(params, state), output(params), { transB: true })
        : matmul(state, output(params).mul(params.norm!), { transB: true }),
    value(params, state) {
      const weight = params["value.weight"];
      if (!weight) throw new Unsuited("Cannot value an answer: it has no value head");
      return read(params, state, weight).add(params["value.bias"]!).sum(1);
    },
    vectors(params, state) {
      const weight = params["vector.weight"];
      if (!weight) throw new Unsuited("Cannot read a vector of an answer: there is no such head");
      return read(params, state, weight);
    },
    run(params, tokens, patches) {
      const [steps, batch] = tokens.shape as [number, number];
      const place = angles(shape.positions, steps, d / 2, theta);
      const mask = causal(steps, heads / keyHeads);
      let x = take(params.embed!, tokens);
      if (patches) {
        const image = embedded(params, patches);
        x = concat([image, x.slice(0, image.shape[0]!, steps)], 0);
      }
      if (params.positions) {
        x = x.add(params.positions.slice(0, 0, steps).reshape(steps, 1, width));
      }
      x = x.reshape(steps * batch, width);
      const cache = [];
      for (let l = 0; l < layers; l++) {
        const found = queried(folding, params, l, x, [steps, batch], place);
        x = attended(params, l, x, attention(found, mask, alpha));
        x = fed(folding, params, l, x);
        cache.push(flat(found));
      }
      return { state: norm === "layer" ? layerNorm(x, epsilon) : rmsNorm(x, epsilon), cache };
    },
    next(params, tokens, place, past, mask) {
      const [batch] = tokens.shape as [number];
      // A product by few rows is faster without a scale, so the queries are turned to their scale.
      const asking = place.cos
        ? { cos: place.cos.mul(alpha), sin: place.sin!.mul(alpha) }
        : { scale: alpha };
      let x = take(params.embed!, tokens);
      if (place.learned) x = x.add(place.learned);
      const cache = [];
      for (let l = 0; l < layers; l++) {
        const found = queried(riding, params, l, x, [1, batch], place, asking);
        const { mixed, kept } = nextAttention(found, past[l]!, mask);
        x = attended(params, l, x, mixed);
        x = fed(riding, params, l, x);
        cache.push(kept);
      }
      const state = norm === "layer"
        ? shifted(params, x, "norm")
        : rmsNorm(x, epsilon, params.norm!);
      return { logits: matmul(state, output(params), { transB: true }), cache };
    },
  };
}

/** Patches [count, B, numbers] as embeddings [count, B, D], each with that of its place in the image. */
function embedded(params: Feeds, patches: Expr): Expr {
  const [count, batch, numbers] = patches.shape as [number, number, number];
  const rows = matmul(patches.reshape(count * batch, numbers), params["patch.weight"]!);
  const width = rows.shape[1]!;
  return rows.reshape(count, batch, width)
    .add(params["patch.place"]!.reshape(count, 1, width));
}

/** Products of the normed x with weights of its block. */
type Reader = (params: Feeds, x: Expr, name: string) => (weight: string) => Expr;

/** What a layer's attention is made of: [T, B, H, d], keys and values [T, B, H′, d]. */
interface Queried extends KeysAndValues {
  readonly query: Expr;
}

/** What both passes do in a layer, around the attention itself; they differ in where a norm's gain goes. */
function layer(shape: TransformerShape) {
  const { width, heads, keyHeads = heads, norm = "rms", epsilon = 1e-5 } = shape;
  const { headWidth: d = width / heads, feedForward = "squaredRelu" } = shape;

  /** x W; with (x A) B where the weight has an update of low rank, and with its bias. */
  const project = (params: Feeds, x: Expr, weight: string, gain?: Expr): Expr => {
    const times = (w: Expr) => matmul(x, gain ? w.mul(gain) : w);
    const [a, b, bias] = ["lora.a", "lora.b", "bias"].map((part) => params[`${weight}.${part}`]);
    const product = times(params[weight]!);
    const updated = a && b ? product.add(matmul(times(a), b)) : product;
    return bias ? updated.add(bias) : updated;
  };
  const shifted = (params: Feeds, x: Expr, name: string): Expr =>
    layerNorm(x, epsilon).mul(params[name]!).add(params[`${name}.shift`]!);
  /** Training: the gain is folded into the weights, as rows are many, weights few, and both have gradients. */
  const folding: Reader = (params, x, name) => {
    if (norm === "layer") return riding(params, x, name);
    const y = rmsNorm(x, epsilon);
    return (weight) => project(params, y, weight, params[name]!.reshape(width, 1));
  };
  /** Sampling: the gain rides on the norm, as rows are few. */
  const riding: Reader = (params, x, name) => {
    const y = norm === "layer" ? shifted(params, x, name) : rmsNorm(x, epsilon, params[name]!);
    return (weight) => project(params, y, weight);
  };

  /** Queries, keys and values of layer l, turned to their places. */
  const queried = (
    reader: Reader,
    params: Feeds,
    l: number,
    x: Expr,
    [steps, batch]: readonly [number, number],
    place: Position,
    asking: Position & { readonly scale?: number } = place,
  ): Queried => {
    const read = reader(params, x, `${l}.attention.norm`);
    const of = (name: string, count: number) =>
      read(`${l}.attention.${name}`).reshape(steps, batch, count, d);
    const turn = (z: Expr, { cos, sin }: Position) => cos ? rotary(z, cos, sin!) : z;
    const query = turn(of("query", heads), asking);
    return {
      query: asking.scale ? query.mul(asking.scale) : query,
      key: turn(of("key", keyHeads), place),
      value: of("value", keyHeads),
    };
  };
  /** x with what attention mixed, [N, H·d], added. */
  const attended = (params: Feeds, l: number, x: Expr, mixed: Expr): Expr =>
    x.add(project(params, mixed, `${l}.attention.output`));
  /** x with what the feed-forward block makes of it added. */
  const fed = (reader: Reader, params: Feeds, l: number, x: Expr): Expr => {
    const read = reader(params, x, `${l}.feed.norm`);
    const up = read(`${l}.feed.up`);
    const active = feedForward === "silu"
      ? silu(read(`${l}.feed.gate`)).mul(up)
      : activations[feedForward](up);
    return x.add(project(params, active, `${l}.feed.down`));
  };
  return { shifted, folding, riding, queried, attended, fed };
}

/** A whole sequence at once: softmax(alpha Q Kᵀ + mask) V as [T·B, H·d], for a mask [T·G, T]. */
function attention({ query, key, value }: Queried, mask: Expr, alpha: number): Expr {
  const [steps, batch, heads, d] = query.shape as [number, number, number, number];
  const keyHeads = key.shape[2]!;
  const group = heads / keyHeads;
  // The queries that share a key stand in for more steps.
  const asked = group === 1
    ? query
    : query.reshape(steps, batch, keyHeads, group, d).transpose(0, 3, 1, 2, 4)
      .reshape(steps * group, batch, keyHeads, d);
  const scores = matmul(asked, key, { batchA: true, batchB: true, transB: true, alpha });
  const mixed = matmul(softmax(scores.add(mask)), value, { batchB: true });
  const timed = mixed.transpose(2, 0, 1, 3);
  const joined = group === 1
    ? timed
    : timed.reshape(steps, group, batch, keyHeads, d).transpose(0, 2, 3, 1, 4);
  return joined.reshape(steps * batch, heads * d);
}

/** One more step, whose queries are scaled already: what it mixes, [B, H·d], and what `Decoder.next` keeps of it. */
function nextAttention(
  { query, key, value }: Queried,
  { key: keys, value: values }: KeysAndValues,
  mask: Expr | undefined,
): { readonly mixed: Expr; readonly kept: KeysAndValues } {
  const [, batch, heads, d] = query.shape as [number, number, number, number];
  const keyHeads = key.shape[2]!;
  const asked = query.reshape(batch, keyHeads, heads / keyHeads, d);
  const own = {
    key: key.reshape(batch, keyHeads, 1, d),
    value: value.reshape(batch, keyHeads, 1, d),
  };
  if (!mask) {
    const all = {
      key: concat([keys, own.key], 2),
      value: concat([values, own.value], 2),
    };
    const mixed = matmul(softmax(matmul(asked, all.key, { transB: true })), all.value);
    return { mixed: mixed.reshape(batch, heads * d), kept: all };
  }
  const before = matmul(asked, keys, { transB: true }).add(mask);
  // Not a product: a head's would be of one row and one column.
  const self = asked.mul(own.key).sum(3, true);
  // Scores are joined, not caches: those are never copied.
  const weights = softmax(concat([before, self], 3));
  const t = keys.shape[2]!;
  const mixed = matmul(weights.slice(3, 0, t), values)
    .add(weights.slice(3, t, t + 1).mul(own.value));
  return { mixed: mixed.reshape(batch, heads * d), kept: flat({ key, value }) };
}

/** Keys and values as rows [T·B, H′·d]. */
function flat({ key, value }: KeysAndValues): KeysAndValues {
  const [steps, batch, heads, d] = key.shape as [number, number, number, number];
  const rows = (x: Expr) => x.reshape(steps * batch, heads * d);
  return { key: rows(key), value: rows(value) };
}

/** Angles of positions 0 to steps − 1, as constants of the graph; nothing for learned positions. */
function angles(
  positions: TransformerShape["positions"],
  steps: number,
  half: number,
  theta?: number,
): Position {
  if (positions === "learned") return {};
  const table = Array.from({ length: steps }, (_, t) => turns(t, half, theta));
  return {
    cos: constant(table.flatMap(({ cos }) => cos), [steps, half]),
    sin: constant(table.flatMap(({ sin }) => sin), [steps, half]),
  };
}

/** Cosines and sines of place t: pair i turns by t / theta^(i / half). */
export function turns(
  t: number,
  half: number,
  theta = 10000,
): { cos: number[]; sin: number[] } {
  const angle = Array.from({ length: half }, (_, i) => t / theta ** (i / half));
  return { cos: angle.map(Math.cos), sin: angle.map(Math.sin) };
}

/** A larger mask is computed from its places, as every graph keeps its constants. */
const LARGEST_CONSTANT = 2 ** 17;

/** [T·G, T]: 0 up to the step itself, −1e9 beyond it; each step stands in G rows. */
function causal(steps: number, group: number): Expr {
  const rows = steps * group;
  const step = (row: number) => Math.floor(row / group);
  if (rows * steps > LARGEST_CONSTANT) {
    const asking = constant(Array.from({ length: rows }, (_, row) => step(row)), [rows, 1]);
    const asked = constant(Array.from({ length: steps }, (_, t) => t), [1, steps]);
    return asking.less(asked).mul(-1e9);
  }
  const values = Array.from(
    { length: rows * steps },
    (_, i) => i % steps <= step(Math.floor(i / steps)) ? 0 : -1e9,
  );
  return constant(values, [rows, steps]);
}
