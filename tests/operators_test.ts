import assert from "node:assert/strict";
import fc from "fast-check";
import {
  concat,
  constant,
  type DType,
  type Expr,
  gelu,
  geluTanh,
  input,
  layerNorm,
  logSoftmax,
  matmul,
  pick,
  rank,
  rmsNorm,
  rotary,
  scatter,
  select,
  sigmoid,
  silu,
  size,
  softmax,
  softplus,
  sort,
  squaredRelu,
  take,
  tokenLogp,
  unpick,
  where,
} from "../core/expr.ts";
import { rng } from "../core/rng.ts";
import { cpu, gradient, interpret } from "../engine/mod.ts";
import { ordered } from "../engine/graph.ts";
import { operators } from "../engine/operators/mod.ts";
import type { Tensors } from "../core/policy.ts";

/** A little graph over inputs of random shapes: `dims` are small sizes, `real` and `ids` make leaves. */
type Case = (make: Leaves, dims: { a: number; b: number; c: number; d: number }) => Expr;
interface Leaves {
  real(shape: readonly number[], range?: readonly [number, number]): Expr;
  ids(shape: readonly number[], below: number): Expr;
  /** A random constant. */
  fixed(shape: readonly number[]): Expr;
  /** `from` and `to` of a `select` that keeps some rows. */
  moves(n: number, m: number): { to: Expr; from: Expr };
}

const cases: { readonly [name: string]: Case } = {
  "add, broadcasting both ways": (x, { a, b, c }) => x.real([a, 1, c]).add(x.real([b, 1])),
  "add of a scalar": (x, { a }) => x.real([a]).add(3),
  "sub": (x, { a, b }) => x.real([a, b]).sub(x.real([b])),
  "mul": (x, { a, b }) => x.real([a, b]).mul(x.real([a, 1])),
  "mul by itself": (x, { a, b }) => x.real([a, b]).square(),
  "div": (x, { a, b }) => x.real([a, b]).div(x.real([a, b], [0.5, 2])),
  "max": (x, { a, b }) => x.real([a, b]).max(x.real([b])),
  "max with zero": (x, { a, b }) => x.real([a, b]).max(0),
  "min": (x, { a, b }) => x.real([a, b]).min(x.real([a, 1])),
  "less and where": (x, { a, b }) => where(x.real([a, b]).less(0.1), x.real([b]), x.real([a, b])),
  "neg": (x, { a }) => x.real([a]).neg(),
  "exp": (x, { a, b }) => x.real([a, b]).exp(),
  "log": (x, { a, b }) => x.real([a, b], [0.2, 3]).log(),
  "sqrt": (x, { a, b }) => x.real([a, b], [0.2, 3]).sqrt(),
  "tanh": (x, { a, b }) => x.real([a, b], [-3, 3]).tanh(),
  "erf": (x, { a, b }) => x.real([a, b], [-3, 3]).erf(),
  "sigmoid": (x, { a, b }) => sigmoid(x.real([a, b], [-6, 6])),
  "softplus": (x, { a, b }) => softplus(x.real([a, b], [-6, 6])),
  "silu": (x, { a, b }) => silu(x.real([a, b], [-4, 4])),
  "gelu": (x, { a, b }) => gelu(x.real([a, b], [-4, 4])),
  "GELU by tanh": (x, { a, b }) => geluTanh(x.real([a, b], [-4, 4])),
  "squaredRelu": (x, { a, b }) => squaredRelu(x.real([a, b])),
  "squaredRelu between two products, whose factor 2 rides on alpha": (x, { a, b, c, d }) =>
    matmul(squaredRelu(matmul(x.real([a, b]), x.real([b, c]))), x.real([c, d])),
  "sum over all": (x, { a, b, c }) => x.real([a, b, c]).sum(),
  "sum over one axis": (x, { a, b, c }) => x.real([a, b, c]).sum(1),
  "sum keeping axes": (x, { a, b, c }) => x.real([a, b, c]).sum([0, 2], true),
  "mean": (x, { a, b, c }) => x.real([a, b, c]).mean(2),
  "reshape": (x, { a, b, c }) => x.real([a, b, c]).reshape(a * b, c).reshape(c, a * b),
  "broadcast": (x, { a, b, c }) => x.real([b, 1]).broadcast([a, b, c]),
  "transpose": (x, { a, b, c }) => x.real([a, b, c]).transpose(2, 0, 1),
  "slice": (x, { a, b }) => x.real([a, b + 3, 2]).slice(1, 1, b + 2),
  "concat": (x, { a, b, c }) => concat([x.real([a, b]), x.real([a, c]), x.real([a, 1])], 1),
  "constant": (x, { a }) => x.real([a, 3]).mul(constant([1, -2, 0.5], [3])),
  "take, with repeated rows": (x, { a, b, c }) => take(x.real([a, c]), x.ids([b, 5], a)),
  "scatter": (x, { a, b, c }) => take(x.real([a, c]), x.ids([b], a)).mul(2),
  "pick": (x, { a, b }) => pick(x.real([a, b]), x.ids([a], b)),
  "unpick": (x, { a, b }) => unpick(x.real([a, b]), x.ids([a], b), x.real([a])),
  "select": (x, { a, b, c }) => {
    const { to, from } = x.moves(a, b);
    return select(x.real([a, c]), to, from);
  },
  "sort": (x, { a }) => sort(x.real([a])),
  "softmax": (x, { a, b }) => softmax(x.real([a, 2, b], [-5, 5])),
  "logSoftmax": (x, { a, b }) => logSoftmax(x.real([a, b], [-5, 5])),
  "tokenLogp": (x, { a, b }) => tokenLogp(x.real([a, b], [-5, 5]), x.ids([a], b)),
  "rmsNorm": (x, { a, b }) => rmsNorm(x.real([a, b + 1])),
  "rmsNorm with a gain": (x, { a, b }) => rmsNorm(x.real([a, 2, b + 1]), 1e-3, x.real([b + 1])),
  "layerNorm": (x, { a, b }) => layerNorm(x.real([a, b + 1]), 1e-2),
  "rotary": (x, { a, b, c }) => rotary(x.real([a, b, 2, 2 * c]), x.fixed([a, c]), x.fixed([a, c])),
  ...products(),
  "matmul that absorbs time-major transposes": (x, { a, b, c, d }) =>
    matmul(x.real([a, b, c, d]).transpose(1, 2, 0, 3), x.real([5, b, c, d]).transpose(1, 2, 0, 3), {
      transB: true,
      alpha: 0.5,
    }),
  "attention": (x, { a, b, c, d }) => {
    const heads = () => x.real([a, b, c, d]).transpose(1, 2, 0, 3);
    const scores = matmul(heads(), heads(), { transB: true, alpha: 1 / Math.sqrt(d) });
    return matmul(softmax(scores), heads()).transpose(2, 0, 1, 3).reshape(a * b, c * d);
  },
};

/** Every way to lay out the operands, with and without batches. */
function products(): { [name: string]: Case } {
  const flags = [false, true];
  const out: { [name: string]: Case } = {};
  for (const transA of flags) {
    for (const transB of flags) {
      const named = `matmul${transA ? " aᵀ" : ""}${transB ? " bᵀ" : ""}`;
      out[named] = (x, { a, b, c }) =>
        matmul(x.real(transA ? [b, a] : [a, b]), x.real(transB ? [c, b] : [b, c]), {
          transA,
          transB,
          alpha: -1.5,
        });
      for (const batchA of flags) {
        for (const batchB of flags) {
          const laid = (rows: number, columns: number, trans: boolean, batch: boolean) => {
            const [r, k] = trans ? [columns, rows] : [rows, columns];
            return batch ? [r, 2, 3, k] : [2, 3, r, k];
          };
          out[`${named} in batches${batchA ? ", a by rows" : ""}${batchB ? ", b by rows" : ""}`] = (
            x,
            { a, b, c },
          ) =>
            matmul(x.real(laid(a, b, transA, batchA)), x.real(laid(b, c, transB, batchB)), {
              transA,
              transB,
              batchA,
              batchB,
            });
        }
      }
    }
  }
  return out;
}

function leaves(seed: number) {
  const random = rng(seed);
  const feeds: { [name: string]: { shape: readonly number[]; data: Float32Array | Int32Array } } =
    {};
  const leaf = (shape: readonly number[], dtype: DType, data: Float32Array | Int32Array) => {
    const name = `x${Object.keys(feeds).length}`;
    feeds[name] = { shape, data };
    return input(name, shape, dtype);
  };
  const make: Leaves = {
    real: (shape, [low, high] = [-1.5, 1.5]) =>
      leaf(
        shape,
        "f32",
        Float32Array.from({ length: size(shape) }, () => low + (high - low) * random.uniform()),
      ),
    fixed: (shape) =>
      constant(Array.from({ length: size(shape) }, () => Math.fround(random.normal())), shape),
    ids: (shape, below) =>
      leaf(shape, "i32", Int32Array.from({ length: size(shape) }, () => random.below(below))),
    moves: (n, m) => {
      const places = random.shuffle(Array.from({ length: m }, (_, i) => i));
      const from = Int32Array.from(
        { length: n },
        (_, i) => i < m && random.uniform() < 0.8 ? places[i]! : m,
      );
      const to = new Int32Array(m).fill(n);
      from.forEach((at, i) => {
        if (at < m) to[at] = i;
      });
      return { to: leaf([m], "i32", to), from: leaf([n], "i32", from) };
    },
  };
  return { make, feeds: feeds as Tensors };
}

/** A scalar whose gradient weighs every entry differently, so that no two errors cancel. */
function scalar(y: Expr): Expr {
  const weights = Array.from({ length: size(y.shape) }, (_, i) => Math.sin(i + 1));
  return y.mul(constant(weights, y.shape)).sum();
}

function problem(build: Case, dims: { a: number; b: number; c: number; d: number }, seed: number) {
  const { make, feeds } = leaves(seed);
  const y = build(make, dims);
  const wrt = ordered([y]).filter((node) => node.op === "input" && node.dtype === "f32");
  const gradients = gradient(scalar(y), wrt);
  const outputs: { [name: string]: Expr } = { y };
  wrt.forEach((x, i) => outputs[`d_${(x as Expr<"input">).attributes.name}`] = gradients[i]!);
  const values = Object.fromEntries(Object.entries(feeds).map(([k, v]) => [k, v.data]));
  return { y, outputs, feeds, values, names: wrt.map((x) => (x as Expr<"input">).attributes.name) };
}

const dims = fc.record({
  a: fc.integer({ min: 1, max: 5 }),
  b: fc.integer({ min: 1, max: 4 }),
  c: fc.integer({ min: 1, max: 3 }),
  d: fc.integer({ min: 1, max: 4 }),
});
const worst = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let [difference, scale] = [0, 1];
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    scale = Math.max(scale, Math.abs(b[i]!));
    if (Number.isNaN(a[i]!)) return NaN;
  }
  return difference / scale;
};

Deno.test("every operator has a case in this table", () => {
  const used = new Set<string>();
  for (const build of Object.values(cases)) {
    const { outputs } = problem(build, { a: 3, b: 4, c: 2, d: 2 }, 1);
    for (const node of ordered(Object.values(outputs))) used.add(node.op);
  }
  used.add("stop"); // by the test below
  assert.deepEqual(Object.keys(operators).filter((op) => !used.has(op)), []);
});

for (const [name, build] of Object.entries(cases)) {
  Deno.test(`${name}: the gradient is the finite difference, in float64`, () => {
    fc.assert(
      fc.property(dims, fc.integer(), (size, seed) => {
        const { y, outputs, values, names } = problem(build, size, seed);
        const exact = interpret(outputs, values);
        const at = (name: string, k: number, step: number) => {
          const moved = Float64Array.from(values[name]!);
          moved[k]! += step;
          return interpret({ s: scalar(y) }, { ...values, [name]: moved }).s![0]!;
        };
        for (const name of names) {
          const g = exact[`d_${name}`]!;
          for (let k = 0; k < Math.min(4, g.length); k++) {
            const slope = (at(name, k, 1e-5) - at(name, k, -1e-5)) / 2e-5;
            const free = 1e-6 * Math.max(1, Math.abs(slope));
            assert.ok(
              Math.abs(slope - g[k]!) <= free,
              `${name}[${k}]: gradient ${g[k]} against difference ${slope}`,
            );
          }
        }
      }),
      { seed: 7, numRuns: 8 },
    );
  });

  Deno.test(`${name}: ONNX Runtime agrees with the interpreter on 1 and 2 threads`, async () => {
    const engines = [cpu({ threads: 1 }), cpu({ threads: 2 })];
    await fc.assert(
      fc.asyncProperty(dims, fc.integer(), async (size, seed) => {
        const { outputs, feeds, values } = problem(build, size, seed);
        const exact = interpret(outputs, values);
        for (const { call } of engines) {
          const got = await call((leaves) => rebuilt(outputs, leaves), feeds);
          for (const [key, want] of Object.entries(exact)) {
            const error = worst(got[key]!.data, want);
            assert.ok(error <= 1e-4, `${key} is off by ${error}`);
            assert.deepEqual([...got[key]!.shape], [...outputs[key]!.shape]);
          }
        }
      }),
      { seed: 11, numRuns: 4 },
    );
    for (const engine of engines) await engine.close();
  });
}

/** The inputs in `outputs` are found by name, so the graph is used as it is. */
function rebuilt(outputs: { [name: string]: Expr }, _: { [name: string]: Expr }) {
  return outputs;
}

Deno.test("a big take and scatter are right on 2 threads, with every row repeated", async () => {
  const [rows, width, n] = [64, 128, 2048];
  const { make, feeds } = leaves(3);
  const ids = make.ids([n], rows);
  const y = scatter(make.real([n, width]), ids, rows);
  const values = Object.fromEntries(Object.entries(feeds).map(([k, v]) => [k, v.data]));
  const want = interpret({ y }, values).y!;
  const engine = cpu({ threads: 2 });
  for (let again = 0; again < 5; again++) {
    const got = await engine.call(() => ({ y }), feeds);
    assert.ok(worst(got.y!.data, want) < 1e-5);
  }
  await engine.close();
});

Deno.test("stop passes the value on and cuts the gradient", async () => {
  const x = input("x", [2]);
  const y = x.mul(x.exp().stop());
  const [slope] = gradient(y.sum(), [x]);
  const engine = cpu({ threads: 1 });
  const values = { x: { shape: [2], data: Float32Array.of(1, -2) } };
  const got = await engine.call(() => ({ y, slope: slope! }), values);
  const want = interpret({ y, slope: slope! }, { x: [1, -2] });
  assert.ok(worst(want.slope!, [Math.E, Math.exp(-2)]) < 1e-12);
  assert.ok(worst(want.y!, [Math.E, -2 * Math.exp(-2)]) < 1e-12);
  for (const name of ["y", "slope"]) assert.ok(worst(got[name]!.data, want[name]!) < 1e-6);
  await engine.close();
});

Deno.test("softplus has slopes 1/2, 1 and 0 at 0, 120 and −120, and stays finite", async () => {
  const x = input("x", [3]);
  const y = softplus(x);
  const [slope] = gradient(y.sum(), [x]);
  const engine = cpu({ threads: 1 });
  const got = await engine.call(() => ({ y, slope: slope! }), {
    x: { shape: [3], data: Float32Array.of(0, 120, -120) },
  });
  assert.deepEqual([...got.slope!.data].map((v) => Math.abs(Math.round(v * 1e6) / 1e6)), [
    0.5,
    1,
    0,
  ]);
  assert.deepEqual([...got.y!.data].map((v) => Math.round(v * 1e5) / 1e5), [0.69315, 120, 0]);
  await engine.close();
});

Deno.test("a rank sorts equal values by their place", () => {
  const y = rank(constant([2, 1, 2, 1], [4]));
  assert.deepEqual([...interpret({ y }, {}).y!], [1, 3, 0, 2]);
});

Deno.test("a shape error names the operator and both shapes", () => {
  const [a, b] = [input("a", [2, 3]), input("b", [4])];
  assert.throws(() => a.add(b), { name: "RangeError", message: /^Cannot add .*\[2,3\].*\[4\]/ });
  assert.throws(() => matmul(a, a), {
    name: "RangeError",
    message: /^Cannot matmul .*\[2,3\].*\[2,3\]/,
  });
  assert.throws(
    () => a.reshape(4),
    /^RangeError: Cannot reshape input \[2,3\] to \[4\]: 6 elements/,
  );
  assert.throws(() => take(a, b), /^TypeError: Cannot take by input \[4\]: indices must be i32/);
  assert.throws(() => tokenLogp(a, input("i", [3], "i32")), /Cannot tokenLogp .*\[2,3\].*\[3\]/);
});
