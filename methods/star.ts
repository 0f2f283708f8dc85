// Longer than an equation: answers in two turns, and a program that checks them, come with it.
import {
  inRounds,
  type Lab,
  type Policy,
  program,
  revised,
  solved,
  tokenNll,
} from "../core/mod.ts";

/** Prompts that are answered together. */
const PART = 64;

/**
 * −Σ log π(y₂|x, y₁) over the tokens of own revisions that a program finds right, whatever the draft y₁
 * was. Drafts themselves are not imitated. It is STaR as SCoRe's paper sets it against its own, right
 * drafts kept right included; the original has one turn, is given a hint where it fails, and starts over
 * in each round where this goes on.
 */
export default program({
  id: "star",
  paper: {
    title: "STaR: Bootstrapping Reasoning With Reasoning",
    arxiv: "2203.14465",
    year: 2022,
  },
  equation: String
    .raw`-\frac{1}{\sum|y_2|}\sum\log\pi(y_2|x,y_1),\quad y_1\sim\pi_t(\cdot|x),\ y_2\sim\pi_t(\cdot|x,y_1),\ r(x,y_2)=1`,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/online",
    "constraint/reference/free",
    "applications/reasoning",
  ],
  claim: {
    text: "Own workings that came out right teach more than right answers that are given",
    on: "reasoning/chain",
    measure: "solved",
    against: ["imitation"],
    expect: "higher",
  },
  needs: ["solved", "drafts"],
  rate: 3,
  hyper: { rounds: 1, asking: 0.3 },
  roles: {
    rounds: "equal shares of labels and operations; right revisions of earlier rounds stay",
    asking: "share of a round's operations after which no more revisions are checked",
  },
  limits: [
    { at: "rounds = 1", then: "imitation of the start policy's right revisions" },
    { at: "every draft right", then: "it learns to keep its draft" },
    { at: "its least value", then: "the policy given that it is right: drafts stay as they are" },
  ],
  search: { rounds: [1, 3] },
  within: { rounds: [1, 16] },
  answers: () => revised(1),
  run: (lab, hyper) => revising(lab, hyper, { wrong: false }),
});

/**
 * Imitates own revisions that a program finds right: all of them, or those of wrong drafts alone, of
 * which no others are then revised.
 */
export async function* revising(
  lab: Lab,
  options: { readonly rounds: number; readonly asking: number },
  { wrong }: { readonly wrong: boolean },
): AsyncGenerator<Policy, void> {
  const learner = lab.learner<"demonstrations">(({ pi, answer }) => tokenNll(pi, answer));
  yield* inRounds(lab, learner, { ...options, keep: true }, async (rng) => {
    const drafts = await learner.policy.sample(lab.prompts(PART), rng.split("drafts"));
    const before = wrong ? await solved(lab, drafts) : [];
    const told = drafts.filter((_, i) => !before[i]).map((draft) =>
      lab.told(draft.prompt, { draft })
    );
    const ys = await learner.policy.sample(told, rng.split("revisions"));
    const right = await solved(lab, ys);
    return ys.flatMap((answer, i) => right[i] ? [{ answer }] : []);
  });
}
