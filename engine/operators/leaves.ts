import type { OperatorFamily } from "../operator.ts";

export const leaves: OperatorFamily<"input" | "constant"> = {
  input: {
    gradient: () => [],
    flops: () => 0,
    float64: (node) => {
      throw new TypeError(`Cannot interpret input "${node.attributes.name}": no value was given`);
    },
    onnx: (node) => node.attributes.name,
  },
  constant: {
    gradient: () => [],
    flops: () => 0,
    float64: (node) => Float64Array.from(node.attributes.values),
    onnx: (node, _, emit) => {
      emit.fixed("a constant");
      return emit.floats(node.attributes.values, node.shape);
    },
  },
};
