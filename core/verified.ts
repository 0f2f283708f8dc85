import type { Answer } from "./answer.ts";
import type { Kind } from "./feedback.ts";
import type { World } from "./method.ts";
import { Unsuited } from "./policy.ts";

/**
 * Whether each answer is right, 1 or 0, by the testbed's program, at its price. `Unsuited` where
 * programs check something else of answers; `Spent` where the labels do not last for all of them.
 */
export async function solved(
  lab: Pick<World<Kind>, "check">,
  ys: readonly Answer[],
): Promise<number[]> {
  const checks = await lab.check(ys);
  return checks.map((found) => {
    if (found.solved !== undefined) return found.solved;
    throw new Unsuited(
      `Cannot tell right answers: programs check ${Object.keys(found)} here, and not "solved"`,
    );
  });
}
