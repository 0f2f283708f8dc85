// Longer than an equation: imitation, then rounds of a policy against its own last iterate.
import {
  type Answer,
  type Example,
  gathered,
  iterated,
  type Lab,
  type Policy,
  program,
  type Rounds,
} from "../core/mod.ts";
import dpo from "./dpo.ts";
import { imitated } from "./sft.ts";

/** Demonstrations that are answered together. */
const PART = 64;
/** Share of a round's operations that may draw its rivals. */
export const DRAWING = 0.5;

/**
 * ℓ(λ·[Δ(y) − Δ(y′)]) with ℓ(z) = log(1 + e⁻ᶻ), where Δ is the log-ratio to the last round's policy,
 * which also wrote y′ to the question that the demonstration y answers. A round learns from its own
 * pairs and from those of the round before; pairs of equal answers stay, as they are how it ends. The
 * first policy imitates the same demonstrations before, as the paper's has been fine-tuned on them.
 */
export default program({
  id: "spin",
  paper: {
    title: "Self-Play Fine-Tuning Converts Weak Language Models to Strong Language Models",
    arxiv: "2401.01335",
    year: 2024,
  },
  equation: String
    .raw`\theta_{t+1}=\operatorname*{arg\,min}_\theta\ell\!\left(\lambda\log\frac{\pi_\theta(y|x)}{\pi_t(y|x)}-\lambda\log\frac{\pi_\theta(y'|x)}{\pi_t(y'|x)}\right),\quad\ell(z)=\log(1+e^{-z}),\ y\sim p_{\mathrm{data}},\ y'\sim\pi_t`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/online",
    "learning/objective/self-play",
    "constraint/reference/dynamic",
  ],
  claim: {
    text: "Learns more from demonstrations than imitating them does, without any label more",
    on: "sequences/taught",
    measure: "reward",
    against: ["sft"],
    expect: "higher",
  },
  hyper: { lambda: 0.3, imitate: 0.3, rounds: 3 },
  roles: {
    lambda: "how little a round may move the policy from the last one's",
    imitate: "share of the operations for imitation, before the first round",
    rounds: "equal shares of the other operations; the optimiser goes on from one to the next",
  },
  limits: [
    { at: "π = π_t = p_data", then: "log 2, and no slope on average: own answers are as good" },
    { at: "λ → 0", then: "log 2 − λ·margin/2: own answers are unlearned without end" },
    { at: "λ → ∞", then: "a perceptron on log-ratios: pairs in the right order rest" },
    { at: "imitate → 1", then: "imitation" },
  ],
  search: { lambda: [0.1, 0.3, 1], rounds: [2, 3] },
  within: { imitate: [0, 0.9], rounds: [1, 16] },
  async *run(lab, { lambda, imitate, rounds }) {
    const given = lab.offline("demonstrations");
    const first = yield* imitated(lab, imitate);
    const options = { rounds, asking: DRAWING, from: imitate };
    let before: readonly Example<"pairs">[] = [];
    yield* iterated<"pairs">(
      lab,
      first,
      options,
      (scope) => dpo.loss(scope, { beta: lambda }),
      async (policy, round) => {
        const fresh = await overOwn(lab, policy, round, given.map(({ answer }) => answer), options);
        const both = [...before, ...fresh];
        before = fresh;
        return both;
      },
    );
  },
});

/** A round's pairs: given answers over the policy's own to the same prompts, each once if the operations suffice. */
export function overOwn(
  lab: Lab,
  policy: Policy,
  round: number,
  given: readonly Answer[],
  options: Rounds,
): Promise<Example<"pairs">[]> {
  const left = lab.rng.split("order").split(round).shuffle(given);
  const all = { ...options, unlabelled: true, most: given.length } as const;
  return gathered(lab, round, all, async (rng) => {
    const some = left.splice(0, PART);
    const own = await policy.sample(some.map(({ prompt }) => prompt), rng);
    return some.map((chosen, i) => ({ chosen, rejected: own[i]!, strength: 1 }));
  });
}
