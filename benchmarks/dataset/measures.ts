import type { Lacks } from "../../core/mod.ts";
import type { Row } from "./row.ts";

const noGold = "A user's rows label their own answers, and there is no gold reward to judge others";

/** What measures cannot be given by rows of this kind, of which so many pairs and prompts are held out. */
export function lacks(
  kind: Row["kind"],
  comparisons: number,
  prompts: number,
): Lacks {
  const truth = { "gold reward": noGold, "true preferences": noGold, oracle: noGold };
  if (prompts === 0) {
    const nothing = "Nothing is held out, as all rows answer one prompt";
    return { ...truth, comparisons: nothing, answers: nothing };
  }
  if (comparisons > 0) return truth;
  return {
    ...truth,
    comparisons: kind === "unpaired"
      ? "The rows are unpaired: no two answers to a prompt are compared"
      : "The two answers of every held-out pair are the same",
  };
}
