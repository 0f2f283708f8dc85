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
import type { Expr, Feeds } from "../core/expr.ts";
import { ordered } from "./graph.ts";
import type { AttributeValue, Dialect, Emit } from "./operator.ts";
import { faces } from "./operators/mod.ts";

type Attribute = MessageInitShape<typeof AttributeProtoSchema>;
type Node = MessageInitShape<typeof NodeProtoSchema>;
type Initializer = MessageInitShape<typeof TensorProtoSchema>;
type ValueInfo = MessageInitShape<typeof ValueInfoProtoSchema>;

/**
 * A graph as the bytes of an ONNX model (operator set 18; with `com.microsoft` in the cpu dialect).
 * `twin` is the same graph built for another size of its free axes: an axis on which the two differ
 * is left open in the model, and anything else that differs is an error.
 */
export function lower(
  outputs: Feeds,
  dialect: Dialect = "cpu",
  twin: Feeds = outputs,
): Uint8Array {
  const order = ordered(Object.values(outputs));
  const others = ordered(Object.values(twin));
  const writer = new Writer(dialect);
  const names = new Map<Expr, string>();
  const inputs: ValueInfo[] = [];
  order.forEach((node, i) => {
    const other = counterpart(node, others[i]);
    if (node.op === "input") {
      inputs.push(described(node, other, (node as Expr<"input">).attributes.name));
    }
    const from = node.inputs.map((x) => names.get(x)!);
    names.set(node, faces(node).onnx(node, from, writer.at(node, other)));
  });
  const results = Object.entries(outputs).map(([name, node], i) => {
    writer.publish(names.get(node)!, result(name));
    return described(node, Object.values(twin)[i]!, result(name));
  });
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: "", version: 18n }, { domain: "com.microsoft", version: 1n }],
      graph: {
        name: "prefbench",
        node: writer.nodes,
        initializer: writer.initializers,
        input: inputs,
        output: results,
      },
    }),
  );
}

/** What an output is called inside a model, where inputs and outputs share one set of names. */
export const result = (name: string): string => `${name}${OUT}`;
/** The other way. */
export const asked = (inside: string): string => inside.slice(0, -OUT.length);
const OUT = ".out";

function counterpart(node: Expr, other: Expr | undefined): Expr {
  if (node === other) return node;
  // A slice may start or end elsewhere, if it does so by the same distance from the end.
  const alike = other && other.op === node.op && other.shape.length === node.shape.length &&
    (node.op === "slice" || JSON.stringify(other.attributes) === JSON.stringify(node.attributes));
  if (!alike) {
    throw new RangeError(
      `Cannot leave an axis free: ${node.op} [${node.shape}] depends on its size`,
    );
  }
  return other;
}

function described(node: Expr, other: Expr, name: string): ValueInfo {
  const dim = node.shape.map((d, i) => ({
    value: d === other.shape[i]
      ? { case: "dimValue" as const, value: BigInt(d) }
      : { case: "dimParam" as const, value: `free${other.shape[i]! - d}` },
  }));
  const elemType = node.dtype === "f32" ? Type.FLOAT : Type.INT32;
  return { name, type: { value: { case: "tensorType", value: { elemType, shape: { dim } } } } };
}

class Writer {
  readonly nodes: Node[] = [];
  readonly initializers: Initializer[] = [];
  readonly #known = new Map<string, string>();
  readonly #published = new Map<string, string>();
  #count = 0;

  constructor(readonly dialect: Dialect) {}

  /** The face that operators write through, for one node. */
  at(node: Expr, other: Expr): Emit {
    return {
      node: (op, inputs, attributes, domain) => this.#node(op, inputs, attributes, domain),
      ints: (values) =>
        this.#constant(Type.INT64, [values.length], BigInt64Array.from(values, BigInt)),
      floats: (values, shape) => this.#constant(Type.FLOAT, shape, Float32Array.from(values)),
      dialect: this.dialect,
      twin: other,
      target: () => node.shape.map((d, i) => d === other.shape[i] ? d : -1),
      fixed: (what) => {
        if (node.shape.some((d, i) => d !== other.shape[i])) {
          throw new RangeError(
            `Cannot leave an axis of ${node.op} [${node.shape}] free: ${what} needs its size`,
          );
        }
      },
    };
  }

  /** Gives a value the name it is fetched by: its own node writes it there, or else a copy does. */
  publish(value: string, name: string): void {
    const current = this.#published.get(value) ?? value;
    const made = this.nodes.some((node) => node.output!.includes(current));
    if (!made || current !== value) {
      this.nodes.push({ opType: "Identity", input: [current], output: [name], name });
      return;
    }
    this.#published.set(value, name);
    const renamed = (x: string) => x === value ? name : x;
    for (const node of this.nodes) {
      node.input = node.input!.map(renamed);
      node.output = node.output!.map(renamed);
    }
  }

  #node(
    op: string,
    inputs: readonly string[],
    attributes: { readonly [name: string]: AttributeValue } = {},
    domain = "",
  ): string {
    const key = JSON.stringify([op, domain, inputs, attributes]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { output = 0, ...rest } = attributes;
    const name = `t${this.#count++}`;
    // An unnamed output is one that nobody asked for.
    const outputs = [...Array<string>(output as number).fill(`${name}_`), name];
    this.nodes.push({
      opType: op,
      domain,
      name,
      input: [...inputs],
      output: outputs,
      attribute: Object.entries(rest).map(([k, v]) => attribute(k, v)),
    });
    this.#known.set(key, name);
    return name;
  }

  #constant(
    dataType: Type,
    shape: readonly number[],
    values: BigInt64Array | Float32Array,
  ): string {
    const rawData = new Uint8Array(values.buffer as ArrayBuffer);
    const key = `constant ${dataType} ${shape} ${rawData.length < 4096 ? rawData : this.#count}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = `c${this.#count++}`;
    this.initializers.push({ name, dims: shape.map(BigInt), dataType, rawData });
    this.#known.set(key, name);
    return name;
  }
}

function attribute(name: string, value: AttributeValue): Attribute {
  if (typeof value === "number") return { name, type: Kind.INT, i: BigInt(value) };
  if (typeof value === "string") {
    return {
      name,
      type: Kind.STRING,
      s: new TextEncoder().encode(value) as Uint8Array<ArrayBuffer>,
    };
  }
  if ("float" in value) return { name, type: Kind.FLOAT, f: value.float };
  return { name, type: Kind.INTS, ints: value.map(BigInt) };
}
