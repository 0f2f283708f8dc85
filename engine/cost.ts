import type { Expr } from "../core/expr.ts";
import { ordered } from "./graph.ts";
import { faces } from "./operators/mod.ts";

/** Floating point operations of computing these outputs once; a multiply-add is two. */
export function flops(outputs: readonly Expr[]): number {
  return ordered(outputs).reduce((sum, node) => sum + faces(node).flops(node), 0);
}
