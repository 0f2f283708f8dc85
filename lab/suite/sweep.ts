import type { Hyper, Method } from "../../core/mod.ts";
import { boundsOf, hyperOf, isCount, trainingBounds, variant } from "./variant.ts";

/** Hyperparameters of a user's own: a method at several values of them is as many runs with names of their own. */

/** One hyperparameter at some values. */
interface Setting {
  /** Whose it is; undefined for everybody's who has it. */
  readonly method: string | undefined;
  readonly name: string;
  readonly values: readonly number[];
}

const FORM = "METHOD.NAME=VALUE[,VALUE…], or NAME=VALUE[,VALUE…] for every method that has it";

/**
 * The runs of these methods with `settings` as a user writes them, `dpo.beta=0.01,0.1` or `rate=0.3,1`:
 * each method at every combination of the values that are set of it, as `variant` names them. A
 * RangeError says which setting is misspelt, is nobody's, lies beyond its bounds or is given twice.
 */
export function sweep(methods: readonly Method[], settings: readonly string[]): string[] {
  const asked = settings.map((text) => read(text, methods));
  return methods.flatMap((method) => {
    const mine = asked.filter(({ method: id, name }) =>
      id === method.id || id === undefined && has(method, name)
    );
    const twice = mine.find(({ name }, i) => mine.findIndex((one) => one.name === name) < i);
    if (twice) throw new RangeError(`Cannot set ${twice.name} of ${method.id} twice`);
    const points = mine.reduce(
      (points, { name, values }) =>
        points.flatMap((point) => values.map((x): Hyper => ({ ...point, [name]: x }))),
      [{}] as Hyper[],
    );
    for (const point of points) bounded(method, point);
    return points.map((point) => variant(method, point));
  });
}

function read(text: string, methods: readonly Method[]): Setting {
  const [, id, name, list] = /^(?:([^.=]+)\.)?([^.=]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined || list === undefined) {
    throw new RangeError(`Cannot read --set ${JSON.stringify(text)}: expected ${FORM}`);
  }
  const values = list.split(",").map((word) => {
    const value = Number(word);
    if (word.trim() !== "" && Number.isFinite(value)) return value;
    throw new RangeError(
      `Cannot read --set ${JSON.stringify(text)}: found ${JSON.stringify(word)}, expected a number`,
    );
  });
  const holders = methods.filter((method) => has(method, name));
  if (id !== undefined && !methods.some((method) => method.id === id)) {
    const ids = methods.map((method) => method.id).join(", ");
    throw new RangeError(`Cannot set ${name} of ${id}: the methods of this run are ${ids}`);
  }
  if (id === undefined && holders.length === 0) {
    const known = new Set([
      ...methods.flatMap((method) => Object.keys(hyperOf(method))),
      ...Object.keys(trainingBounds),
    ]);
    throw new RangeError(
      `Cannot set ${name}: no method of this run has it, they have ${[...known].join(", ")}`,
    );
  }
  return { method: id, name, values: [...new Set(values)] };
}

const has = (method: Method, name: string): boolean =>
  Object.hasOwn(hyperOf(method), name) || Object.hasOwn(trainingBounds, name);

function bounded(method: Method, point: Hyper): void {
  for (const [name, value] of Object.entries(point)) {
    const [least, most] = boundsOf(method, name);
    const count = isCount(method, name);
    if (value >= least && value <= most && (!count || Number.isInteger(value))) continue;
    throw new RangeError(
      `Cannot set ${name} of ${method.id} to ${value}: it must be ${
        count ? "a whole number" : "a number"
      } from ${least} to ${most}`,
    );
  }
}
