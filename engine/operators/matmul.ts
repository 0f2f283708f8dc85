import { type Expr, matmul as times, size } from "../../core/expr.ts";
import type { Emit, OperatorFamily } from "../operator.ts";

/** [m, …batch, k] from [ …batch, m, k]. */
function toTimeMajor(x: Expr, batch: boolean): Expr {
  if (!batch) return x;
  const n = x.shape.length;
  return x.transpose(n - 2, ...Array.from({ length: n - 2 }, (_, i) => i), n - 1);
}

export const matmul: OperatorFamily<"matmul"> = {
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
      if (emit.dialect === "portable") return portable(node, inputs, emit);
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

/** Gemm, or transposes around MatMul where there are batches; the scale goes where fewest numbers are. */
function portable(node: Expr<"matmul">, names: readonly string[], emit: Emit): string {
  const { transA, transB, batchA, batchB, alpha } = node.attributes;
  if (node.shape.length === 2) {
    return emit.node("Gemm", names, {
      alpha: { float: alpha },
      transA: Number(transA),
      transB: Number(transB),
    });
  }
  const arrays = [...node.inputs, node];
  const fewest = Math.min(...arrays.map(({ shape }) => size(shape)));
  const scaled = alpha === 1 ? -1 : arrays.findIndex(({ shape }) => size(shape) === fewest);
  const scale = (which: number, name: string) =>
    which === scaled ? emit.node("Mul", [name, emit.floats([alpha], [])]) : name;
  const laid = (which: 0 | 1, trans: boolean, time: boolean) => {
    const n = node.shape.length;
    const rows = time ? 0 : n - 2;
    const batches = Array.from({ length: n - 2 }, (_, i) => time ? i + 1 : i);
    const perm = [...batches, ...trans ? [n - 1, rows] : [rows, n - 1]];
    const operand = scale(which, names[which]!);
    return perm.every((axis, i) => axis === i)
      ? operand
      : emit.node("Transpose", [operand], { perm });
  };
  const product = emit.node("MatMul", [laid(0, transA, batchA), laid(1, transB, batchB)]);
  return scale(2, product);
}

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
