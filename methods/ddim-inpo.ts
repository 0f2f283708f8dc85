// Longer than an equation: results are inverted by the policy as it is, before each step.
import { logRatioReward, program } from "../core/mod.ts";
import dpo from "./dpo.ts";

/**
 * Diffusion-DPO's loss at points x_t that DDIM's certain path of the policy itself, as it is at that
 * step, passes on its way to the result, in place of noised ones: both results of a pair at one moment
 * t drawn anew, each at its own x_t. What a step learns from is the error of one guess of the result
 * from there. Inversion takes no gradient, and the reference reads the policy's points. The paper's
 * code may stop at the moment below t, and adds a little noise if so asked; here t is on the grid, and
 * none is added.
 */
export default program({
  id: "ddim-inpo",
  paper: {
    title:
      "InPO: Inversion Preference Optimization with Reparametrized DDIM for Efficient Diffusion Model Alignment",
    arxiv: "2503.18454",
    year: 2025,
  },
  equation: String
    .raw`-\log\sigma\!\left(-\beta w_t\left[\lVert x_0^w-\hat x_\theta(x_t^w)\rVert^2-\lVert x_0^w-\hat x_{\mathrm{ref}}(x_t^w)\rVert^2-\lVert x_0^l-\hat x_\theta(x_t^l)\rVert^2+\lVert x_0^l-\hat x_{\mathrm{ref}}(x_t^l)\rVert^2\right]\right),\quad x_t=\mathrm{DDIM}_\theta^{-1}(x_0,t)`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "applications/diffusion"],
  claim: {
    text: "Learning where its own path led gains more, and more cheaply, than under random noise",
    on: "diffusion/icons",
    measure: "reward",
    against: ["diffusion-dpo"],
    expect: "higher",
  },
  needs: ["results"],
  hyper: { beta: 0.3 },
  roles: { beta: "pull to the reference: the implied reward is β times the log-ratio, in nats" },
  limits: [
    { at: "β → 0", then: "log 2 − β·margin/2: every pair is pushed alike, without end" },
    {
      at: "a policy whose guess is each result itself",
      then: "nothing to learn: no error is left",
    },
    { at: "π = π_ref", then: "log 2, at every moment" },
  ],
  search: { beta: [0.1, 0.3, 1] },
  implied: logRatioReward,
  async *run(lab, { beta }) {
    const pairs = lab.offline("noised");
    const learner = lab.learner<"noised">((scope) => dpo.loss(scope, { beta }));
    for (let round = 0;; round++) {
      const rng = lab.rng.split(round);
      const order = rng.shuffle(pairs);
      do {
        const both = order.splice(0, learner.batch)
          .map(({ chosen, rejected }) => [chosen, rejected]);
        const seen = await learner.policy.invert(both, rng);
        await learner.step(
          seen.map(([chosen, rejected]) => ({ chosen: chosen!, rejected: rejected!, strength: 1 })),
        );
        yield learner.policy;
        // A part of a batch waits for the next round.
      } while (order.length >= learner.batch);
    }
  },
});
