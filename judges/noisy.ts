import { canonical, failed, fingerprint, rng, type TextJudge } from "../core/mod.ts";

/**
 * The judge with this share of its comparisons turned round, drawn by seed and task: equal tasks
 * are treated alike. For tests and audits.
 */
export function noisy(judge: TextJudge, { flip, seed }: { flip: number; seed: number }): TextJudge {
  if (!(flip >= 0 && flip <= 1)) throw new RangeError(`Cannot flip a share of ${flip}`);
  const draws = rng(seed).split("noisy judge");
  return {
    ...judge,
    id: `${judge.id}+noise`,
    fingerprint: fingerprint(["noisy", flip, seed, judge.fingerprint]),
    async compare(task) {
      const found = await judge.compare(task);
      const turned = draws.split(canonical(task)).uniform() < flip;
      if (failed(found) || !turned) return found;
      const { label: _, ...rest } = found;
      return { ...rest, preference: 1 - found.preference };
    },
  };
}
