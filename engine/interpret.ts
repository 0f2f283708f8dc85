import { type Expr, type Feeds, size } from "../core/expr.ts";
import { ordered } from "./graph.ts";
import { faces } from "./operators/mod.ts";

/** Values of the outputs in double precision: the reference that every executor is tested against. */
export function interpret(
  outputs: Feeds,
  inputs: { readonly [name: string]: ArrayLike<number> },
): { [name: string]: Float64Array } {
  const values = new Map<Expr, Float64Array>();
  for (const node of ordered(Object.values(outputs))) {
    values.set(
      node,
      node.op === "input" ? given(node as Expr<"input">, inputs) : evaluate(node, values),
    );
  }
  return Object.fromEntries(
    Object.entries(outputs).map(([name, node]) => [name, values.get(node)!.slice()]),
  );
}

function given(
  node: Expr<"input">,
  inputs: { readonly [name: string]: ArrayLike<number> },
): Float64Array {
  const value = inputs[node.attributes.name];
  if (!value) throw new TypeError(`Cannot interpret: input "${node.attributes.name}" is missing`);
  if (value.length !== size(node.shape)) {
    throw new RangeError(
      `Cannot interpret: input "${node.attributes.name}" needs ${size(node.shape)} numbers for ` +
        `[${node.shape}]: current count is ${value.length}`,
    );
  }
  return Float64Array.from(value);
}

function evaluate(node: Expr, values: Map<Expr, Float64Array>): Float64Array {
  return faces(node).float64(node, node.inputs.map((x) => values.get(x)!));
}
