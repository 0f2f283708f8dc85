import type { Lab } from "./method.ts";
import type { Policy } from "./policy.ts";
import type { Rng } from "./rng.ts";
import { grown, type SearchOptions, type Siblings, toldApart } from "./search.ts";
import { solved } from "./verified.ts";

/** Questions searched together. */
const TREES = 32;
/** Standard errors that two siblings' values must lie apart. */
const SURE = 1;

/** Siblings that a search from a few questions tells apart, by whether the program finds rollouts right; the first trees go on record. */
export async function searchedPairs(
  lab: Pick<Lab, "check" | "prompts" | "searched">,
  policy: Pick<Policy, "sample">,
  search: SearchOptions,
  gap: number,
  rng: Rng,
): Promise<Siblings[]> {
  const trees = await grown(policy, (ys) => solved(lab, ys), lab.prompts(TREES), search, rng);
  return trees.flatMap((root) => {
    const pairs = toldApart(root, gap, SURE);
    lab.searched(root, pairs);
    return pairs;
  });
}
