// Longer than an equation: every round is taken twice, the second time against where the first one led.
import {
  type Answer,
  endOf,
  type Expr,
  gathered,
  type Learner,
  type Policy,
  program,
  type Rng,
  same,
  type Scope,
} from "../core/mod.ts";
import inpo, { strayed } from "./inpo.ts";

/** Prompts that are answered together, of which the start policy writes every second pair. */
const PROMPTS = 64;

/**
 * The extragradient: a first step of mirror descent from π_t against π_t leads to π_½, and the step
 * that counts, from π_t again, is against π_½. A step is a round of INPO's regression on pairs whose
 * two answers each meet an answer of the opponent's, and so two labels. The paper takes one step of
 * plain gradient descent each on pairs drawn evenly; under Adam such steps are no mirror descent.
 */
export default program({
  id: "egpo",
  paper: {
    title: "Extragradient Preference Optimization (EGPO): Beyond Last-Iterate Convergence for " +
      "Nash Learning from Human Feedback",
    arxiv: "2503.08942",
    year: 2025,
  },
  equation: String
    .raw`\pi_{t+1/2}\propto\pi_t^{1-s\tau}\pi_{\mathrm{ref}}^{s\tau}e^{sP(y\succ\pi_t)},\quad\pi_{t+1}\propto\pi_t^{1-s\tau}\pi_{\mathrm{ref}}^{s\tau}e^{sP(y\succ\pi_{t+1/2})}`,
  taxonomy: inpo.taxonomy,
  claim: {
    text: "Its last policy comes nearer the Nash policy than mirror descent, which goes round it",
    on: "game/circle",
    measure: "exploitability",
    against: ["inpo"],
    expect: "lower",
  },
  needs: ["labels"],
  hyper: { tau: 0.02, step: 1.6, rounds: 16, asking: 0.4 },
  roles: {
    tau: inpo.roles!.tau,
    step: "how far a round moves the policy: a sure win is worth s nats over a sure loss",
    rounds: "equal shares of labels and operations, half of each for the look ahead",
    asking: inpo.roles!.asking,
  },
  limits: [
    { at: "s → 0", then: "mirror descent: looking ahead shows what is there" },
    { at: "sτ = 1", then: "the best response to the best response, under a KL to the start" },
    { at: "τ → 0", then: "extragradient on the preferences alone" },
    { at: "π_½ = π_t", then: "at rest: the Nash policy of the game with a KL of strength τ" },
  ],
  search: { tau: [0.02, 0.05], step: [0.8, 1.6, 3] },
  // Above 1, sτ would have π_t push.
  within: { tau: [0, 0.15], step: [0.1, 6.5], rounds: [1, 64] },
  async *run(lab, { tau, step, rounds, asking }) {
    const loss = (scope: Scope<Met>) => met(scope, { tau, step });
    const [learner, ahead] = [lab.learner<Met>(loss), lab.learner<Met>(loss)];
    const halves = { rounds: 2 * rounds, asking };
    const meetings = (opponent: Policy) => async (rng: Rng): Promise<Met[]> => {
      const asked = lab.prompts(PROMPTS);
      const [own, given] = [asked.slice(PROMPTS / 2), asked.slice(0, PROMPTS / 2)];
      const drawn = async (side: string): Promise<Answer[]> => [
        ...await learner.policy.sample(own, rng.split(`own ${side}`)),
        ...await lab.reference.sample(given, rng.split(`given ${side}`)),
      ];
      const [left, right] = [await drawn("left"), await drawn("right")];
      const rivals = await opponent.sample([...own, ...given], rng.split("rivals"));
      const logps = await learner.policy.logp([...left, ...right]);
      const won = async (y: Answer, rival: Answer) =>
        same(y, rival) ? 0.5 : await lab.oracle.prefer(y, rival);
      const met = await Promise.all(left.map(async (y, i): Promise<Met[]> => {
        const [z, rival] = [right[i]!, rivals[i]!];
        if (same(y, z)) return [];
        const gap = await won(y, rival) - await won(z, rival);
        return [{ left: y, right: z, before: logps[i]! - logps[left.length + i]!, gap }];
      }));
      return met.flat();
    };
    for (let half = 0;; half++) {
      const looking = half % 2 === 0;
      const opponent = looking ? learner.policy : ahead.policy;
      const examples = await gathered(lab, half, halves, meetings(opponent));
      if (looking) await ahead.rejoin(learner);
      const moved: Learner<Met> = looking ? ahead : learner;
      do {
        await moved.step(examples);
        yield learner.policy;
      } while (half >= 2 * rounds - 1 || lab.progress < endOf(half, halves));
    }
  },
});

/** A pair, its log-ratio under π_t, and how much more often its left answer beats the opponent than its right one. */
export interface Met {
  readonly left: Answer;
  readonly right: Answer;
  readonly before: number;
  readonly gap: number;
}

/** INPO's regression, on what the opponent's answers showed. */
export function met(
  { pi, ref, left, right, before, gap }: Scope<Met>,
  { tau, step }: { readonly tau: number; readonly step: number },
): Expr {
  return strayed([pi, ref], [left, right], before, tau * step).sub(gap.mul(step)).square().mean();
}
