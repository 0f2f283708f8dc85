import {
  type Call,
  type Graph,
  type Model,
  type Params,
  type Prompt,
  type Sample,
} from "../core/mod.ts";

/** What beam search must know of a sequence model. */
export interface BeamLimits {
  readonly context: number;
  readonly longest: number;
  readonly stop: number;
}

interface Beam {
  readonly tokens: readonly number[];
  readonly logps: readonly number[];
  readonly sum: number;
}

/** Prefixes read in one pass. */
const CHUNK = 64;

/**
 * Of each prompt the finished answer of highest Σ log π(yₜ|x, y₍<t₎) that a beam of this width
 * finds, without a length penalty. It ends when no open prefix can overtake the best finished one,
 * as sums only fall. Each prefix is read anew: it costs more than a cache would, and is billed so.
 */
export function beams(forward: Model["forward"], pack: Model["pack"], limits: BeamLimits) {
  const { context, longest, stop } = limits;
  const last: Graph = (feeds) => {
    const { params, packed } = parted(feeds);
    return { logp: forward(params, packed).next!.logp };
  };

  /** [prefix] log-probabilities of every next token. */
  async function next(
    call: Call,
    params: Params,
    prefixes: readonly Prompt[],
  ): Promise<Float32Array[]> {
    const found = new Array<Float32Array>(prefixes.length);
    // The model reads the tokens that predict, shorter prefixes first.
    const order = prefixes.map((_, i) => i)
      .sort((i, j) => prefixes[i]!.tokens.length - prefixes[j]!.tokens.length || i - j);
    for (let start = 0; start < order.length; start += CHUNK) {
      const members = order.slice(start, start + CHUNK);
      const rows = 2 ** Math.ceil(Math.log2(members.length));
      const filled = Array.from(
        { length: rows },
        (_, k) => prefixes[members[Math.min(k, members.length - 1)]!]!,
      );
      const packed = pack(filled.map((prompt) => ({ prompt, tokens: [stop], length: 1 })));
      const feeds = {
        ...Object.fromEntries(Object.entries(params).map(([k, x]) => [`params/${k}`, x])),
        ...Object.fromEntries(Object.entries(packed.feeds).map(([k, x]) => [`packed/${k}`, x])),
      };
      const free = Object.fromEntries(
        Object.entries(packed.free).map(([k, axis]) => [`packed/${k}`, axis]),
      );
      const { logp } = await call(last, feeds, { free: [free] });
      const width = logp!.shape[1]!;
      members.forEach((i, k) =>
        found[i] = logp!.data.slice(k * width, (k + 1) * width) as Float32Array
      );
    }
    return found;
  }

  return async (
    call: Call,
    params: Params,
    prompts: readonly Prompt[],
    width: number,
  ): Promise<Sample[]> => {
    if (!(Number.isInteger(width) && width > 0)) {
      throw new RangeError(`Cannot search by ${width} beams: expected a whole number above 0`);
    }
    // Equal prompts have equal answers; one that says or shows more, or goes on, is another.
    const key = ({ id, tokens, patches = new Float32Array() }: Prompt) =>
      `${id} ${tokens} ${patches}`;
    const distinct = [...new Map(prompts.map((prompt) => [key(prompt), prompt])).values()];
    const states = distinct.map((prompt) => ({
      prompt,
      open: [{ tokens: [], logps: [], sum: 0 }] as Beam[],
      best: undefined as Beam | undefined,
    }));
    for (let t = 0;; t++) {
      const active = states.filter(({ open }) => open.length > 0);
      if (active.length === 0) break;
      const prefixes = active.flatMap(({ prompt, open }) =>
        open.map(({ tokens }): Prompt => ({ ...prompt, tokens: [...prompt.tokens, ...tokens] }))
      );
      const rows = await next(call, params, prefixes);
      let at = 0;
      for (const state of active) {
        const candidates = state.open.flatMap(({ tokens, logps, sum }) => {
          const row = rows[at++]!;
          return likeliest(row, width).map((token): Beam => ({
            tokens: [...tokens, token],
            logps: [...logps, row[token]!],
            sum: sum + row[token]!,
          }));
        }).sort((a, b) => b.sum - a.sum).slice(0, width);
        const ends = ({ tokens }: Beam) =>
          tokens.at(-1) === stop || tokens.length >= longest ||
          state.prompt.tokens.length + tokens.length >= context;
        for (const beam of candidates.filter(ends)) {
          if (!state.best || beam.sum > state.best.sum) state.best = beam;
        }
        const { best } = state;
        state.open = candidates.filter((beam) => !ends(beam) && !(best && beam.sum <= best.sum));
      }
    }
    const found = new Map(states.map(({ prompt, best }) => [key(prompt), best!]));
    return prompts.map((prompt) => {
      const { tokens, logps } = found.get(key(prompt))!;
      return { prompt, tokens, length: tokens.length, logps };
    });
  };
}

/** The `width` highest of a row, ties in order of their index. */
function likeliest(row: Float32Array, width: number): number[] {
  const kept: number[] = [];
  for (let i = 0; i < row.length; i++) {
    const place = kept.findIndex((k) => row[i]! > row[k]!);
    if (place >= 0) kept.splice(place, 0, i);
    else if (kept.length < width) kept.push(i);
    if (kept.length > width) kept.pop();
  }
  return kept;
}

function parted(feeds: Parameters<Graph>[0]) {
  const of = (who: string) =>
    Object.fromEntries(
      Object.entries(feeds).flatMap(([name, x]) =>
        name.startsWith(`${who}/`) ? [[name.slice(who.length + 1), x]] : []
      ),
    );
  return { params: of("params"), packed: of("packed") };
}
