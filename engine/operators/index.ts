import { pick, scatter, select, size, unpick } from "../../core/expr.ts";
import type { Emit, OperatorFamily } from "../operator.ts";

type Index = "take" | "scatter" | "pick" | "unpick" | "select" | "rank" | "draw";

export const index: OperatorFamily<Index> = {
  take: {
    gradient: ({ inputs: [table, ids] }, g) => {
      const [rows, width] = [size(ids!.shape), size(table!.shape.slice(1))];
      const flat = scatter(g.reshape(rows, width), ids!.reshape(rows), table!.shape[0]!);
      return [flat.reshape(...table!.shape), null];
    },
    flops: () => 0,
    float64: (node, [table, ids]) => {
      const [source] = node.inputs;
      const width = size(source!.shape.slice(1));
      const out = new Float64Array(size(node.shape));
      ids!.forEach((id, i) => {
        within("take", id, source!.shape[0]!);
        out.set(table!.subarray(id * width, (id + 1) * width), i * width);
      });
      return out;
    },
    onnx: (_, inputs, emit) => emit.node("Gather", inputs, { axis: 0 }),
  },
  scatter: {
    gradient: () => {
      throw new TypeError("Cannot differentiate scatter: second derivatives are not offered");
    },
    flops: (node) => size(node.inputs[0]!.shape),
    float64: (node, [rows, ids]) => {
      const [n, width] = node.shape as [number, number];
      const out = new Float64Array(n * width);
      ids!.forEach((id, i) => {
        within("scatter", id, n);
        for (let j = 0; j < width; j++) out[id * width + j]! += rows![i * width + j]!;
      });
      return out;
    },
    // Not ScatterND: with more than one thread its additions race where an index occurs twice.
    onnx: (node, [rows, ids], emit) => {
      emit.fixed("scatter");
      if (emit.dialect === "portable") return summed(node.shape[0]!, rows!, ids!, emit);
      const column = emit.node("Reshape", [ids!, emit.ints([-1, 1])]);
      const everywhere = emit.node("Expand", [column, emit.ints([1, node.shape[1]!])]);
      const zeros = emit.node("ConstantOfShape", [emit.ints(node.shape)]);
      return emit.node("ScatterElements", [zeros, everywhere, rows!], {
        axis: 0,
        reduction: "add",
      });
    },
  },
  pick: {
    gradient: ({ inputs: [x, ids] }, g) => [unpick(x!.sub(x!), ids!, g), null],
    flops: () => 0,
    float64: (node, [x, ids]) => {
      const columns = node.inputs[0]!.shape[1]!;
      return Float64Array.from(ids!, (id, i) => {
        within("pick", id, columns);
        return x![i * columns + id]!;
      });
    },
    onnx: (_, [x, ids], emit) => {
      const column = emit.node("Reshape", [ids!, emit.ints([-1, 1])]);
      const picked = emit.node("GatherElements", [x!, column], { axis: 1 });
      return emit.node("Reshape", [picked, emit.ints([-1])]);
    },
  },
  unpick: {
    gradient: ({ inputs: [, ids] }, g) => [g, null, pick(g, ids!)],
    flops: (node) => node.shape[0]!,
    float64: (node, [base, ids, x]) => {
      const columns = node.shape[1]!;
      const out = base!.slice();
      ids!.forEach((id, i) => {
        within("unpick", id, columns);
        out[i * columns + id]! += x![i]!;
      });
      return out;
    },
    onnx: (_, [base, ids, x], emit) => {
      const column = (name: string) => emit.node("Reshape", [name, emit.ints([-1, 1])]);
      return emit.node("ScatterElements", [base!, column(ids!), column(x!)], {
        axis: 1,
        reduction: "add",
      });
    },
  },
  select: {
    gradient: ({ inputs: [, to, from] }, g) => [select(g, from!, to!), null, null],
    flops: () => 0,
    float64: (node, [x, to]) => {
      const n = node.inputs[0]!.shape[0]!;
      const width = size(node.shape.slice(1));
      const out = new Float64Array(size(node.shape));
      to!.forEach((id, i) => {
        within("select", id, n + 1);
        if (id < n) out.set(x!.subarray(id * width, (id + 1) * width), i * width);
      });
      return out;
    },
    onnx: (node, [x, to], emit) => {
      const zero = [1, ...node.shape.slice(1)];
      const padded = emit.node("Concat", [x!, emit.floats(new Float32Array(size(zero)), zero)], {
        axis: 0,
      });
      return emit.node("Gather", [padded, to!], { axis: 0 });
    },
  },
  rank: {
    gradient: () => [null],
    flops: (node) => node.shape[0]! * Math.ceil(Math.log2(Math.max(2, node.shape[0]!))),
    float64: (_, [x]) => {
      const order = [...x!.keys()].sort((i, j) => x![i]! - x![j]! || i - j);
      return Float64Array.from(order);
    },
    onnx: (node, [x], emit) => {
      emit.fixed("rank");
      if (emit.dialect === "portable") return ranked(node.shape[0]!, x!, emit);
      // TopK alone has two outputs; the second is the order.
      const order = emit.node("TopK", [x!, emit.ints([node.shape[0]!])], {
        axis: 0,
        largest: 0,
        sorted: 1,
        output: 1,
      });
      return emit.node("Cast", [order], { to: INT32 });
    },
  },
  draw: {
    gradient: () => [null, null],
    flops: (node) => 2 * size(node.inputs[0]!.shape),
    float64: (node, [weights, uniform]) => {
      const columns = node.inputs[0]!.shape[1]!;
      return uniform!.map((u, i) => {
        const row = weights!.subarray(i * columns, (i + 1) * columns);
        let left = u * row.reduce((sum, w) => sum + w, 0);
        const at = row.findIndex((w) => (left -= w) < 0);
        return at < 0 ? columns - 1 : at;
      });
    },
    onnx: (node, [weights, uniform], emit) =>
      drawn(node.inputs[0]!.shape[1]!, weights!, uniform!, emit),
  },
};

/**
 * Running sums by blocks, as products with triangles of ones: ten times as fast as `CumSum` on the
 * CPU. Each sum adds its terms in order, so the sums never fall, and stay level at a weight of 0.
 */
function drawn(columns: number, weights: string, uniform: string, emit: Emit): string {
  const width = 2 ** Math.ceil(Math.log2(columns) / 2);
  const blocks = Math.ceil(columns / width);
  const all = blocks * width;
  const padded = all === columns
    ? weights
    : emit.node("Pad", [weights, emit.ints([0, 0, 0, all - columns])]);
  const as = (name: string, ...shape: number[]) => emit.node("Reshape", [name, emit.ints(shape)]);
  const triangle = (n: number, above: number) =>
    emit.floats(
      Array.from({ length: n * n }, (_, i) => Number(Math.floor(i / n) + above <= i % n)),
      [n, n],
    );
  const last = (name: string, n: number) =>
    emit.node("Slice", [name, emit.ints([n - 1]), emit.ints([n]), emit.ints([1])]);
  const within = emit.node("MatMul", [as(padded, -1, width), triangle(width, 0)]);
  const before = emit.node("MatMul", [as(last(within, width), -1, blocks), triangle(blocks, 1)]);
  const sums = as(
    emit.node("Add", [as(within, -1, blocks, width), as(before, -1, blocks, 1)]),
    -1,
    all,
  );
  const mark = emit.node("Mul", [last(sums, all), as(uniform, -1, 1)]);
  const beyond = emit.node("Cast", [emit.node("Less", [mark, sums])], { to: FLOAT });
  const count = emit.node("ReduceSum", [beyond, emit.ints([1])], { keepdims: 0 });
  // A row of NaN is beyond nothing.
  const place = emit.node("Min", [
    emit.node("Sub", [emit.floats([all], []), count]),
    emit.floats([columns - 1], []),
  ]);
  return emit.node("Cast", [place], { to: INT32 });
}

/** Rows added up by index as a product with their one-hot matrix: in one fixed order on every device. */
function summed(n: number, rows: string, ids: string, emit: Emit): string {
  const column = emit.node("Reshape", [ids, emit.ints([-1, 1])]);
  const places = emit.floats(Array.from({ length: n }, (_, i) => i), [1, n]);
  const hot = emit.node("Equal", [emit.node("Cast", [column], { to: FLOAT }), places]);
  return emit.node("Gemm", [emit.node("Cast", [hot], { to: FLOAT }), rows], { transA: 1 });
}

/**
 * The sorting order from all comparisons: an entry's place is the number of entries before it (an
 * equal one is, if its index is lower), and a place's entry the one that stands there.
 */
function ranked(n: number, x: string, emit: Emit): string {
  const indices = Array.from({ length: n }, (_, i) => i);
  const real = (mask: string) => emit.node("Cast", [mask], { to: FLOAT });
  const sum = (name: string, axis: number) =>
    emit.node("ReduceSum", [name, emit.ints([axis])], { keepdims: 0 });
  const [row, column] = [
    emit.node("Reshape", [x, emit.ints([1, n])]),
    emit.node("Reshape", [x, emit.ints([n, 1])]),
  ];
  const lower = emit.floats(indices.flatMap((i) => indices.map((j) => Number(j < i))), [n, n]);
  const ties = emit.node("Mul", [real(emit.node("Equal", [row, column])), lower]);
  const before = emit.node("Add", [real(emit.node("Less", [row, column])), ties]);
  const places = emit.node("Reshape", [sum(before, 1), emit.ints([n, 1])]);
  const stands = real(emit.node("Equal", [places, emit.floats(indices, [1, n])]));
  const order = sum(emit.node("Mul", [stands, emit.floats(indices, [n, 1])]), 0);
  return emit.node("Cast", [order], { to: INT32 });
}

/** ONNX's numbers for element types. */
const [FLOAT, INT32] = [1, 6];

function within(what: string, id: number, n: number): void {
  if (!(id >= 0 && id < n)) {
    throw new RangeError(`Cannot ${what} at index ${id}: it must be from 0 to ${n - 1}`);
  }
}
