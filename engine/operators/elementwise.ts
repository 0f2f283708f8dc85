import { type Expr, sigmoid, size, where } from "../../core/expr.ts";
import type { Operator, OperatorFamily } from "../operator.ts";
import { across, unbroadcast } from "../broadcast.ts";

type Arithmetic = "add" | "sub" | "mul" | "div" | "max" | "min" | "less";
type Pointwise =
  | "neg"
  | "exp"
  | "log"
  | "sqrt"
  | "tanh"
  | "erf"
  | "sigmoid"
  | "softplus"
  | "silu"
  | "squaredRelu"
  | "stop";

const one = (node: Expr) => size(node.shape);

function binary<K extends Arithmetic>(
  onnx: string,
  apply: (a: number, b: number) => number,
  gradient: (node: Expr<K>, g: Expr) => readonly (Expr | null)[],
): Operator<K> {
  return {
    gradient: (node, g) =>
      gradient(node, g).map((d, i) => d && unbroadcast(d, node.inputs[i]!.shape)),
    flops: one,
    float64: (node, inputs) => across(node, inputs, ([a, b]) => apply(a!, b!)),
    onnx: (_, inputs, emit) => emit.node(onnx, inputs),
  };
}

function pointwise<K extends Pointwise>(
  onnx: string,
  apply: (x: number) => number,
  slope: (x: Expr, y: Expr, g: Expr) => Expr,
): Operator<K> {
  return {
    gradient: (node, g) => [slope(node.inputs[0]!, node, g), null],
    flops: one,
    float64: (_, [x]) => x!.map(apply),
    onnx: (_, inputs, emit) => emit.node(onnx, inputs.slice(0, 1)),
  };
}

const is = (x: Expr, value: number) =>
  x.op === "constant" && x.shape.length === 0 &&
  (x as Expr<"constant">).attributes.values[0] === value;

export const elementwise: OperatorFamily<Arithmetic | Pointwise | "where"> = {
  add: binary("Add", (a, b) => a + b, (_, g) => [g, g]),
  sub: binary("Sub", (a, b) => a - b, (_, g) => [g, g.neg()]),
  mul: binary("Mul", (a, b) => a * b, ({ inputs: [a, b] }, g) => [g.mul(b!), g.mul(a!)]),
  div: {
    ...binary<"div">("Div", (a, b) => a / b, (node, g) => {
      const b = node.inputs[1]!;
      return [g.div(b), g.mul(node).div(b).neg()];
    }),
    // A scalar over a column is slow in ONNX Runtime, 1 above all: every norm's gradient has one.
    onnx: (node, [a, b], emit) =>
      is(node.inputs[0]!, 1) ? emit.node("Reciprocal", [b!]) : emit.node("Div", [a!, b!]),
  },
  max: {
    ...binary<"max">("Max", Math.max, ({ inputs: [a, b] }, g) => {
      const mask = b!.less(a!);
      return [g.mul(mask), g.mul(mask.neg().add(1))];
    }),
    // On WebGPU Relu makes 0 of NaN, so that a hinge would hide a run that has diverged.
    onnx: (node, inputs, emit) =>
      is(node.inputs[1]!, 0) && emit.dialect === "cpu"
        ? emit.node("Relu", [inputs[0]!])
        : emit.node("Max", inputs),
  },
  min: binary("Min", Math.min, ({ inputs: [a, b] }, g) => {
    const mask = a!.less(b!);
    return [g.mul(mask), g.mul(mask.neg().add(1))];
  }),
  less: {
    ...binary<"less">("Less", (a, b) => a < b ? 1 : 0, () => [null, null]),
    onnx: (_, inputs, emit) => emit.node("Cast", [emit.node("Less", inputs)], { to: 1 }),
  },
  where: {
    gradient: ({ inputs: [mask, a, b] }, g) => [
      null,
      unbroadcast(where(mask!, g, 0), a!.shape),
      unbroadcast(where(mask!, 0, g), b!.shape),
    ],
    flops: one,
    float64: (node, inputs) => across(node, inputs, ([mask, a, b]) => mask! ? a! : b!),
    onnx: (_, [mask, a, b], emit) =>
      emit.node("Where", [emit.node("Cast", [mask!], { to: 9 }), a!, b!]),
  },
  neg: pointwise("Neg", (x) => -x, (_x, _y, g) => g.neg()),
  exp: pointwise("Exp", Math.exp, (_, y, g) => g.mul(y)),
  log: pointwise("Log", Math.log, (x, _, g) => g.div(x)),
  sqrt: pointwise("Sqrt", Math.sqrt, (_, y, g) => g.div(y.mul(2))),
  tanh: pointwise("Tanh", Math.tanh, (_, y, g) => g.mul(y.square().neg().add(1))),
  erf: pointwise(
    "Erf",
    erf,
    (x, _, g) => g.mul(x.square().neg().exp().mul(2 / Math.sqrt(Math.PI))),
  ),
  sigmoid: pointwise("Sigmoid", logistic, (_, y, g) => g.mul(y).mul(y.neg().add(1))),
  // ONNX has Softplus; its own slope would be 1 − e^−y, which loses the left tail: sigmoid keeps it.
  softplus: pointwise(
    "Softplus",
    (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    (x, _, g) => g.mul(sigmoid(x)),
  ),
  silu: {
    gradient: (node, g) => {
      const [x, s] = node.inputs as [Expr, Expr];
      return [g.mul(s).mul(x.sub(node).add(1)), null];
    },
    flops: one,
    float64: (_, [x, s]) => x!.map((v, i) => v * s![i]!),
    onnx: (_, inputs, emit) => emit.node("Mul", inputs),
  },
  squaredRelu: {
    gradient: (node, g) => [g.mul(node.inputs[1]!).mul(2), null],
    flops: one,
    float64: (_, [, r]) => r!.map((v) => v * v),
    onnx: (_, [, r], emit) => emit.node("Mul", [r!, r!]),
  },
  stop: {
    gradient: () => [null],
    flops: () => 0,
    float64: (_, [x]) => x!,
    onnx: (_, [x]) => x!,
  },
};

function logistic(x: number): number {
  // The two forms keep full relative precision in both tails.
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** The error function: its series near 0, a continued fraction in the tails, to double precision. */
function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let [term, sum] = [a, a];
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= -(a * a) / n;
      sum += term / (2 * n + 1);
    }
    return Math.sign(x) * sum * 2 / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}
