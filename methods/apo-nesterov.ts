// Longer than an equation: rounds of labels, learners and extrapolations.
import { type AnyLearner, endOf, gathered, program } from "../core/mod.ts";
import dpo from "./dpo.ts";
import onlineDpo from "./online-dpo.ts";

/** Iterative DPO with momentum: after each round the parameters go on by α of the way they came. */
export default program({
  id: "apo-nesterov",
  paper: {
    title: "Accelerated Preference Optimization for Large Language Model Alignment",
    arxiv: "2410.06293",
    year: 2024,
  },
  equation: String
    .raw`\hat\theta_{t+1}=\operatorname*{arg\,min}_\theta-\log\sigma\!\left(\beta\log\frac{\pi_\theta(y_w|x)\,\pi_t(y_l|x)}{\pi_\theta(y_l|x)\,\pi_t(y_w|x)}\right),\quad\theta_{t+1}=\hat\theta_{t+1}+\alpha(\hat\theta_{t+1}-\hat\theta_t)`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/online", "constraint/reference/dynamic"],
  claim: {
    text: "Gains more than iterative DPO in as many rounds, as momentum takes longer strides",
    on: "text/clean",
    measure: "win-rate",
    against: ["iterative-dpo"],
    expect: "higher",
  },
  needs: ["labels"],
  hyper: { beta: 0.1, alpha: 0.3, rounds: 4, asking: 0.4 },
  roles: {
    beta: "how little a round's pairs may move the policy from where it drew them",
    alpha: "momentum: the share of a round's way that is gone once more",
    rounds: "equal shares of labels and operations; the optimiser goes on from one to the next",
    asking: "share of a round's operations after which no more labels are asked for",
  },
  limits: [
    { at: "α = 0", then: "iterative DPO in as many rounds" },
    { at: "α → 1", then: "iterative DPO with β(1 − α), in strides without end" },
    { at: "β → ∞", then: "the start policy" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], alpha: [0.3, 0.5], rounds: [2, 4] },
  within: { alpha: [0, 0.95], rounds: [1, 16] },
  async *run(lab, { beta, alpha, rounds, asking }) {
    let [now, hat] = [lab.reference, lab.reference];
    let last: AnyLearner | undefined;
    for (let round = 0;; round++) {
      const drawer = now;
      const pairs = await gathered(
        lab,
        round,
        { rounds, asking },
        (rng) => onlineDpo.collect!({ ...lab, policy: drawer, offline: [], rng }, onlineDpo.hyper),
      );
      const learner = lab.learner<"pairs">((scope) => dpo.loss(scope, { beta }), {
        from: now,
        reference: now,
        ...last ? { continues: last } : {},
      });
      last = learner;
      do {
        await learner.step(pairs);
        yield learner.policy;
      } while (round === rounds - 1 || lab.progress < endOf(round, { rounds, asking }));
      const next = await lab.merged([learner.policy], () => [1]);
      now = await lab.merged([next, hat], () => stride(alpha));
      hat = next;
    }
  },
});

/** θ̂ₜ₊₁ + α(θ̂ₜ₊₁ − θ̂ₜ) as weights of θ̂ₜ₊₁ and θ̂ₜ. */
export const stride = (alpha: number): [number, number] => [1 + alpha, -alpha];
