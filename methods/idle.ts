import { logRatioReward, method } from "../core/mod.ts";

/** 0·log π(y_w): what stands still. It spends its budget and learns nothing. */
export default method({
  id: "idle",
  paper: { title: "Control: learns nothing", year: 2026 },
  equation: String.raw`0\cdot\log\pi(y_w|x)`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "constraint/reference/free"],
  claim: {
    text: "A claim that this passes says nothing of its method",
    on: "bandit/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
    untestable: "it is a control: it stands in for methods when their claims are judged",
  },
  control: true,
  feedback: "pairs",
  reference: "none",
  hyper: { beta: 0.1 },
  roles: { beta: "scale of the reward that it is said to imply, which is 0 of every answer" },
  limits: [{ at: "everywhere", then: "0, with no slope" }],
  search: {},
  implied: logRatioReward,
  loss: ({ pi, chosen }) => pi.logp(chosen).mul(0).mean(),
});
