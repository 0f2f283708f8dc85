import { bradleyTerry, byGroup, extremes, perPrompt, program } from "../core/mod.ts";

/**
 * Fits a reward with the whole budget and learns nothing else: an answer is the best by it of n
 * samples of the start policy. `best-of-n` learns to give such answers in one draw.
 */
export default program({
  id: "reward-best-of-n",
  paper: {
    title: "WebGPT: Browser-assisted question-answering with human feedback",
    arxiv: "2112.09332",
    year: 2021,
  },
  equation: String
    .raw`y^*=\operatorname*{arg\,max}_{y_1,\dots,y_n\sim\pi_{\mathrm{ref}}}r(x,y_i),\quad r=\operatorname*{arg\,min}_r-\log\sigma\bigl(r(x,y_w)-r(x,y_l)\bigr)`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline"],
  claim: {
    text: "Choosing among many samples gains more than imitation and than reinforcement learning",
    on: "text/clean",
    measure: "win-rate",
    against: ["sft", "ppo"],
    expect: "higher",
  },
  hyper: { n: 16 },
  roles: { n: "samples an answer is chosen from: what each answer costs, on the run's record" },
  limits: [
    { at: "n = 1", then: "the start policy" },
    { at: "n → ∞", then: "the answer of highest reward, however rare" },
  ],
  search: { n: [4, 16, 64] },
  within: { n: [2, 256] },
  async *run(lab, { n }) {
    const reward = lab.learner<"pairs">(bradleyTerry, { bill: "reward model" });
    const pairs = lab.offline("pairs");
    const policy = lab.answering(lab.reference, async (prompts, rng) => {
      const drawn = await perPrompt(lab.reference, prompts, n, rng);
      const rewards = byGroup(drawn, await reward.policy.value(drawn.flat()));
      return drawn.map((ys, i) => extremes(ys, rewards[i]!).best);
    });
    for (;;) {
      await reward.step(pairs);
      yield policy;
    }
  },
});
