import type { LossCurve, LossCurves, Method } from "../../core/mod.ts";
import { probe } from "./probe.ts";

/** Tokens of each answer, and log π_ref of either: so low that no margin below makes an answer certain. */
const [TOKENS, REFERENCE] = [10, -30];
/** Nats by which the better answer has gained on the worse since the reference: −40 to 40. */
const MARGINS = Array.from({ length: 17 }, (_, i) => 5 * (i - 8));

/** Every method's loss and its slope along the margin, one pair at a time; methods that are no such loss are left out. */
export function lossCurves(methods: readonly Method[]): LossCurves {
  return new Map(methods.flatMap((method): [string, LossCurve][] => {
    const curve = lossCurve(method);
    return curve === undefined ? [] : [[method.id, curve]];
  }));
}

const even = (sum: number) => [Array<number>(TOKENS).fill(sum / TOKENS)];

function lossCurve(method: Method): LossCurve | undefined {
  if (!("loss" in method)) return undefined;
  try {
    const points = MARGINS.map((margin) => {
      const { value, gradient } = probe(method, {
        chosen: even(REFERENCE + margin / 2),
        rejected: even(REFERENCE - margin / 2),
        ref_chosen: even(REFERENCE),
        ref_rejected: even(REFERENCE),
        unrelated: [[-1], [-1]],
        ref_unrelated: [[-1], [-1]],
      });
      const along = (name: string) =>
        (gradient[name]?.flat() ?? []).reduce((sum, x) => sum + x, 0) / TOKENS;
      return { margin, value, slope: (along("chosen") - along("rejected")) / 2 };
    });
    return points.every(({ value, slope }) => Number.isFinite(value + slope)) ? points : undefined;
  } catch (error) {
    // A loss that reads more than log-probabilities of two answers.
    if (!(error instanceof TypeError)) throw error;
    return undefined;
  }
}
