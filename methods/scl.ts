// Longer than an equation: own answers and their reviews come first, and a program that checks both.
import {
  type Example,
  type Expr,
  gathered,
  type Lab,
  type Policy,
  program,
  type Rng,
  type Scope,
  solved,
  tokenNll,
  written,
} from "../core/mod.ts";
import dpo from "./dpo.ts";

/** Prompts that are answered together. */
const PART = 64;

/**
 * (1 − μ)·[−log σ(β·(Δ(y⁺) − Δ(y⁻)))] − μ·log π(y⁺) a token. A prompt is answered, and the answer reviewed; where
 * one of the two is right and the other wrong, they are a pair, whichever came first, as answers to the
 * plain prompt: what it learns is to be right at once. The paper takes three epochs of the pairs and
 * strips apologies from reviews, which here are of the same form as answers.
 */
export default program({
  id: "scl",
  paper: {
    title: "Self-Correction is More than Refinement: A Learning Framework for Visual and " +
      "Language Reasoning Tasks",
    arxiv: "2410.04055",
    year: 2024,
  },
  equation: String
    .raw`-(1-\mu)\log\sigma\!\left(\beta\log\frac{\pi(y^+|x)\,\pi_{\mathrm{ref}}(y^-|x)}{\pi(y^-|x)\,\pi_{\mathrm{ref}}(y^+|x)}\right)-\frac{\mu}{\sum|y^+|}\sum\log\pi(y^+|x),\quad\{y^+,y^-\}=\{y_1,y_2\},\ y_2\sim\pi_{\mathrm{ref}}(\cdot|x,y_1),\ r(y^+)>r(y^-)`,
  taxonomy: [
    "data/quality/distinguishability",
    "data/feedback/pair",
    "data/granularity/turn",
    "learning/paradigm/online",
    "applications/vision",
  ],
  claim: {
    text:
      "Preferring the right of an answer and its review makes first answers better than imitating the right ones",
    on: "vision/counting",
    measure: "solved",
    against: ["scl-sft"],
    expect: "higher",
  },
  needs: ["solved", "drafts"],
  hyper: { beta: 0.3, mu: 0.1, temperature: 1, draw: 0.4 },
  roles: {
    beta: "pull to the start policy: the implied reward is β times the log-ratio",
    mu: "μ: share of imitating the right answers, a token",
    temperature: "at which answers and reviews are drawn",
    draw: "share of the operations after which no more are drawn and checked",
  },
  limits: [
    { at: "μ = 0", then: "DPO on the pairs" },
    { at: "μ = 1", then: "imitation of the right answer of each pair" },
    { at: "no review changes what is right", then: "no pairs, and nothing to learn from" },
    { at: "π = π_ref", then: "(1 − μ)·log 2 and μ times imitation" },
  ],
  search: { beta: [0.3, 1], mu: [0.1, 0.5] },
  within: { mu: [0, 1], temperature: [0.1, 2], draw: [0.01, 0.9] },
  async *run(lab, { beta, mu, temperature, draw }) {
    const turns = await gathered(
      lab,
      0,
      { rounds: 1, asking: draw },
      (rng) => contradicted(lab, lab.reference, temperature, rng),
    );
    const learner = lab.learner<"pairs">((scope) => preferred(scope, { beta, mu }));
    for (;;) {
      await learner.step(turns);
      yield learner.policy;
    }
  },
});

/** (1 − μ) times DPO's loss and μ times imitation of the chosen answers; at μ = 1 no reference is read. */
export function preferred(
  scope: Scope<"pairs">,
  { beta, mu }: { readonly beta: number; readonly mu: number },
): Expr {
  const imitation = tokenNll(scope.pi, scope.chosen);
  return mu === 1 ? imitation : dpo.loss(scope, { beta }).mul(1 - mu).add(imitation.mul(mu));
}

/** Of some prompts the answers and reviews of which one is right and one wrong, both as answers to the plain prompt. */
export async function contradicted(
  lab: Pick<Lab, "prompts" | "told" | "check">,
  policy: Pick<Policy, "sample">,
  temperature: number,
  rng: Rng,
): Promise<Example<"pairs">[]> {
  const drafts = await policy.sample(lab.prompts(PART), rng.split("drafts"), { temperature });
  const reviews = await policy.sample(
    drafts.map((draft) => lab.told(draft.prompt, { draft })),
    rng.split("reviews"),
    { temperature },
  );
  const [before, after] = [await solved(lab, drafts), await solved(lab, reviews)];
  return drafts.flatMap((draft, i) => {
    if (before[i] === after[i]) return [];
    const review = written(draft.prompt, reviews[i]!.tokens);
    const [chosen, rejected] = before[i] ? [draft, review] : [review, draft];
    return [{ chosen, rejected, strength: 1 }];
  });
}
