import {
  concat,
  draw,
  type Expr,
  type Feeds,
  type FreeAxes,
  type Graph,
  softmax,
  take,
  tokenLogp,
} from "../core/mod.ts";
import type { Decoder, TransformerShape } from "./decoder.ts";

/**
 * The graphs of sampling. Fed uniforms, each gives the tokens that it draws by them and their
 * log-probabilities; otherwise all scores.
 */
export interface Passes {
  /** Of the caches [B, H′, t, d], by layer. */
  readonly names: readonly string[];
  /** Prompts of one length: what follows, and their caches. */
  readonly prefill: Graph;
  /** One token more, with caches that have room: `fresh` holds all that is to be written into them. */
  readonly step: Graph;
  /** One token more, with caches that grow in the graph. */
  readonly grown: Graph;
  /** The axes by which caches grow: the same graph serves every length. */
  readonly free: readonly FreeAxes[];
}

export function passes(shape: TransformerShape, blocks: Decoder): Passes {
  const { layers, width, heads, keyHeads = heads } = shape;
  const { headWidth: d = width / heads } = shape;
  const names = Array.from({ length: layers }, (_, l) => [`key${l}`, `value${l}`]).flat();

  /** What the host is to know of a step. */
  const said = (logits: Expr, uniform: Expr | undefined): Feeds => {
    if (!uniform) return { logits };
    const token = draw(softmax(logits), uniform);
    return { token, logp: tokenLogp(logits, token) };
  };
  const advanced = ({ tokens, place, cos, sin, mask, ...rest }: Feeds) => {
    const past = Array.from({ length: layers }, (_, l) => ({
      key: rest[`key${l}`]!,
      value: rest[`value${l}`]!,
    }));
    const where = place ? { learned: place } : { cos: cos!, sin: sin! };
    return blocks.next(rest, tokens!, where, past, mask);
  };
  return {
    names,
    prefill({ tokens, patches, uniform, ...params }) {
      const [steps, rows] = tokens!.shape as [number, number];
      const { state, cache } = blocks.run(params, tokens!, patches);
      const last = state.slice(0, (steps - 1) * rows, steps * rows);
      const laid = (x: Expr) => x.reshape(steps, rows, keyHeads, d).transpose(1, 2, 0, 3);
      return {
        ...said(blocks.logits(params, last), uniform),
        ...named(cache.map(({ key, value }) => ({ key: laid(key), value: laid(value) }))),
      };
    },
    // One output in place of two a layer: each would cost as much as a small operator.
    step({ uniform, ...feeds }) {
      const { logits, cache } = advanced(feeds);
      const fresh = concat(cache.flatMap(({ key, value }) => [key, value]), 0);
      return { ...said(logits, uniform), fresh };
    },
    // The table of positions, which may be on a device, is read there.
    grown({ at, uniform, ...rest }) {
      const place = at && take(rest.positions!, at);
      const { logits, cache } = advanced(place ? { ...rest, place } : rest);
      return { ...said(logits, uniform), ...named(cache) };
    },
    free: [{ ...Object.fromEntries(names.map((name) => [name, 2])), mask: 0 }],
  };
}

function named<T>(cache: readonly { readonly key: T; readonly value: T }[]): { [name: string]: T } {
  return Object.fromEntries(
    cache.flatMap(({ key, value }, l) => [[`key${l}`, key], [`value${l}`, value]]),
  );
}
