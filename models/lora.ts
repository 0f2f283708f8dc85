import { type Feeds, type Model, type Params, type Rng, type Tensor, toHost } from "../core/mod.ts";

/** Low-rank adapters (arXiv 2106.09685) on some weights of a model. */
export interface Lora {
  readonly rank: number;
  /** An update counts alpha / rank. */
  readonly alpha: number;
  /** Parameters that get an adapter: weights [in, out] of a layer, such as `0.attention.query`. */
  readonly targets: readonly string[];
  /** Parameters that are learned as they are; a value head's and those of patches, unless said otherwise. */
  readonly whole?: readonly string[];
}

/**
 * A transformer whose weights stay as they are while adapters learn: x W + alpha/rank · (x A) B,
 * where `W.lora.a` is [in, rank] and `W.lora.b` [rank, out]. `init` gives the weights themselves, not
 * a copy, beside A from a normal distribution and B of zeros: a policy that is the base exactly. No
 * gradient reaches the weights, so a learner keeps neither copies nor moments of them.
 */
export function lora(base: Model, weights: Params, options: Lora): Model {
  const { rank, alpha, targets } = options;
  check(weights, options);
  const whole = options.whole ??
    Object.keys(weights).filter((name) => /^(value|patch)\./.test(name));
  const frozen = Object.keys(weights).filter((name) => !whole.includes(name));
  const scale = alpha / rank;
  return {
    ...base,
    id: `${base.id} with adapters of rank ${rank}`,
    init: (rng) => ({ ...weights, ...adapters(weights, options, rng) }),
    forward(params, packed) {
      const feeds: { [name: string]: Feeds[string] } = { ...params };
      for (const name of frozen) feeds[name] = params[name]!.stop();
      for (const name of targets) feeds[`${name}.lora.b`] = params[`${name}.lora.b`]!.mul(scale);
      return base.forward(feeds, packed);
    },
    async generate(call, params, ...rest) {
      const ups = targets.map((name) => `${name}.lora.b`);
      const read = await toHost(call, Object.fromEntries(ups.map((up) => [up, params[up]!])));
      return await base.generate(call, { ...params, ...scaled(read, scale) }, ...rest);
    },
  };
}

/** Every weight of a layer's products, which the original paper and PEFT's `all-linear` may adapt. */
export function products(weights: Params): string[] {
  return Object.keys(weights).filter((name) =>
    /^\d+\.(attention|feed)\.(query|key|value|output|gate|up|down)$/.test(name)
  );
}

/** The weights with their updates added, W + alpha/rank · A B: a policy without adapters. */
export function mergedLora(params: Params, { rank, alpha, targets }: Lora): Params {
  const out: { [name: string]: Tensor } = {};
  for (const [name, tensor] of Object.entries(params)) {
    if (!/\.lora\.[ab]$/.test(name)) out[name] = tensor;
  }
  for (const name of targets) {
    const { shape, data } = params[name]!;
    const [rows, columns] = shape as [number, number];
    const [a, b] = [params[`${name}.lora.a`]!.data, params[`${name}.lora.b`]!.data];
    const sum = new Float32Array(data.length);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let update = 0;
        for (let k = 0; k < rank; k++) update += a[i * rank + k]! * b[k * columns + j]!;
        sum[i * columns + j] = data[i * columns + j]! + alpha / rank * update;
      }
    }
    out[name] = { shape, data: sum };
  }
  return out;
}

function adapters(weights: Params, { rank, targets }: Lora, rng: Rng): Params {
  return Object.fromEntries(targets.flatMap((name): [string, Tensor][] => {
    const [rows, columns] = weights[name]!.shape as [number, number];
    const draws = rng.split(name);
    // x A is then about as large as x.
    const a = Float32Array.from({ length: rows * rank }, () => draws.normal() / Math.sqrt(rows));
    return [
      [`${name}.lora.a`, { shape: [rows, rank], data: a }],
      [`${name}.lora.b`, { shape: [rank, columns], data: new Float32Array(rank * columns) }],
    ];
  }));
}

function scaled(arrays: Params, scale: number): Params {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data, (x) => x * scale) },
    ]),
  );
}

function check(weights: Params, { rank, alpha, targets, whole = [] }: Lora): void {
  if (!(Number.isInteger(rank) && rank > 0)) {
    throw new RangeError(`Cannot adapt at rank ${rank}: it must be a whole number above 0`);
  }
  if (!(alpha > 0 && alpha < Infinity)) {
    throw new RangeError(`Cannot adapt with alpha ${alpha}: it must be a finite number above 0`);
  }
  const known = products(weights);
  const [stranger] = targets.filter((name) => !known.includes(name));
  if (targets.length === 0 || stranger !== undefined) {
    throw new RangeError(
      `Cannot adapt ${stranger ?? "nothing"}: expected some of ${known.join(", ")}`,
    );
  }
  const [absent] = whole.filter((name) => !weights[name]);
  if (absent !== undefined) {
    throw new RangeError(
      `Cannot learn ${absent} as it is: parameters are ${Object.keys(weights).join(", ")}`,
    );
  }
  const [twice] = whole.filter((name) => targets.includes(name));
  if (twice !== undefined) {
    throw new RangeError(`Cannot adapt ${twice}: it is to be learned as it is`);
  }
}
