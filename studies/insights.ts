import { study } from "../core/mod.ts";

const on = "bandit/clean";
const share = { queries: 1 / 2 };

/**
 * Whether four losses gain nine tenths of what they gain on all labels on half of them, at as many
 * operations: how near is "near-optimal" the paper does not say. Its first version said that they do
 * best on fewer. Gains are from the start policy, as who learns nothing loses nothing on half.
 */
export default study({
  id: "insights",
  paper: {
    title: "Insights into Alignment: Evaluating DPO and its Variants Across Multiple Tasks",
    arxiv: "2404.14723",
    year: 2024,
  },
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "other/analysis"],
  title:
    "gain of win-rate on half of the labels less nine tenths of that on all, the mean of DPO, IPO, KTO and CPO",
  claim: {
    text: "Alignment is near-optimal with smaller subsets of the training data",
    expect: "higher",
    margin: 0.01,
  },
  arms: {
    dpoFew: { method: "dpo", on, share },
    dpoAll: { method: "dpo", on },
    ipoFew: { method: "ipo", on, share },
    ipoAll: { method: "ipo", on },
    ktoFew: { method: "kto", on, share },
    ktoAll: { method: "kto", on },
    cpoFew: { method: "cpo", on, share },
    cpoAll: { method: "cpo", on },
  },
  effect(of) {
    const gain = (arm: Parameters<typeof of>[0]) => of(arm, "win-rate") - of(arm, "win-rate", 0);
    const ahead = (["dpo", "ipo", "kto", "cpo"] as const)
      .map((loss) => gain(`${loss}Few`) - 0.9 * gain(`${loss}All`));
    return ahead.reduce((a, b) => a + b) / ahead.length;
  },
});
