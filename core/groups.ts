import { type Answer, type Prompt, same, type Sample } from "./answer.ts";
import type { Judge } from "./judge.ts";
import type { Policy } from "./policy.ts";
import type { Rng } from "./rng.ts";

/** `n` answers to each prompt, drawn together: [prompt][n]. */
export async function perPrompt(
  policy: Pick<Policy, "sample">,
  prompts: readonly Prompt[],
  n: number,
  rng: Rng,
): Promise<Sample[][]> {
  const ys = await policy.sample(prompts.flatMap((x) => Array<Prompt>(n).fill(x)), rng);
  return prompts.map((_, i) => ys.slice(i * n, (i + 1) * n));
}

/** Numbers of all groups' members, one after another, as [group][member]. */
export function byGroup(
  groups: readonly (readonly unknown[])[],
  values: ArrayLike<number>,
): number[][] {
  let at = 0;
  return groups.map((group) => group.map(() => values[at++]!));
}

/** The first of highest value and the first of lowest, with their values. */
export function extremes<T>(
  group: readonly T[],
  values: readonly number[],
): { readonly best: T; readonly worst: T; readonly gap: number } {
  const [most, least] = [Math.max(...values), Math.min(...values)];
  return {
    best: group[values.indexOf(most)]!,
    worst: group[values.indexOf(least)]!,
    gap: most - least,
  };
}

/**
 * How many of the others in its group each answer beats, each against each once: [group][member].
 * Answers that say the same share the win and are not asked about.
 */
export async function contests(
  oracle: Pick<Judge, "prefer">,
  groups: readonly (readonly Answer[])[],
): Promise<number[][]> {
  return await Promise.all(groups.map(async (rivals) => {
    const wins = rivals.map(() => 0);
    for (const [a, y] of rivals.entries()) {
      for (const [b, z] of rivals.slice(0, a).entries()) {
        const p = same(y, z) ? 0.5 : await oracle.prefer(y, z);
        wins[a]! += p;
        wins[b]! += 1 - p;
      }
    }
    return wins;
  }));
}

/** Those pairs whose answers differ; all of them where none do, from which a policy that is done learns nothing. */
export function differing<P extends { readonly chosen: Answer; readonly rejected: Answer }>(
  pairs: readonly P[],
): readonly P[] {
  const found = pairs.filter(({ chosen, rejected }) => !same(chosen, rejected));
  return found.length > 0 ? found : pairs;
}

/** What most of them are, the first of equals; undefined where none is anything. */
export function majority<T>(values: readonly (T | undefined)[]): T | undefined {
  const counts = [...Map.groupBy(values, (value) => value)].filter(([value]) =>
    value !== undefined
  );
  const most = Math.max(...counts.map(([, same]) => same.length));
  return counts.find(([, same]) => same.length === most)?.[0];
}
