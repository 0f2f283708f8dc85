import {
  type Call,
  dispose,
  type Feeds,
  onDevice,
  type Params,
  type Tensor,
} from "../../core/mod.ts";
import { named } from "./policy.ts";

/**
 * Every array as the weighted sum of the parents', the weights of each array found by `weigh` from
 * the inner products of the parents' arrays, [parent][parent]. Throws a RangeError where parents
 * differ in their arrays, or `weigh` gives another number of weights.
 */
export async function weightedMean(
  call: Call,
  parents: readonly Params[],
  weigh: (products: number[][]) => readonly number[],
): Promise<Params> {
  const [first] = parents;
  if (!first) throw new RangeError("Cannot merge no policies: at least one is needed");
  const names = Object.keys(first);
  for (const other of parents) {
    const odd = names.find((name) => `${other[name]?.shape}` !== `${first[name]!.shape}`);
    if (odd !== undefined || Object.keys(other).length !== names.length) {
      throw new RangeError(`Cannot merge policies of different models: ${odd ?? "arrays"} differ`);
    }
  }
  const k = parents.length;
  const arrays = Object.assign({}, ...parents.map((params, i) => named(`${i}`, params)));
  const each = (feeds: Feeds, name: string) => parents.map((_, i) => feeds[`${i}/${name}`]!);
  const found = await call(
    (feeds) =>
      Object.fromEntries(
        names.flatMap((name) =>
          each(feeds, name).flatMap((a, i, all) =>
            all.slice(i).map((b, j) => [`${i}/${i + j}/${name}`, a.mul(b).sum()])
          )
        ),
      ),
    arrays,
  );
  const product = (name: string, i: number, j: number) =>
    found[`${Math.min(i, j)}/${Math.max(i, j)}/${name}`]!.data[0]!;
  const weights = names.map((name): Tensor => {
    const given = weigh(parents.map((_, i) => parents.map((_, j) => product(name, i, j))));
    if (given.length !== k || !given.every(Number.isFinite)) {
      throw new RangeError(`Cannot merge ${k} policies by weights [${given}]: one each is needed`);
    }
    return { shape: [k], data: Float32Array.from(given) };
  });
  const away = onDevice(first[names[0]!]!);
  const result = await call(
    (feeds) =>
      Object.fromEntries(names.map((name) => [
        name,
        each(feeds, name)
          .map((a, i) => a.mul(feeds[`weights/${name}`]!.slice(0, i, i + 1).reshape()))
          .reduce((sum, a) => sum.add(a)),
      ])),
    { ...arrays, ...named("weights", Object.fromEntries(names.map((n, i) => [n, weights[i]!]))) },
    away ? { keep: names } : {},
  );
  dispose(found);
  return result;
}
