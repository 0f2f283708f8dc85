import { type Answer, type Packed, spansOf, type Tensor, Unsuited } from "../core/mod.ts";
import { patchesOf, type PatchShape } from "./patches.ts";

/**
 * Lays answers out for a sequence model: time-major tokens [T, B], prompt then answer, padded at the
 * end, so that padding is never attended to and no answer depends on its neighbours.
 *
 * Only the N positions that predict a token of the policy's own reach the output layer, and what the
 * world said is read but not scored; N may change from batch to batch without compiling again.
 * Feeds: `tokens` [T, B]; `rows` [N] and `rowsBack` [T·B] (which position predicts token n, and
 * back); `targets` [N]; `fold` [B·S] and `foldBack` [N] (where token n lies in [B, S]); `length`
 * [B]; with `ends`, `after` [N] and `afterBack` [T·B] (where token n itself stands); `patches`
 * [count, B, numbers] of a model that reads images. Where every position predicts a token, `rows`
 * and `fold` are left out.
 */
export function layOut(
  ys: readonly Answer[],
  ends: boolean,
  context: number,
  image?: PatchShape,
): Packed {
  const batch = ys.length;
  const spans = ys.map(checked);
  const whole = ends ? 0 : -1;
  const longest = Math.max(...spans.map(({ before, after }) => before + after + whole));
  const most = Math.max(...ys.map(({ length }) => length));
  if (longest > context) {
    throw new RangeError(
      `Cannot read ${longest} tokens of prompt and answer: the model's context is ${context}`,
    );
  }
  const n = ys.reduce((sum, { length }) => sum + length, 0);
  const dense = !ends && n === batch * longest;
  const [steps, answers] = dense
    ? [longest, most]
    : [rounded(longest, context), rounded(most, context)];
  const tokens = new Int32Array(steps * batch);
  const rows = new Int32Array(n);
  const rowsBack = new Int32Array(steps * batch).fill(n);
  const targets = new Int32Array(n);
  const fold = new Int32Array(batch * answers).fill(n);
  const foldBack = new Int32Array(n);
  ys.forEach((y, b) => {
    const all = [...y.prompt.tokens, ...y.tokens];
    for (let t = 0; t < all.length + whole; t++) tokens[t * batch + b] = all[t]!;
  });
  let at = 0;
  for (let t = 0; t < steps; t++) {
    for (let b = 0; b < batch; b++) {
      const { before, after, own } = spans[b]!;
      const i = t - before + 1;
      if (i < 0 || i >= after) continue;
      const j = own ? own[i]! : i;
      if (j < 0) continue;
      rows[at] = t * batch + b;
      rowsBack[t * batch + b] = at;
      targets[at] = ys[b]!.tokens[i]!;
      fold[b * answers + j] = at;
      foldBack[at] = b * answers + j;
      at++;
    }
  }
  const int = (data: Int32Array): Tensor => ({ shape: [data.length], data });
  const feeds: { [name: string]: Tensor } = {
    tokens: { shape: [steps, batch], data: tokens },
    targets: int(targets),
    length: { shape: [batch], data: Float32Array.from(ys, ({ length }) => length) },
    ...patchesOf(ys.map(({ prompt }) => prompt), image),
  };
  if (dense) return { feeds, steps: longest, free: {} };
  Object.assign(feeds, {
    rows: int(rows),
    rowsBack: int(rowsBack),
    fold: int(fold),
    foldBack: int(foldBack),
  });
  if (ends) {
    const after = rows.map((row) => row + batch);
    const afterBack = new Int32Array(steps * batch).fill(n);
    after.forEach((row, k) => afterBack[row] = k);
    Object.assign(feeds, { after: int(after), afterBack: int(afterBack) });
  }
  return { feeds, steps: answers, free: { rows: 0, targets: 0, foldBack: 0, after: 0 } };
}

/** Tokens before and in the answer; where the world spoke, which of the policy's own each is, −1 for the world's. */
function checked(y: Answer): { before: number; after: number; own?: Int32Array } {
  const { prompt, tokens, length, spans } = y;
  const [before, after] = [prompt.tokens.length, tokens.length];
  if (y.numbers) throw new Unsuited("Cannot read numbers as tokens: this model reads token ids");
  if (before === 0) throw new RangeError(`Cannot read prompt ${prompt.id}: it has no tokens`);
  if (length === 0) throw new RangeError(`Cannot read an answer to ${prompt.id}: it is empty`);
  if (!spans && length === after) return { before, after };
  const own = new Int32Array(after).fill(-1);
  let [at, end] = [0, 0];
  for (const [from, to] of spansOf(y)) {
    if (from < end || to < from || to > after) break;
    for (let i = from; i < to; i++) own[i] = at++;
    end = to;
  }
  if (at !== length) {
    throw new RangeError(
      `Cannot read an answer to ${prompt.id}: its spans ${
        JSON.stringify(spansOf(y))
      } of ${after} tokens hold ${at} of its own in order, expected ${length}`,
    );
  }
  return at === after ? { before, after } : { before, after, own };
}

/** Sizes in eights, from 128 on in steps of at most an eighth, so that a run compiles a handful of graphs. */
function rounded(n: number, most: number): number {
  const step = Math.max(8, 2 ** (Math.ceil(Math.log2(n)) - 4));
  return Math.min(Math.ceil(n / step) * step, Math.max(n, most));
}
