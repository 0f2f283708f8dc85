// Longer than an equation: generations of answers that programs score.
import {
  type Answer,
  type Checks,
  type Example,
  inRounds,
  type Lab,
  nameOf,
  type Policy,
  program,
  type Rng,
  stepNames,
  tokenNll,
  Unsuited,
  written,
} from "../core/mod.ts";

/** Questions that evolve together. */
const PART = 8;

/**
 * −log π(y*|x) on the best answers of a search by scores: from the policy's first answer to a question
 * on, each generation crosses and mutates the three best so far; y* is the best of all, where that
 * beats the first. It is Prompt-A-Video's first stage alone. In place of the language model that the
 * paper asks for proposals words are dropped, or taken over from fresh answers of the policy.
 */
export default program({
  id: "prompt-evolution",
  paper: {
    title: "Prompt-A-Video: Prompt Your Video Diffusion Model via Preference-Aligned LLM",
    arxiv: "2412.15156",
    year: 2024,
  },
  equation: String
    .raw`-\frac{1}{|p^*|}\log\pi(p^*|q),\quad p^*=\operatorname*{arg\,max}_{p\in P_8}E(p),\ E=\mathrm{VQ}+\mathrm{TC}+\mathrm{TVA}+\tfrac12\mathrm{DD}+\tfrac58\mathrm{AES}`,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/online",
    "learning/objective/multi-objective",
    "constraint/reference/free",
    "applications/diffusion",
  ],
  claim: {
    text: "Words found by a search against the generator teach more than winners of given pairs",
    on: "prompting/first",
    measure: "reward",
    against: ["sft"],
    expect: "higher",
    headline: false,
  },
  needs: ["checks"],
  hyper: { generations: 8, proposals: 3, asking: 0.4 },
  roles: {
    generations: "rounds of proposals for a question",
    proposals:
      "answers that a round proposes and checks; and how many of the best it proceeds from",
    asking: "share of the operations after which no more is searched",
  },
  limits: [
    { at: "no generation", then: "nothing beats the first answer: there is nothing to imitate" },
    { at: "generations → ∞", then: "imitation of the best words there are" },
    { at: "its least value", then: "the distribution of what was found: as good, no better" },
  ],
  search: { generations: [4, 8, 16] },
  within: { generations: [1, 64], proposals: [1, 16], asking: [0.01, 0.9] },
  async *run(lab, { generations, proposals, asking }) {
    const learner = lab.learner<"demonstrations">(({ pi, answer }) => tokenNll(pi, answer));
    yield* inRounds(
      lab,
      learner,
      { rounds: 1, asking },
      (rng) => evolved(lab, lab.reference, { generations, proposals }, rng),
    );
  },
});

/** How far a search goes. */
export interface Evolution {
  readonly generations: number;
  readonly proposals: number;
}

/** The score that a search climbs, of the same five as are checked here. */
export const evolutionScore = (checks: Checks): number => {
  const { vq, tc, dd, tva, aes } = scoresIn(checks);
  return vq + tc + tva + dd / 2 + 5 / 8 * aes;
};

/** The five scores that programs give a video. */
export function scoresIn(
  checks: Checks,
): { readonly [score in "vq" | "tc" | "dd" | "tva" | "aes"]: number } {
  const { vq, tc, dd, tva, aes } = checks;
  if (
    vq === undefined || tc === undefined || dd === undefined || tva === undefined ||
    aes === undefined
  ) {
    throw new Unsuited(`Cannot score videos: programs check ${Object.keys(checks)} here`);
  }
  return { vq, tc, dd, tva, aes };
}

/** The best answer found to each of a few questions, where that is better than the policy's first. */
export async function evolved(
  lab: Pick<Lab, "check" | "prompts">,
  policy: Pick<Policy, "sample">,
  { generations, proposals }: Evolution,
  rng: Rng,
): Promise<Example<"demonstrations">[]> {
  const asked = lab.prompts(PART);
  const scored = async (ys: readonly Answer[]) =>
    (await lab.check(ys)).map((checks, i) => ({ y: ys[i]!, score: evolutionScore(checks) }));
  const first = await scored(await policy.sample(asked, rng.split("first")));
  const pools = first.map((one) => [one]);
  for (let k = 0; k < generations; k++) {
    const from = rng.split(k);
    const ideas = await policy.sample(asked, from.split("ideas"));
    const proposed = pools.flatMap((pool, i) => {
      const best = pool.slice(0, proposals).map(({ y }) => y);
      const lots = from.split("proposals").split(i);
      return Array.from({ length: proposals }, () => proposal(best, ideas[i]!, lots));
    });
    const found = await scored(proposed);
    pools.forEach((pool, i) => {
      const known = new Set(pool.map(({ y }) => nameOf(y)));
      const fresh = found.slice(i * proposals, (i + 1) * proposals);
      pool.push(...fresh.filter(({ y }) => !known.has(nameOf(y))));
      pool.sort((a, b) => b.score - a.score);
    });
  }
  return pools.flatMap(([best], i) => best!.score > first[i]!.score ? [{ answer: best!.y }] : []);
}

/**
 * Words of two of the best, the first part of one and the rest of the other; then a word is dropped,
 * or one of a fresh idea put in its place or beside it. What ends an answer stays its end, and it is
 * no longer than the longest of those that it is made of.
 */
export function proposal(best: readonly Answer[], idea: Answer, rng: Rng): Answer {
  const wordsOf = (y: Answer) => stepNames(y)!.slice(0, -1);
  const [one, other] = [rng.pick(best), rng.pick(best)];
  const ends = stepNames(other)!.slice(-1);
  const [head, tail] = [wordsOf(one), wordsOf(other)];
  const cut = rng.below(Math.min(head.length, tail.length) + 1);
  const words = [...head.slice(0, cut), ...tail.slice(cut)];
  const news = wordsOf(idea);
  const at = rng.below(words.length + 1);
  const [dropped, taken] = [rng.below(2), rng.below(2)];
  words.splice(at, dropped, ...news.length > 0 && taken ? [rng.pick(news)] : []);
  const most = Math.max(head.length, tail.length, news.length);
  return written(one.prompt, [...words.slice(0, most), ...ends]);
}
