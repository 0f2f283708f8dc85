/**
 * What Phantom's attention (arXiv 2409.14713) is, on plain numbers. Queries, keys and values are widened
 * by a cross-attention to those of the first token, and two halves of the result are gated.
 */
import assert from "node:assert/strict";
import { type Rng, rng } from "../core/mod.ts";
import { probe } from "../lab/train/probe.ts";
import po from "../methods/po.ts";
import simpo from "../methods/simpo.ts";
import { allClose, close } from "./close.ts";

type Vector = readonly number[];
type Matrix = readonly Vector[];
/** [head][position][number] */
type Heads = readonly Matrix[];

const [HEADS, LENGTH, WIDTH] = [3, 6, 4];
const drawn = (draws: Rng, ...[n, ...rest]: readonly number[]): unknown =>
  Array.from({ length: n! }, () => rest.length > 0 ? drawn(draws, ...rest) : draws.normal());
const dot = (a: Vector, b: Vector) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const times = (m: Matrix, x: Vector) => m.map((row) => dot(row, x));
const plus = (a: Vector, b: Vector) => a.map((x, i) => x + b[i]!);
const scaled = (a: Vector, by: number) => a.map((x) => x * by);
const mixed = (weights: Vector, xs: Matrix) =>
  xs.reduce((sum, x, i) => plus(sum, scaled(x, weights[i]!)), scaled(xs[0]!, 0));
function softmax(xs: Vector): number[] {
  const weights = xs.map((x) => Math.exp(x - Math.max(...xs)));
  return scaled(weights, 1 / weights.reduce((a, b) => a + b));
}
/** By its tanh form: which smooth step it is does not matter here. */
const gelu = (xs: Vector) =>
  xs.map((x) => x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))));

/** Weights of a cross-attention, the same for all heads. */
interface Cross {
  readonly [name: string]: Matrix;
}
const crossing = (draws: Rng): Cross =>
  Object.fromEntries(
    ["q", "k", "v", "o"].map((name) => [name, drawn(draws.split(name), WIDTH, WIDTH) as Matrix]),
  );
const cross = ({ q, k, v, o }: Cross, query: Vector, keys: Matrix): Vector => {
  const asked = gelu(times(q!, query));
  const scores = keys.map((key) => dot(asked, gelu(times(k!, key))) / Math.sqrt(WIDTH));
  return gelu(times(o!, mixed(softmax(scores), keys.map((key) => gelu(times(v!, key))))));
};

const draws = rng("phantom");
const [q, k, v] = ["queries", "keys", "values"].map((name) =>
  drawn(draws.split(name), HEADS, LENGTH, WIDTH) as Heads
) as [Heads, Heads, Heads];
const [ofQ, ofK, ofV] = ["q", "k", "v"].map((name) => crossing(draws.split(name))) as [
  Cross,
  Cross,
  Cross,
];
const gates = drawn(draws.split("gates"), 2, WIDTH) as Matrix;

interface Kind {
  readonly eta: number;
  /** The scores' scale. */
  readonly scale: number;
  /** What a head's cross-attention reads of the first token, [head][key]. */
  keys(x: Heads): readonly Matrix[];
}
/** As the paper has it: a head's own vector, one key. */
const own = (x: Heads) => x.map((head) => [head[0]!]);
/** As the released code has it, whose product runs over the last two of [batch, position, head, number]. */
const all = (x: Heads) => x.map(() => x.map((head) => head[0]!));

/** Patterns and outputs, [head][position]. */
function phantom({ eta, scale, keys }: Kind) {
  const wide = (x: Heads, of: Cross) =>
    x.map((head, h) => head.map((vector) => scaled(cross(of, vector, keys(x)[h]!), eta)));
  const [q2, k2, v2] = [wide(q, ofQ), wide(k, ofK), wide(v, ofV)];
  return q.map((head, h) =>
    head.map((_, t) => {
      const pattern = softmax(
        Array.from({ length: t + 1 }, (_, s) =>
          scale * (dot(q[h]![t]!, k[h]![s]!) + dot(q2[h]![t]!, k2[h]![s]!))),
      );
      const first = mixed(pattern, v[h]!.slice(0, t + 1));
      const second = mixed(
        pattern,
        v[h]!.slice(0, t + 1).map((x, s) =>
          plus(x, v2[h]![s]!)
        ),
      );
      return { pattern, first, second, output: gated(first, second) };
    })
  );
}
function gated(first: Vector, second: Vector): Vector {
  const [a, b] = softmax([dot(gates[0]!, first), dot(gates[1]!, second)]) as [number, number];
  return plus(scaled(first, a), scaled(second, b));
}

/** Plain attention with scores at a scale, [head][position]. */
const plain = (scale: number) =>
  q.map((head, h) =>
    head.map((_, t) => {
      const pattern = softmax(
        Array.from({ length: t + 1 }, (_, s) => scale * dot(q[h]![t]!, k[h]![s]!)),
      );
      return { pattern, first: mixed(pattern, v[h]!.slice(0, t + 1)) };
    })
  );
/** How far patterns are from each other at most. */
const apart = (
  a: readonly (readonly { readonly pattern: Vector }[])[],
  b: readonly (readonly { readonly pattern: Vector }[])[],
) =>
  Math.max(
    ...a.flatMap((head, h) =>
      head.flatMap(({ pattern }, t) => pattern.map((x, s) => Math.abs(x - b[h]![t]!.pattern[s]!)))
    ),
  );

Deno.test("Phantom's attention as described, to one key a head, is attention at temperature √2 and one gated bias a head", () => {
  const eta = 0.7;
  const found = phantom({ eta, scale: 1 / Math.sqrt(2 * WIDTH), keys: own });
  const want = plain(1 / Math.sqrt(WIDTH) / Math.SQRT2);
  assert.ok(apart(found, want) < 1e-12);
  found.forEach((head, h) => {
    // What one key gives does not depend on who asks.
    const bias = scaled(cross(ofV, v[h]![0]!, [v[h]![0]!]), eta);
    assert.ok(Math.max(...bias.map(Math.abs)) > 0.05, "a bias of nothing would hide a wrong one");
    head.forEach(({ output }, t) => {
      const { first } = want[h]![t]!;
      allClose([...output], [...gated(first, plus(first, bias))], 1e-12);
    });
  });
});

Deno.test("Phantom's attention as released reads all heads of the first token, at temperature 1, and its η of 10⁻⁴ leaves patterns alone to 10⁻⁷", () => {
  const scale = 1 / Math.sqrt(WIDTH);
  // The scale is taken before queries are widened.
  assert.ok(apart(phantom({ eta: 1, scale, keys: own }), plain(scale)) < 1e-12);
  // With several keys it does matter who asks: were η 1, patterns would differ.
  assert.ok(apart(phantom({ eta: 1, scale, keys: all }), plain(scale)) > 1e-3);
  const released = phantom({ eta: 1e-4, scale, keys: all });
  const off = apart(released, plain(scale));
  assert.ok(off > 0 && off < 1e-7, `${off}`);
  released.flat().forEach(({ first, output }) => allClose([...output], [...first], 1e-3));
});

Deno.test("PO is SimPO and each chosen answer's mean negative log-likelihood, not the batch's a token", () => {
  const batch = { chosen: [[-1, -2, -3], [-1]], rejected: [[-2], [-1, -4]] };
  const hyper = { beta: 2, gamma: 0.5 };
  const [both, alone] = [probe(po, batch, hyper), probe(simpo, batch, hyper)];
  // Means of 2 and 1; over tokens it would be 7/4.
  close(both.value - alone.value, (2 + 1) / 2, 1e-12);
  // −1/(2|y|) by each log π of a chosen answer, and nothing by a rejected one's.
  const added = both.gradient.chosen!.map((row, i) =>
    row.map((slope, t) => slope - alone.gradient.chosen![i]![t]!)
  );
  allClose(added[0]!, [-1 / 6, -1 / 6, -1 / 6], 1e-12);
  close(added[1]![0], -1 / 2, 1e-12);
  assert.deepEqual(both.gradient.rejected, alone.gradient.rejected);
});
