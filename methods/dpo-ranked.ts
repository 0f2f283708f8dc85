import { logRatioReward, program } from "../core/mod.ts";
import curry, { stagesOf } from "./curry-dpo.ts";
import dpo from "./dpo.ts";

/** DPO on the best of each list against its worst, the widest gap alone: what a curriculum is compared with. */
export default program({
  id: "dpo-ranked",
  paper: curry.paper,
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y_1|x)\,\pi_{\mathrm{ref}}(y_n|x)}{\pi(y_n|x)\,\pi_{\mathrm{ref}}(y_1|x)}\right)`,
  taxonomy: ["data/quality/distinguishability", "data/feedback/list", "learning/paradigm/offline"],
  claim: {
    text: "A ranking's best and worst teach as much as the independent pairs that cost the same",
    on: "bandit/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "not lower",
    headline: false,
  },
  hyper: { beta: 0.1 },
  roles: { beta: dpo.roles!.beta },
  limits: [{ at: "lists of two", then: "DPO" }],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  implied: logRatioReward,
  async *run(lab, { beta }) {
    const [widest] = stagesOf(lab.offline("lists"), 1);
    const learner = lab.learner<"pairs">((scope) => dpo.loss(scope, { beta }));
    for (;;) {
      await learner.step(widest ?? []);
      yield learner.policy;
    }
  },
});
