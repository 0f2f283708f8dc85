import { type Expr, matmul as times, size } from "../../core/expr.ts";
import type { Family } from "../operator.ts";

/** [m, …batch, k] from [ …batch, m, k]. */
function toTimeMajor(x: Expr, batch: boolean): Expr {
  if (!batch) return x;
  const n = x.shape.length;
  return x.transpose(n - 2, ...Array.from({ length: n - 2 }, (_, i) => i), n - 1);
}

export const matmul: Family<"matmul"> = {
  matmul: {
    gradient: (node, g) => {
      const [a, b] = node.inputs as [Expr, Expr];
      const { transA, transB, batchA, batchB, alpha } = node.attributes;
      const da = transA
        ? times(b, g, { transA: transB, transB: true, batchA: batchB, alpha })
        : times(g, b, { transB: !transB, batchB, alpha });
      const db = transB
        ? times(g, a, { transA: true, transB: transA, batchB: batchA, alpha })
        : times(a, g, { transA: !transA, batchA, alpha });
      return [toTimeMajor(da, batchA), toTimeMajor(db, batchB)];
    },
    flops: (node) => 2 * size(node.shape) * inner(node),
    float64: (node, [a, b]) => {
      const [m, n] = node.shape.slice(-2) as [number, number];
      const k = inner(node);
      const batches = size(node.shape.slice(0, -2));
      const [A, B] = [layout(node, 0), layout(node, 1)];
      const out = new Float64Array(size(node.shape));
      for (let s = 0; s < batches; s++) {
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let q = 0; q < k; q++) {
              sum += a![s * A.batch + i * A.row + q * A.column]! *
                b![s * B.batch + q * B.row + j * B.column]!;
            }
            out[(s * m + i) * n + j] = node.attributes.alpha * sum;
          }
        }
      }
      return out;
    },
    onnx: (node, inputs, emit) => {
      const { transA, transB, batchA, batchB, alpha } = node.attributes;
      if (!(transA || transB || batchA || batchB) && alpha === 1) {
        return emit.node("MatMul", inputs);
      }
      return emit.node("FusedMatMul", inputs, {
        alpha: { float: alpha },
        transA: Number(transA),
        transB: Number(transB),
        transBatchA: Number(batchA),
        transBatchB: Number(batchB),
      }, "com.microsoft");
    },
  },
};

/** The length of the sums. */
function inner(node: Expr<"matmul">): number {
  const { transA, batchA } = node.attributes;
  const { shape } = node.inputs[0]!;
  return !transA ? shape.at(-1)! : batchA && shape.length > 2 ? shape[0]! : shape.at(-2)!;
}

/** How far apart neighbours lie in an operand, after its transposes: between batches, rows, columns. */
function layout(node: Expr<"matmul">, which: 0 | 1) {
  const { shape } = node.inputs[which]!;
  const { transA, transB, batchA, batchB } = node.attributes;
  const [trans, time] = which === 0 ? [transA, batchA] : [transB, batchB];
  const last = shape.at(-1)!;
  const batches = size(node.shape.slice(0, -2));
  const row = time ? batches * last : last;
  const batch = time ? last : last * shape.at(-2)!;
  return trans ? { batch, row: 1, column: row } : { batch, row, column: 1 };
}
