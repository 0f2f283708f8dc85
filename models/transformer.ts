import {
  type Expr,
  type Forward,
  logSoftmax,
  type Model,
  type Params,
  select,
  type Tensor,
  tokenLogp,
} from "../core/mod.ts";
import { categorical } from "./categorical.ts";
import { decoder, type Projection, type TransformerShape } from "./decoder.ts";
import { beams } from "./beams.ts";
import { generation } from "./generation.ts";
import { layOut } from "./layout.ts";
import { normal } from "./normal.ts";

export type { TransformerShape };

/**
 * A decoder of causal attention and feed-forward blocks, each behind a norm: LLaMA's (RMSNorm, no
 * biases) by default, and GPT-2's or Qwen2's by its shape.
 */
export function transformer(shape: TransformerShape): Model {
  const { layers, width, heads, keyHeads = heads, vocabulary, context } = shape;
  checkShape(shape);
  const blocks = decoder(shape);
  const { headWidth = width / heads, norm, biases = [] } = shape;
  const gated = shape.feedForward === "silu";
  const { hidden = gated ? Math.ceil(width * 8 / 3 / 8) * 8 : 4 * width } = shape;
  const [queries, keys] = [heads * headWidth, keyHeads * headWidth];
  const id = `transformer ${layers}×${width}×${heads}`;
  const drawn = generation(shape, blocks);

  const model: Model = {
    id,
    init(rng) {
      const matrix = (name: string, rows: number, columns: number, scale = 1) =>
        normal([rows, columns], rng.split(name), 0.02 * scale);
      // Residual branches start smaller the deeper the model, so that their sum does not grow.
      const residual = 1 / Math.sqrt(2 * layers);
      const params: { [name: string]: Tensor } = { embed: matrix("embed", vocabulary, width) };
      if (shape.positions === "learned") params.positions = matrix("positions", context, width);
      if (shape.patches) {
        params["patch.weight"] = matrix("patch.weight", shape.patches.numbers, width);
        params["patch.place"] = matrix("patch.place", shape.patches.count, width);
      }
      const addNorm = (name: string) => {
        params[name] = full(width, 1);
        if (norm === "layer") params[`${name}.shift`] = full(width, 0);
      };
      for (let l = 0; l < layers; l++) {
        const add = (
          block: "attention" | "feed",
          name: Projection,
          rows: number,
          columns: number,
          scale?: number,
        ) => {
          const weight = `${l}.${block}.${name}`;
          params[weight] = matrix(`${l}.${name}`, rows, columns, scale);
          if (biases.includes(name)) params[`${weight}.bias`] = full(columns, 0);
        };
        addNorm(`${l}.attention.norm`);
        add("attention", "query", width, queries);
        add("attention", "key", width, keys);
        add("attention", "value", width, keys);
        add("attention", "output", queries, width, residual);
        addNorm(`${l}.feed.norm`);
        if (gated) add("feed", "gate", width, hidden);
        add("feed", "up", width, hidden);
        add("feed", "down", hidden, width, residual);
      }
      addNorm("norm");
      if (shape.tied === false) params.head = matrix("head", vocabulary, width);
      if (shape.valueHead) Object.assign(params, valueHead(width));
      return params satisfies Params;
    },

    // States have a mean square of 1.
    vectorHead: (numbers, rng) => ({
      "vector.weight": normal([width, numbers], rng, 1 / Math.sqrt(width * numbers)),
    }),
    pack: (ys, ends = false) => layOut(ys, ends, context, shape.patches),
    context,
    extent: ({ prompt, tokens }) => prompt.tokens.length + tokens.length,

    forward(params, packed): Forward {
      const length = packed.length!;
      const { tokens, patches, rows, rowsBack, fold, foldBack, targets, after, afterBack } = packed;
      const [steps, batch] = tokens!.shape as [number, number];
      const { state } = blocks.run(params, tokens!, patches);
      const read = rows ? select(state, rows, rowsBack!) : state;
      const logits = blocks.logits(params, read);
      const laid = (x: Expr): Expr =>
        fold
          ? select(x, fold, foldBack!)
            .reshape(batch, fold.shape[0]! / batch, ...x.shape.slice(1))
          : x.reshape(steps, batch).transpose(1, 0);
      const ended = (): Expr => {
        if (after) return select(state, after, afterBack!);
        throw new TypeError("Cannot read a whole answer: it was packed without its end");
      };
      return {
        length,
        steps: laid(tokenLogp(logits, targets!)),
        ...categorical(logSoftmax(logits), laid),
        values: () => laid(blocks.value(params, read)),
        value: () => laid(blocks.value(params, ended())).sum(1).div(length),
        vector: () => laid(blocks.vectors(params, ended())).sum(1).div(length.reshape(batch, 1)),
      };
    },

    generate: (call, params, prompts, rngs, options = {}) =>
      options.beams === undefined
        ? drawn(call, params, prompts, rngs, options)
        : searched(call, params, prompts, options.beams),
  };
  const searched = beams(model.forward, model.pack, shape);
  return model;
}

const full = (n: number, x: number): Tensor => ({
  shape: [n],
  data: new Float32Array(n).fill(x),
});

/** The parameters of a value head that says 0 of everything. */
export const valueHead = (width: number): Params => ({
  "value.weight": { shape: [width, 1], data: new Float32Array(width) },
  "value.bias": full(1, 0),
});

function checkShape(shape: TransformerShape): void {
  const { width, heads, keyHeads = heads, headWidth = width / heads, positions } = shape;
  const { context, patches: image } = shape;
  const halves = positions === "rotary" && headWidth % 2 !== 0;
  if (!Number.isInteger(headWidth) || heads % keyHeads !== 0) {
    throw new RangeError(
      `Cannot split width ${width} into ${heads} heads sharing ${keyHeads}: sizes must divide`,
    );
  }
  if (halves) {
    throw new RangeError(
      `Cannot turn heads of width ${headWidth}: rotary positions need an even width`,
    );
  }
  const gates = shape.biases?.includes("gate") && shape.feedForward !== "silu";
  if (gates) throw new RangeError(`Cannot add a bias to the gate: only "silu" has a gate`);
  // A token must follow the image, and an answer that.
  const most = context - 2;
  const some = (n: number) => Number.isInteger(n) && n > 0;
  if (image && !(some(image.count) && some(image.numbers) && image.count <= most)) {
    throw new RangeError(
      `Cannot read ${image.count} patches of ${image.numbers} numbers: expected 1 to ${most} of at least 1`,
    );
  }
}
