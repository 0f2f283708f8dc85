import {
  concat,
  constant,
  type Expr,
  type Feeds,
  matmul,
  rmsNorm,
  rotary,
  silu,
  softmax,
  squaredRelu,
  take,
} from "../core/mod.ts";

export interface TransformerShape {
  readonly vocabulary: number;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** Heads of keys and values; each serves heads / keyHeads queries (arXiv 2305.13245). All of them by default. */
  readonly keyHeads?: number;
  /** max(x W, 0)² W′ at 4 times the width, or SiLU(x W₁) ⊙ (x W₂) W′ at 8/3 (arXiv 2002.05202). */
  readonly feedForward?: "squaredRelu" | "silu";
  readonly positions: "rotary" | "learned";
  /** Most tokens of prompt and answer together. */
  readonly context: number;
  /** Most tokens of a sampled answer. */
  readonly longest: number;
  /** Whether the output layer is the embedding; true by default. */
  readonly tied?: boolean;
  /** A scalar head on the last hidden state; false by default. */
  readonly valueHead?: boolean;
  /** The token that ends an answer. */
  readonly stop: number;
}

/** What the training pass and the sampling pass share. */
export interface Decoder {
  /**
   * The whole sequence [T, B]: hidden states [T·B, D] under the final norm without its gain, and
   * each layer's keys and values [T·B, H′·d].
   */
  run(params: Feeds, tokens: Expr): { readonly state: Expr; readonly cache: Cache };
  /** One more token [B] at its place, given what came before as caches [t, B, H′, d]. */
  next(params: Feeds, tokens: Expr, place: Place, past: Cache): {
    readonly logits: Expr;
    readonly cache: Cache;
  };
  /** [N, V] of states under the final norm without its gain. */
  logits(params: Feeds, state: Expr): Expr;
  /** [N] */
  value(params: Feeds, state: Expr): Expr;
}
type Cache = readonly { readonly key: Expr; readonly value: Expr }[];

/** Where a token stands: its row of a learned table [1, D], or its angles' cosines and sines [1, d/2]. */
export interface Place {
  readonly learned?: Expr;
  readonly cos?: Expr;
  readonly sin?: Expr;
}

export function decoder(shape: TransformerShape): Decoder {
  const { width, heads, keyHeads = heads, layers } = shape;
  const d = width / heads;
  const group = heads / keyHeads;
  const alpha = 1 / Math.sqrt(d);

  /** Products of the normed x with weights of its block. */
  type Reader = (params: Feeds, x: Expr, gain: string) => (weight: string) => Expr;
  /** Training: the gain is folded into the weights, as rows are many, weights few, and both have gradients. */
  const folding: Reader = (params, x, gain) => {
    const y = rmsNorm(x);
    return (weight) => matmul(y, params[weight]!.mul(params[gain]!.reshape(width, 1)));
  };
  /** Sampling: the gain rides on the norm, as rows are few. */
  const riding: Reader = (params, x, gain) => {
    const y = rmsNorm(x, EPSILON, params[gain]!);
    return (weight) => matmul(y, params[weight]!);
  };

  const feed = (reader: Reader, params: Feeds, l: number, x: Expr): Expr => {
    const read = reader(params, x, `${l}.feed.norm`);
    const up = read(`${l}.feed.up`);
    const active = shape.feedForward === "silu"
      ? silu(read(`${l}.feed.gate`)).mul(up)
      : squaredRelu(up);
    return x.add(matmul(active, params[`${l}.feed.down`]!));
  };

  /** Queries [T, B, H, d], keys and values [T, B, H′, d] of a layer, turned to their places. */
  const heard = (
    reader: Reader,
    params: Feeds,
    l: number,
    x: Expr,
    [steps, batch]: readonly [number, number],
    place: Place,
  ) => {
    const read = reader(params, x, `${l}.attention.norm`);
    const of = (name: string, count: number) =>
      read(`${l}.attention.${name}`).reshape(steps, batch, count, d);
    const turn = (z: Expr) => place.cos ? rotary(z, place.cos, place.sin!) : z;
    return {
      query: turn(of("query", heads)),
      key: turn(of("key", keyHeads)),
      value: of("value", keyHeads),
    };
  };

  const kept = (rows: number, key: Expr, value: Expr) => ({
    key: key.reshape(rows, keyHeads * d),
    value: value.reshape(rows, keyHeads * d),
  });
  const output = (params: Feeds) => params.head ?? params.embed!;

  return {
    logits: (params, state) => matmul(state, output(params).mul(params.norm!), { transB: true }),
    value(params, state) {
      if (!params["value.weight"]) throw new TypeError("Cannot value an answer: no value head");
      const weight = params["value.weight"].mul(params.norm!.reshape(width, 1));
      return matmul(state, weight).add(params["value.bias"]!).sum(1);
    },
    run(params, tokens) {
      const [steps, batch] = tokens.shape as [number, number];
      const place = angles(shape, steps);
      const mask = causal(steps, group);
      let x = take(params.embed!, tokens);
      if (params.positions) {
        x = x.add(params.positions.slice(0, 0, steps).reshape(steps, 1, width));
      }
      x = x.reshape(steps * batch, width);
      const cache = [];
      for (let l = 0; l < layers; l++) {
        const { query, key, value } = heard(folding, params, l, x, [steps, batch], place);
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
        x = x.add(matmul(joined.reshape(steps * batch, width), params[`${l}.attention.output`]!));
        x = feed(folding, params, l, x);
        cache.push(kept(steps * batch, key, value));
      }
      return { state: rmsNorm(x), cache };
    },
    next(params, tokens, place, past) {
      const [batch] = tokens.shape as [number];
      let x = take(params.embed!, tokens);
      if (place.learned) x = x.add(place.learned);
      const cache = [];
      for (let l = 0; l < layers; l++) {
        const { query, key, value } = heard(riding, params, l, x, [1, batch], place);
        const { key: keys, value: values } = past[l]!;
        const asked = query.reshape(batch, keyHeads, group, d);
        const own = {
          key: key.reshape(batch, keyHeads, 1, d),
          value: value.reshape(batch, keyHeads, 1, d),
        };
        const before = matmul(asked, keys, { batchB: true, transB: true, alpha });
        const self = matmul(asked, own.key, { transB: true, alpha });
        // Scores are joined, not caches: those are never copied.
        const weights = softmax(concat([before, self], 3));
        const t = keys.shape[0]!;
        const mixed = matmul(weights.slice(3, 0, t), values, { batchB: true })
          .add(weights.slice(3, t, t + 1).mul(own.value));
        x = x.add(matmul(mixed.reshape(batch, width), params[`${l}.attention.output`]!));
        x = feed(riding, params, l, x);
        cache.push(kept(batch, key, value));
      }
      const state = rmsNorm(x, EPSILON, params.norm!);
      return { logits: matmul(state, output(params), { transB: true }), cache };
    },
  };
}

/** What RMSNorm adds to the mean square. */
export const EPSILON = 1e-5;
/** The base of the rotary angles. */
export const THETA = 10000;

/** Angles of positions 0 to steps − 1, as constants of the graph; nothing for learned positions. */
function angles(shape: TransformerShape, steps: number): Place {
  if (shape.positions === "learned") return {};
  const half = shape.width / shape.heads / 2;
  const table = Array.from({ length: steps }, (_, t) => turns(t, half));
  return {
    cos: constant(table.flatMap(({ cos }) => cos), [steps, half]),
    sin: constant(table.flatMap(({ sin }) => sin), [steps, half]),
  };
}

/** Cosines and sines of place t: pair i turns by t / THETA^(i / half). */
export function turns(t: number, half: number): { cos: number[]; sin: number[] } {
  const angle = Array.from({ length: half }, (_, i) => t / THETA ** (i / half));
  return { cos: angle.map(Math.cos), sin: angle.map(Math.sin) };
}

/** [T·G, T]: 0 up to the step itself, −1e9 beyond it; each step stands in G rows. */
function causal(steps: number, group: number): Expr {
  const values = Array.from(
    { length: steps * group * steps },
    (_, i) => i % steps <= Math.floor(i / steps / group) ? 0 : -1e9,
  );
  return constant(values, [steps * group, steps]);
}
