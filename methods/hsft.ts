import { type Example, type Lab, program, revised } from "../core/mod.ts";
import { imitated } from "./sft.ts";

/**
 * −Σ log π(h|x) over the tokens of a teacher's solutions to a few questions. The paper's are
 * hierarchical, a template of thought above detailed steps, which workings as short as these have no
 * room for. It revises its answer once as its rival does, and has learned no revision.
 */
export default program({
  id: "hsft",
  paper: {
    title: "SuperCorrect: Advancing Small LLM Reasoning with Thought Template Distillation and " +
      "Self-Correction",
    arxiv: "2410.09008",
    year: 2024,
  },
  equation: String.raw`-\frac{1}{\sum|h|}\sum\log\pi(h|x),\quad h\sim\text{teacher}(x)`,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/offline",
    "constraint/reference/free",
    "applications/reasoning",
  ],
  claim: {
    text: "Imitating a teacher's solutions teaches less correction than its corrections do",
    on: "reasoning/chain",
    measure: "gain",
    against: ["supercorrect"],
    expect: "lower",
    headline: false,
  },
  needs: ["demonstrations", "drafts"],
  hyper: { teacher: 60 },
  roles: { teacher: "questions that the teacher solves" },
  limits: [
    { at: "its least value", then: "the teacher on its questions, and anything elsewhere" },
    { at: "every question solved", then: "imitation of an errorless demonstrator" },
  ],
  search: {},
  within: { teacher: [1, 512] },
  answers: () => revised(1),
  async *run(lab, { teacher }) {
    yield* imitated(lab, Infinity, await taught(lab, teacher));
  },
});

/** A teacher's solutions to so many questions. */
export async function taught(
  lab: Pick<Lab, "demonstrate" | "prompts">,
  questions: number,
): Promise<Example<"demonstrations">[]> {
  const found: Example<"demonstrations">[] = [];
  for (const x of lab.prompts(questions)) found.push({ answer: await lab.demonstrate(x) });
  return found;
}
