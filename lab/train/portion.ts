import type { Portion, Testbed } from "../../core/mod.ts";

/** One of so many test prompts is for validation. */
const EVERY = 3;

/**
 * A testbed measured on a portion of its test prompts: every third chooses hyperparameters, the
 * others are judged on. Where test prompts are also trained on, as in a table, they are all there
 * are and stay as they are: there only seeds and labels are disjoint.
 */
export function part(testbed: Testbed, portion: Portion | undefined): Testbed {
  if (portion === undefined) return testbed;
  const trained = new Set(testbed.prompts("train").map(({ id }) => id));
  const all = testbed.prompts("test");
  if (all.some(({ id }) => trained.has(id))) return testbed;
  const test = all.filter((_, i) => (i % EVERY === EVERY - 1) === (portion === "validation"));
  const kept = new Set(test.map(({ id }) => id));
  const held = testbed.heldOut().filter(({ chosen }) => kept.has(chosen.prompt.id));
  return {
    ...testbed,
    prompts: (split) => split === "test" ? test : testbed.prompts(split),
    heldOut: () => held,
  };
}
