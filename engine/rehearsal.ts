import {
  type Expr,
  input,
  matmul,
  rmsNorm,
  size,
  softmax,
  squaredRelu,
  take,
  tokenLogp,
} from "../core/expr.ts";
import type { Graph, Tensor, Tensors } from "../core/policy.ts";
import { rng } from "../core/rng.ts";
import { adamw } from "./adamw.ts";
import type { Engine } from "./engine.ts";
import { gradient } from "./gradient.ts";
import { interpret } from "./interpret.ts";

/** How large a rehearsed step is. */
export interface RehearsalSize {
  readonly steps: number;
  readonly batch: number;
  readonly width: number;
  readonly vocabulary: number;
}

/** A training step with a transformer's operators, and something to feed it. */
export interface Rehearsal {
  readonly graph: Graph;
  readonly feeds: Tensors;
}

const WEIGHTS = ["embed", "up", "down"] as const;

/** A training step of a small model with a transformer's operators, and arrays for it. */
export function rehearsal({ steps, batch, width, vocabulary }: RehearsalSize): Rehearsal {
  const random = rng("rehearsal");
  const real = (...shape: number[]): Tensor => ({
    shape,
    data: Float32Array.from({ length: size(shape) }, () => 0.3 * random.normal()),
  });
  const ids = (): Tensor => ({
    shape: [steps * batch],
    data: Int32Array.from({ length: steps * batch }, () => random.below(vocabulary)),
  });
  const scalar = (x: number): Tensor => ({ shape: [], data: Float32Array.of(x) });
  const embed = real(vocabulary, width);
  const [up, down] = [real(width, 4 * width), real(4 * width, width)];
  const count = [embed, up, down].reduce((n, { data }) => n + data.length, 0);
  const feeds = {
    tokens: ids(),
    targets: ids(),
    embed,
    up,
    down,
    theta: real(count),
    first: real(count),
    second: { shape: [count], data: new Float32Array(count).fill(0.01) },
    rate: scalar(0.1),
    debias1: scalar(10),
    debias2: scalar(1000),
  };
  const graph: Graph = (
    { tokens, targets, theta, first, second, rate, debias1, debias2, ...w },
  ) => {
    let x = take(w.embed!, tokens!);
    const heads = rmsNorm(x).reshape(steps, batch, 1, width).transpose(1, 2, 0, 3);
    const scores = matmul(heads, heads, { transB: true, alpha: 1 / Math.sqrt(width) });
    const mixed = matmul(softmax(scores), heads).transpose(2, 0, 1, 3);
    x = x.add(mixed.reshape(steps * batch, width));
    x = x.add(matmul(squaredRelu(matmul(rmsNorm(x), w.up!)), w.down!));
    const logits = matmul(rmsNorm(x), w.embed!, { transB: true });
    const loss = tokenLogp(logits, targets!).mean().neg();
    return {
      loss,
      ...adamw(
        gradient(loss, WEIGHTS.map((name) => w[name]!)),
        { theta: theta!, first: first!, second: second! },
        { rate: rate!, debias1: debias1!, debias2: debias2! },
        { beta1: 0.9, beta2: 0.999, epsilon: 1e-3, decay: 0.01, clip: 0.5 },
      ),
    };
  };
  return { graph, feeds };
}

/** Where an engine is furthest from the interpreter on a rehearsal, over the output's largest value. */
export interface Disagreement {
  readonly output: string;
  readonly error: number;
}

/** Runs the rehearsal on an engine and by the interpreter, and says which output is furthest off. */
export async function disagreement(
  { call }: Engine,
  { graph, feeds }: Rehearsal,
): Promise<Disagreement> {
  const got = await call(graph, feeds);
  const leaves: { [name: string]: Expr } = {};
  for (const [name, { shape, data }] of Object.entries(feeds)) {
    leaves[name] = input(name, shape, data instanceof Int32Array ? "i32" : "f32");
  }
  const values = Object.fromEntries(Object.entries(feeds).map(([name, { data }]) => [name, data]));
  const want = interpret(graph(leaves), values);
  const found = Object.entries(want).map(([output, exact]) => {
    const scale = exact.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
    const error = exact.reduce((worst, v, i) => {
      const off = Math.abs(got[output]!.data[i]! - v) / scale;
      return Number.isNaN(off) ? Infinity : Math.max(worst, off);
    }, 0);
    return { output, error };
  });
  return found.reduce((worst, one) => one.error > worst.error ? one : worst);
}
