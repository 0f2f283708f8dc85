import {
  type Call,
  concat,
  constant,
  type Expr,
  type Feeds,
  type Forward,
  type Graph,
  matmul,
  type Model,
  type Params,
  type Rng,
  silu,
  take,
  type Tensor,
  Unsuited,
} from "../core/mod.ts";
import { inverted } from "./inversion.ts";
import { drawn, type Guess, laidOut } from "./paths.ts";
import { normals, schedule, type ScheduleShape, seenAt } from "./schedule.ts";

/** The size of a denoiser. */
export interface DenoiserShape extends ScheduleShape {
  /** How many numbers an answer is, D. */
  readonly numbers: number;
  /** Tokens that prompts are made of; what a prompt says is the sum of their embeddings. */
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  /** Adds a scalar head on the last hidden layer; false by default. */
  readonly valueHead?: boolean;
}

/**
 * A Gaussian policy over the steps of a denoising. A residual perceptron guesses the result from a
 * point on the way to it; the step is normal about the mean that the guess implies, with the true
 * posterior's variance. An answer is a path of T − 1 such steps from noise on; the hop from the last
 * point to the result is the guess itself and no step.
 *
 * A result alone is read at one moment and under one noise, drawn anew at each step of learning
 * (Diffusion-DPO, arXiv 2311.12908). It then stands for T − 1 steps: what it is scored is on average
 * the expected log-probability of a path that ends there, its evidence lower bound.
 *
 * `value` is the head at the result, `values` before each step.
 */
export function denoiser(shape: DenoiserShape): Model {
  const { numbers, steps, layers, width } = shape;
  const moments = schedule(shape);
  const id = `denoiser ${layers}×${width}, ${numbers} numbers in ${steps} moments`;
  const { init, hidden, guess, head } = network(shape, id);
  const guesses = new WeakMap<Forward, Expr>();
  const guessing: Graph = ({ x, time, prompt, ...params }) => ({
    guess: guess(params, hidden(params, x!, time!, prompt!)),
  });
  const guessed = (call: Call, params: Params): Guess => async (feeds) => {
    const free = [{ x: 0, time: 0, prompt: 0 }];
    return (await call(guessing, { ...params, ...feeds }, { free })).guess!.data;
  };

  return {
    id,
    init,
    pack: (ys, ends = false) => laidOut(ys, ends, { numbers, moments, id }),
    extent: ({ length }) => length,
    forward(params, packed): Forward {
      const { length, x, time, prompt, target, weight, peak, entropy, within } = packed;
      const [batch, rows] = [length!.shape[0]!, weight!.shape[0]!];
      const laid = (y: Expr) => y.reshape(batch, rows / batch);
      const h = hidden(params, x!, time!, prompt!);
      const found = guess(params, h);
      const off = (other: Expr) => found.sub(other).square().sum(1).mul(weight!);
      const made: Forward = {
        length: length!,
        steps: laid(peak!.sub(off(target!))),
        kl(other) {
          const theirs = guesses.get(other);
          if (!theirs) throw new Unsuited("Cannot hold steps of numbers against other steps");
          return laid(off(theirs));
        },
        entropy: () => laid(entropy!),
        values: () => laid(head(params, h).mul(within!)),
        value() {
          const { result, end, asked } = packed;
          if (!result) throw new TypeError("Cannot value an answer: it was packed without its end");
          return head(params, hidden(params, result, end!, asked!));
        },
      };
      guesses.set(made, found);
      return made;
    },
    glance(ys, rng) {
      if (!ys.some((y) => y.numbers?.of === "result")) return ys;
      const time = 2 + rng.below(steps - 1);
      const moment = moments[time]!;
      const weight = (steps - 1) * moment.weight;
      const noise = normals(numbers, rng);
      return ys.map((y) =>
        y.numbers?.of === "result"
          ? seenAt(y.prompt, y.numbers.result, { time, moment, noise, weight })
          : y
      );
    },
    generate: (call, params, prompts, rngs, options = {}) =>
      drawn(prompts, rngs, options, { numbers, moments, id }, guessed(call, params)),
    invert: (call, params, groups, rng) =>
      inverted(groups, rng, { numbers, moments, id }, guessed(call, params)),
  };
}

/** Numbers that say the moment to the network, and as many that say the prompt. */
const SAID = 32;

/** The perceptron: parameters, the last hidden layer [N, W], and what is read off it. */
function network(
  { numbers, vocabulary, width, layers, steps, valueHead = false }: DenoiserShape,
  id: string,
) {
  const zeros = (...shape: number[]): Tensor => (
    { shape, data: new Float32Array(shape.reduce((a, b) => a * b)) }
  );
  const normal = (rng: Rng, rows: number, columns: number, size = 1 / Math.sqrt(rows)): Tensor => ({
    shape: [rows, columns],
    data: Float32Array.from({ length: rows * columns }, () => size * rng.normal()),
  });
  const clock = constant(
    Array.from({ length: steps + 1 }, (_, t) => angles(t)).flat(),
    [steps + 1, SAID],
  );
  return {
    init(rng: Rng): Params {
      const params: { [name: string]: Tensor } = {
        "prompt.weight": normal(rng.split("prompt"), vocabulary, SAID, 1),
        "in.weight": normal(rng.split("in"), numbers + 2 * SAID, width),
        "in.bias": zeros(width),
      };
      for (let l = 0; l < layers; l++) {
        const draws = rng.split(l);
        params[`${l}.up.weight`] = normal(draws.split("up"), width + 2 * SAID, width);
        params[`${l}.up.bias`] = zeros(width);
        // Faint, so that at first a layer adds next to nothing.
        params[`${l}.down.weight`] = normal(draws.split("down"), width, width, 0.02);
      }
      return {
        ...params,
        "out.weight": normal(rng.split("out"), width, numbers),
        "out.bias": zeros(numbers),
        ...valueHead ? { "value.weight": zeros(width, 1), "value.bias": zeros(1) } : {},
      };
    },
    /** What is known of a point [N, D] at moments [N] after prompts [N, tokens]. */
    hidden(params: Feeds, x: Expr, time: Expr, prompt: Expr): Expr {
      const layer = (name: string, y: Expr) =>
        matmul(y, params[`${name}.weight`]!).add(params[`${name}.bias`]!);
      const said = concat([take(clock, time), take(params["prompt.weight"]!, prompt).sum(1)], 1);
      let h = layer("in", concat([x, said], 1));
      for (let l = 0; l < layers; l++) {
        const up = silu(layer(`${l}.up`, concat([h, said], 1)));
        h = h.add(matmul(up, params[`${l}.down.weight`]!));
      }
      return silu(h);
    },
    guess: (params: Feeds, h: Expr): Expr =>
      matmul(h, params["out.weight"]!).add(params["out.bias"]!),
    head(params: Feeds, h: Expr): Expr {
      const weight = params["value.weight"];
      if (!weight) throw new Unsuited(`Cannot read a value of ${id}: it has no value head`);
      return matmul(h, weight).add(params["value.bias"]!).sum(1);
    },
  };
}

/** A moment as sines and cosines of frequencies from 1 down to 1/50. */
function angles(time: number): number[] {
  const half = SAID / 2;
  const turns = Array.from({ length: half }, (_, i) => time * 50 ** (-i / half));
  return [...turns.map(Math.sin), ...turns.map(Math.cos)];
}
