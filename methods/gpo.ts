// Longer than an equation: a preference model first, then rounds of samples that it compares.
import { type Answer, endOf, logRatio, perPrompt, program } from "../core/mod.ts";
import type { AnyLearner, Example, Expr, Scope } from "../core/mod.ts";
import gpm, { odds } from "./gpm.ts";

/**
 * (log π(y|x)/π_t(y|x) − u(y))² with u = ηŝ less what makes exp u average 1 over K samples, and ŝ a
 * sample's mean score against them by a general preference model (gpm), fitted first: no round takes
 * labels. The authors' released loop drops the constant and starts each round's optimiser afresh.
 */
export default program({
  id: "gpo",
  paper: gpm.paper,
  equation: String
    .raw`\left(\log\frac{\pi(y_i|x)}{\pi_t(y_i|x)}-\eta\hat s_i+\log\tfrac1K\textstyle\sum_je^{\eta\hat s_j}\right)^{2},\quad\hat s_i=\tfrac1K\textstyle\sum_j\langle Rv_i,v_j\rangle,\ y_i\sim\pi_t`,
  taxonomy: [
    "data/feedback/point",
    "data/feedback/pair",
    "learning/paradigm/online",
    "learning/objective/self-play",
    "constraint/reference/dynamic",
  ],
  claim: {
    text:
      "Self-play on a model of general preferences comes nearer the Nash policy than a learned reward does",
    on: "game/intransitive",
    measure: "exploitability",
    against: ["ppo"],
    expect: "lower",
  },
  hyper: { eta: 1, half: 2, fit: 0.3, rounds: 8, asking: 0.2, samples: 5 },
  roles: {
    eta: "step size: an answer that scores s on the mean rises by about ηs nats a round",
    half: "planes of the preference model",
    fit: "share of the operations that the preference model is fitted with",
    rounds:
      "equal shares of the operations that are left; the optimiser goes on from one to the next",
    asking: "share of a round's operations after which no more answers are drawn",
    samples: "answers a prompt, each against each",
  },
  limits: [
    { at: "η → 0", then: "squared log-ratios: the policy stays at the last round's" },
    {
      at: "preferences that a reward implies",
      then: "the policy gradient of that reward, step by step",
    },
    {
      at: "rounds without end, exact",
      then: "multiplicative weights, whose mean policy is Nash for the model",
    },
    { at: "π = π_t", then: "u², with slopes −2u" },
  ],
  search: { eta: [0.5, 1, 2], half: [1, 2] },
  within: { half: [1, 8], fit: [0.05, 0.7], rounds: [1, 64], samples: [2, 32] },
  async *run(lab, { eta, half, fit, rounds, asking, samples }) {
    const model = lab.learner<"pairs">(
      (scope) => gpm.loss(scope, { ...gpm.hyper, half }),
      { bill: "reward model" },
    );
    const pairs = lab.offline("pairs");
    do await model.step(pairs); while (lab.progress < fit);
    const drawn = async (rng: typeof lab.rng): Promise<Example<Aimed>[]> => {
      const groups = await perPrompt(now, lab.prompts(PROMPTS), samples, rng);
      const vectors = await model.policy.vectors(groups.flat());
      let at = 0;
      return groups.flatMap((ys) => {
        const aims = aimed(vectors.slice(at, at += samples), eta, half);
        return ys.map((answer, i) => ({ answer, aim: aims[i]! }));
      });
    };
    let now = lab.reference;
    let last: AnyLearner | undefined;
    for (let round = 0;; round++) {
      const end = endOf(round, { rounds, asking, from: fit });
      const until = lab.progress + asking * (end - lab.progress);
      const examples: Example<Aimed>[] = [];
      for (let k = 0; k === 0 || lab.progress < until; k++) {
        examples.push(...await drawn(lab.rng.split(round).split(k)));
      }
      const learner = lab.learner<Aimed>(regression, {
        from: now,
        reference: now,
        ...last ? { continues: last } : {},
      });
      do {
        await learner.step(examples);
        yield learner.policy;
      } while (round >= rounds - 1 || lab.progress < end);
      [now, last] = [learner.policy, learner];
    }
  },
});

/** Prompts that are answered at once. */
const PROMPTS = 32;

/** A sample of the last round's policy, and where its log-ratio to that is to be. */
interface Aimed {
  readonly answer: Answer;
  readonly aim: number;
}

export const regression = ({ pi, ref, answer, aim }: Scope<Aimed>): Expr =>
  logRatio(pi, ref, answer).sub(aim).square().mean();

/** ηŝ less log-mean-exp of it, of samples with these vectors. */
export function aimed(
  vectors: readonly ArrayLike<number>[],
  eta: number,
  half: number,
): number[] {
  const k = vectors.length;
  const scores = vectors.map((v) => vectors.reduce((sum, u) => sum + odds(v, u, half), 0) / k);
  const constant = Math.log(scores.reduce((sum, s) => sum + Math.exp(eta * s), 0) / k);
  return scores.map((s) => eta * s - constant);
}
