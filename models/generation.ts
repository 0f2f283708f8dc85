import {
  type Call,
  concat,
  dispose,
  draw,
  type Expr,
  type Feeds,
  type Graph,
  type Model,
  onDevice,
  type Prompt,
  type Rng,
  type Sample,
  softmax,
  take,
  type Tensor,
  type Tensors,
  toDevice,
  tokenLogp,
} from "../core/mod.ts";
import { type Decoder, type TransformerShape, turns } from "./decoder.ts";
import { Past } from "./past.ts";
import { checkSampling, isPlain, sampler, uniform22 } from "./sampling.ts";

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
  const { layers, width, heads, keyHeads = heads, vocabulary, context, longest, stop } = shape;
  const { headWidth: d = width / heads, pauses = [] } = shape;
  const names = Array.from({ length: layers }, (_, l) => [`key${l}`, `value${l}`]).flat();

  /** What the host is to know of a step: the tokens drawn, or else all scores. */
  const said = (logits: Expr, uniform: Expr | undefined): Feeds => {
    if (!uniform) return { logits };
    const token = draw(softmax(logits), uniform);
    return { token, logp: tokenLogp(logits, token) };
  };
  const prefill: Graph = ({ tokens, uniform, ...params }) => {
    const [steps, rows] = tokens!.shape as [number, number];
    const { state, cache } = blocks.run(params, tokens!);
    const last = state.slice(0, (steps - 1) * rows, steps * rows);
    const laid = (x: Expr) => x.reshape(steps, rows, keyHeads, d).transpose(1, 2, 0, 3);
    return {
      ...said(blocks.logits(params, last), uniform),
      ...named(cache.map(({ key, value }) => ({ key: laid(key), value: laid(value) }))),
    };
  };
  const advanced = ({ tokens, place, cos, sin, mask, ...rest }: Feeds) => {
    const past = Array.from({ length: layers }, (_, l) => ({
      key: rest[`key${l}`]!,
      value: rest[`value${l}`]!,
    }));
    const where = place ? { learned: place } : { cos: cos!, sin: sin! };
    return blocks.next(rest, tokens!, where, past, mask);
  };
  // One output in place of two a layer: each would cost as much as a small operator.
  const step: Graph = ({ uniform, ...feeds }) => {
    const { logits, cache } = advanced(feeds);
    const fresh = concat(cache.flatMap(({ key, value }) => [key, value]), 0);
    return { ...said(logits, uniform), fresh };
  };
  /** The cache grows in the graph; the table of positions, which may be on a device, is read there. */
  const grown: Graph = ({ at, uniform, ...rest }) => {
    const place = at && take(rest.positions!, at);
    const { logits, cache } = advanced(place ? { ...rest, place } : rest);
    return { ...said(logits, uniform), ...named(cache) };
  };
  const free = [{ ...Object.fromEntries(names.map((name) => [name, 2])), mask: 0 }];

  async function chunk(
    call: Call,
    params: { readonly [name: string]: Tensor },
    prompts: readonly Prompt[],
    rngs: readonly Rng[],
    scores: ReturnType<typeof sampler>,
    plain: boolean,
    ends: (token: number) => boolean,
  ): Promise<Sample[]> {
    let rows = 2 ** Math.ceil(Math.log2(prompts.length));
    const lengths = prompts.map((prompt) => prompt.tokens.length);
    const shortest = Math.min(...lengths);
    const end = Math.min(context, Math.max(...lengths) + longest);
    const answers = prompts.map(() => ({
      tokens: [] as number[],
      logps: [] as number[],
      open: true,
    }));
    /** The answer of each row; rows beyond are of no meaning. */
    let seats = [...prompts.keys()];

    /** What is fed and fetched so that `said` says it, for so many rows. */
    const ear = (inGraph: boolean): Ear =>
      inGraph
        ? {
          feeds: { uniform: { shape: [rows], data: new Float32Array(rows) } },
          into: {
            token: { shape: [rows], data: new Int32Array(rows) },
            logp: { shape: [rows], data: new Float32Array(rows) },
          },
        }
        : {
          feeds: {},
          into: {
            logits: { shape: [rows, vocabulary], data: new Float32Array(rows * vocabulary) },
          },
        };
    /** Before step t: the uniforms of the rows that go beyond their prompts. */
    const spin = ({ feeds: { uniform } }: Ear, t: number) =>
      uniform && seats.forEach((i, b) => {
        if (answers[i]!.open && t >= lengths[i]!) uniform.data[b] = uniform22(rngs[i]!);
      });
    const drawn = ({ into: { token, logp, logits } }: Ear, b: number) => {
      if (logits) {
        const row = logits.data.subarray(b * vocabulary, (b + 1) * vocabulary);
        return scores(row, rngs[seats[b]!]!);
      }
      if (!(logp!.data[b]! > -Infinity)) {
        throw new RangeError(`Cannot sample: a token's log-probability is ${logp!.data[b]}`);
      }
      return { token: token!.data[b]!, logp: logp!.data[b]! };
    };

    const opening = new Int32Array(shortest * rows);
    for (let t = 0; t < shortest; t++) {
      for (let b = 0; b < rows; b++) {
        opening[t * rows + b] = prompts[Math.min(b, prompts.length - 1)]!.tokens[t]!;
      }
    }
    let heard = ear(plain && rows >= FEW);
    spin(heard, shortest);
    const first = await call(prefill, {
      ...params,
      ...heard.feeds,
      tokens: { shape: [shortest, rows], data: opening },
    }, { into: heard.into, keep: names });
    const away = onDevice(first.key0!);
    const weights = away ? await toDevice(call, params) : params;
    let held = only(first, names);
    const past = away || rows < FEW ? undefined : new Past(names, rows, keyHeads, d, end, BUCKET);
    past?.open(held, shortest);
    // One to read and one to write: left to the collector, copies of a long cache pile up.
    const roomy = away || past ? undefined : turnabout(rows, end);

    let next: Tensor = { shape: [rows], data: new Int32Array(rows) };
    const feeds: { [name: string]: Tensor } = { ...weights };
    for (let t = shortest;; t++) {
      seats.forEach((i, b) => {
        const answer = answers[i]!;
        if (!answer.open) return;
        if (t < lengths[i]!) {
          next.data[b] = prompts[i]!.tokens[t]!;
          return;
        }
        const { token, logp } = drawn(heard, b);
        answer.tokens.push(token);
        answer.logps.push(logp);
        next.data[b] = token;
        answer.open = !ends(token) && answer.tokens.length < longest && t + 1 < context;
      });
      const going = [...seats.keys()].filter((b) => answers[seats[b]!]!.open);
      if (going.length === 0) break;
      if (past && rows > FEW && going.length <= rows / 2) {
        rows = Math.max(FEW, 2 ** Math.ceil(Math.log2(going.length)));
        past.keep(going, rows);
        const fed = next.data;
        next = { shape: [rows], data: new Int32Array(rows) };
        going.forEach((from, to) => next.data[to] = fed[from]!);
        seats = going.map((b) => seats[b]!);
        heard = ear(plain);
      } else if (away && t === shortest) {
        heard = ear(plain);
      }
      spin(heard, t + 1);
      Object.assign(feeds, placed(weights, t, away), heard.feeds, past?.feeds ?? held);
      feeds.tokens = next;
      if (past) {
        await call(step, feeds, { free, into: { ...heard.into, fresh: past.fresh } });
        past.add();
        continue;
      }
      const longer = await call(grown, feeds, {
        free,
        into: { ...heard.into, ...roomy?.(t + 1) },
        keep: names,
      });
      dispose(held);
      held = only(longer, names);
    }
    if (away) dispose({ ...held, ...weights });
    return answers.map(({ tokens, logps }, i) => ({
      prompt: prompts[i]!,
      tokens,
      length: tokens.length,
      logps,
    }));
  }

  /** Two caches with room for so many steps; the next step's is the one that was not read last. */
  function turnabout(rows: number, most: number): (steps: number) => Tensors {
    const step = rows * keyHeads * d;
    const both = [0, 1].map(() => names.map(() => new Float32Array(most * step)));
    return (steps) =>
      Object.fromEntries(names.map((name, i) => [name, {
        shape: [rows, keyHeads, steps, d],
        data: both[steps % 2]![i]!.subarray(0, steps * step),
      }]));
  }

  function placed(
    params: { readonly [name: string]: Tensor },
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
    const { cos, sin } = turns(t, d / 2, shape.theta);
    const angle = (values: number[]): Tensor => ({
      shape: [1, d / 2],
      data: Float32Array.from(values),
    });
    return { cos: angle(cos), sin: angle(sin) };
  }

  return async (call, params, prompts, rngs, options = {}) => {
    checkSampling(options);
    if (rngs.length !== prompts.length) {
      throw new RangeError(
        `Cannot sample ${prompts.length} answers from ${rngs.length} streams: each needs its own`,
      );
    }
    for (const { id, tokens } of prompts) {
      if (tokens.length === 0 || tokens.length >= context) {
        throw new RangeError(
          `Cannot continue prompt ${id} of ${tokens.length} tokens: the model reads 1 to ${
            context - 1
          }`,
        );
      }
    }
    const scores = sampler(vocabulary, options);
    const plain = isPlain(options);
    const ends = options.step
      ? (token: number) => token === stop || pauses.includes(token)
      : (token: number) => token === stop;
    // Prompts of one length go together, so that few tokens are fed one by one.
    const order = prompts.map((_, i) => i)
      .sort((i, j) => prompts[i]!.tokens.length - prompts[j]!.tokens.length || i - j);
    const answers = new Array<Sample>(prompts.length);
    for (let start = 0; start < order.length; start += CHUNK) {
      const members = order.slice(start, start + CHUNK);
      const made = await chunk(
        call,
        params,
        members.map((i) => prompts[i]!),
        members.map((i) => rngs[i]!),
        scores,
        plain,
        ends,
      );
      members.forEach((i, k) => answers[i] = made[k]!);
    }
    return answers;
  };
}

interface Ear {
  readonly feeds: { readonly uniform?: Tensor };
  readonly into: { readonly token?: Tensor; readonly logp?: Tensor; readonly logits?: Tensor };
}

const only = (arrays: Tensors, names: readonly string[]): Tensors =>
  Object.fromEntries(names.map((name) => [name, arrays[name]!]));

function named<T>(cache: readonly { readonly key: T; readonly value: T }[]): { [name: string]: T } {
  return Object.fromEntries(
    cache.flatMap(({ key, value }, l) => [[`key${l}`, key], [`value${l}`, value]]),
  );
}
