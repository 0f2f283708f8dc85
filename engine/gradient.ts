import { constant, type Expr, input } from "../core/expr.ts";
import { ordered } from "./graph.ts";
import { faces } from "./operators/mod.ts";

/**
 * Reverse mode: the gradient of a scalar with respect to each of `wrt`, of the same shapes; zeros
 * where nothing depends on it. A walk over the graph once, each adjoint written with the same
 * operators as the graph itself.
 */
export function gradient(scalar: Expr, wrt: readonly Expr[]): Expr[] {
  if (scalar.shape.length > 0) {
    throw new RangeError(`Cannot differentiate an array of shape [${scalar.shape}]: sum it first`);
  }
  const order = ordered([scalar]);
  const needed = new Set<Expr>(wrt);
  for (const node of order) {
    if (node.op !== "stop" && node.inputs.some((x) => needed.has(x))) needed.add(node);
  }
  const adjoints = new Map<Expr, Expr>([[scalar, constant(1)]]);
  for (const node of order.toReversed()) {
    const g = adjoints.get(node);
    if (!g || !needed.has(node) || node.inputs.length === 0) continue;
    faces(node).gradient(node, g).forEach((d, i) => {
      const x = node.inputs[i]!;
      if (!d || !needed.has(x)) return;
      const before = adjoints.get(x);
      adjoints.set(x, before ? before.add(d) : d);
    });
  }
  return wrt.map((x) => adjoints.get(x) ?? constant(0).broadcast(x.shape));
}

/** Which of `leaves` the scalar has a gradient path to. */
export function reached(scalar: Expr, leaves: readonly Expr[]): Set<Expr> {
  const zero = input("adjoint", []);
  const gradients = gradient(scalar.mul(zero), leaves);
  return new Set(leaves.filter((_, i) => ordered([gradients[i]!]).includes(zero)));
}
