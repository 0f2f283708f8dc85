import { type Answer, checkedAs, program } from "../core/mod.ts";

/**
 * The start policy's first answer of up to n that a program says is stable, else its last: what a
 * simulator is worth at test time, where nothing is learned. It stands for the papers' optimisation of
 * each object against a simulator; what an answer takes, checks among it, is on the run's record.
 */
export default program({
  id: "simulated-search",
  paper: {
    title:
      "Atlas3D: Physically Constrained Self-Supporting Text-to-3D for Simulation and Fabrication",
    arxiv: "2405.18515",
    year: 2024,
  },
  equation: String
    .raw`y_k,\quad k=\min\{i\le n:\mathrm{stable}(y_i)=1\},\ y_1,y_2,\dots\sim\pi_{\mathrm{ref}}(\cdot|x)`,
  taxonomy: ["data/feedback/point", "learning/paradigm/online", "applications/diffusion"],
  claim: {
    text: "What is simulated until it stands, stands more often than what imitation makes at once",
    on: "diffusion/towers",
    measure: "stable",
    against: ["diffusion-sft"],
    expect: "higher",
    headline: false,
  },
  needs: ["checks"],
  hyper: { n: 8 },
  roles: { n: "answers drawn at most; all but the last are checked" },
  limits: [
    { at: "n = 1", then: "the start policy" },
    { at: "n → ∞", then: "a stable answer to every prompt that has one, however rare" },
  ],
  search: { n: [8] },
  within: { n: [1, 256] },
  async *run(lab, { n }) {
    const policy = lab.reference;
    const stable = async (ys: readonly Answer[]) => await checkedAs("stable", lab, ys);
    // Where programs say something else of answers, that comes out before anything is measured.
    await stable(await policy.sample(lab.prompts(1), lab.rng));
    yield lab.answering(policy, async (prompts, rng) => {
      const answers = await policy.sample(prompts, rng.split(0));
      let open = answers.map((_, i) => i);
      for (let k = 1; k < n; k++) {
        const stands = await stable(open.map((i) => answers[i]!));
        open = open.filter((_, j) => stands[j] !== 1);
        if (open.length === 0) break;
        const again = await policy.sample(open.map((i) => prompts[i]!), rng.split(k));
        open.forEach((i, j) => answers[i] = again[j]!);
      }
      return answers;
    });
  },
});
