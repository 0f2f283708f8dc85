import type { Expr, Op } from "../../core/expr.ts";
import type { Operator, OperatorFamily } from "../operator.ts";
import { coarse } from "./coarse.ts";
import { elementwise } from "./elementwise.ts";
import { index } from "./index.ts";
import { leaves } from "./leaves.ts";
import { matmul } from "./matmul.ts";
import { shape } from "./shape.ts";

/** Every operator with all its faces; a missing one is a type error here. */
export const operators: OperatorFamily<Op> = {
  ...leaves,
  ...elementwise,
  ...shape,
  ...index,
  ...matmul,
  ...coarse,
};

/** The faces of a node's operator. */
export function faces<K extends Op>(node: Expr<K>): Operator<K> {
  return operators[node.op];
}
