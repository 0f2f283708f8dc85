import assert from "node:assert/strict";
import { engine, interpret, web } from "../engine/mod.ts";
import { cases, type Dims, problem, worst } from "./fixtures/operators.ts";

const sizes: readonly Dims[] = [{ a: 3, b: 4, c: 2, d: 3 }, { a: 5, b: 2, c: 3, d: 4 }];

for (const device of ["wasm", "webgpu"] as const) {
  Deno.test(`${device} agrees with the interpreter on every operator and gradient`, async (t) => {
    const { call, close } = engine(await web(device));
    for (const [name, build] of Object.entries(cases)) {
      await t.step(name, async () => {
        for (const [seed, dims] of sizes.entries()) {
          const { outputs, feeds, values } = problem(build, dims, seed);
          const exact = interpret(outputs, values);
          const got = await call(() => outputs, feeds);
          for (const [key, want] of Object.entries(exact)) {
            const error = worst(got[key]!.data, want);
            assert.ok(error <= 1e-4, `${key} is off by ${error}`);
            assert.deepEqual([...got[key]!.shape], [...outputs[key]!.shape]);
          }
        }
      });
    }
    await close();
  });
}
