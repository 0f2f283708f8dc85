import type { Hyper, Method } from "../../core/mod.ts";

/** A method with other hyperparameters, and perhaps another budget, as one run of a plan names it. */

export type Share = { readonly flops?: number; readonly queries?: number };

/**
 * `dpo[beta=0.3]`, or `dpo` where nothing differs from the method's own; `share` only tells apart
 * runs that may spend a part of what others may. Every method has a `rate`, the factor on its
 * testbed's learning rate. RangeError for another hyperparameter that it has not.
 */
export function variant(method: Method, hyper: Hyper = {}, share: Share = {}): string {
  for (const name of Object.keys(hyper)) {
    if (!Object.hasOwn(hyperOf(method), name)) {
      throw new RangeError(
        `Cannot set ${name} of ${method.id}: its hyperparameters are ${Object.keys(method.hyper)}`,
      );
    }
  }
  const own = hyperOf(method);
  const changed = [
    ...Object.keys(own).filter((name) => Object.hasOwn(hyper, name) && hyper[name] !== own[name])
      .map((name) => `${name}=${hyper[name]}`),
    ...(["flops", "queries"] as const).filter((axis) => (share[axis] ?? 1) !== 1)
      .map((axis) => `@${axis}=${share[axis]}`),
  ];
  return changed.length === 0 ? method.id : `${method.id}[${changed}]`;
}

/** The method that `variant` named, under its own id. RangeError if there is none. */
export function variantOf(name: string, methods: readonly Method[]): Method {
  const [, id = name, changes = ""] = /^([^[]*)\[(.*)\]$/.exec(name) ?? [];
  const found = methods.find((method) => method.id === id);
  if (!found) throw new RangeError(`Unknown method ${JSON.stringify(id)}`);
  const hyper = Object.fromEntries(
    changes.split(",").filter((change) => change !== "" && !change.startsWith("@")).map(
      (change) => {
        const at = change.indexOf("=");
        return [change.slice(0, at), Number(change.slice(at + 1))];
      },
    ),
  );
  const own = hyperOf(found);
  const odd = Object.entries(hyper).find(([key, value]) =>
    !Object.hasOwn(own, key) || !Number.isFinite(value)
  );
  if (odd) throw new RangeError(`Cannot run ${name}: ${id} has no ${odd[0]} = ${odd[1]}`);
  if (Object.keys(hyper).length === 0) return found;
  const all = { ...own, ...hyper };
  const { rate, ...rest } = all;
  return Object.hasOwn(found.hyper, "rate")
    ? { ...found, hyper: all } as Method
    : { ...found, hyper: rest, rate: rate! } as Method;
}

/** A method's hyperparameters, with the rate that every method has. */
export const hyperOf = ({ hyper, rate = 1 }: Method): Hyper => ({ rate, ...hyper });

/** Between which values a hyperparameter makes sense: [least, most]. */
export const boundsOf = ({ within }: Method, name: string): readonly [number, number] =>
  (within as { readonly [name: string]: readonly [number, number] } | undefined)?.[name] ??
    [-Infinity, Infinity];

/** Whether it counts something, as what has whole bounds and whole values does. */
export function isCount(method: Method, name: string): boolean {
  const tried = (method.search as { readonly [name: string]: readonly number[] } | undefined)
    ?.[name] ?? [];
  return [...boundsOf(method, name), hyperOf(method)[name], ...tried].every(Number.isInteger);
}
