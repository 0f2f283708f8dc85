import { majority, perPrompt, program } from "../core/mod.ts";
import { imitated } from "./sft.ts";

/**
 * Imitates right answers, and answers by vote: the first of n samples that comes to what most of them
 * come to. Here the votes are of a policy that learned as its rival did, whose one answer counts.
 */
export default program({
  id: "self-consistency",
  paper: {
    title: "Self-Consistency Improves Chain of Thought Reasoning in Language Models",
    arxiv: "2203.11171",
    year: 2022,
  },
  equation: String
    .raw`a^*=\operatorname*{arg\,max}_a\sum_{i=1}^{n}\mathbb 1\bigl(a(y_i)=a\bigr),\quad y_i\sim\pi(\cdot|x)`,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/offline",
    "constraint/reference/free",
    "applications/reasoning",
  ],
  claim: {
    text: "What most of ten answers come to is right more often than what one does",
    on: "rubric/plain",
    measure: "solved",
    against: ["imitation"],
    expect: "higher",
  },
  needs: ["conclusions"],
  hyper: { n: 10 },
  roles: { n: "samples that vote: what each answer costs, on the run's record" },
  limits: [
    { at: "n = 1", then: "imitation of right answers" },
    { at: "n → ∞", then: "the likeliest conclusion, however answers come to it" },
  ],
  search: { n: [10] },
  within: { n: [1, 256] },
  async *run(lab, { n }) {
    for await (const policy of imitated(lab, Infinity)) {
      yield lab.answering(policy, async (prompts, rng) => {
        const drawn = await perPrompt(policy, prompts, n, rng);
        return drawn.map((ys) => {
          const conclusions = ys.map((y) => lab.conclusion(y));
          return ys[Math.max(0, conclusions.indexOf(majority(conclusions)))]!;
        });
      });
    }
  },
});
