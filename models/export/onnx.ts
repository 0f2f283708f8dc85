import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as Kind,
  type AttributeProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataType as Type,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from "onnx-buf";
import { type Params, size } from "../../core/mod.ts";
import type { FeedForward, TransformerShape } from "../decoder.ts";

/** Protocol buffers hold no more. */
const LARGEST = 2 ** 31 - 1;

/**
 * A transformer as one ONNX model of standard operators (operator set 18), in the layout that
 * transformers.js generates from: `input_ids` and `position_ids` [B, S], `attention_mask` [B, P + S]
 * and each layer's `past_key_values.l.key|value` [B, H′, P, d] give `logits` [B, S, V] and
 * `present.l.key|value` [B, H′, P + S, d]; B, S and P are free. A RangeError above 2 GB.
 *
 * It is written by hand: the engine lowers graphs of known shapes with at most one free axis in an
 * array, time-major, and with the masks and angles of those shapes as constants.
 */
export function onnx(shape: TransformerShape, params: Params): Uint8Array {
  const bytes = 4 * Object.values(params).reduce((sum, { data }) => sum + data.length, 0);
  if (bytes > LARGEST) {
    throw new RangeError(
      `Cannot write ${bytes} bytes of parameters into one ONNX file: at most ${LARGEST} fit`,
    );
  }
  const { width, heads, keyHeads = heads, layers, vocabulary } = shape;
  const { headWidth: d = width / heads, epsilon = 1e-5, theta = 10000 } = shape;
  const { feedForward = "squaredRelu" } = shape;
  const gated = feedForward === "silu";
  const write = writer(params);
  const { op, ints, floats, weight } = write;

  const turn = params.positions ? (x: string) => x : rotary(write, d, theta);
  const bias = mask(write);
  const norm = (x: string, name: string): string => {
    const mean = (y: string) => op("ReduceMean", [y, ints(-1)]);
    const centred = shape.norm === "layer" ? op("Sub", [x, mean(x)]) : x;
    const square = mean(op("Mul", [centred, centred]));
    const deviation = op("Sqrt", [op("Add", [square, floats(epsilon)])]);
    const gained = op("Mul", [op("Div", [centred, deviation]), weight(name)]);
    const shift = `${name}.shift`;
    return params[shift] ? op("Add", [gained, weight(shift)]) : gained;
  };
  const project = (x: string, name: string): string => {
    const product = op("MatMul", [x, weight(name)]);
    const bias = `${name}.bias`;
    return params[bias] ? op("Add", [product, weight(bias)]) : product;
  };

  let x = op("Gather", [weight("embed"), "input_ids"]);
  if (params.positions) x = op("Add", [x, op("Gather", [weight("positions"), "position_ids"])]);
  for (let l = 0; l < layers; l++) {
    const n = norm(x, `${l}.attention.norm`);
    const read = (name: string, axes: readonly number[], order: readonly number[]) =>
      op("Transpose", [
        op("Reshape", [project(n, `${l}.attention.${name}`), ints(0, 0, ...axes)]),
      ], { perm: order });
    // Queries [B, H′, H / H′, S, d]: those that share a key lie side by side.
    const query = turn(read("query", [keyHeads, heads / keyHeads, d], [0, 2, 3, 1, 4]), 2);
    const grown = (name: "key" | "value", own: string) =>
      op("Concat", [`past_key_values.${l}.${name}`, own], { axis: 2 }, `present.${l}.${name}`);
    const key = grown("key", turn(read("key", [keyHeads, d], [0, 2, 1, 3]), 1));
    const value = grown("value", read("value", [keyHeads, d], [0, 2, 1, 3]));
    const keys = op("Unsqueeze", [op("Transpose", [key], { perm: [0, 1, 3, 2] }), ints(2)]);
    const scores = op("Mul", [op("MatMul", [query, keys]), floats(1 / Math.sqrt(d))]);
    const shares = op("Softmax", [op("Add", [scores, bias])], { axis: -1 });
    const mixed = op("MatMul", [shares, op("Unsqueeze", [value, ints(2)])]);
    const joined = op("Reshape", [
      op("Transpose", [mixed], { perm: [0, 3, 1, 2, 4] }),
      ints(0, 0, heads * d),
    ]);
    x = op("Add", [x, project(joined, `${l}.attention.output`)]);

    const m = norm(x, `${l}.feed.norm`);
    const up = project(m, `${l}.feed.up`);
    const active = gated
      ? op("Mul", [activation.silu(write, project(m, `${l}.feed.gate`)), up])
      : activation[feedForward](write, up);
    x = op("Add", [x, project(active, `${l}.feed.down`)]);
  }
  const head = op("Transpose", [weight(params.head ? "head" : "embed")], { perm: [1, 0] });
  op("MatMul", [norm(x, "norm"), head], {}, "logits");

  const cache = (prefix: string, steps: string) =>
    Array.from(
      { length: layers },
      (_, l) =>
        ["key", "value"].map((name) =>
          described(`${prefix}.${l}.${name}`, Type.FLOAT, ["batch_size", keyHeads, steps, d])
        ),
    ).flat();
  return write.model([
    described("input_ids", Type.INT64, ["batch_size", "sequence_length"]),
    described("attention_mask", Type.INT64, ["batch_size", "total_sequence_length"]),
    described("position_ids", Type.INT64, ["batch_size", "sequence_length"]),
    ...cache("past_key_values", "past_sequence_length"),
  ], [
    described("logits", Type.FLOAT, ["batch_size", "sequence_length", vocabulary]),
    ...cache("present", "total_sequence_length"),
  ]);
}

/** What a feed-forward block does to its hidden layer, or to its gate. */
const activation: { readonly [name in FeedForward]: (write: Writer, x: string) => string } = {
  squaredRelu({ op }, x) {
    const positive = op("Relu", [x]);
    return op("Mul", [positive, positive]);
  },
  silu: ({ op }, x) => op("Mul", [x, op("Sigmoid", [x])]),
  gelu({ op, floats }, x) {
    const tail = op("Erf", [op("Mul", [x, floats(Math.SQRT1_2)])]);
    return op("Mul", [op("Mul", [x, floats(0.5)]), op("Add", [tail, floats(1)])]);
  },
  geluTanh({ op, floats }, x) {
    const cube = op("Mul", [op("Mul", [op("Mul", [x, x]), x]), floats(0.044715)]);
    const inner = op("Mul", [op("Add", [x, cube]), floats(Math.sqrt(2 / Math.PI))]);
    const tail = op("Tanh", [inner]);
    return op("Mul", [op("Mul", [x, floats(0.5)]), op("Add", [tail, floats(1)])]);
  },
};

/** Turns [B, …, S, d] with `between` axes between B and S to its `position_ids`. */
function rotary({ op, ints, floats }: Writer, d: number, theta: number) {
  const half = d / 2;
  const rates = Array.from({ length: half }, (_, i) => theta ** (-i / half));
  const place = op("Unsqueeze", [op("Cast", ["position_ids"], { to: Type.FLOAT }), ints(2)]);
  const angle = op("Mul", [place, floats(rates)]);
  const whole = op("Concat", [angle, angle], { axis: -1 });
  const [cos, sin] = [op("Cos", [whole]), op("Sin", [whole])];
  return (x: string, between: number): string => {
    const axes = ints(...Array.from({ length: between }, (_, i) => 1 + i));
    const part = (from: number, to: number) => op("Slice", [x, ints(from), ints(to), ints(-1)]);
    const quarter = op("Concat", [op("Neg", [part(half, d)]), part(0, half)], { axis: -1 });
    return op("Add", [
      op("Mul", [x, op("Unsqueeze", [cos, axes])]),
      op("Mul", [quarter, op("Unsqueeze", [sin, axes])]),
    ]);
  };
}

/** [B, 1, 1, S, P + S]: 0 where a token may look, −1e9 at later tokens and at padding. */
function mask({ op, ints, floats }: Writer): string {
  const length = (x: string, axis: number) =>
    op("Squeeze", [op("Shape", [x], { start: axis, end: axis + 1 })]);
  const [zero, one] = [op("Squeeze", [ints(0)]), op("Squeeze", [ints(1)])];
  const total = length("attention_mask", 1);
  const past = op("Sub", [total, length("input_ids", 1)]);
  const looked = op("Range", [zero, total, one]);
  const looking = op("Unsqueeze", [op("Range", [past, total, one]), ints(1)]);
  const real = op("Cast", ["attention_mask"], { to: Type.BOOL });
  const allowed = op("And", [
    op("LessOrEqual", [looked, looking]),
    op("Unsqueeze", [real, ints(1, 2, 3)]),
  ]);
  return op("Where", [allowed, floats(0), floats(-1e9)]);
}

type Attributes = { readonly [name: string]: number | readonly number[] };
type Writer = ReturnType<typeof writer>;

/** Gathers nodes and constants; a parameter is written once, when first asked for. */
function writer(params: Params) {
  const nodes: MessageInitShape<typeof NodeProtoSchema>[] = [];
  const constants = new Map<string, MessageInitShape<typeof TensorProtoSchema>>();
  const constant = (
    name: string,
    dataType: Type,
    dims: readonly number[],
    { buffer, byteOffset, byteLength }: ArrayBufferView,
  ): string => {
    if (!constants.has(name)) {
      const rawData = new Uint8Array(buffer, byteOffset, byteLength).slice();
      constants.set(name, { name, dataType, dims: dims.map(BigInt), rawData });
    }
    return name;
  };
  return {
    /** Adds a node and gives the name of its result. */
    op(
      opType: string,
      input: string[],
      attributes: Attributes = {},
      result = `${opType}_${nodes.length}`,
    ): string {
      const attribute = Object.entries(attributes).map(([name, value]) => attributed(name, value));
      nodes.push({ opType, name: result, input, output: [result], attribute });
      return result;
    },
    ints: (...values: number[]) =>
      constant(`ints ${values}`, Type.INT64, [values.length], BigInt64Array.from(values, BigInt)),
    floats: (values: number | readonly number[]) => {
      const list = [values].flat();
      const dims = typeof values === "number" ? [] : [list.length];
      return constant(`floats ${values}`, Type.FLOAT, dims, Float32Array.from(list));
    },
    weight(name: string): string {
      const { shape, data } = params[name]!;
      if (size(shape) !== data.length) {
        throw new RangeError(
          `Cannot export ${name} of shape [${shape}]: expected ${
            size(shape)
          } numbers, found ${data.length}`,
        );
      }
      return constant(name, Type.FLOAT, shape, data);
    },
    model(inputs: ValueInfo[], outputs: ValueInfo[]): Uint8Array {
      return toBinary(
        ModelProtoSchema,
        create(ModelProtoSchema, {
          irVersion: 8n,
          producerName: "prefbench",
          opsetImport: [{ domain: "", version: 18n }],
          graph: {
            name: "decoder",
            node: nodes,
            initializer: [...constants.values()],
            input: inputs,
            output: outputs,
          },
        }),
      );
    },
  };
}

type ValueInfo = MessageInitShape<typeof ValueInfoProtoSchema>;

/** An input or output; an axis with a name is free. */
function described(name: string, elemType: Type, axes: readonly (number | string)[]): ValueInfo {
  const dim = axes.map((axis) => ({
    value: typeof axis === "number"
      ? { case: "dimValue" as const, value: BigInt(axis) }
      : { case: "dimParam" as const, value: axis },
  }));
  return { name, type: { value: { case: "tensorType", value: { elemType, shape: { dim } } } } };
}

function attributed(
  name: string,
  value: Attributes[string],
): MessageInitShape<typeof AttributeProtoSchema> {
  return typeof value === "number"
    ? { name, type: Kind.INT, i: BigInt(value) }
    : { name, type: Kind.INTS, ints: value.map(BigInt) };
}
