// Longer than an equation: rounds of episodes that a program checks.
import {
  type Answer,
  byGroup,
  type Example,
  gathered,
  iterated,
  type Lab,
  perPrompt,
  type Policy,
  program,
  type Rng,
  type Sample,
  solved,
  written,
} from "../core/mod.ts";
import dpo from "./dpo.ts";

/** Prompts that are answered together. */
const PART = 16;

/**
 * DPO's loss on whole episodes: a_h are the turns that the policy wrote, and what the world said
 * between them is read and has no part in the loss. Each right answer of its own meets a wrong one to
 * the same prompt, and each round's reference is the policy that drew its pairs. The paper takes one
 * pair a prompt, and mixes in answers of earlier policies.
 */
export default program({
  id: "m-dpo",
  paper: {
    title: "Building Math Agents with Multi-Turn Iterative Preference Learning",
    arxiv: "2409.02392",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\sum_h\log\frac{\pi(a^w_h|s^w_h)\,\pi_t(a^l_h|s^l_h)}{\pi_t(a^w_h|s^w_h)\,\pi(a^l_h|s^l_h)}\right),\quad\tau^w,\tau^l\sim\pi_t,\ u(\tau^w)=1,\ u(\tau^l)=0`,
  taxonomy: [
    "data/feedback/pair",
    "data/granularity/turn",
    "learning/paradigm/online",
    "constraint/reference/dynamic",
    "applications/reasoning",
  ],
  claim: {
    text: "Right against wrong episodes, round by round, teach more than imitating the right ones",
    on: "reasoning/tool",
    measure: "solved",
    against: ["rft"],
    expect: "higher",
  },
  needs: ["solved"],
  hyper: { beta: 0.3, rounds: 3, samples: 8, pairs: 4, masked: 1, asking: 0.4 },
  roles: {
    beta: "how little a round may move the policy from the last one's",
    rounds: "equal shares of labels and operations; the optimiser goes on from one to the next",
    samples: "own answers a prompt, each of them checked",
    pairs: "pairs of a right and a wrong answer that a prompt gives at most, no sample in two",
    masked:
      "1: what the world said is left out of the loss; 0: it counts as if the policy had said it",
    asking: "share of a round's operations after which no more answers are checked",
  },
  limits: [
    { at: "one turn", then: "iterative DPO, labelled by a program" },
    {
      at: "a world of no chance",
      then: "its least value is the optimum of the KL-regularised decision process",
    },
    {
      at: "a world of chance",
      then: "luck is learned as merit: the least value is off the optimum",
    },
    { at: "β → ∞", then: "the start policy" },
    { at: "π = π_t", then: "log 2, as every round begins" },
  ],
  search: { beta: [0.1, 0.3, 1], rounds: [1, 3] },
  within: { rounds: [1, 16], samples: [2, 64], pairs: [1, 64], masked: [0, 1] },
  async *run(lab, { beta, rounds, samples, pairs, masked, asking }) {
    const options = { rounds, asking } as const;
    yield* iterated<"pairs">(
      lab,
      lab.reference,
      options,
      (scope) => dpo.loss(scope, { beta }),
      (policy, round) =>
        gathered(lab, round, options, async (rng) => {
          const found = await graded(lab, policy, samples, rng);
          return found.flatMap(({ right, wrong }) =>
            matched(right, wrong, pairs).map((pair) => masked ? pair : unmasked(pair))
          );
        }),
    );
  },
});

/** A policy's answers to one prompt, by what a program says of them. */
interface Graded {
  readonly right: readonly Sample[];
  readonly wrong: readonly Sample[];
}

/** A policy's answers to a few prompts, so many each. */
export async function graded(
  lab: Pick<Lab, "check" | "prompts">,
  policy: Policy,
  samples: number,
  rng: Rng,
): Promise<Graded[]> {
  const drawn = await perPrompt(policy, lab.prompts(PART), samples, rng);
  const verdicts = byGroup(drawn, await solved(lab, drawn.flat()));
  return drawn.map((ys, i) => ({
    right: ys.filter((_, k) => verdicts[i]![k] === 1),
    wrong: ys.filter((_, k) => verdicts[i]![k] !== 1),
  }));
}

/** The first right answer against the first wrong one, the second against the second, and so on. */
function matched(
  right: readonly Answer[],
  wrong: readonly Answer[],
  most: number,
): Example<"pairs">[] {
  const n = Math.min(most, right.length, wrong.length);
  return right.slice(0, n).map((chosen, i) => ({ chosen, rejected: wrong[i]!, strength: 1 }));
}

const unmasked = ({ chosen, rejected, strength }: Example<"pairs">): Example<"pairs"> => (
  { chosen: ownAll(chosen), rejected: ownAll(rejected), strength }
);
/** The answer as if its policy had written all of it. */
const ownAll = ({ prompt, tokens }: Answer): Answer => written(prompt, tokens);
