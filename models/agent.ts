import {
  type Answer,
  type Call,
  type Environment,
  type Expr,
  type Feeds,
  type Forward,
  type Graph,
  logSoftmax,
  matmul,
  type Model,
  type Packed,
  type Params,
  played,
  type Prompt,
  type Rng,
  type Sample,
  select,
  silu,
  type Span,
  type Tensor,
  tokenLogp,
  Unsuited,
} from "../core/mod.ts";
import { categorical } from "./categorical.ts";
import { sampler } from "./sampling.ts";

/** The size of an agent's policy. */
export interface AgentShape {
  /** Moves that there are, by number from 0. */
  readonly moves: number;
  /** Numbers that the world shows of a state. */
  readonly observed: number;
  /** Most moves of an episode. */
  readonly horizon: number;
  readonly width: number;
  readonly layers: number;
  /** Adds a scalar head on the last hidden layer; false by default. */
  readonly valueHead?: boolean;
}

/**
 * A softmax over moves in a world that answers back, by a multilayer perceptron of what is observed.
 * An answer's tokens are its moves; the states that they lead to are simulated anew wherever it is
 * read. `value` is the mean of the head over the states after each move, `values` the head before.
 */
export function agent<S>(world: Environment<S>, shape: AgentShape): Model {
  const { moves, observed, horizon } = shape;
  const id = `agent ${shape.layers}×${shape.width}, ${moves} moves`;
  const { init, hidden, logits, head } = network(shape, id);
  const choices: Graph = ({ seen, ...params }) => ({
    logp: logSoftmax(logits(params, hidden(params, seen!))),
  });
  const begin = ({ begun, ...prompt }: Prompt): S =>
    begun ? played(world, begun) : world.begin(prompt);
  const observation = (state: S, { id: question }: Prompt): readonly number[] => {
    const seen = world.observe(state);
    if (seen.length === observed) return seen;
    throw new RangeError(
      `Cannot read ${seen.length} numbers of a state of ${question}: ${id} reads ${observed}`,
    );
  };
  /** What is observed at the beginning and after each move. */
  const observations = ({ prompt, tokens }: Answer): (readonly number[])[] => {
    const states = [begin(prompt)];
    for (const move of tokens) states.push(world.step(states.at(-1)!, [move]));
    return states.map((state) => observation(state, prompt));
  };
  /** Log-probabilities of every move, a row for each observation. */
  const scored = async (call: Call, params: Params, seen: readonly (readonly number[])[]) => {
    const rows = { shape: [seen.length, observed], data: Float32Array.from(seen.flat()) };
    const { logp } = await call(choices, { ...params, seen: rows }, { free: [{ seen: 0 }] });
    return seen.map((_, i) => logp!.data.subarray(i * moves, (i + 1) * moves));
  };

  return {
    id,
    world,
    init,
    pack: (ys, ends = false) => laidOut(ys, ys.map(observations), ends, observed),
    forward(params, { seen, targets, fold, foldBack, length, after }): Forward {
      const [batch] = length!.shape as [number];
      const laid = (x: Expr) => select(x, fold!, foldBack!).reshape(batch, fold!.shape[0]! / batch);
      const h = hidden(params, seen!);
      const scores = logits(params, h);
      return {
        length: length!,
        steps: laid(tokenLogp(scores, targets!)),
        ...categorical(logSoftmax(scores), laid),
        values: () => laid(head(params, h)),
        value() {
          if (!after) throw new TypeError("Cannot value an answer: it was packed without its end");
          return laid(head(params, hidden(params, after))).sum(1).div(length!);
        },
      };
    },
    async generate(call, params, prompts, rngs, options = {}) {
      if (options.beams !== undefined) {
        throw new Unsuited("Cannot search by beams where a world answers each move");
      }
      const draw = sampler(moves, options);
      const episodes = prompts.map((prompt, i) => ({
        prompt,
        rng: rngs[i]!,
        state: begin(prompt),
        tokens: [] as number[],
        logps: [] as number[],
      }));
      let open = episodes.filter(({ state }) => !world.over(state));
      for (let left = options.step ? 1 : horizon; left > 0 && open.length > 0; left--) {
        const seen = open.map(({ state, prompt }) => observation(state, prompt));
        const rows = await scored(call, params, seen);
        open = open.filter((episode, i) => {
          const { token, logp } = draw(rows[i]!, episode.rng);
          episode.tokens.push(token);
          episode.logps.push(logp);
          episode.state = world.step(episode.state, [token]);
          return !world.over(episode.state);
        });
      }
      return episodes.map(({ prompt, tokens, logps }): Sample => {
        const spans = tokens.map((_, t): Span => [t, t + 1]);
        return { prompt, tokens, length: tokens.length, spans, logps };
      });
    },
  };
}

/** The perceptron: parameters, the last hidden layer [N, W], and what is read off it. */
function network({ moves, observed, width, layers, valueHead = false }: AgentShape, id: string) {
  const zeros = (...dims: number[]): Tensor => (
    { shape: dims, data: new Float32Array(dims.reduce((a, b) => a * b)) }
  );
  const drawn = (draws: Rng, rows: number): Tensor => ({
    shape: [rows, width],
    data: Float32Array.from({ length: rows * width }, () => draws.normal() / Math.sqrt(rows)),
  });
  return {
    /** It begins as even odds, and with a value of 0 everywhere. */
    init(rng: Rng): Params {
      const params: { [name: string]: Tensor } = {};
      for (let l = 0; l < layers; l++) {
        params[`${l}.weight`] = drawn(rng.split(l), l === 0 ? observed : width);
        params[`${l}.bias`] = zeros(width);
      }
      const value = { "value.weight": zeros(width, 1), "value.bias": zeros(1) };
      return {
        ...params,
        "moves.weight": zeros(width, moves),
        "moves.bias": zeros(moves),
        ...valueHead ? value : {},
      };
    },
    hidden(params: Feeds, seen: Expr): Expr {
      let h = seen;
      for (let l = 0; l < layers; l++) {
        h = silu(matmul(h, params[`${l}.weight`]!).add(params[`${l}.bias`]!));
      }
      return h;
    },
    logits: (params: Feeds, h: Expr): Expr =>
      matmul(h, params["moves.weight"]!).add(params["moves.bias"]!),
    head(params: Feeds, h: Expr): Expr {
      const weight = params["value.weight"];
      if (!weight) throw new Unsuited(`Cannot read a value of ${id}: it has no value head`);
      return matmul(h, weight).add(params["value.bias"]!).sum(1);
    },
  };
}

/**
 * Feeds of N moves in all: `seen` [N, F] before each and with `ends` `after` it, `targets` [N];
 * `fold` [B·T] and `foldBack` [N], where move n lies in [B, T]; `length` [B].
 */
function laidOut(
  ys: readonly Answer[],
  observations: readonly (readonly (readonly number[])[])[],
  ends: boolean,
  observed: number,
): Packed {
  const odd = ys.find(({ length, tokens }) => length === 0 || length !== tokens.length);
  if (odd) {
    throw new RangeError(
      `Cannot read ${odd.tokens.length} moves in answer to ${odd.prompt.id}: its length is ${odd.length}`,
    );
  }
  const steps = Math.max(...ys.map(({ length }) => length));
  const n = ys.reduce((sum, { length }) => sum + length, 0);
  const fold = new Int32Array(ys.length * steps).fill(n);
  const foldBack = Int32Array.from(
    ys.flatMap(({ length }, b) => Array.from({ length }, (_, t) => b * steps + t)),
  );
  foldBack.forEach((place, at) => fold[place] = at);
  const int = (data: Int32Array): Tensor => ({ shape: [data.length], data });
  const rows = (part: (seen: readonly (readonly number[])[]) => readonly (readonly number[])[]) => (
    { shape: [n, observed], data: Float32Array.from(observations.flatMap(part).flat()) }
  );
  return {
    feeds: {
      seen: rows((seen) => seen.slice(0, -1)),
      targets: int(Int32Array.from(ys.flatMap(({ tokens }) => tokens))),
      fold: int(fold),
      foldBack: int(foldBack),
      length: { shape: [ys.length], data: Float32Array.from(ys, ({ length }) => length) },
      ...ends ? { after: rows((seen) => seen.slice(1)) } : {},
    },
    steps,
    free: { seen: 0, targets: 0, foldBack: 0, after: 0 },
  };
}
