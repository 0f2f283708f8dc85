// Longer than an equation: sessions of asking and fitting, and rounds of sampling between them.
import {
  type Answer,
  bradleyTerry,
  byGroup,
  type Example,
  type Lab,
  type Learner,
  perPrompt,
  type Policy,
  program,
  same,
} from "../core/mod.ts";
import { advantages, type StepRollout, surrogate } from "./ddpo.ts";

/**
 * Several rewards, each fitted without a part of the labels; in each session the policy's pairs that
 * they disagree on most are labelled, they are fitted anew, and until the next the policy climbs their
 * mean. It starts from the start policy, which already does something, in place of unsupervised
 * pre-training; clipped policy gradients on fresh answers stand for its SAC, so that there is no
 * replay to relabel: every round is judged by the rewards of the day.
 */
export default program({
  id: "pebble",
  paper: {
    title:
      "PEBBLE: Feedback-Efficient Interactive Reinforcement Learning via Relabeling Experience and Unsupervised Pre-training",
    arxiv: "2106.05091",
    year: 2021,
  },
  equation: String
    .raw`\max_\pi E_\pi\Bigl[\tfrac1M\textstyle\sum_m r_m\Bigr],\quad r_m=\arg\min_r-\log\sigma\bigl(r(y_w)-r(y_l)\bigr),\quad (y,y')=\arg\max\,\mathrm{sd}_m\,\sigma\bigl(r_m(y)-r_m(y')\bigr)`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/active",
    "constraint/reference/free",
    "applications/control",
  ],
  claim: {
    text:
      "Asking where rewards disagree, while the policy improves, gains more than a reward fitted beforehand",
    on: "control/task",
    measure: "reward",
    against: ["ppo"],
    expect: "higher",
  },
  needs: ["labels"],
  hyper: {
    heads: 3,
    sessions: 8,
    asking: 0.6,
    fit: 0.3,
    candidates: 4,
    clip: 0.2,
    prompts: 16,
    samples: 4,
    steps: 8,
  },
  roles: {
    heads: "rewards, each fitted without its part of the labels",
    sessions: "times that labels are asked for, as many each time",
    asking: "share of the operations after which the last of them begins at the latest",
    fit: "share of the operations for fitting rewards, all sessions together",
    candidates: "pairs that are looked at for each that is asked about",
    clip: "how far a step's ratio to the sampling policy may move before its gradient is cut",
    prompts: "prompts a round",
    samples: "answers to each, which are each other's baseline and each other's rivals",
    steps: "optimiser steps on a round's answers",
  },
  limits: [
    { at: "one session", then: "a reward fitted to the start policy's answers, and climbed" },
    { at: "one head", then: "nobody disagrees: pairs are asked about as they come" },
    { at: "π = π_old", then: "u = 1: the plain policy gradient of the rewards' mean" },
  ],
  search: { fit: [0.15, 0.3, 0.5], steps: [8, 16] },
  within: { sessions: [1, 64], asking: [0.05, 1], fit: [0.05, 0.7], steps: [1, 64] },
  async *run(lab, hyper) {
    const { heads, sessions, asking, fit, candidates, clip, prompts, samples, steps } = hyper;
    const rewards = Array.from(
      { length: heads },
      () => lab.learner<"pairs">(bradleyTerry, { bill: "reward model" }),
    );
    const learner = lab.learner<StepRollout>((scope) => surrogate(scope, clip));
    const pairs: Example<"pairs">[] = [];
    for (let [round, session] = [0, 0];; round++) {
      const rng = lab.rng.split(round);
      const draw = (label: string | number) =>
        perPrompt(learner.policy, lab.prompts(prompts), samples, rng.split(label));
      if (session < sessions && lab.progress >= asking * session / sessions) {
        session++;
        for (let k = 0; lab.labelled < session / sessions; k++) {
          const ranked = await disputed(rewards.map(({ policy }) => policy), await draw(k));
          const due = ranked.slice(0, Math.ceil(ranked.length / candidates));
          const before = pairs.length;
          for (const [a, b] of due) {
            if (lab.labelled < session / sessions) pairs.push(await labelled(lab, a, b));
          }
          // A policy that always says the same gives nothing to ask about.
          if (pairs.length === before) break;
        }
        if (pairs.length > 0) await fitted(lab, rewards, pairs, lab.progress + fit / sessions);
      }
      const drawn = await draw("rollouts");
      const ys = drawn.flat();
      const values = await Promise.all(rewards.map(({ policy }) => policy.value(ys)));
      const means = ys.map((_, i) => values.reduce((sum, row) => sum + row[i]!, 0) / heads);
      const gains = advantages(byGroup(drawn, means)).flat();
      const batch = ys.map((answer, i): StepRollout => (
        { answer, behaviour: answer.logps, advantage: gains[i]! }
      ));
      for (let k = 0; k < steps; k++) {
        await learner.step(batch);
        yield learner.policy;
      }
    }
  },
});

async function labelled({ oracle }: Lab, a: Answer, b: Answer): Promise<Example<"pairs">> {
  const [chosen, rejected] = await oracle.prefer(a, b) > 0.5 ? [a, b] : [b, a];
  return { chosen, rejected, strength: 1 };
}

/** Of groups of answers the pairs within one, those first on whose odds the rewards are furthest apart; of equals as drawn. */
export async function disputed(
  rewards: readonly Pick<Policy, "value">[],
  groups: readonly (readonly Answer[])[],
): Promise<(readonly [Answer, Answer])[]> {
  const values = await Promise.all(rewards.map((reward) => reward.value(groups.flat())));
  const found: { readonly pair: readonly [Answer, Answer]; readonly apart: number }[] = [];
  let at = 0;
  for (const group of groups) {
    group.forEach((a, i) =>
      group.slice(0, i).forEach((b, j) => {
        if (same(a, b)) return;
        const odds = values.map((row) => 1 / (1 + Math.exp(row[at + j]! - row[at + i]!)));
        const mean = odds.reduce((sum, p) => sum + p, 0) / odds.length;
        found.push({
          pair: [a, b],
          apart: odds.reduce((sum, p) => sum + (p - mean) ** 2, 0),
        });
      })
    );
    at += group.length;
  }
  return found.sort((a, b) => b.apart - a.apart).map(({ pair }) => pair);
}

/** Each reward takes steps in turn on the pairs that are not its own part, until so much is spent. */
async function fitted(
  lab: Lab,
  rewards: readonly Learner<"pairs">[],
  pairs: readonly Example<"pairs">[],
  until: number,
): Promise<void> {
  const splits = rewards.map((_, head) => pairs.filter((_, i) => i % rewards.length !== head));
  while (lab.progress < until) {
    for (const [head, reward] of rewards.entries()) {
      const split = splits[head]!;
      await reward.step(split.length > 0 ? split : pairs);
    }
  }
}
