// Longer than an equation: rounds of samples against a policy between this one and its start.
import { drawnLogp, program, same } from "../core/mod.ts";
import spo, { type Rollout, surrogate } from "./spo.ts";

/**
 * A policy gradient on P(y beats y′) − ½ − τ·log π(y)/π_ref(y), of whole answers, where y′ is drawn
 * from a policy between this one and the start policy: their geometric mixture. On tables that is
 * exact, as logits mix; of other models the parameters are mixed in place of each token's
 * distribution. PPO's clipped ratio of whole answers lets a round serve several steps.
 */
export default program({
  id: "nash-md",
  paper: {
    title: "Nash Learning from Human Feedback",
    arxiv: "2312.00886",
    year: 2023,
  },
  equation: String
    .raw`-\min\!\left(uA,\ \mathrm{clip}(u,1\pm\epsilon)A\right),\quad A=1[y\succ y']-\tfrac12-\tau\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)},\ y\sim\pi,\ y'\sim\pi^{1-b}\pi_{\mathrm{ref}}^{b}/Z`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/online", "learning/objective/self-play"],
  claim: {
    text: "Its last policy comes near the Nash policy of preferences that no reward expresses",
    on: "game/intransitive",
    measure: "exploitability",
    against: ["sppo", "ppo"],
    expect: "lower",
  },
  needs: ["labels"],
  hyper: { tau: 0.05, b: 0.25, prompts: 32, steps: 4, clip: 0.2 },
  roles: {
    tau: "pull to the start policy: the strength of the KL in the game that is solved",
    b: "the start policy's share in the opponent: 0 is self-play, 1 a best response to the start",
    prompts: "prompts a round, each with one label",
    steps: spo.roles!.steps,
    clip: spo.roles!.clip,
  },
  limits: [
    { at: "b = 0", then: "self-play with a KL: at rest at π_ref·exp(P(y beats π)/τ)/Z alone" },
    { at: "b = 1", then: "the best response to the start policy under a KL" },
    { at: "τ → 0", then: "preferences alone, which may cycle" },
    { at: "π = π_old", then: "−A, with slope −A by log π(y): the plain policy gradient" },
  ],
  search: { tau: [0.02, 0.05, 0.1], b: [0.125, 0.25] },
  within: { b: [0, 1], steps: [1, 64] },
  async *run(lab, { tau, b, prompts, steps, clip }) {
    const learner = lab.learner<Rollout>((scope) => surrogate(scope, { clip }));
    for (let round = 0;; round++) {
      const [rng, asked] = [lab.rng.split(round), lab.prompts(prompts)];
      const between = await lab.merged([learner.policy, lab.reference], () => [1 - b, b]);
      const ys = await learner.policy.sample(asked, rng.split("own"));
      const rivals = await between.sample(asked, rng.split("rivals"));
      const reference = await lab.reference.logp(ys);
      const batch = await Promise.all(ys.map(async (answer, i): Promise<Rollout> => {
        const rival = rivals[i]!;
        const won = same(answer, rival) ? 0.5 : await lab.oracle.prefer(answer, rival);
        const behaviour = drawnLogp(answer);
        return { answer, behaviour, advantage: won - 0.5 - tau * (behaviour - reference[i]!) };
      }));
      for (let k = 0; k < steps; k++) {
        await learner.step(batch);
        yield learner.policy;
      }
    }
  },
});
