import type { Expr } from "../core/expr.ts";

/** Every node that the outputs need, inputs before users. Iterative, as deep graphs overflow a stack. */
export function ordered(outputs: readonly Expr[]): Expr[] {
  const order: Expr[] = [];
  const state = new Map<Expr, "open" | "done">();
  const stack = [...outputs].reverse();
  while (stack.length) {
    const node = stack.at(-1)!;
    const seen = state.get(node);
    if (seen === undefined) {
      state.set(node, "open");
      for (const x of node.inputs.toReversed()) if (!state.has(x)) stack.push(x);
      continue;
    }
    stack.pop();
    if (seen === "open") {
      state.set(node, "done");
      order.push(node);
    }
  }
  return order;
}
