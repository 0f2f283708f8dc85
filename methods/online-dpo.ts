import { logRatioReward, method, same } from "../core/mod.ts";
import dpo from "./dpo.ts";

/** DPO's loss on two fresh samples of the policy itself, labelled as they come unless they are the same. */
export default method({
  id: "online-dpo",
  paper: {
    title: "Direct Language Model Alignment from Online AI Feedback",
    arxiv: "2402.04792",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y_w|x)}{\pi_{\mathrm{ref}}(y_w|x)}-\beta\log\frac{\pi(y_l|x)}{\pi_{\mathrm{ref}}(y_l|x)}\right),\quad y_w,y_l\sim\pi`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/online"],
  claim: {
    text: "Beats offline DPO, as its pairs come from the policy that learns from them",
    on: "text/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  needs: ["labels"],
  feedback: "pairs",
  hyper: { beta: 0.1, prompts: 32 },
  roles: {
    beta: "pull to the reference: the implied reward is β times the log-ratio",
    prompts: "prompts a round, each with two fresh answers",
  },
  limits: [
    { at: "one round without end", then: "DPO on pairs of the start policy's own answers" },
    { at: "β → 0", then: "log 2 − β·margin/2: every pair is pushed alike, without end" },
    { at: "π = π_ref", then: "log 2, with slopes −β/2 and β/2" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  implied: logRatioReward,
  loss: (scope, { beta }) => dpo.loss(scope, { beta }),
  async collect({ policy, oracle, prompts, rng }, { prompts: n }) {
    const asked = prompts(n);
    const left = await policy.sample(asked, rng.split("left"));
    const right = await policy.sample(asked, rng.split("right"));
    const drawn = left.map((a, i) => [a, right[i]!] as const).filter(([a, b]) => !same(a, b));
    return Promise.all(drawn.map(async ([a, b]) => {
      const [chosen, rejected] = await oracle.prefer(a, b) > 0.5 ? [a, b] : [b, a];
      return { chosen, rejected, strength: 1 };
    }));
  },
});
