import {
  type Call,
  concat,
  dispose,
  type Expr,
  type Feeds,
  type Graph,
  type Model,
  type Prompt,
  type Rng,
  type Sample,
  take,
  type Tensor,
  toDevice,
} from "../core/mod.ts";
import { checkSampling, sampler } from "./sampling.ts";
import { type Decoder, type TransformerShape, turns } from "./decoder.ts";

/** Sequences sampled together. */
const CHUNK = 64;

/**
 * Sampling with a cache of keys and values, time-major: a step's own are appended as row t, and the
 * growing cache is a view, never copied. Prompts of different lengths share a chunk: the longer ones
 * are fed their next token while the shorter ones already sample.
 */
export function generation(shape: TransformerShape, blocks: Decoder): Model["generate"] {
  const { layers, width, heads, keyHeads = heads, vocabulary, context, longest, stop } = shape;
  const { headWidth: d = width / heads } = shape;

  const prefill: Graph = ({ tokens, ...params }) => {
    const [steps, rows] = tokens!.shape as [number, number];
    const { state, cache } = blocks.run(params, tokens!);
    const last = state.slice(0, (steps - 1) * rows, steps * rows);
    const timed = (x: Expr) => x.reshape(steps, rows, keyHeads, d);
    return {
      logits: blocks.logits(params, last),
      ...named(cache.map(({ key, value }) => ({ key: timed(key), value: timed(value) }))),
    };
  };
  const advanced = ({ tokens, place, cos, sin, ...rest }: Feeds) => {
    const past = Array.from({ length: layers }, (_, l) => ({
      key: rest[`key${l}`]!,
      value: rest[`value${l}`]!,
    }));
    const where = place ? { learned: place } : { cos: cos!, sin: sin! };
    return { past, ...blocks.next(rest, tokens!, where, past) };
  };
  const step: Graph = (feeds) => {
    const { logits, cache } = advanced(feeds);
    return { logits, fresh: concat(cache.flatMap(({ key, value }) => [key, value]), 0) };
  };
  /** Where arrays stay on a device, the cache grows there, and the table of positions is read there. */
  const grown: Graph = ({ at, ...rest }) => {
    const place = at && take(rest.positions!, at);
    const { past, logits, cache } = advanced(place ? { ...rest, place } : rest);
    const longer = (before: Expr, own: Expr) =>
      concat([before, own.reshape(1, ...before.shape.slice(1))], 0);
    return {
      logits,
      ...named(past.map(({ key, value }, l) => ({
        key: longer(key, cache[l]!.key),
        value: longer(value, cache[l]!.value),
      }))),
    };
  };
  const free = Object.fromEntries(
    Array.from({ length: layers }, (_, l) => [[`key${l}`, 0], [`value${l}`, 0]] as const).flat(),
  );

  const keep = Object.keys(free);

  async function chunk(
    call: Call,
    params: { readonly [name: string]: Tensor },
    prompts: readonly Prompt[],
    rngs: readonly Rng[],
    draw: ReturnType<typeof sampler>,
  ): Promise<Sample[]> {
    const rows = 2 ** Math.ceil(Math.log2(prompts.length));
    const row = (i: number) => prompts[Math.min(i, prompts.length - 1)]!.tokens;
    const lengths = prompts.map((prompt) => prompt.tokens.length);
    const shortest = Math.min(...lengths);
    const end = Math.min(context, Math.max(...lengths) + longest);
    const block = rows * keyHeads * d;
    const caches = Object.keys(free).map((name) => ({ name, data: new Float32Array(end * block) }));
    const read = (data: Float32Array, to: number): Tensor => ({
      shape: [to, rows, keyHeads, d],
      data: data.subarray(0, to * block),
    });
    const logits: Tensor = { shape: [rows, vocabulary], data: new Float32Array(rows * vocabulary) };

    const opening = new Int32Array(shortest * rows);
    for (let t = 0; t < shortest; t++) {
      for (let b = 0; b < rows; b++) opening[t * rows + b] = row(b)[t]!;
    }
    const into = Object.fromEntries(caches.map(({ name, data }) => [name, read(data, shortest)]));
    const { logits: _, ...opened } = await call(prefill, {
      ...params,
      tokens: { shape: [shortest, rows], data: opening },
    }, { into: { logits, ...into }, keep });
    // On the host the arrays are those given.
    const away = opened.key0 !== into.key0;
    let held = opened;
    const weights = away ? await toDevice(call, params) : params;

    const answers = prompts.map(() => ({
      tokens: [] as number[],
      logps: [] as number[],
      open: true,
    }));
    // One output in place of two a layer: each would cost as much as a small operator.
    const fresh: Tensor = {
      shape: [caches.length * rows, keyHeads * d],
      data: new Float32Array(caches.length * block),
    };
    const next: Tensor = { shape: [rows], data: new Int32Array(rows) };
    const feeds: { [name: string]: Tensor } = { ...weights, tokens: next };
    for (let t = shortest;; t++) {
      answers.forEach((answer, b) => {
        if (!answer.open) return;
        if (t < lengths[b]!) {
          next.data[b] = row(b)[t]!;
          return;
        }
        const { token, logp } = draw(
          logits.data.subarray(b * vocabulary, (b + 1) * vocabulary),
          rngs[b]!,
        );
        answer.tokens.push(token);
        answer.logps.push(logp);
        next.data[b] = token;
        answer.open = token !== stop && answer.tokens.length < longest && t + 1 < context;
      });
      if (!answers.some(({ open }) => open)) break;
      Object.assign(feeds, placed(weights, t, away));
      if (away) {
        const { logits: _, ...longer } = await call(grown, { ...feeds, ...held }, {
          free: [free],
          into: { logits },
          keep,
        });
        dispose(held);
        held = longer;
        continue;
      }
      for (const { name, data } of caches) feeds[name] = read(data, t);
      await call(step, feeds, { free: [free], into: { logits, fresh } });
      caches.forEach(({ data }, i) => {
        data.set(fresh.data.subarray(i * block, (i + 1) * block), t * block);
      });
    }
    if (away) dispose({ ...held, ...weights });
    return answers.map(({ tokens, logps }, b) => ({
      prompt: prompts[b]!,
      tokens,
      length: tokens.length,
      logps,
    }));
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
    const draw = sampler(vocabulary, options);
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
        draw,
      );
      members.forEach((i, k) => answers[i] = made[k]!);
    }
    return answers;
  };
}

function named<T>(cache: readonly { readonly key: T; readonly value: T }[]): { [name: string]: T } {
  return Object.fromEntries(
    cache.flatMap(({ key, value }, l) => [[`key${l}`, key], [`value${l}`, value]]),
  );
}
