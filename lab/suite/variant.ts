import type { Hyper, Method, OwnTraining } from "../../core/mod.ts";

/** A method with other hyperparameters, and perhaps another budget, as one run of a plan names it. */

/** What may be set of every method's training in place of its testbed's own, and between which values. */
export const trainingBounds: { readonly [name in keyof OwnTraining]-?: readonly [number, number] } =
  { lr: [1e-12, 1], batch: [1, 65_536], warmup: [0, 1e6] };
const isTraining = (name: string): name is keyof OwnTraining => Object.hasOwn(trainingBounds, name);

export type Share = { readonly flops?: number; readonly queries?: number };

/**
 * `dpo[beta=0.3]`, or `dpo` where nothing differs from the method's own; `share` only tells apart
 * runs that may spend a part of what others may. Every method has a `rate`, the factor on its
 * testbed's learning rate, and may be given its own `lr`, `batch` and `warmup`. RangeError for another hyperparameter that it has not.
 */
export function variant(method: Method, hyper: Hyper = {}, share: Share = {}): string {
  for (const name of Object.keys(hyper)) {
    if (!isTraining(name) && !Object.hasOwn(hyperOf(method), name)) {
      throw new RangeError(
        `Cannot set ${name} of ${method.id}: its hyperparameters are ${Object.keys(method.hyper)}`,
      );
    }
  }
  const own = hyperOf(method);
  const changed = [
    ...Object.keys(own).filter((name) => Object.hasOwn(hyper, name) && hyper[name] !== own[name])
      .map((name) => `${name}=${hyper[name]}`),
    ...Object.keys(trainingBounds).filter((name) => Object.hasOwn(hyper, name))
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
    !isTraining(key) && !Object.hasOwn(own, key) || !Number.isFinite(value)
  );
  if (odd) throw new RangeError(`Cannot run ${name}: ${id} has no ${odd[0]} = ${odd[1]}`);
  if (Object.keys(hyper).length === 0) return found;
  const set = Object.entries(hyper);
  const training: OwnTraining = Object.fromEntries(set.filter(([key]) => isTraining(key)));
  const all = { ...own, ...Object.fromEntries(set.filter(([key]) => !isTraining(key))) };
  const { rate, ...rest } = all;
  return {
    ...found,
    ...Object.hasOwn(found.hyper, "rate") ? { hyper: all } : { hyper: rest, rate: rate! },
    ...Object.keys(training).length > 0 ? { training } : {},
  } as Method;
}

/** A method's hyperparameters, with the rate that every method has. */
export const hyperOf = ({ hyper, rate = 1 }: Method): Hyper => ({ rate, ...hyper });

/** Between which values a hyperparameter makes sense: [least, most]. */
export const boundsOf = ({ within }: Method, name: string): readonly [number, number] =>
  isTraining(name)
    ? trainingBounds[name]
    : (within as { readonly [name: string]: readonly [number, number] } | undefined)?.[name] ??
      [-Infinity, Infinity];

/** Whether it counts something, as what has whole bounds and whole values does. */
export function isCount(method: Method, name: string): boolean {
  if (isTraining(name)) return name !== "lr";
  const tried = (method.search as { readonly [name: string]: readonly number[] } | undefined)
    ?.[name] ?? [];
  return [...boundsOf(method, name), hyperOf(method)[name], ...tried].every(Number.isInteger);
}
