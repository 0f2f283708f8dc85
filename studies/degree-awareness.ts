import { study } from "../core/mod.ts";
import spo from "../methods/spo-degree.ts";

const arm = (key: number) => ({ method: spo.id, on: "sequences/scarce", hyper: { key } });

/** Whether it is key content that a head of degrees has to tell: the same loss where words of any kind are taken out. */
export default study({
  id: "degree-awareness",
  paper: spo.paper,
  taxonomy: spo.taxonomy,
  title: "reward where key words are taken out less that where any are",
  claim: {
    text: "It is by key content that degrees of preference are learned",
    expect: "higher",
    margin: 0.05,
    headline: false,
  },
  arms: { key: arm(1), any: arm(0) },
  effect: (of) => of("key", "reward") - of("any", "reward"),
});
