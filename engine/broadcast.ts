import { type Expr, size } from "../core/expr.ts";

/** Sums an adjoint over the axes along which the input had been repeated. */
export function unbroadcast(g: Expr, shape: readonly number[]): Expr {
  const lead = g.shape.length - shape.length;
  const axes = [...g.shape.keys()].filter((i) => i < lead || shape[i - lead] !== g.shape[i]);
  return axes.length === 0 ? g : g.sum(axes).reshape(...shape);
}

/** Strides of `shape` seen from the axes of `target`: 0 along an axis that is repeated. */
export function strides(shape: readonly number[], target: readonly number[]): number[] {
  const lead = target.length - shape.length;
  const out = new Array<number>(target.length).fill(0);
  for (let i = shape.length - 1, step = 1; i >= 0; i--) {
    out[i + lead] = shape[i] === 1 ? 0 : step;
    step *= shape[i]!;
  }
  return out;
}

/** Visits every index of `shape` in row-major order with the offset of each strided array. */
export function visit(
  shape: readonly number[],
  steps: readonly (readonly number[])[],
  at: (flat: number, offsets: readonly number[]) => void,
): void {
  const index = new Array<number>(shape.length).fill(0);
  const offsets = new Array<number>(steps.length).fill(0);
  const total = size(shape);
  for (let flat = 0; flat < total; flat++) {
    at(flat, offsets);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      for (let k = 0; k < steps.length; k++) offsets[k]! += steps[k]![axis]!;
      if (index[axis]! < shape[axis]!) break;
      for (let k = 0; k < steps.length; k++) offsets[k]! -= steps[k]![axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

/** Applies `f` to the broadcast entries of the inputs. */
export function across(
  node: Expr,
  inputs: readonly Float64Array[],
  f: (values: readonly number[]) => number,
): Float64Array {
  const out = new Float64Array(size(node.shape));
  const values = new Array<number>(inputs.length);
  visit(node.shape, node.inputs.map((x) => strides(x.shape, node.shape)), (flat, offsets) => {
    for (let k = 0; k < inputs.length; k++) values[k] = inputs[k]![offsets[k]!]!;
    out[flat] = f(values);
  });
  return out;
}
