import {
  type Call,
  dispose,
  type Model,
  onDevice,
  type Prompt,
  type Sample,
  type Tensor,
  type Tensors,
  toDevice,
} from "../core/mod.ts";
import { Continuations, draws } from "./continuations.ts";
import { type Decoder, type TransformerShape, turns } from "./decoder.ts";
import { type Passes, passes } from "./passes.ts";
import { Past } from "./past.ts";
import { checkSampling, isPlain, sampler } from "./sampling.ts";

/** Sequences sampled together. */
const CHUNK = 64;
/** Steps for which the host's caches make room at a time: places not yet filled are computed too. */
const BUCKET = 32;
/**
 * Rows to which a chunk may shrink. For fewer from the start each node counts more than what it
 * does: their cache is copied, as that takes fewer, and their tokens are drawn in JavaScript.
 */
const FEW = 8;

/**
 * Sampling with a cache of keys and values. On the host a step's own are written into it, in place;
 * on a device it grows there. Prompts of different lengths share a chunk: the longer ones are fed
 * their next token while the shorter ones already sample.
 */
export function generation(shape: TransformerShape, blocks: Decoder): Model["generate"] {
  const { vocabulary, context, longest, stop, pauses = [] } = shape;
  const graphs = passes(shape, blocks);
  return async (call, params, prompts, rngs, options = {}) => {
    checkSampling(options);
    if (rngs.length !== prompts.length) {
      throw new RangeError(
        `Cannot sample ${prompts.length} answers from ${rngs.length} streams: each needs its own`,
      );
    }
    checkPrompts(prompts, context);
    const limits = {
      context,
      longest,
      ends: options.step
        ? (token: number) => token === stop || pauses.includes(token)
        : (token: number) => token === stop,
      scores: sampler(vocabulary, options),
    };
    // Prompts of one length go together, so that few tokens are fed one by one.
    const order = prompts.map((_, i) => i)
      .sort((i, j) => prompts[i]!.tokens.length - prompts[j]!.tokens.length || i - j);
    const answers = new Array<Sample>(prompts.length);
    for (let start = 0; start < order.length; start += CHUNK) {
      const members = order.slice(start, start + CHUNK);
      const chunk = new Continuations(
        members.map((i) => prompts[i]!),
        members.map((i) => rngs[i]!),
        limits,
      );
      await finish(chunk, isPlain(options), call, params, shape, graphs);
      chunk.samples().forEach((made, k) => answers[members[k]!] = made);
    }
    return answers;
  };
}

function checkPrompts(prompts: readonly Prompt[], context: number): void {
  for (const { id, tokens } of prompts) {
    if (tokens.length === 0 || tokens.length >= context) {
      throw new RangeError(
        `Cannot continue prompt ${id} of ${tokens.length} tokens: the model reads 1 to ${
          context - 1
        }`,
      );
    }
  }
}

/** Samples a token of each row at a time until every answer is over; the graph draws itself what is `plain`. */
async function finish(
  chunk: Continuations,
  plain: boolean,
  call: Call,
  params: Tensors,
  shape: TransformerShape,
  graphs: Passes,
): Promise<void> {
  const { vocabulary, patches } = shape;
  const { shortest } = chunk;
  let rows = 2 ** Math.ceil(Math.log2(chunk.open().length));
  let drawn = draws(rows, vocabulary, plain && rows >= FEW);
  chunk.spin(drawn, shortest);
  const first = await call(graphs.prefill, {
    ...params,
    ...drawn.feeds,
    ...chunk.opening(rows, patches),
  }, { into: drawn.into, keep: graphs.names });
  const away = onDevice(first.key0!);
  const weights = away ? await toDevice(call, params) : params;
  const cache = cached(call, graphs, first, chunk.end);

  let next: Tensor = { shape: [rows], data: new Int32Array(rows) };
  const feeds: { [name: string]: Tensor } = { ...weights };
  for (let t = shortest;; t++) {
    chunk.take(drawn, t, next);
    const open = chunk.open();
    if (open.length === 0) break;
    if (cache.keep && rows > FEW && open.length <= rows / 2) {
      rows = Math.max(FEW, 2 ** Math.ceil(Math.log2(open.length)));
      cache.keep(open, rows);
      chunk.keep(open);
      const fed = next.data;
      next = { shape: [rows], data: new Int32Array(rows) };
      open.forEach((from, to) => next.data[to] = fed[from]!);
      drawn = draws(rows, vocabulary, plain);
    } else if (away && t === shortest) {
      drawn = draws(rows, vocabulary, plain);
    }
    chunk.spin(drawn, t + 1);
    Object.assign(feeds, placed(shape, weights, t, away), drawn.feeds);
    feeds.tokens = next;
    await cache.step(t, feeds, drawn.into);
  }
  if (away) {
    cache.free();
    dispose(weights);
  }
}

/** What is behind a chunk: keys and values, by the names of the graphs. */
interface Cache {
  /** Takes step t, to which what is behind is fed as well, and keeps its keys and values. */
  step(t: number, feeds: { [name: string]: Tensor }, into: Tensors): Promise<void>;
  /** Goes on with these rows alone, `rows` of them; absent where that would not save its cost. */
  keep?(which: readonly number[], rows: number): void;
  free(): void;
}

/** A cache that begins with what `prefill` gave; `end` is the most steps that it will hold. */
function cached(call: Call, graphs: Passes, first: Tensors, end: number): Cache {
  const { names } = graphs;
  const [rows, heads, steps, width] = first.key0!.shape as [number, number, number, number];
  const held = only(first, names);
  if (onDevice(first.key0!)) return growing(call, graphs, held);
  // One to read and one to write: left to the collector, copies of a long cache pile up.
  if (rows < FEW) return growing(call, graphs, held, turnabout(names, [rows, heads, width], end));
  const past = new Past(names, rows, heads, width, end, BUCKET);
  past.open(held, steps);
  return written(call, graphs, past);
}

/** Each step's keys and values are written in place. */
function written(call: Call, { step, free }: Passes, past: Past): Cache {
  return {
    async step(_, feeds, into) {
      Object.assign(feeds, past.feeds);
      await call(step, feeds, { free, into: { ...into, fresh: past.fresh } });
      past.add();
    },
    keep: (which, rows) => past.keep(which, rows),
    free() {},
  };
}

/** Each step gives a cache longer by one, into the room that there is for it. */
function growing(
  call: Call,
  { grown, free, names }: Passes,
  first: Tensors,
  room?: (steps: number) => Tensors,
): Cache {
  let held = first;
  return {
    async step(t, feeds, into) {
      Object.assign(feeds, held);
      const longer = await call(grown, feeds, {
        free,
        into: { ...into, ...room?.(t + 1) },
        keep: names,
      });
      dispose(held);
      held = only(longer, names);
    },
    free: () => dispose(held),
  };
}

/** Two caches with room for so many steps; the next step's is the one that was not read last. */
function turnabout(
  names: readonly string[],
  [rows, heads, width]: readonly [number, number, number],
  most: number,
): (steps: number) => Tensors {
  const step = rows * heads * width;
  const both = [0, 1].map(() => names.map(() => new Float32Array(most * step)));
  return (steps) =>
    Object.fromEntries(names.map((name, i) => [name, {
      shape: [rows, heads, steps, width],
      data: both[steps % 2]![i]!.subarray(0, steps * step),
    }]));
}

const only = (arrays: Tensors, names: readonly string[]): Tensors =>
  Object.fromEntries(names.map((name) => [name, arrays[name]!]));

/** What tells a graph that it is at step t: a row of the learned table, or angles. */
function placed(
  { width, heads, headWidth: d = width / heads, theta }: TransformerShape,
  params: Tensors,
  t: number,
  away: boolean,
): { [name: string]: Tensor } {
  const table = params.positions;
  if (table && away) return { at: { shape: [1], data: Int32Array.of(t) } };
  if (table) {
    return {
      place: { shape: [1, width], data: table.data.subarray(t * width, (t + 1) * width) },
    };
  }
  const { cos, sin } = turns(t, d / 2, theta);
  const angle = (values: number[]): Tensor => ({
    shape: [1, d / 2],
    data: Float32Array.from(values),
  });
  return { cos: angle(cos), sin: angle(sin) };
}
