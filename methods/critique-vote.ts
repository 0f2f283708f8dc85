// Longer than an equation: critics are asked first.
import { combined, inRounds, type Lab, program, tokenNll } from "../core/mod.ts";

/** Texts that are judged together. */
const PART = 8;

/** Imitation of what several critics say of a text: a flag counts that so many of them raise. */
export default program({
  id: "critique-vote",
  paper: {
    title: "Training Language Models to Critique With Multi-agent Feedback",
    arxiv: "2410.15287",
    year: 2024,
  },
  equation: String
    .raw`-\frac{1}{\sum|y|}\sum\log\pi(y|x),\quad y_i=\bigl[\textstyle\sum_m c^m_i\ge k\bigr],\ c^1,\dots,c^M\sim\text{critics}(x)`,
  taxonomy: [
    "data/quality/noise",
    "data/feedback/point",
    "learning/paradigm/online",
    "constraint/reference/free",
  ],
  claim: {
    text: "What two critics of four agree on teaches more than what one of them says",
    on: "critique/plain",
    measure: "flaw-f1",
    against: ["critique-single"],
    expect: "higher",
    headline: false,
  },
  needs: ["demonstrations", "mended"],
  hyper: { critics: 4, least: 2 },
  roles: {
    critics: "critics who are asked about a text",
    least: "votes that a flag takes; all of them where it is more than there are critics",
  },
  limits: [
    { at: "one critic", then: "critique-single" },
    {
      at: "least = 1",
      then: "every flag of every critic: all that they find, and all their mistakes",
    },
    {
      at: "its least value",
      then: "the share of texts like this one at which the vote flags a place",
    },
  ],
  search: {},
  within: { critics: [1, 16], least: [1, 16] },
  async *run(lab, { critics, least }) {
    const learner = lab.learner<"demonstrations">(({ pi, answer }) => tokenNll(pi, answer));
    // Critics take no operations, so all of the labels are spent before the first step.
    yield* inRounds(lab, learner, { rounds: 1, asking: 1 }, async () => {
      const said = await criticised(lab, critics);
      return said.map((each) => ({
        answer: combined(each, (votes) => votes >= Math.min(least, critics)),
      }));
    });
  },
});

/** What so many critics say of each of a few texts, [text][critic]. */
export function criticised(lab: Pick<Lab, "demonstrate" | "prompts">, critics: number) {
  return Promise.all(
    lab.prompts(PART).map((prompt) =>
      Promise.all(Array.from({ length: critics }, () => lab.demonstrate(prompt)))
    ),
  );
}
