import assert from "node:assert/strict";
import {
  input,
  logSoftmax,
  rank,
  sigmoid,
  softmax,
  softplus,
  sort,
  tokenLogp,
} from "../core/expr.ts";
import { cpu, type Engine, engine, interpret, web } from "../engine/mod.ts";
import { onGpu } from "./fixtures/gpu.ts";
import { cases, type Dims, problem, worst } from "./fixtures/operators.ts";
import { shapes, trained } from "./fixtures/training.ts";

/** Every executor but the CPU's own, which `operators_test.ts` holds against the interpreter. */
const executors = {
  "the portable dialect": { test: Deno.test, open: () => cpu({ threads: 1, dialect: "portable" }) },
  Wasm: { test: Deno.test, open: async () => engine(await web("wasm")) },
  WebGPU: { test: onGpu, open: async () => engine(await web("webgpu")) },
};

const sizes: readonly Dims[] = [{ a: 3, b: 4, c: 2, d: 3 }, { a: 5, b: 2, c: 3, d: 4 }];

for (const name of ["Wasm", "WebGPU"] as const) {
  const { test, open } = executors[name];
  test(`${name} agrees with the interpreter on every operator, value and gradient`, async () => {
    const { call, close } = await open();
    for (const [title, build] of Object.entries(cases)) {
      for (const [seed, dims] of sizes.entries()) {
        const { outputs, feeds, values } = problem(build, dims, seed);
        const exact = interpret(outputs, values);
        const got = await call(() => outputs, feeds);
        for (const [key, want] of Object.entries(exact)) {
          const error = worst(got[key]!.data, want);
          assert.ok(error <= 1e-4, `${title}: ${key} is off by ${error}`);
          assert.deepEqual([...got[key]!.shape], [...outputs[key]!.shape], title);
        }
      }
    }
    await close();
  });
}

/** The largest difference over the largest value. */
function relative(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const scale = Math.max(...Array.from(b, Math.abs));
  return Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!) / scale));
}

async function outcome(open: () => Engine | Promise<Engine>, shape: typeof shapes[string]) {
  const engine = await open();
  const found = await trained(shape!, engine);
  await engine.close();
  return found;
}

for (const [name, { test, open }] of Object.entries(executors)) {
  for (const [kind, shape] of Object.entries(shapes)) {
    test(`${name} trains and samples as the CPU does: ${kind}`, async () => {
      const want = await outcome(() => cpu({ threads: 1 }), shape);
      assert.ok(Math.abs(want.losses[1]! - want.losses[0]!) > 1e-3 && want.norms[0]! > 0.1);
      const got = await outcome(open, shape);
      assert.ok(relative(got.losses, want.losses) < 1e-5, `losses ${got.losses}`);
      assert.ok(relative(got.norms, want.norms) < 1e-4, `norms ${got.norms}`);
      assert.ok(relative(got.gradients, want.gradients) < 1e-4, "gradients");
      // Adam's first step is the sign of a gradient, a matter of rounding where that is nearly 0.
      const apart = got.params.filter((x, i) => Math.abs(x - want.params[i]!) > 1e-4).length;
      assert.ok(apart < 1e-3 * want.params.length, `${apart} of ${want.params.length} parameters`);
      assert.deepEqual(got.tokens, want.tokens);
      assert.ok(relative(got.logps, want.logps) < 1e-4, "log-probabilities");
    });
  }
}

onGpu("no node of a training or a sampling step falls back to the CPU on WebGPU", async () => {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-ffi=node_modules",
      "tests/fake/placement.ts",
    ],
    cwd: new URL("..", import.meta.url),
  }).output();
  const log = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  assert.ok(success, log.slice(-2000));
  const placed = [...log.matchAll(/placed on \[(\w+)\]/g)].map(([, provider]) => provider);
  assert.ok(placed.length >= 8, `${placed.length} sessions said where their nodes are`);
  const [elsewhere] = log.match(/placed on \[CPUExecutionProvider\][^]{0,2000}/) ?? [];
  assert.equal(elsewhere, undefined);
  assert.ok(placed.every((provider) => provider === "WebGpuExecutionProvider"), `${placed}`);
});

for (const [name, { test, open }] of Object.entries(executors)) {
  test(`${name} is right at the ends of the number line, and where values are equal`, async () => {
    const x = input("x", [2, 5]);
    const ends = x.reshape(10);
    const outputs = {
      softplus: softplus(x),
      sigmoid: sigmoid(x),
      tanh: x.tanh(),
      softmax: softmax(x),
      logSoftmax: logSoftmax(x),
      order: rank(ends),
      // Only −120 and −88 have no logarithm.
      hinge: x.log().max(0).mean(),
      sorted: sort(ends),
      picked: tokenLogp(x, input("ids", [2], "i32")),
    };
    const data = Float32Array.of(0, 120, -120, 40, 0, -88, 0, 1e-3, 120, -120);
    const exact = interpret(outputs, { x: data, ids: [2, 0] });
    const { call, close } = await open();
    const got = await call(() => outputs, {
      x: { shape: [2, 5], data },
      ids: { shape: [2], data: Int32Array.of(2, 0) },
    });
    await close();
    for (const [key, want] of Object.entries(exact)) {
      if (key === "hinge") continue;
      const error = worst(got[key]!.data, want);
      assert.ok(error <= 1e-4, `${key} is off by ${error}: ${got[key]!.data}`);
    }
    assert.deepEqual([...got.order!.data], [2, 9, 5, 0, 4, 6, 7, 3, 1, 8]);
    assert.ok(Number.isNaN(got.hinge!.data[0]), "NaN vanished in a hinge");
  });
}
