// Longer than an equation: a search that is imitated, then DPO on own answers that programs score.
import {
  type Answer,
  type Checks,
  endOf,
  type Example,
  gathered,
  perPrompt,
  program,
  softPreference,
  tokenNll,
} from "../core/mod.ts";
import promptEvolution, { evolved, scoresIn } from "./prompt-evolution.ts";

/** Questions that are answered together. */
const PART = 16;
/** Of the best by D, so many may be chosen. */
const CHOSEN = 2;
/**
 * What a chosen answer's scores must pass. The paper's are 2.6, 2.6, 2.65, 2.9 and 5.5 of 10, which
 * no answer passes here, where scores run lower; the bar on alignment is its own.
 */
const BAR = { vq: 2, tc: 2, dd: 2, tva: 2.9, aes: 1.2 } as const;

/**
 * Imitates the best words of a search (Prompt-Evolution), then −log σ(β·Δ(p_w) − β·Δ(p_l)) on the
 * policy's own answers, five to a question: p_w is one of the two best by D = VQ + TC + 1.1·DD +
 * 1.3·TVA + 0.8·AES and passes a bar on each score by itself, p_l lies more than a margin behind. The
 * reference is the policy that imitated. Either half has half of the labels and of the operations.
 */
export default program({
  id: "prompt-a-video",
  paper: promptEvolution.paper,
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(p_w|q)}{\pi_{\mathrm{SFT}}(p_w|q)}-\beta\log\frac{\pi(p_l|q)}{\pi_{\mathrm{SFT}}(p_l|q)}\right),\quad s(p_w)>\tau_s\ \forall s,\ D(p_w)-D(p_l)>1.4`,
  taxonomy: [
    "data/quality/distinguishability",
    "data/feedback/pair",
    "learning/paradigm/online",
    "learning/objective/multi-objective",
    "applications/diffusion",
  ],
  claim: {
    text:
      "DPO on own prompts, by scores of their videos, adds to imitating prompts that were found",
    on: "prompting/first",
    measure: "reward",
    against: ["prompt-evolution"],
    expect: "higher",
  },
  needs: ["checks"],
  hyper: {
    beta: 0.1,
    bar: 1,
    margin: 1.4,
    answers: 5,
    generations: 8,
    proposals: 3,
    asking: 0.4,
  },
  roles: {
    beta: "pull to the policy that imitated",
    bar: "factor on what each score of a chosen answer must pass; 0 for no bar",
    margin: "how much more than the rejected answer the chosen one must be worth",
    answers: "own answers to a question, out of which pairs are made",
    generations: promptEvolution.roles!.generations,
    proposals: promptEvolution.roles!.proposals,
    asking: "share of either half's operations after which no more is searched, or checked",
  },
  limits: [
    { at: "bar = 0", then: "whatever is worth more is chosen, be it what was asked for or not" },
    { at: "β → 0", then: "log 2 − β/2 times the log-ratio: pairs are pushed without end" },
    { at: "π = π_SFT", then: "log 2, with slopes −β/2 and β/2" },
  ],
  search: { beta: [0.1, 0.3], generations: [4, 8, 16] },
  within: {
    ...promptEvolution.within,
    bar: [0, 2],
    margin: [0, 10],
    answers: [2, 64],
  },
  async *run(lab, { beta, bar, margin, answers, generations, proposals, asking }) {
    const stages = { rounds: 2, asking };
    const pupil = lab.learner<"demonstrations">(({ pi, answer }) => tokenNll(pi, answer));
    const found = await gathered(
      lab,
      0,
      stages,
      (rng) => evolved(lab, lab.reference, { generations, proposals }, rng),
    );
    while (lab.progress < endOf(0, stages)) {
      await pupil.step(found);
      yield pupil.policy;
    }
    const { policy } = pupil;
    const pairs = await gathered(lab, 1, stages, async (rng) => {
      const drawn = await perPrompt(policy, lab.prompts(PART), answers, rng);
      const checks = byAnswer(drawn, await lab.check(drawn.flat()));
      return drawn.flatMap((ys, i) => contrasts(ys, checks[i]!, { bar, margin }));
    });
    lab.note("pairs", pairs.length);
    const learner = lab.learner<"pairs">((scope) => softPreference(scope, beta).mean(), {
      from: policy,
      reference: policy,
    });
    for (;;) {
      await learner.step(pairs);
      yield learner.policy;
    }
  },
});

/** What programs say of all groups' answers, as [group][answer]. */
function byAnswer(groups: readonly (readonly Answer[])[], checks: readonly Checks[]): Checks[][] {
  let at = 0;
  return groups.map((group) => checks.slice(at, at += group.length));
}

/** What a video is worth in all. */
export function worthOf(checks: Checks): number {
  const { vq, tc, dd, tva, aes } = scoresIn(checks);
  return vq + tc + 1.1 * dd + 1.3 * tva + 0.8 * aes;
}

/** Every two answers to one question of which one is among the best, passes each bar, and is worth so much more than the other. */
export function contrasts(
  ys: readonly Answer[],
  checks: readonly Checks[],
  { bar, margin }: { readonly bar: number; readonly margin: number },
): Example<"pairs">[] {
  const ranked = ys.map((y, i) => ({ y, scores: scoresIn(checks[i]!), worth: worthOf(checks[i]!) }))
    .toSorted((a, b) => b.worth - a.worth);
  const passes = (scores: ReturnType<typeof scoresIn>) =>
    Object.entries(BAR).every(([name, least]) => scores[name as keyof typeof BAR] > bar * least);
  return ranked.slice(0, CHOSEN).filter(({ scores }) => passes(scores)).flatMap((best) =>
    ranked.filter(({ worth }) => best.worth - worth > margin)
      .map(({ y }) => ({ chosen: best.y, rejected: y, strength: 1 }))
  );
}
