// Longer than an equation: which of its own judgements make a pair comes with it.
import {
  type Answer,
  byGroup,
  type Example,
  gathered,
  iterated,
  majority,
  perPrompt,
  program,
  solved,
} from "../core/mod.ts";
import dpo from "./dpo.ts";

/** Items that are judged together. */
const PART = 16;

/**
 * Rounds of DPO on own judgements of one item, reasons and grade as one answer: one that gives the
 * right grade against one whose grade is off by `margin` or more, as many of each grade as there are
 * at most in an even share, as else the judge comes to give the commonest. The start policy is the
 * judge that has imitated judgements. The paper's limits of a margin and of pairs an item we could not
 * check; a judge that grades reasons, its third way of choosing, nothing here could be asked to be.
 */
export default program({
  id: "self-rationalization",
  paper: {
    title: "Self-rationalization improves LLM as a fine-grained judge",
    arxiv: "2410.05495",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(z_w s_w|x)\,\pi_t(z_l s_l|x)}{\pi(z_l s_l|x)\,\pi_t(z_w s_w|x)}\right),\quad(z,s)\sim\pi_t(\cdot|x),\ s_w=s^*(x),\ |s_l-s_w|\ge m`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/online", "constraint/reference/dynamic"],
  claim: {
    text:
      "A judge that learns from its own right and wrong judgements grades better than one that " +
      "imitates the right ones, and than a vote of ten",
    on: "rubric/plain",
    measure: "solved",
    against: ["rft", "self-consistency"],
    expect: "higher",
  },
  needs: ["solved", "conclusions"],
  hyper: { beta: 0.3, rounds: 2, samples: 8, pairs: 4, margin: 1, vote: 0, asking: 0.4 },
  roles: {
    beta: "how little a round may move the policy from the last one's",
    rounds: "equal shares of labels and operations; the optimiser goes on from one to the next",
    samples: "own judgements an item",
    pairs: "pairs that an item gives at most; no judgement is in two of them",
    margin: "by how much the worse judgement's grade must be off",
    vote:
      "0: right is what a program finds right; 1: the grade that most judgements of an item give",
    asking: "share of a round's operations after which it judges no more",
  },
  limits: [
    { at: "rounds = 1", then: "DPO on the start policy's judgements" },
    { at: "margin = 1", then: "all wrong grades are equally wrong" },
    { at: "β → ∞", then: "the start policy" },
    { at: "π = π_t", then: "log 2, as every round begins" },
  ],
  search: { beta: [0.3, 1], rounds: [1, 2, 3] },
  within: { rounds: [1, 16], samples: [2, 64], pairs: [1, 64], margin: [0, 4], vote: [0, 1] },
  async *run(lab, { beta, rounds, samples, pairs, margin, vote, asking }) {
    const options = { rounds, asking, ...vote > 0 ? { unlabelled: true as const } : {} };
    yield* iterated<"pairs">(
      lab,
      lab.reference,
      options,
      (scope) => dpo.loss(scope, { beta }),
      async (policy, round) =>
        balanced(
          await gathered(lab, round, options, async (rng) => {
            const drawn = await perPrompt(policy, lab.prompts(PART), samples, rng);
            const grades = drawn.map((ys) => ys.map((y) => lab.conclusion(y)));
            const right = vote > 0
              ? grades.map((given) => given.map((grade) => Number(grade === majority(given))))
              : byGroup(drawn, await solved(lab, drawn.flat()));
            return drawn.flatMap((ys, i) => {
              const judged = ys.map((answer, k) => (
                { answer, grade: grades[i]![k], right: right[i]![k] === 1 }
              ));
              return contrasted(judged, margin).slice(0, pairs);
            });
          }),
        ),
    );
  },
});

/** A judgement, the grade that it gives, if any, and whether that is right. */
interface Judged {
  readonly answer: Answer;
  readonly grade: number | undefined;
  readonly right: boolean;
}
/** A pair of judgements of one item, and the grade that it deserves. */
export interface GradedPair extends Example<"pairs"> {
  readonly grade: number;
}

/** Each right judgement with the next wrong one that is far enough off, or gives no grade at all. */
export function contrasted(judged: readonly Judged[], margin: number): GradedPair[] {
  const wrong = judged.filter(({ right }) => !right);
  return judged.flatMap(({ answer, grade, right }): GradedPair[] => {
    if (!right || grade === undefined) return [];
    const at = wrong.findIndex((other) =>
      other.grade === undefined || Math.abs(other.grade - grade) >= margin
    );
    if (at < 0) return [];
    const [rejected] = wrong.splice(at, 1);
    return [{ chosen: answer, rejected: rejected!.answer, strength: 1, grade }];
  });
}

/** The pairs without those by which a grade has more than an even share, the last of its own. */
export function balanced(pairs: readonly GradedPair[]): GradedPair[] {
  const grades = new Set(pairs.map(({ grade }) => grade));
  const most = Math.ceil(pairs.length / grades.size);
  const taken = new Map<number, number>();
  return pairs.filter(({ grade }) => {
    const n = (taken.get(grade) ?? 0) + 1;
    taken.set(grade, n);
    return n <= most;
  });
}
