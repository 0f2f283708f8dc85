import { concat, constant, type Expr, size } from "../../core/expr.ts";
import type { Emit, OperatorFamily } from "../operator.ts";
import { strides, unbroadcast, visit } from "../broadcast.ts";

type Shape = "sum" | "reshape" | "broadcast" | "transpose" | "slice" | "concat";

const kept = (x: Expr, axes: readonly number[]) => x.shape.map((d, i) => axes.includes(i) ? 1 : d);

function zeros(shape: readonly number[]): Expr {
  return constant(0).broadcast(shape);
}

/** Where a slice starts and ends: from the front, or (negative) from the back if a free axis moves it. */
function bounds(node: Expr<"slice">, emit: Emit): [number, number] {
  const other = emit.twin as Expr<"slice">;
  const places = [node, other].map(({ attributes: { axis, start }, inputs: [x], shape }) => {
    const size = x!.shape[axis]!;
    const end = start + shape[axis]!;
    return { start, end, startBack: start - size, endBack: end === size ? LAST : end - size };
  });
  const [a, b] = places as [typeof places[0], typeof places[0]];
  const from = a.start === b.start ? a.start : a.startBack === b.startBack ? a.startBack : NaN;
  const to = a.end === b.end ? a.end : a.endBack === b.endBack ? a.endBack : NaN;
  if (Number.isNaN(from + to)) {
    throw new RangeError(
      `Cannot leave an axis free: a slice of it from ${a.start} to ${a.end} is fixed at neither end`,
    );
  }
  return [from, to];
}
/** ONNX clamps an end beyond the axis to the axis. */
const LAST = 2 ** 31 - 1;

export const shape: OperatorFamily<Shape> = {
  sum: {
    gradient: ({ inputs: [x], attributes: { axes } }, g) => [
      g.reshape(...kept(x!, axes)).broadcast(x!.shape),
    ],
    flops: (node) => size(node.inputs[0]!.shape),
    float64: (node, [x]) => {
      const [source] = node.inputs;
      const out = new Float64Array(size(node.shape));
      const keep = kept(source!, node.attributes.axes);
      visit(source!.shape, [strides(keep, source!.shape)], (flat, [at]) => {
        out[at!]! += x![flat]!;
      });
      return out;
    },
    onnx: (node, [x], emit) => {
      const { axes, keep } = node.attributes;
      return emit.node("ReduceSum", [x!, emit.ints(axes)], { keepdims: keep ? 1 : 0 });
    },
  },
  reshape: {
    gradient: ({ inputs: [x] }, g) => [g.reshape(...x!.shape)],
    flops: () => 0,
    float64: (_, [x]) => x!,
    onnx: (_, [x], emit) => emit.node("Reshape", [x!, emit.ints(emit.target())]),
  },
  broadcast: {
    gradient: ({ inputs: [x] }, g) => [unbroadcast(g, x!.shape)],
    flops: () => 0,
    float64: (node, [x]) => {
      const out = new Float64Array(size(node.shape));
      visit(node.shape, [strides(node.inputs[0]!.shape, node.shape)], (flat, [at]) => {
        out[flat] = x![at!]!;
      });
      return out;
    },
    onnx: (node, [x], emit) => {
      // Expand takes the larger of the two sizes, so an axis the input has already may be given as 1.
      const lead = node.shape.length - node.inputs[0]!.shape.length;
      const target = emit.target().map((d, i) => {
        if (i >= lead && node.inputs[0]!.shape[i - lead] !== 1) return 1;
        if (d === -1) emit.fixed("repeating along a free axis");
        return d;
      });
      return emit.node("Expand", [x!, emit.ints(target)]);
    },
  },
  transpose: {
    gradient: ({ attributes: { order } }, g) => [
      g.transpose(...order.map((_, i) => order.indexOf(i))),
    ],
    flops: () => 0,
    float64: (node, [x]) => {
      const from = strides(node.inputs[0]!.shape, node.inputs[0]!.shape);
      const out = new Float64Array(x!.length);
      visit(node.shape, [node.attributes.order.map((axis) => from[axis]!)], (flat, [at]) => {
        out[flat] = x![at!]!;
      });
      return out;
    },
    onnx: (node, [x], emit) => emit.node("Transpose", [x!], { perm: node.attributes.order }),
  },
  slice: {
    gradient: (node, g) => {
      const [x] = node.inputs;
      const { axis, start } = node.attributes;
      const pad = (n: number) => zeros(x!.shape.map((d, i) => i === axis ? n : d));
      const after = x!.shape[axis]! - start - node.shape[axis]!;
      return [concat([...start ? [pad(start)] : [], g, ...after ? [pad(after)] : []], axis)];
    },
    flops: () => 0,
    float64: (node, [x]) => {
      const { axis, start } = node.attributes;
      const source = node.inputs[0]!.shape;
      const inner = size(source.slice(axis + 1));
      const [width, stride] = [node.shape[axis]! * inner, source[axis]! * inner];
      const out = new Float64Array(size(node.shape));
      for (let o = 0; o * width < out.length; o++) {
        const from = o * stride + start * inner;
        out.set(x!.subarray(from, from + width), o * width);
      }
      return out;
    },
    onnx: (node, [x], emit) => {
      const { axis } = node.attributes;
      const [from, to] = bounds(node, emit);
      const cut = (name: string) =>
        emit.node("Slice", [name, emit.ints([from]), emit.ints([to]), emit.ints([axis])]);
      if (node.dtype === "f32" || emit.dialect === "cpu") return cut(x!);
      // WebGPU cuts floats alone; indices stay far below 2²⁴, where those are exact.
      return emit.node("Cast", [cut(emit.node("Cast", [x!], { to: 1 }))], { to: 6 });
    },
  },
  concat: {
    gradient: ({ inputs, attributes: { axis } }, g) => {
      let start = 0;
      return inputs.map((x) => g.slice(axis, start, start += x.shape[axis]!));
    },
    flops: () => 0,
    float64: (node, inputs) => {
      const { axis } = node.attributes;
      const inner = size(node.shape.slice(axis + 1));
      const stride = node.shape[axis]! * inner;
      const out = new Float64Array(size(node.shape));
      let start = 0;
      inputs.forEach((x, k) => {
        const width = node.inputs[k]!.shape[axis]! * inner;
        for (let o = 0; o * width < x.length; o++) {
          out.set(x.subarray(o * width, (o + 1) * width), o * stride + start);
        }
        start += width;
      });
      return out;
    },
    onnx: (node, inputs, emit) => emit.node("Concat", inputs, { axis: node.attributes.axis }),
  },
};
