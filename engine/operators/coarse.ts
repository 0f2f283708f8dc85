import { constant, type Expr, rmsNorm, rotary, size, unpick } from "../../core/expr.ts";
import { unbroadcast } from "../broadcast.ts";
import type { Emit, OperatorFamily } from "../operator.ts";

type Coarse = "softmax" | "logSoftmax" | "tokenLogp" | "rmsNorm" | "layerNorm" | "rotary";

const lastAxis = (x: Expr) => x.shape.length - 1;
const rowMean = (x: Expr) => x.mean(lastAxis(x), true);

/** Maps each row of the last axis. */
function rows(
  node: Expr,
  x: Float64Array,
  f: (row: Float64Array) => ArrayLike<number>,
): Float64Array {
  const width = node.shape.at(-1)!;
  const out = new Float64Array(x.length);
  for (let at = 0; at < x.length; at += width) out.set(f(x.subarray(at, at + width)), at);
  return out;
}

function logSumExp(row: Float64Array): number {
  const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
  return top + Math.log(row.reduce((sum, v) => sum + Math.exp(v - top), 0));
}

/** 1 / √(mean(x²) + ε), a row. */
const inverse = (x: Expr, epsilon: number) =>
  constant(1).div(rowMean(x.square()).add(epsilon).sqrt());

const ones = (node: Expr, emit: Emit) => {
  const width = node.shape.at(-1)!;
  return emit.floats(new Float32Array(width).fill(1), [width]);
};

export const coarse: OperatorFamily<Coarse> = {
  softmax: {
    gradient: (y, g) => {
      const inner = g.mul(y);
      return [y.mul(g.sub(inner.sum(lastAxis(y), true)))];
    },
    flops: (node) => 4 * size(node.shape),
    float64: (node, [x]) =>
      rows(node, x!, (row) => {
        const log = logSumExp(row);
        return row.map((v) => Math.exp(v - log));
      }),
    onnx: (_, inputs, emit) => emit.node("Softmax", inputs, { axis: -1 }),
  },
  logSoftmax: {
    gradient: (y, g) => [g.sub(y.exp().mul(g.sum(lastAxis(y), true)))],
    flops: (node) => 4 * size(node.shape),
    float64: (node, [x]) =>
      rows(node, x!, (row) => {
        const log = logSumExp(row);
        return row.map((v) => v - log);
      }),
    onnx: (_, inputs, emit) => {
      if (emit.dialect === "cpu") return emit.node("LogSoftmax", inputs, { axis: -1 });
      const [x] = inputs as [string];
      const over = (op: string, name: string) =>
        emit.node(op, [name, emit.ints([-1])], { keepdims: 1 });
      const below = emit.node("Sub", [x, over("ReduceMax", x)]);
      const sum = over("ReduceSum", emit.node("Exp", [below]));
      return emit.node("Sub", [below, emit.node("Log", [sum])]);
    },
  },
  tokenLogp: {
    // d log p_i / dz = onehot_i − p: three passes over the logits' gradient, none of them a reduction.
    gradient: ({ inputs: [, ids, logp] }, g) => [
      unpick(logp!.exp().mul(g.neg().reshape(g.shape[0]!, 1)), ids!, g),
      null,
      null,
    ],
    flops: () => 0,
    float64: (node, [, ids, logp]) => {
      const columns = node.inputs[2]!.shape[1]!;
      return Float64Array.from(ids!, (id, i) => logp![i * columns + id]!);
    },
    onnx: (_, [, ids, logp], emit) => {
      const column = emit.node("Reshape", [ids!, emit.ints([-1, 1])]);
      const picked = emit.node("GatherElements", [logp!, column], { axis: 1 });
      return emit.node("Reshape", [picked, emit.ints([-1])]);
    },
  },
  rmsNorm: {
    gradient: (y, g) => {
      const [x, gain] = y.inputs as [Expr, Expr | undefined];
      const unit = gain ? rmsNorm(x, y.attributes.epsilon) : y;
      const h = gain ? g.mul(gain) : g;
      const dx = h.sub(unit.mul(rowMean(h.mul(unit)))).mul(inverse(x, y.attributes.epsilon));
      return gain ? [dx, unbroadcast(g.mul(unit), gain.shape)] : [dx];
    },
    flops: (node) => 4 * size(node.shape),
    float64: (node, [x, gain]) =>
      rows(node, x!, (row) => {
        const square = row.reduce((sum, v) => sum + v * v, 0) / row.length;
        const scale = 1 / Math.sqrt(square + node.attributes.epsilon);
        return row.map((v, i) => v * scale * (gain?.[i] ?? 1));
      }),
    onnx: (node, [x, gain], emit) =>
      emit.node("SimplifiedLayerNormalization", [x!, gain ?? ones(node, emit)], {
        axis: -1,
        epsilon: { float: node.attributes.epsilon },
      }),
  },
  layerNorm: {
    gradient: (y, g) => {
      const x = y.inputs[0]!;
      const scale = inverse(x.sub(rowMean(x)), y.attributes.epsilon);
      return [g.sub(rowMean(g)).sub(y.mul(rowMean(g.mul(y)))).mul(scale)];
    },
    flops: (node) => 6 * size(node.shape),
    float64: (node, [x]) =>
      rows(node, x!, (row) => {
        const mean = row.reduce((sum, v) => sum + v, 0) / row.length;
        const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / row.length;
        return row.map((v) => (v - mean) / Math.sqrt(variance + node.attributes.epsilon));
      }),
    onnx: (node, [x], emit) =>
      emit.node("LayerNormalization", [x!, ones(node, emit)], {
        axis: -1,
        epsilon: { float: node.attributes.epsilon },
      }),
  },
  rotary: {
    gradient: ({ inputs: [, cos, sin] }, g) => [rotary(g, cos!, sin!.neg()), null, null],
    flops: (node) => 3 * size(node.shape),
    float64: (node, [x, cos, sin]) => {
      const [steps, , , d] = node.shape as [number, number, number, number];
      const [half, block] = [d / 2, x!.length / steps];
      const out = new Float64Array(x!.length);
      for (let at = 0; at < x!.length; at += d) {
        const t = Math.floor(at / block);
        for (let i = 0; i < half; i++) {
          const [a, b] = [x![at + i]!, x![at + half + i]!];
          const [c, s] = [cos![t * half + i]!, sin![t * half + i]!];
          out[at + i] = a * c - b * s;
          out[at + half + i] = a * s + b * c;
        }
      }
      return out;
    },
    onnx: (node, [x, cos, sin], emit) => {
      const d = node.shape[3]!;
      const half = (start: number) =>
        emit.node("Slice", [x!, emit.ints([start]), emit.ints([start + d / 2]), emit.ints([3])]);
      const along = (name: string) => emit.node("Reshape", [name, emit.ints([-1, 1, 1, d])]);
      const cosines = along(emit.node("Concat", [cos!, cos!], { axis: 1 }));
      const sines = along(emit.node("Concat", [emit.node("Neg", [sin!]), sin!], { axis: 1 }));
      const turned = emit.node("Concat", [half(d / 2), half(0)], { axis: 3 });
      return emit.node("Add", [
        emit.node("Mul", [x!, cosines]),
        emit.node("Mul", [turned, sines]),
      ]);
    },
  },
};
