import {
  type Expr,
  type Forward,
  logSoftmax,
  type Model,
  type Params,
  type Rng,
  select,
  type Tensor,
  tokenLogp,
} from "../core/mod.ts";
import { decoder, type TransformerShape } from "./decoder.ts";
import { generation } from "./generation.ts";
import { layOut } from "./layout.ts";

export type { TransformerShape };

/** A LLaMA-shaped decoder: RMSNorm with gain before each block, causal attention, no biases. */
export function transformer(shape: TransformerShape): Model {
  const { layers, width, heads, keyHeads = heads, vocabulary, context } = shape;
  if (width % heads !== 0 || heads % keyHeads !== 0) {
    throw new RangeError(
      `Cannot split width ${width} into ${heads} heads sharing ${keyHeads}: sizes must divide`,
    );
  }
  const blocks = decoder(shape);
  const hidden = shape.feedForward === "silu" ? Math.ceil(width * 8 / 3 / 8) * 8 : 4 * width;
  const keys = keyHeads * (width / heads);
  const id = `transformer ${layers}×${width}×${heads}`;

  return {
    id,
    init(rng) {
      const matrix = (name: string, rows: number, columns: number, scale = 1) =>
        filled([rows, columns], rng.split(name), 0.02 * scale);
      // Residual branches start smaller the deeper the model, so that their sum does not grow.
      const residual = 1 / Math.sqrt(2 * layers);
      const params: { [name: string]: Tensor } = { embed: matrix("embed", vocabulary, width) };
      if (shape.positions === "learned") params.positions = matrix("positions", context, width);
      for (let l = 0; l < layers; l++) {
        const named = (name: string) => `${l}.${name}`;
        params[named("attention.norm")] = ones(width);
        params[named("attention.query")] = matrix(named("query"), width, width);
        params[named("attention.key")] = matrix(named("key"), width, keys);
        params[named("attention.value")] = matrix(named("value"), width, keys);
        params[named("attention.output")] = matrix(named("output"), width, width, residual);
        params[named("feed.norm")] = ones(width);
        if (shape.feedForward === "silu") {
          params[named("feed.gate")] = matrix(named("gate"), width, hidden);
        }
        params[named("feed.up")] = matrix(named("up"), width, hidden);
        params[named("feed.down")] = matrix(named("down"), hidden, width, residual);
      }
      params.norm = ones(width);
      if (shape.tied === false) params.head = matrix("head", vocabulary, width);
      if (shape.valueHead) {
        params["value.weight"] = { shape: [width, 1], data: new Float32Array(width) };
        params["value.bias"] = { shape: [1], data: new Float32Array(1) };
      }
      return params satisfies Params;
    },

    pack: (ys, ends = false) => layOut(ys, ends, context),

    forward(params, packed): Forward {
      const length = packed.length!;
      const { tokens, rows, rowsBack, fold, foldBack, targets, after, afterBack } = packed;
      const [steps, batch] = tokens!.shape as [number, number];
      const { state } = blocks.run(params, tokens!);
      const read = rows ? select(state, rows, rowsBack!) : state;
      const logits = blocks.logits(params, read);
      const laid = (x: Expr): Expr =>
        fold
          ? select(x, fold, foldBack!).reshape(batch, fold.shape[0]! / batch)
          : x.reshape(steps, batch).transpose(1, 0);
      return {
        length,
        steps: laid(tokenLogp(logits, targets!)),
        logp: logSoftmax(logits),
        fold: laid,
        values: () => laid(blocks.value(params, read)),
        value() {
          if (!after) throw new TypeError(`Cannot value an answer: it was packed without its end`);
          return laid(blocks.value(params, select(state, after, afterBack!))).sum(1).div(length);
        },
      };
    },

    generate: generation(shape, blocks),
  };
}

function filled(shape: readonly number[], rng: Rng, scale: number): Tensor {
  const n = shape.reduce((product, d) => product * d, 1);
  return { shape, data: Float32Array.from({ length: n }, () => scale * rng.normal()) };
}

const ones = (n: number): Tensor => ({ shape: [n], data: new Float32Array(n).fill(1) });
