// Longer than an equation: critics and a meta-critic first, then revisers judge its own critiques.
import {
  type Answer,
  byGroup,
  checkedAs,
  combined,
  type Example,
  extremes,
  gathered,
  iterated,
  type Lab,
  perPrompt,
  program,
  tokenNll,
} from "../core/mod.ts";
import { criticised } from "./critique-vote.ts";
import dpo from "./dpo.ts";

/** Texts whose own critiques are judged together. */
const PART = 16;

/**
 * Imitation of the flags of several critics that a meta-critic holds right, which is asked about each
 * place that one of them flags: is the critique with this flag alone better than one without any? Then
 * DPO on own critiques of a text, the one by which revisers gain most against the one by which they
 * gain least; those as good as each other are left out. The paper fits a reward to such pairs and
 * follows it by PPO.
 */
export default program({
  id: "multi-critique",
  paper: {
    title: "Training Language Models to Critique With Multi-agent Feedback",
    arxiv: "2410.15287",
    year: 2024,
  },
  equation: String
    .raw`-\log\pi(\hat y|x),\ \hat y=\Bigl\{i\in\textstyle\bigcup_m c^m:\text{meta}(i)\Bigr\};\quad\text{then}\ -\log\sigma\!\left(\beta\log\frac{\pi(y_w|x)\,\pi_{\mathrm{sft}}(y_l|x)}{\pi(y_l|x)\,\pi_{\mathrm{sft}}(y_w|x)}\right),\ g(y_w)-g(y_l)\ge\delta`,
  taxonomy: ["data/quality/noise", "data/feedback/pair", "learning/paradigm/online"],
  claim: {
    text:
      "Flags of several critics that a meta-critic holds right teach a better critic than one " +
      "critic's, or a vote's",
    on: "critique/plain",
    measure: "flaw-f1",
    against: ["critique-single", "critique-vote"],
    expect: "higher",
  },
  needs: ["demonstrations", "labels", "mended"],
  hyper: { critics: 4, refine: 0.5, beta: 0.3, samples: 4, margin: 1, asking: 0.3 },
  roles: {
    critics: "critics who are asked about a text",
    refine: "share of labels and operations that go to critiques of its own, after imitation",
    beta: "pull to the policy that imitated: the implied reward is β times the log-ratio",
    samples: "own critiques a text",
    margin: "least difference, in flaws mended, that makes two of them a pair",
    asking: "share of the second part's operations that draw and judge critiques",
  },
  limits: [
    { at: "refine = 0", then: "imitation of what the meta-critic keeps" },
    { at: "a meta-critic that is never wrong", then: "all that any critic finds, and no mistakes" },
    { at: "one that guesses", then: "half of all flags" },
    { at: "π = π_sft", then: "log 2, as the second part begins" },
  ],
  search: { refine: [0, 0.5], beta: [0.3, 1] },
  within: { critics: [1, 16], refine: [0, 0.9], samples: [2, 64] },
  async *run(lab, { critics, refine, beta, samples, margin, asking }) {
    const learner = lab.learner<"demonstrations">(({ pi, answer }) => tokenNll(pi, answer));
    // So many of such parts would make the whole.
    const first = { rounds: 1 / (1 - refine), asking: 1 } as const;
    const kept = await gathered(lab, 0, first, async () => {
      const said = await criticised(lab, critics);
      return await Promise.all(said.map(async (each) => ({ answer: await held(lab, each) })));
    });
    while (refine === 0 || lab.progress < 1 - refine) {
      await learner.step(kept);
      yield learner.policy;
    }
    const second = { rounds: 1, asking, from: lab.progress } as const;
    yield* iterated<"pairs">(
      lab,
      learner.policy,
      second,
      (scope) => dpo.loss(scope, { beta }),
      (policy, round) =>
        gathered(lab, round, second, async (rng) => {
          const drawn = await perPrompt(policy, lab.prompts(PART), samples, rng);
          // Flaws mended less places spoiled, on average over who revises by each critique.
          const gains = byGroup(drawn, await checkedAs("mended", lab, drawn.flat()));
          return drawn.flatMap((ys, i) => apart(ys, gains[i]!, margin));
        }),
    );
  },
});

/** The critics' flags that a meta-critic holds right, one label for each. */
export async function held(
  { oracle }: Pick<Lab, "oracle">,
  critiques: readonly Answer[],
): Promise<Answer> {
  const flagged: number[] = [];
  combined(critiques, (votes, place) => {
    if (votes > 0) flagged.push(place);
    return false;
  });
  const none = combined(critiques, () => false);
  const right = new Set<number>();
  for (const place of flagged) {
    const alone = combined(critiques, (_, at) => at === place);
    if (await oracle.prefer(alone, none) > 0.5) right.add(place);
  }
  return combined(critiques, (_, place) => right.has(place));
}

/** The critique of most gain against that of least, if they are that far apart. */
export function apart(
  ys: readonly Answer[],
  gains: readonly number[],
  margin: number,
): Example<"pairs">[] {
  const { best, worst, gap } = extremes(ys, gains);
  return gap >= margin ? [{ chosen: best, rejected: worst, strength: 1 }] : [];
}
