import { logisticRegression } from "./logistic-regression.ts";
import { probable } from "./win-rate.ts";
import { mean, sd } from "./average.ts";
import type { LengthRow } from "./length-controlled.ts";

/** Fewer models than this do not tell a hard prompt from a bad answer. */
const LEAST = 8;

/**
 * How much harder each prompt is for the baseline than for the models, d of the length-controlled
 * win-rate: logit P(model m beats the baseline at prompt i) = a_m · f_mi + b_m + d_i with mean d 0,
 * fitted to all models together with ridge · Σ d² (and 0.01 · Σ (a² + b²)), models and prompts in
 * turns until no d moves by 10⁻⁶. A RangeError below eight models; prompts that nobody was judged
 * on get none.
 */
export function estimateDifficulty(
  models: Readonly<Record<string, readonly LengthRow[]>>,
  ridge = 0.1,
): Record<string, number> {
  const names = Object.keys(models);
  if (names.length < LEAST) {
    throw new RangeError(`Cannot tell difficulty from ${names.length} models: ${LEAST} are needed`);
  }
  if (!(ridge > 0)) throw new RangeError(`Cannot penalise by ${ridge}: it must be above 0`);
  const judged = names.map((name) => {
    const rows = models[name]!;
    const gaps = rows.map(({ lengths }) => lengths.baseline - lengths.model);
    const scale = gaps.some((gap) => gap !== gaps[0]) ? sd(gaps) : Infinity;
    return rows.flatMap(({ prompt, preference: y }, i) => {
      if (y === undefined) return [];
      probable(y, i);
      return [{ prompt, y, f: Math.tanh(gaps[i]! / scale), weight: 1 }];
    });
  });
  const prompts = Map.groupBy(
    judged.flatMap((rows, m) => rows.map((row) => ({ ...row, m }))),
    ({ prompt }) => prompt,
  );
  const d = new Map([...prompts.keys()].map((prompt) => [prompt, 0]));
  let weights = names.map(() => [0, 0]);
  for (let round = 0; round < 1000; round++) {
    weights = judged.map((rows, m) =>
      logisticRegression(
        rows.map(({ prompt, y, f, weight }) => ({ x: [f, 1], y, weight, offset: d.get(prompt)! })),
        { ridge: 0.01 },
        weights[m]!,
      )!
    );
    const next = new Map([...prompts].map(([prompt, rows]) => {
      const seen = rows.map(({ m, f, y }) => ({
        x: [1],
        y,
        weight: 1,
        offset: weights[m]![0]! * f + weights[m]![1]!,
      }));
      return [prompt, logisticRegression(seen, { ridge }, [d.get(prompt)!])![0]!];
    }));
    const centre = mean([...next.values()]);
    let moved = 0;
    for (const [prompt, x] of next) {
      moved = Math.max(moved, Math.abs(x - centre - d.get(prompt)!));
      d.set(prompt, x - centre);
    }
    if (moved <= 1e-6) return Object.fromEntries(d);
  }
  throw new RangeError("Cannot tell difficulty: models and prompts do not settle in 1,000 rounds");
}
