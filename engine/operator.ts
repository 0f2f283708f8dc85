import type { Expr, Op } from "../core/expr.ts";

/**
 * Which ONNX operators may be used. `cpu` has ONNX Runtime's own, fast where they exist; `portable`
 * has only those that every executor runs where its arrays are.
 */
export type Dialect = "cpu" | "portable";

/** Everything the engine knows of one operator. */
export interface Operator<K extends Op> {
  /** The adjoint of each input, given the adjoint `g` of the node; null where no gradient flows. */
  gradient(node: Expr<K>, g: Expr): readonly (Expr | null)[];
  /** Floating point operations; moving data costs none. */
  flops(node: Expr<K>): number;
  /** The reference: the node's value in double precision. */
  float64(node: Expr<K>, inputs: readonly Float64Array[]): Float64Array;
  /** Emits ONNX nodes and returns the name of the result. */
  onnx(node: Expr<K>, inputs: readonly string[], emit: Emit): string;
}

/** The operators of one family; together the families must cover `Op`, or the engine does not compile. */
export type OperatorFamily<K extends Op> = { readonly [P in K]: Operator<P> };

export type AttributeValue = number | { readonly float: number } | readonly number[] | string;

/** Writes ONNX; equal nodes are written once. */
export interface Emit {
  node(
    op: string,
    inputs: readonly string[],
    attributes?: { readonly [name: string]: AttributeValue },
    domain?: string,
  ): string;
  /** An int64 vector. */
  ints(values: readonly number[]): string;
  /** A float32 constant. */
  floats(values: ArrayLike<number>, shape: readonly number[]): string;
  readonly dialect: Dialect;
  /** The node's shape as a Reshape target: −1 for an axis whose size is free. */
  target(): readonly number[];
  /** The node's counterpart in the graph built for another size of the free axes. */
  readonly twin: Expr;
  /** Throws where an axis of the node is free, as `what` would bake its size into the graph. */
  fixed(what: string): void;
}
