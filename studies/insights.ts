import { study } from "../core/mod.ts";

const on = "bandit/clean";
const share = { queries: 1 / 2 };

/** How much four losses lose on half of the labels, at as many operations. The first version said that they do best on fewer. */
export default study({
  id: "insights",
  paper: {
    title: "Insights into Alignment: Evaluating DPO and its Variants Across Multiple Tasks",
    arxiv: "2404.14723",
    year: 2024,
  },
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "other/analysis"],
  title: "win-rate on half of the labels less that on all, the mean of DPO, IPO, KTO and CPO",
  claim: {
    text: "Alignment is near-optimal with smaller subsets of the training data",
    expect: "not lower",
    margin: 0.02,
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
    const gain = (["dpo", "ipo", "kto", "cpo"] as const)
      .map((loss) => of(`${loss}Few`, "win-rate") - of(`${loss}All`, "win-rate"));
    return gain.reduce((a, b) => a + b) / gain.length;
  },
});
