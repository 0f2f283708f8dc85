import {
  type Forward,
  type Graph,
  logSoftmax,
  type Model,
  pick,
  type Prompt,
  type Sample,
  take,
  type Tensor,
  tokenLogp,
  Unsuited,
} from "../core/mod.ts";
import { categorical } from "./categorical.ts";
import { normal } from "./normal.ts";
import { refuseImage } from "./patches.ts";
import { sampler } from "./sampling.ts";

/** The size of a table of logits. */
export interface TableShape {
  readonly contexts: number;
  readonly actions: number;
  /** Adds a reward table [C, A], read by `value`, and a state table [C, 1], read by `values`. */
  readonly valueHead?: boolean;
}

/**
 * A softmax over A actions in each of C contexts: logits [C, A], one free number an answer.
 * A prompt is one context, an answer one action.
 */
export function table({ contexts, actions, valueHead = false }: TableShape): Model {
  const id = `table ${contexts}×${actions}`;
  const zeros = (...shape: readonly number[]): Tensor => ({
    shape,
    data: new Float32Array(shape.reduce((n, d) => n * d, 1)),
  });
  const index = (what: string, tokens: readonly number[], size: number): number => {
    const [i] = tokens;
    if (tokens.length !== 1 || !Number.isInteger(i) || i! < 0 || i! >= size) {
      throw new RangeError(
        `Cannot read [${tokens}] as ${what} of ${id}: expected one whole number from 0 to ${
          size - 1
        }`,
      );
    }
    return i!;
  };

  const contextOf = (prompt: Prompt): number => {
    refuseImage(prompt);
    return index("the context", prompt.tokens, contexts);
  };

  return {
    id,
    /** Uniform in every context, and 0 in every value: nothing needs to break a symmetry here. */
    init: () => ({
      logits: zeros(contexts, actions),
      ...(valueHead ? { reward: zeros(contexts, actions), state: zeros(contexts, 1) } : {}),
    }),

    vectorHead: (width, rng) => ({
      vector: normal([contexts * actions, width], rng, 1 / Math.sqrt(width)),
    }),

    pack(ys, ends = false) {
      const shape = [ys.length];
      const rows = Int32Array.from(ys, ({ prompt }) => contextOf(prompt));
      const columns = Int32Array.from(ys, (y) => index("the action", y.tokens, actions));
      const cells = rows.map((row, i) => row * actions + columns[i]!);
      return {
        feeds: {
          contexts: { shape, data: rows },
          actions: { shape, data: columns },
          length: { shape, data: new Float32Array(ys.length).fill(1) },
          ...ends ? { cells: { shape, data: cells } } : {},
        },
        steps: 1,
        free: {},
      };
    },

    forward(params, packed): Forward {
      const [context, action] = [packed.contexts!, packed.actions!];
      const logits = take(params.logits!, context);
      const column = [...context.shape, 1];
      const head = (name: "reward" | "state" | "vector") => {
        const found = params[name];
        if (found) return found;
        const what = name === "vector" ? "vector" : "value";
        throw new Unsuited(`Cannot read a ${name} of ${id}: it has no ${what} head`);
      };
      return {
        length: packed.length!,
        steps: tokenLogp(logits, action).reshape(...column),
        ...categorical(logSoftmax(logits), (x) => x.reshape(...column)),
        value: () => pick(take(head("reward"), context), action),
        values: () => take(head("state"), context),
        vector: () => take(head("vector"), packed.cells!),
      };
    },

    async generate(call, params, prompts, rngs, options = {}) {
      // Any beam finds the likeliest of answers of one step.
      const draw = sampler(actions, options.beams === undefined ? options : { temperature: 0 });
      if (rngs.length !== prompts.length) {
        throw new RangeError(
          `Cannot sample ${prompts.length} answers from ${rngs.length} streams: each needs its own`,
        );
      }
      if (prompts.length === 0) return [];
      const rows = {
        shape: [prompts.length],
        data: Int32Array.from(prompts, contextOf),
      };
      const feeds = { logits: params.logits!, contexts: rows };
      // One graph for any number of prompts.
      const { logp } = await call(distributions, feeds, { free: [{ contexts: 0 }] });
      return prompts.map((prompt, i): Sample => {
        const { token, logp: drawn } = draw(
          logp!.data.subarray(i * actions, (i + 1) * actions),
          rngs[i]!,
        );
        return { prompt, tokens: [token], length: 1, logps: [drawn] };
      });
    },
  };
}

/** [B, A] log-probabilities of every action in the contexts [B]. */
const distributions: Graph = ({ logits, contexts }) => ({
  logp: logSoftmax(take(logits!, contexts!)),
});
