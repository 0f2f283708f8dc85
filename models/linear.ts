import { type Expr, type Feeds, type Graph, matmul, type Model, type Tensor } from "../core/mod.ts";
import { normal } from "./normal.ts";
import { table } from "./table.ts";

export interface LinearShape {
  readonly contexts: number;
  readonly actions: number;
  /** Numbers that describe an answer. */
  readonly width: number;
  /** One weight vector for all contexts, so that what is learned in one holds in others; else one each. */
  readonly shared: boolean;
}

/**
 * A softmax over answers that are described by fixed features: logits = base + features · weights,
 * where [C, A] `base` and [C·A, D] `features` are never trained and `weights` are [1, D] or [C, D].
 * Answers whose features are alike rise and fall together. Rewards and vectors are linear in the same features.
 */
export function linear({ contexts, actions, width, shared }: LinearShape): Model {
  const choices = table({ contexts, actions, valueHead: true });
  const rows = shared ? 1 : contexts;
  const zeros = (...shape: readonly number[]): Tensor => ({
    shape,
    data: new Float32Array(shape.reduce((n, d) => n * d, 1)),
  });
  /** [C, A] what these weights make of every answer. */
  const scores = (features: Expr, weights: Expr): Expr =>
    features.stop().reshape(contexts, actions, width).mul(weights.reshape(rows, 1, width)).sum(2);
  /** [C·A, N] of weights [rows·D, N]. */
  const vectors = (features: Expr, weights: Expr): Expr =>
    matmul(
      features.stop().reshape(rows, contexts / rows * actions, width),
      weights.reshape(rows, width, weights.shape[1]!),
    ).reshape(contexts * actions, weights.shape[1]!);
  const tabled = ({ base, features, weights, reward, state, vector }: Feeds): Feeds => ({
    logits: scores(features!, weights!).add(base!.stop()),
    reward: scores(features!, reward!),
    state: state!,
    ...vector ? { vector: vectors(features!, vector) } : {},
  });
  const logits: Graph = ({ base, features, weights }) => ({
    logits: scores(features!, weights!).add(base!),
  });

  return {
    ...choices,
    id: `linear ${contexts}×${actions}, ${width} ${shared ? "shared" : "each"}`,
    /** Uniform, with features that are still to be filled in. */
    init: () => ({
      base: zeros(contexts, actions),
      features: zeros(contexts * actions, width),
      weights: zeros(rows, width),
      reward: zeros(rows, width),
      state: zeros(contexts, 1),
    }),
    vectorHead: (numbers, rng) => ({
      vector: normal([rows * width, numbers], rng, 1 / Math.sqrt(width * numbers)),
    }),
    forward: (params, packed) => choices.forward(tabled(params), packed),
    async generate(call, { base, features, weights }, prompts, rngs, options) {
      const made = await call(logits, { base: base!, features: features!, weights: weights! });
      return await choices.generate(call, { logits: made.logits! }, prompts, rngs, options);
    },
  };
}
