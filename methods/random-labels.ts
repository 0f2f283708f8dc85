import { logRatioReward, program } from "../core/mod.ts";
import dpo from "./dpo.ts";

/** DPO on the given pairs, half of them turned round once, by coin: it moves, and learns nothing about answers. */
export default program({
  id: "random-labels",
  paper: { title: "Control: labels by coin", year: 2026 },
  equation: String
    .raw`-\log\sigma\!\left(s\,\beta[\Delta(y_w)-\Delta(y_l)]\right),\quad s\in\{-1,1\}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline"],
  claim: {
    text: "A claim that this passes says nothing of its method",
    on: "bandit/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
    untestable: "it is a control: it stands in for methods when their claims are judged",
  },
  control: true,
  hyper: { beta: 0.1 },
  roles: { beta: "as in DPO" },
  limits: [{ at: "β → ∞", then: "the start policy" }],
  search: {},
  implied: logRatioReward,
  async *run(lab, { beta }) {
    const coins = lab.rng.split("coins");
    const pairs = lab.offline("pairs").map(({ chosen, rejected, strength }) =>
      coins.uniform() < 0.5
        ? { chosen, rejected, strength }
        : { chosen: rejected, rejected: chosen, strength }
    );
    const learner = lab.learner<"pairs">((scope) => dpo.loss(scope, { beta }));
    for (;;) {
      await learner.step(pairs);
      yield learner.policy;
    }
  },
});
