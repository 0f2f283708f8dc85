// Over 400 lines, as each operator has its constructor here and nowhere else.
/**
 * A symbolic array: an immutable node that knows its operator, inputs and shape.
 * Nothing is computed here. `engine/` differentiates, costs, interprets and lowers these nodes.
 */

/** What an expression holds: 32-bit floats, or integers for indices. */
export type DType = "f32" | "i32";

/** What an operator carries that has its inputs alone. */
export type NoAttributes = Readonly<Record<never, never>>;

/** What each operator carries besides its inputs; the keys are the whole list of operators. */
export interface Attributes {
  // leaves
  input: { readonly name: string };
  constant: { readonly values: readonly number[] };
  // element by element, broadcasting as NumPy does
  add: NoAttributes;
  sub: NoAttributes;
  mul: NoAttributes;
  div: NoAttributes;
  max: NoAttributes;
  min: NoAttributes;
  /** 1 where a < b, else 0; no gradient. */
  less: NoAttributes;
  /** Three inputs: mask (0 or 1), value where 1, value where 0. */
  where: NoAttributes;
  neg: NoAttributes;
  exp: NoAttributes;
  log: NoAttributes;
  sqrt: NoAttributes;
  tanh: NoAttributes;
  erf: NoAttributes;
  sigmoid: NoAttributes;
  softplus: NoAttributes;
  silu: NoAttributes;
  squaredRelu: NoAttributes;
  stop: NoAttributes;
  // shape
  sum: { readonly axes: readonly number[]; readonly keep: boolean };
  reshape: NoAttributes;
  broadcast: NoAttributes;
  transpose: { readonly order: readonly number[] };
  slice: { readonly axis: number; readonly start: number };
  concat: { readonly axis: number };
  // rows and entries by index
  take: NoAttributes;
  scatter: NoAttributes;
  pick: NoAttributes;
  unpick: NoAttributes;
  select: NoAttributes;
  rank: NoAttributes;
  draw: NoAttributes;
  // linear algebra
  matmul: {
    readonly transA: boolean;
    readonly transB: boolean;
    readonly batchA: boolean;
    readonly batchB: boolean;
    readonly alpha: number;
  };
  // coarse operators with gradients of their own
  softmax: NoAttributes;
  logSoftmax: NoAttributes;
  tokenLogp: NoAttributes;
  rmsNorm: { readonly epsilon: number };
  layerNorm: { readonly epsilon: number };
  rotary: NoAttributes;
}
/** An operator by its name. */
export type Op = keyof Attributes;

/** A node of a computation: an operator on inputs, of a known shape. It computes nothing and never changes. */
export class Expr<K extends Op = Op> {
  constructor(
    readonly op: K,
    readonly inputs: readonly Expr[],
    readonly attributes: Attributes[K],
    readonly shape: readonly number[],
    readonly dtype: DType = "f32",
  ) {}

  add(x: Expr | number): Expr {
    return x === 0 ? this : elementwise("add", this, x);
  }
  sub(x: Expr | number): Expr {
    return x === 0 ? this : elementwise("sub", this, x);
  }
  mul(x: Expr | number): Expr {
    return x === 1 ? this : elementwise("mul", this, x);
  }
  div(x: Expr | number): Expr {
    return x === 1 ? this : elementwise("div", this, x);
  }
  /** The larger of the two; at a tie the slope goes to `x`, so `max(0)` has slope 0 at 0. */
  max(x: Expr | number): Expr {
    return elementwise("max", this, x);
  }
  /** The smaller of the two; at a tie the slope goes to `x`. */
  min(x: Expr | number): Expr {
    return elementwise("min", this, x);
  }
  /** 1 where this < x, else 0. No gradient. */
  less(x: Expr | number): Expr {
    return elementwise("less", this, x);
  }
  neg(): Expr {
    return unary("neg", this);
  }
  exp(): Expr {
    return unary("exp", this);
  }
  log(): Expr {
    return unary("log", this);
  }
  sqrt(): Expr {
    return unary("sqrt", this);
  }
  tanh(): Expr {
    return unary("tanh", this);
  }
  erf(): Expr {
    return unary("erf", this);
  }
  square(): Expr {
    return this.mul(this);
  }
  /** The same value with no gradient through it. */
  stop(): Expr {
    return unary("stop", this);
  }

  /** Sums over one axis, several, or all of them; summed axes vanish unless `keep`. */
  sum(axis?: number | readonly number[], keep = false): Expr {
    const axes = axesOf("sum", this, axis);
    if (axes.length === 0) return this;
    const shape = keep
      ? this.shape.map((d, i) => axes.includes(i) ? 1 : d)
      : this.shape.filter((_, i) => !axes.includes(i));
    return new Expr("sum", [real("sum", this)], { axes, keep }, shape);
  }
  mean(axis?: number | readonly number[], keep = false): Expr {
    const n = axesOf("mean", this, axis).reduce((size, i) => size * this.shape[i]!, 1);
    if (n === 0) throw new RangeError(`Cannot take the mean of ${show(this)}: it has no elements`);
    return this.sum(axis, keep).mul(1 / n);
  }

  reshape(...shape: readonly number[]): Expr {
    if (size(shape) !== size(this.shape)) {
      throw new RangeError(
        `Cannot reshape ${show(this)} to [${shape}]: ${size(this.shape)} elements against ${
          size(shape)
        }`,
      );
    }
    if (same(shape, this.shape)) return this;
    const source = this.op === "reshape" ? this.inputs[0]! : this;
    if (same(shape, source.shape)) return source;
    return new Expr("reshape", [source], {}, shape, this.dtype);
  }
  /** Repeats axes of size 1, and adds leading axes, up to `shape`. */
  broadcast(shape: readonly number[]): Expr {
    if (same(shape, this.shape)) return this;
    const reached = broadcastShape(this.shape, shape);
    if (!reached || !same(reached, shape)) {
      throw new RangeError(`Cannot broadcast ${show(this)} to [${shape}]`);
    }
    return new Expr("broadcast", [real("broadcast", this)], {}, shape);
  }
  /** Reorders the axes: axis i of the result is axis `order[i]` of this. */
  transpose(...order: readonly number[]): Expr {
    if (
      order.length !== this.shape.length ||
      new Set(order).size !== order.length || order.some((i) => this.shape[i] === undefined)
    ) {
      throw new RangeError(
        `Cannot transpose ${
          show(this)
        } by [${order}]: not an order of its ${this.shape.length} axes`,
      );
    }
    if (order.every((axis, i) => axis === i)) return this;
    return new Expr(
      "transpose",
      [real("transpose", this)],
      { order },
      order.map((i) => this.shape[i]!),
    );
  }
  /** Entries start to end (excluded) along one axis. */
  slice(axis: number, start: number, end: number): Expr {
    const d = this.shape[axis];
    if (d === undefined || start < 0 || end > d || start >= end) {
      throw new RangeError(`Cannot slice ${show(this)} from ${start} to ${end} along axis ${axis}`);
    }
    if (start === 0 && end === d) return this;
    const shape = this.shape.map((x, i) => i === axis ? end - start : x);
    return new Expr("slice", [this], { axis, start }, shape, this.dtype);
  }
}

/** Graph nodes by name: what a graph takes and what it gives. */
export type Feeds = { readonly [name: string]: Expr };

/** A leaf fed at run time. */
export function input(name: string, shape: readonly number[], dtype: DType = "f32"): Expr {
  return new Expr("input", [], { name }, shape, dtype);
}

/** A leaf that is part of the graph; without a shape it is a scalar. */
export function constant(
  values: number | readonly number[],
  shape: readonly number[] = [],
): Expr {
  const list = typeof values === "number" ? [values] : values;
  if (list.length !== size(shape)) {
    throw new RangeError(
      `Cannot make a constant of shape [${shape}] from ${list.length} values: it needs ${
        size(shape)
      }`,
    );
  }
  return new Expr("constant", [], { values: list }, shape);
}

/** `yes` where the mask is 1, `no` where it is 0; the branch not taken gets no gradient. */
export function where(mask: Expr, yes: Expr | number, no: Expr | number): Expr {
  const [a, b] = [lift(yes), lift(no)];
  const ab = broadcastShape(a.shape, b.shape);
  const shape = ab && broadcastShape(mask.shape, ab);
  if (!shape) {
    throw new RangeError(
      `Cannot choose by where between ${show(a)} and ${show(b)} by ${
        show(mask)
      }: shapes do not broadcast`,
    );
  }
  return new Expr("where", [real("where", mask), real("where", a), real("where", b)], {}, shape);
}

/** Puts arrays of one type end to end along an axis; a RangeError unless the other axes agree. */
export function concat(xs: readonly Expr[], axis: number): Expr {
  const [first] = xs;
  if (!first) throw new RangeError("Cannot concat an empty list");
  if (xs.length === 1) return first;
  for (const x of xs) {
    if (
      x.shape.length !== first.shape.length || x.dtype !== first.dtype ||
      x.shape.some((d, i) => i !== axis && d !== first.shape[i])
    ) {
      throw new RangeError(`Cannot concat ${xs.map(show).join(" and ")} along axis ${axis}`);
    }
  }
  const total = xs.reduce((sum, x) => sum + x.shape[axis]!, 0);
  return new Expr(
    "concat",
    xs,
    { axis },
    first.shape.map((d, i) => i === axis ? total : d),
    first.dtype,
  );
}

/** What a product does with its sides on the way. */
export interface MatmulOptions {
  /** Multiplies aᵀ (of its last two axes, after `batchA`). */
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** `a` comes as [m, …batch, k] rather than [ …batch, m, k]: time-major heads need no transpose. */
  readonly batchA?: boolean;
  readonly batchB?: boolean;
  readonly alpha?: number;
}

/** alpha · a · b over the last two axes; the batch axes before them must be equal. */
export function matmul(a: Expr, b: Expr, options: MatmulOptions = {}): Expr {
  const left = absorb(a, options.batchA ?? false);
  const right = absorb(b, options.batchB ?? false);
  const attributes = {
    transA: options.transA ?? false,
    transB: options.transB ?? false,
    batchA: left.batch,
    batchB: right.batch,
    alpha: options.alpha ?? 1,
  };
  const l = laidOut(left.x.shape, attributes.batchA, attributes.transA);
  const r = laidOut(right.x.shape, attributes.batchB, attributes.transB);
  const [m, k] = l.slice(-2);
  const [k2, n] = r.slice(-2);
  const batch = l.slice(0, -2);
  if (k === undefined || k !== k2 || !same(batch, r.slice(0, -2))) {
    const how = Object.entries(options).filter(([, v]) => v === true).map(([name]) => name);
    throw new RangeError(
      `Cannot matmul ${show(a)} and ${show(b)}${how.length ? ` with ${how.join(", ")}` : ""}: ` +
        `[${l}] times [${r}]`,
    );
  }
  return new Expr("matmul", [real("matmul", left.x), real("matmul", right.x)], attributes, [
    ...batch,
    m!,
    n!,
  ]);
}

/** A transpose of [m, …batch, k] to [ …batch, m, k] rides on the product for nothing. */
function absorb(x: Expr, batch: boolean): { x: Expr; batch: boolean } {
  const n = x.shape.length;
  if (batch || x.op !== "transpose" || n < 3) return { x, batch };
  const { order } = (x as Expr<"transpose">).attributes;
  const timeMajor = order.every((axis, i) => axis === (i < n - 2 ? i + 1 : i === n - 2 ? 0 : i));
  return timeMajor ? { x: x.inputs[0]!, batch: true } : { x, batch };
}

function laidOut(shape: readonly number[], batch: boolean, trans: boolean): readonly number[] {
  const s = batch ? [...shape.slice(1, -1), shape[0]!, shape.at(-1)!] : [...shape];
  return trans ? [...s.slice(0, -2), s.at(-1)!, s.at(-2)!] : s;
}

/** Rows of a [V, …] table by index: [...ids, …]. The gradient adds up repeated rows. */
export function take(table: Expr, ids: Expr): Expr {
  if (table.shape.length === 0) throw new RangeError(`Cannot take rows of ${show(table)}`);
  return new Expr("take", [real("take", table), index("take", ids)], {}, [
    ...ids.shape,
    ...table.shape.slice(1),
  ]);
}

/** Adds rows [R, D] into zeros [n, D] at ids [R]: the gradient of `take`. */
export function scatter(rows: Expr, ids: Expr, n: number): Expr {
  if (rows.shape.length !== 2 || ids.shape.length !== 1 || ids.shape[0] !== rows.shape[0]) {
    throw new RangeError(`Cannot scatter ${show(rows)} by ${show(ids)}`);
  }
  return new Expr("scatter", [real("scatter", rows), index("scatter", ids)], {}, [
    n,
    rows.shape[1]!,
  ]);
}

/** One entry a row: x [N, V] at ids [N] gives [N]. */
export function pick(x: Expr, ids: Expr): Expr {
  rowsWithIds("pick", x, ids);
  return new Expr("pick", [real("pick", x), index("pick", ids)], {}, ids.shape);
}

/** `base` [N, V] with x [N] added at ids [N]: what the gradient of `pick` needs. */
export function unpick(base: Expr, ids: Expr, x: Expr): Expr {
  rowsWithIds("unpick", base, ids);
  if (!same(x.shape, ids.shape)) {
    throw new RangeError(`Cannot unpick ${show(x)} by ${show(ids)}: one number an index is needed`);
  }
  return new Expr(
    "unpick",
    [real("unpick", base), index("unpick", ids), real("unpick", x)],
    {},
    base.shape,
  );
}

/**
 * Rows of x [N, …] at `to` [M], where index N stands for a row of zeros. Each row is used at most
 * once, and `from` [N] says where it went (M for nowhere): so the gradient is the same operator
 * with the two indices exchanged, and nothing is ever added up.
 */
export function select(x: Expr, to: Expr, from: Expr): Expr {
  if (
    x.shape.length === 0 || to.shape.length !== 1 || from.shape.length !== 1 ||
    from.shape[0] !== x.shape[0]
  ) {
    throw new RangeError(`Cannot select from ${show(x)} to ${show(to)} and back by ${show(from)}`);
  }
  return new Expr(
    "select",
    [real("select", x), index("select", to), index("select", from)],
    {},
    [to.shape[0]!, ...x.shape.slice(1)],
  );
}

/** The order that sorts x [N] ascending, as indices [N]; equal values keep their order. */
export function rank(x: Expr): Expr {
  if (x.shape.length !== 1) throw new RangeError(`Cannot rank ${show(x)}: it must be a vector`);
  return new Expr("rank", [real("rank", x)], {}, x.shape, "i32");
}

/**
 * One draw a row, as indices [N]: the first at which the running sum of weights [N, V] (none below
 * 0) exceeds the row's total times its uniform [N]. Uniforms of at most 22 bits in [0, 1) never draw
 * a weight of 0.
 */
export function draw(weights: Expr, uniform: Expr): Expr {
  const [rows] = weights.shape;
  if (weights.shape.length !== 2 || !same(uniform.shape, [rows!])) {
    throw new RangeError(`Cannot draw from ${show(weights)} by ${show(uniform)}`);
  }
  return new Expr("draw", [real("draw", weights), real("draw", uniform)], {}, [rows!], "i32");
}

/** x [N] in ascending order; the gradient follows the permutation. */
export function sort(x: Expr): Expr {
  const n = x.shape[0] ?? 0;
  return take(x.reshape(n, 1), rank(x)).reshape(n);
}

/** σ(x) = 1 / (1 + e⁻ˣ). */
export const sigmoid = (x: Expr): Expr => unary("sigmoid", x);
/** log(1 + eˣ), exact and with slope σ(x) at any x. */
export const softplus = (x: Expr): Expr => unary("softplus", x);
// The next operators take, beside their argument, the intermediate value that their gradient needs
// too: it is then computed once, and billed once.

/** x·σ(x). */
export const silu = (x: Expr): Expr => new Expr("silu", [real("silu", x), sigmoid(x)], {}, x.shape);
/** max(x, 0)². */
export const squaredRelu = (x: Expr): Expr =>
  new Expr("squaredRelu", [real("squaredRelu", x), x.max(0)], {}, x.shape);
/** x·Φ(x), by the error function. */
export const gelu = (x: Expr): Expr => x.mul(x.mul(Math.SQRT1_2).erf().mul(0.5).add(0.5));
/** x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2: GELU as GPT-2 computes it (arXiv 1606.08415). */
export const geluTanh = (x: Expr): Expr => {
  const inner = x.mul(x.square().mul(0.044715).add(1)).mul(Math.sqrt(2 / Math.PI));
  return x.mul(inner.tanh().mul(0.5).add(0.5));
};

/** Over the last axis. */
export const softmax = (x: Expr): Expr => rowwise("softmax", x);
/** Over the last axis. */
export const logSoftmax = (x: Expr): Expr => rowwise("logSoftmax", x);

/** log softmax(logits)[ids]: logits [N, V], ids [N], result [N]. */
export function tokenLogp(logits: Expr, ids: Expr): Expr {
  rowsWithIds("tokenLogp", logits, ids);
  return new Expr(
    "tokenLogp",
    [real("tokenLogp", logits), index("tokenLogp", ids), logSoftmax(logits)],
    {},
    ids.shape,
  );
}

/** x / √(mean(x²) + ε) over the last axis, times `gain` [D] if there is one. */
export function rmsNorm(x: Expr, epsilon = 1e-5, gain?: Expr): Expr {
  if (x.shape.length === 0 || (gain && !same(gain.shape, x.shape.slice(-1)))) {
    throw new RangeError(`Cannot rmsNorm ${show(x)}${gain ? ` with gain ${show(gain)}` : ""}`);
  }
  const inputs = gain ? [real("rmsNorm", x), real("rmsNorm", gain)] : [real("rmsNorm", x)];
  return new Expr("rmsNorm", inputs, { epsilon }, x.shape);
}

/** (x − mean) / √(variance + ε) over the last axis; gain and shift are yours. */
export function layerNorm(x: Expr, epsilon = 1e-5): Expr {
  if (x.shape.length === 0) throw new RangeError(`Cannot layerNorm ${show(x)}`);
  return new Expr("layerNorm", [real("layerNorm", x)], { epsilon }, x.shape);
}

/**
 * Rotary positions: x [T, B, H, d], cos and sin [T, d/2]; pairs (i, i + d/2) turn together, as in
 * LLaMA. The gradient is the turn back.
 */
export function rotary(x: Expr, cos: Expr, sin: Expr): Expr {
  const [t, , , d] = x.shape;
  if (
    x.shape.length !== 4 || d! % 2 !== 0 || !same(cos.shape, [t!, d! / 2]) ||
    !same(sin.shape, cos.shape)
  ) {
    throw new RangeError(`Cannot rotary ${show(x)} by ${show(cos)} and ${show(sin)}`);
  }
  return new Expr(
    "rotary",
    [real("rotary", x), real("rotary", cos), real("rotary", sin)],
    {},
    x.shape,
  );
}

/** The number of elements of a shape. */
export const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** The shape two arrays broadcast to, or undefined. */
export function broadcastShape(
  a: readonly number[],
  b: readonly number[],
): readonly number[] | undefined {
  const n = Math.max(a.length, b.length);
  const shape = Array.from({ length: n }, (_, i) => {
    const [x, y] = [a[a.length - n + i] ?? 1, b[b.length - n + i] ?? 1];
    return x === y || y === 1 ? x : x === 1 ? y : NaN;
  });
  return shape.some(Number.isNaN) ? undefined : shape;
}

type Binary = "add" | "sub" | "mul" | "div" | "max" | "min" | "less";
type Unary =
  | "neg"
  | "exp"
  | "log"
  | "sqrt"
  | "tanh"
  | "erf"
  | "sigmoid"
  | "softplus"
  | "stop";

function elementwise(op: Binary, a: Expr, x: Expr | number): Expr {
  const b = lift(x);
  const shape = broadcastShape(a.shape, b.shape);
  if (!shape) {
    throw new RangeError(`Cannot ${op} ${show(a)} and ${show(b)}: shapes do not broadcast`);
  }
  // One after the other: of two repeated arrays one must stay so, or nothing has the node's shape.
  const left = narrow(real(op, a), b, shape);
  return new Expr(op, [left, narrow(real(op, b), left, shape)], {}, shape);
}

/** A repeated array need not be repeated where the operator broadcasts by itself. */
function narrow(x: Expr, other: Expr, shape: readonly number[]): Expr {
  if (x.op !== "broadcast") return x;
  const source = x.inputs[0]!;
  const reached = broadcastShape(source.shape, other.shape);
  return reached && same(reached, shape) ? source : x;
}

function unary(op: Unary, x: Expr): Expr {
  return new Expr(op, [real(op, x)], {}, x.shape);
}

function rowwise(op: "softmax" | "logSoftmax", x: Expr): Expr {
  if (x.shape.length === 0) throw new RangeError(`Cannot ${op} ${show(x)}`);
  return new Expr(op, [real(op, x)], {}, x.shape);
}

function lift(x: Expr | number): Expr {
  return typeof x === "number" ? constant(x) : x;
}

function real(op: Op, x: Expr): Expr {
  if (x.dtype !== "f32") throw new TypeError(`Cannot ${op} ${show(x)}: indices are not numbers`);
  return x;
}

function index(op: Op, x: Expr): Expr {
  if (x.dtype !== "i32") throw new TypeError(`Cannot ${op} by ${show(x)}: indices must be i32`);
  return x;
}

function rowsWithIds(op: Op, x: Expr, ids: Expr): void {
  if (x.shape.length !== 2 || ids.shape.length !== 1 || ids.shape[0] !== x.shape[0]) {
    throw new RangeError(`Cannot ${op} ${show(x)} by ${show(ids)}: one index a row is needed`);
  }
}

function axesOf(op: string, x: Expr, axis?: number | readonly number[]): readonly number[] {
  const axes = axis === undefined
    ? x.shape.map((_, i) => i)
    : typeof axis === "number"
    ? [axis]
    : axis;
  for (const i of axes) {
    if (x.shape[i] === undefined) throw new RangeError(`Cannot ${op} ${show(x)} over axis ${i}`);
  }
  return axes;
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

const show = (x: Expr): string => `${x.op} [${x.shape}]${x.dtype === "i32" ? " of i32" : ""}`;
