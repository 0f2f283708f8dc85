import type { Answer } from "./answer.ts";
import type { Kind } from "./feedback.ts";
import type { World } from "./method.ts";
import { Unsuited } from "./policy.ts";

/**
 * What the testbed's program says of each answer under one name, at its price. `Unsuited` where
 * programs say something else of answers; `Spent` where the labels do not last for all of them.
 */
export async function checkedAs(
  name: string,
  lab: Pick<World<Kind>, "check">,
  ys: readonly Answer[],
): Promise<number[]> {
  return (await lab.check(ys)).map((found) => {
    const value = found[name];
    if (value !== undefined) return value;
    throw new Unsuited(
      `Cannot judge answers: programs check ${Object.keys(found)} here, and not "${name}"`,
    );
  });
}

/** Whether each answer is right, 1 or 0. */
export const solved = (lab: Pick<World<Kind>, "check">, ys: readonly Answer[]): Promise<number[]> =>
  checkedAs("solved", lab, ys);

/**
 * What the testbed's programs say that each answer is worth: its `reward` or, where they give none, 1
 * if it is right and 0 if it is wrong. `Unsuited` where they say neither.
 */
export async function worths(
  lab: Pick<World<Kind>, "check">,
  ys: readonly Answer[],
): Promise<number[]> {
  return (await lab.check(ys)).map((found) => {
    const value = found.reward ?? found.solved;
    if (value !== undefined) return value;
    throw new Unsuited(
      `Cannot climb a reward: programs check ${Object.keys(found)} here, ` +
        `and neither "reward" nor "solved"`,
    );
  });
}
