import type { Answer, Packed, Tensor } from "../core/mod.ts";

/**
 * Lays answers out for a sequence model: time-major tokens [T, B], prompt then answer, padded at the
 * end, so that padding is never attended to and no answer depends on its neighbours.
 *
 * Only the N positions that predict an answer's token reach the output layer; N may change from
 * batch to batch without compiling again. Feeds: `tokens` [T, B]; `rows` [N] and `rowsBack` [T·B]
 * (which position predicts token n, and back); `targets` [N]; `fold` [B·S] and `foldBack` [N] (where
 * token n lies in [B, S]); `length` [B]; with `ends`, `after` [N] and `afterBack` [T·B] (where
 * token n itself stands). Where every position predicts a token, `rows` and `fold` are left out.
 */
export function layOut(ys: readonly Answer[], ends: boolean, context: number): Packed {
  const batch = ys.length;
  const spans = ys.map((y) => {
    const [before, after] = [y.prompt.tokens.length, y.tokens.length];
    if (before === 0) throw new RangeError(`Cannot read prompt ${y.prompt.id}: it has no tokens`);
    if (after === 0) throw new RangeError(`Cannot read an answer to ${y.prompt.id}: it is empty`);
    return { before, after };
  });
  const whole = ends ? 0 : -1;
  const longest = Math.max(...spans.map(({ before, after }) => before + after + whole));
  const most = Math.max(...spans.map(({ after }) => after));
  if (longest > context) {
    throw new RangeError(
      `Cannot read ${longest} tokens of prompt and answer: the model's context is ${context}`,
    );
  }
  const n = spans.reduce((sum, { after }) => sum + after, 0);
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
      const j = t - spans[b]!.before + 1;
      if (j < 0 || j >= spans[b]!.after) continue;
      rows[at] = t * batch + b;
      rowsBack[t * batch + b] = at;
      targets[at] = ys[b]!.tokens[j]!;
      fold[b * answers + j] = at;
      foldBack[at] = b * answers + j;
      at++;
    }
  }
  const int = (data: Int32Array): Tensor => ({ shape: [data.length], data });
  const feeds: { [name: string]: Tensor } = {
    tokens: { shape: [steps, batch], data: tokens },
    targets: int(targets),
    length: { shape: [batch], data: Float32Array.from(spans, ({ after }) => after) },
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

/** Sizes in eights, from 128 on in steps of at most an eighth, so that a run compiles a handful of graphs. */
function rounded(n: number, most: number): number {
  const step = Math.max(8, 2 ** (Math.ceil(Math.log2(n)) - 4));
  return Math.min(Math.ceil(n / step) * step, Math.max(n, most));
}
