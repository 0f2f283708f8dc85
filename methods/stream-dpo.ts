import { logRatioReward, program } from "../core/mod.ts";
import dpo from "./dpo.ts";
import ofs, { passing } from "./ofs-dpo.ts";

/** DPO on a stream that passes by once, in its own order: what fast-slow chasing and its combination are compared with. */
export default program({
  id: "stream-dpo",
  paper: ofs.paper,
  equation: dpo.equation,
  taxonomy: ofs.taxonomy,
  claim: {
    text:
      "In the order they came, labels of two domains teach less than shuffled: the first is forgotten",
    on: "linear/stream",
    measure: "reward",
    against: ["dpo"],
    expect: "lower",
    headline: false,
  },
  hyper: { beta: 0.1 },
  roles: { beta: "how little the pairs may move the policy from its reference" },
  limits: [
    { at: "β → 0", then: "the loss is flat at log 2" },
    { at: "labels in random order", then: "DPO, each pair seen again only soon after" },
    { at: "π = π_ref", then: "log 2" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  implied: logRatioReward,
  async *run(lab, { beta }) {
    const stream = lab.offline("pairs");
    const learner = lab.learner<"pairs">((scope) => dpo.loss(scope, { beta }));
    for (;;) {
      await learner.step(passing(stream, lab.progress, learner.batch));
      yield learner.policy;
    }
  },
});
