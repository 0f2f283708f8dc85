import { Expr, matmul } from "../core/expr.ts";
import { ordered } from "./graph.ts";

/**
 * An equal graph with less to do: equal nodes become one, and a scalar times a matrix product rides
 * on the product's alpha. What is costed and lowered is this graph, so what is billed is what runs.
 */
export function simplify(outputs: readonly Expr[]): Expr[] {
  return folded(merged(outputs));
}

/** Equal operator, attributes and inputs make equal nodes. */
function merged(outputs: readonly Expr[]): Expr[] {
  const kept = new Map<Expr, Expr>();
  const known = new Map<string, Expr>();
  const ids = new Map<Expr, number>();
  const values = new Map<readonly number[], string>();
  for (const node of ordered(outputs)) {
    const inputs = node.inputs.map((x) => kept.get(x)!);
    const key = `${node.op}|${inputs.map((x) => ids.get(x))}|${node.shape}|${
      carried(node, values)
    }`;
    let same = known.get(key);
    if (!same) {
      same = inputs.every((x, i) => x === node.inputs[i])
        ? node
        : new Expr(node.op, inputs, node.attributes, node.shape, node.dtype);
      known.set(key, same);
      ids.set(same, ids.size);
    }
    kept.set(node, same);
  }
  return outputs.map((x) => kept.get(x)!);
}

function carried(node: Expr, values: Map<readonly number[], string>): string {
  if (node.op !== "constant") return JSON.stringify(node.attributes);
  // A mask of a thousand numbers is written out once, not once a use.
  const list = (node as Expr<"constant">).attributes.values;
  let text = values.get(list);
  if (text === undefined) {
    text = list.map((v) => Object.is(v, -0) ? "-0" : `${v}`).join();
    values.set(list, text);
  }
  return text;
}

function folded(outputs: readonly Expr[]): Expr[] {
  const order = ordered(outputs);
  const uses = new Map<Expr, number>();
  for (const x of [...outputs, ...order.flatMap((node) => node.inputs)]) {
    uses.set(x, (uses.get(x) ?? 0) + 1);
  }
  const kept = new Map<Expr, Expr>();
  for (const node of order) {
    const inputs = node.inputs.map((x) => kept.get(x)!);
    kept.set(node, scaled(node, inputs, uses) ?? rebuilt(node, inputs));
  }
  return outputs.map((x) => kept.get(x)!);
}

const rebuilt = (node: Expr, inputs: readonly Expr[]): Expr =>
  inputs.every((x, i) => x === node.inputs[i])
    ? node
    : new Expr(node.op, inputs, node.attributes, node.shape, node.dtype);

/** scalar · (a b) as one product, if nothing else wants the unscaled one. */
function scaled(node: Expr, inputs: readonly Expr[], uses: Map<Expr, number>): Expr | undefined {
  if (node.op !== "mul") return undefined;
  for (const [i, j] of [[0, 1], [1, 0]] as const) {
    const [product, factor] = [inputs[i]!, inputs[j]!];
    if (product.op !== "matmul" || factor.op !== "constant" || factor.shape.length > 0) continue;
    if (uses.get(node.inputs[i]!)! > 1) continue;
    const { attributes, inputs: [a, b] } = product as Expr<"matmul">;
    const [value] = (factor as Expr<"constant">).attributes.values;
    return matmul(a!, b!, { ...attributes, alpha: attributes.alpha * value! });
  }
  return undefined;
}
