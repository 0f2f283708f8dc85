import { study } from "../core/mod.ts";
import curry from "../methods/curry-dpo.ts";

const arm = (order: number) => (
  { method: "curry-dpo", on: "bandit/clean", hyper: { order, update: 0 } }
);

/** What the order of a ranking's pairs is worth: the same pairs and reference, from easy to hard or shuffled. */
export default study({
  id: "curriculum",
  paper: curry.paper,
  taxonomy: curry.taxonomy.filter((cell) => cell !== "constraint/reference/dynamic"),
  title: "win-rate with the widest gaps first less that in no order",
  claim: {
    text: "Pairs from easy to hard teach more than the same pairs shuffled",
    expect: "higher",
    margin: 0.02,
  },
  arms: { sorted: arm(1), shuffled: arm(0) },
  effect: (of) => of("sorted", "win-rate") - of("shuffled", "win-rate"),
});
