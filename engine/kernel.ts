import { createHash } from "node:crypto";
import { type Expr, type Feeds, input } from "../core/expr.ts";
import type { FreeAxes, Graph, Tensor, Tensors } from "../core/policy.ts";
import { flops } from "./cost.ts";
import { ordered } from "./graph.ts";
import { lower } from "./lower.ts";
import { dtype } from "./resident.ts";
import type { Sessions } from "./sessions.ts";
import { simplify } from "./simplify.ts";

/** A graph compiled for one set of shapes. */
export interface Kernel {
  /** Floating point operations of one run on these feeds. */
  flops(feeds: Tensors): number;
  /** Several runs may be under way at once; outputs not listed in `into` are the caller's own. */
  run(feeds: Tensors, into?: Tensors): Promise<Tensors>;
  /** Whether these feeds have its shapes. */
  fits(feeds: Tensors): boolean;
}

export function kernel(
  f: Graph,
  feeds: Tensors,
  free: readonly FreeAxes[],
  keep: readonly string[],
  sessions: Sessions,
): Kernel {
  const groups = free.map((axes) => ({ axes, inputs: Object.keys(axes).filter((k) => k in feeds) }))
    .filter(({ inputs }) => inputs.length > 0);
  const outputs = build(f, feeds, groups, []);
  const used = ordered(Object.values(outputs))
    .filter((node): node is Expr<"input"> => node.op === "input")
    .map((node) => node.attributes.name);
  // Whatever differs from a twin whose free axes are longer, each group's by another amount, is left open.
  const twin = groups.length ? build(f, feeds, groups, groups.map((_, k) => k + 1)) : outputs;
  const bytes = lower(outputs, sessions.dialect, twin);
  const key = createHash("sha256").update(bytes).update(`${keep}`).digest("hex");
  const cost = flops(Object.values(outputs));
  // The cost is affine in the size of each group.
  const slopes = groups.map(({ axes, inputs: [first] }, k) => {
    const grown = build(f, feeds, groups, groups.map((_, i) => Number(i === k)));
    const size = (given: Tensors) => given[first!]!.shape[axes[first!]!]!;
    return { size, start: size(feeds), slope: flops(Object.values(grown)) - cost };
  });
  // Every array given counts, not those alone that the graph turned out to read: `f` saw them all.
  const shapes = new Map(Object.entries(feeds).map(([name, { shape }]) => [name, shape]));
  const open = new Map(free.flatMap((axes) => Object.entries(axes)));
  // What the last run was fed: most of it, a model's parameters, is fed again.
  const last = new Map<string, Tensor>();
  return {
    flops: (given) =>
      slopes.reduce((sum, { size, start, slope }) => sum + slope * (size(given) - start), cost),
    fits(given) {
      let count = 0;
      for (const name in given) {
        const tensor = given[name]!;
        if (tensor !== last.get(name)) {
          const want = shapes.get(name);
          if (!want || !alike(tensor.shape, want, open.get(name))) return false;
        }
        count++;
      }
      return count === shapes.size;
    },
    async run(given, into = {}) {
      const session = await sessions.get(key, bytes, keep);
      for (const name of used) last.set(name, given[name]!);
      return session.run(given, into);
    },
  };
}

function alike(have: readonly number[], want: readonly number[], open?: number): boolean {
  return have.length === want.length && have.every((d, i) => d === want[i] || i === open);
}

function build(
  f: Graph,
  feeds: Tensors,
  groups: readonly { readonly axes: FreeAxes }[],
  grown: readonly number[],
): Feeds {
  const leaves = Object.entries(feeds).map(([name, tensor]) => {
    const { shape } = tensor;
    const k = groups.findIndex(({ axes }) => name in axes);
    const size = shape.map((d, i) =>
      k >= 0 && i === groups[k]!.axes[name] ? d + (grown[k] ?? 0) : d
    );
    return [name, input(name, size, dtype(tensor))] as const;
  });
  const outputs = Object.entries(f(Object.fromEntries(leaves)));
  const simple = simplify(outputs.map(([, node]) => node));
  return Object.fromEntries(outputs.map(([name], i) => [name, simple[i]!]));
}
