import { program, revised } from "../core/mod.ts";
import star, { revising } from "./star.ts";

/**
 * −Σ log π(y₂|x, y₁) over the tokens of own revisions that a program finds right where their drafts y₁
 * are wrong. It stands for Pair-SFT in SCoRe's comparison, whose revisions are right answers to the same
 * question; the original trains a second model to correct the first.
 */
export default program({
  id: "pair-sft",
  paper: {
    title: "Generating Sequences by Learning to Self-Correct",
    arxiv: "2211.00053",
    year: 2022,
  },
  equation: String
    .raw`-\frac{1}{\sum|y_2|}\sum\log\pi(y_2|x,y_1),\quad y_1\sim\pi_t(\cdot|x),\ y_2\sim\pi_t(\cdot|x,y_1),\ r(x,y_1)=0,\ r(x,y_2)=1`,
  taxonomy: star.taxonomy,
  claim: {
    text:
      "Revisions of wrong drafts alone teach to correct, where those of right ones teach to keep",
    on: "reasoning/check",
    measure: "gain",
    against: ["star"],
    expect: "higher",
    headline: false,
  },
  needs: ["solved", "drafts"],
  rate: 3,
  hyper: { rounds: 1, asking: 0.3 },
  roles: {
    rounds: star.roles!.rounds,
    asking: "share of a round's operations after which no more drafts and revisions are checked",
  },
  limits: [
    { at: "every draft wrong", then: "STaR" },
    { at: "no draft revised to a right answer", then: "nothing to learn from" },
    { at: "its least value", then: "the policy given that it mends what is wrong" },
  ],
  search: { rounds: [1, 3] },
  within: { rounds: [1, 16] },
  answers: () => revised(1),
  run: (lab, hyper) => revising(lab, hyper, { wrong: true }),
});
