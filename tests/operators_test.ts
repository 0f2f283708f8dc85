import assert from "node:assert/strict";
import fc from "fast-check";
import {
  constant,
  draw,
  type Feeds,
  input,
  matmul,
  rank,
  scatter,
  softplus,
  take,
  tokenLogp,
} from "../core/expr.ts";
import { rng } from "../core/rng.ts";
import { cpu, gradient, interpret } from "../engine/mod.ts";
import { ordered } from "../engine/graph.ts";
import { operators } from "../engine/operators/mod.ts";
import { cases, dims, leaves, problem, scalar, worst } from "./fixtures/operators.ts";

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

  Deno.test(`${name}: ONNX Runtime agrees with the interpreter in both dialects, on 1 and 2 threads`, async () => {
    const engines = [1, 2].flatMap((threads) =>
      (["cpu", "portable"] as const).map((dialect) => cpu({ threads, dialect }))
    );
    await fc.assert(
      fc.asyncProperty(dims, fc.integer(), async (size, seed) => {
        const { outputs, feeds, values } = problem(build, size, seed);
        const exact = interpret(outputs, values);
        for (const { call } of engines) {
          // The inputs in `outputs` are found by name, so the graph is used as it is.
          const got = await call(() => outputs, feeds);
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

Deno.test("a big take and scatter are right on 2 threads, with every row repeated", async () => {
  const [rows, width, n] = [64, 128, 2048];
  const { make, feeds } = leaves(3);
  const ids = make.ids([n], rows);
  const y = scatter(make.real([n, width]), ids, rows);
  const values = Object.fromEntries(Object.entries(feeds).map(([k, v]) => [k, v.data]));
  const want = interpret({ y }, values).y!;
  for (const dialect of ["cpu", "portable"] as const) {
    const engine = cpu({ threads: 2, dialect });
    for (let again = 0; again < 5; again++) {
      const got = await engine.call(() => ({ y }), feeds);
      assert.ok(worst(got.y!.data, want) < 1e-5);
    }
    await engine.close();
  }
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

Deno.test("a draw takes the first running sum beyond its mark, and no weight of 0", async () => {
  // Running sums 0, 1, 1, 3, 6, 6, 6; then all weight on one place, and on the last.
  const rows = [[0, 1, 0, 2, 3, 0, 0], [0, 0, 0, 0, 1e-30, 0, 0], [0, 0, 0, 0, 0, 0, 5]];
  const draws: readonly [row: number, u: number, place: number][] = [
    [0, 0, 1],
    [0, 0.16, 1],
    [0, 0.17, 3],
    [0, 0.49, 3],
    [0, 0.51, 4],
    [0, 1 - 2 ** -22, 4],
    [1, 0, 4],
    [1, 1 - 2 ** -22, 4],
    [2, 0.3, 6],
  ];
  const feeds = {
    weights: {
      shape: [draws.length, 7],
      data: Float32Array.from(draws.flatMap(([row]) => rows[row]!)),
    },
    uniform: { shape: [draws.length], data: Float32Array.from(draws, ([, u]) => u) },
  };
  const graph = ({ weights, uniform }: Feeds) => ({ place: draw(weights!, uniform!) });
  const want = draws.map(([, , place]) => place);
  for (const dialect of ["cpu", "portable"] as const) {
    const engine = cpu({ threads: 1, dialect });
    assert.deepEqual([...(await engine.call(graph, feeds)).place!.data], want, dialect);
    await engine.close();
  }
  const symbols = graph({
    weights: input("weights", [draws.length, 7]),
    uniform: input("uniform", [draws.length]),
  });
  const { weights, uniform } = feeds;
  const exact = interpret(symbols, { weights: weights.data, uniform: uniform.data });
  assert.deepEqual([...exact.place!], want);
});

Deno.test("draws are as frequent as their weights, over blocks that the width does not fill", async () => {
  const [n, width] = [20000, 77];
  const random = rng("draws");
  const row = Array.from({ length: width }, (_, i) => i % 5 === 0 ? 0 : random.uniform());
  const engine = cpu({ threads: 2 });
  const { place } = await engine.call(
    ({ weights, uniform }) => ({ place: draw(weights!.broadcast([n, width]), uniform!) }),
    {
      weights: { shape: [1, width], data: Float32Array.from(row) },
      uniform: { shape: [n], data: Float32Array.from({ length: n }, () => random.uniform()) },
    },
  );
  await engine.close();
  const counts = Array<number>(width).fill(0);
  place!.data.forEach((i) => counts[i]!++);
  const total = row.reduce((a, b) => a + b);
  row.forEach((w, i) => {
    const p = w / total;
    assert.ok(Math.abs(counts[i]! / n - p) <= 5 * Math.sqrt(p / n), `${i}`);
  });
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

Deno.test("a sum of two repeated arrays has the shape they are repeated to", async () => {
  const [a, b] = [input("a", [2, 1]), input("b", [2, 1])];
  const graph = () => ({
    whole: a.broadcast([2, 3]).add(b.broadcast([2, 3])),
    rows: a.broadcast([2, 3]).mul(b.broadcast([2, 3])).sum(1),
  });
  const values = { a: [1, 2], b: [10, 20] };
  const want = interpret(graph(), values);
  assert.deepEqual([...want.whole!], [11, 11, 11, 22, 22, 22]);
  assert.deepEqual([...want.rows!], [30, 120]);
  const engine = cpu({ threads: 1 });
  const column = (data: number[]) => ({ shape: [2, 1], data: Float32Array.from(data) });
  const got = await engine.call(graph, { a: column(values.a), b: column(values.b) });
  assert.deepEqual([...got.whole!.data], [...want.whole!]);
  assert.deepEqual([...got.rows!.data], [...want.rows!]);
  await engine.close();
});
