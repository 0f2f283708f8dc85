import { type Answers, method, same, softplus } from "../core/mod.ts";

/**
 * −log σ(β·[near(Δ_t(w)) − near(Δ_t(l))]), the mean over steps t: the label of the results holds for
 * each. Δ_t is the step's log-ratio, near cuts it off at ±c, and both paths begin from one noise. The
 * paper's code has means over D numbers and ratios cut at 1 ± ε: its β is D times this one, its upper
 * cut c = D·log(1 + ε). It learns from a round's pairs alone; here those of earlier rounds stay.
 */
export default method({
  id: "d3po",
  paper: {
    title: "Using Human Feedback to Fine-tune Diffusion Models without Any Reward Model",
    arxiv: "2311.13231",
    year: 2023,
  },
  equation: String
    .raw`-\frac1T\sum_t\log\sigma\!\left(\beta\log\frac{\pi(x^w_{t-1}|x^w_t,c)}{\pi_{\mathrm{ref}}(x^w_{t-1}|x^w_t,c)}-\beta\log\frac{\pi(x^l_{t-1}|x^l_t,c)}{\pi_{\mathrm{ref}}(x^l_{t-1}|x^l_t,c)}\right)`,
  taxonomy: [
    "data/feedback/pair",
    "data/granularity/step",
    "learning/paradigm/online",
    "applications/diffusion",
  ],
  claim: {
    text: "Without a reward does as well as policy gradients that see the true one",
    on: "diffusion/icons",
    measure: "reward",
    against: ["ddpo"],
    expect: "not lower",
  },
  needs: ["labels"],
  feedback: "pairs",
  hyper: { beta: 0.4, clip: 0.8, prompts: 32 },
  roles: {
    beta: "pull to the reference, at each step",
    clip: "nats from the reference at which a step's push ends",
    prompts: "prompts a round, each with two answers from one noise",
  },
  limits: [
    { at: "c → ∞, one step", then: "online DPO" },
    { at: "c → 0", then: "log 2: nothing is pushed" },
    { at: "π = π_ref", then: "log 2, with slopes −β/2T and β/2T by each step" },
  ],
  search: { beta: [0.2, 0.4, 1], clip: [0.4, 0.8] },
  loss({ pi, ref, chosen, rejected }, { beta, clip }) {
    const near = (y: Answers) => pi.steps(y).sub(ref.steps(y)).max(-clip).min(clip);
    return softplus(near(chosen).sub(near(rejected)).mul(-beta)).mean();
  },
  async collect({ policy, oracle, prompts, rng }, { prompts: n }) {
    const asked = prompts(n);
    const left = await policy.sample(asked, rng.split("left"));
    const right = await policy.sample(asked, rng.split("right"), { opening: left });
    const drawn = left.map((a, i) => [a, right[i]!] as const).filter(([a, b]) => !same(a, b));
    return Promise.all(drawn.map(async ([a, b]) => {
      const [chosen, rejected] = await oracle.prefer(a, b) > 0.5 ? [a, b] : [b, a];
      return { chosen, rejected, strength: 1 };
    }));
  },
});
