// Longer than an equation: a teacher's solutions first, then its corrections against own ones.
import {
  type Example,
  gathered,
  iterated,
  type Lab,
  type Policy,
  program,
  type Prompt,
  revised,
  type Rng,
  solved,
} from "../core/mod.ts";
import hsft, { taught } from "./hsft.ts";
import { imitated } from "./sft.ts";
import sftDpo from "./sft-dpo.ts";

/**
 * −log σ(β·[Δ(y⁺) − Δ(y⁻)]) − ν·log π(y⁺) a token, both after a wrong draft of the policy's own: y⁺ is the
 * teacher's correction, y⁻ the policy's own where it fails too. The reference is the policy that
 * imitated the teacher's solutions. A correction is the solution anew, where the paper's names the first
 * wrong step and its cause; the term in ν is ours, as what a teacher writes may otherwise fade with what
 * it is set against.
 */
export default program({
  id: "supercorrect",
  paper: hsft.paper,
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y^+|x,y_1)\,\pi_{\mathrm{HSFT}}(y^-|x,y_1)}{\pi(y^-|x,y_1)\,\pi_{\mathrm{HSFT}}(y^+|x,y_1)}\right)-\frac{\nu}{\sum|y^+|}\sum\log\pi(y^+|x,y_1),\quad y^+\sim\text{teacher},\ y_1,y^-\sim\pi_{\mathrm{HSFT}}`,
  taxonomy: [
    "data/quality/distinguishability",
    "data/feedback/pair",
    "learning/paradigm/online",
    "applications/reasoning",
  ],
  claim: {
    text: "A teacher's corrections against its own failed ones teach it to correct",
    on: "reasoning/chain",
    measure: "gain",
    against: ["hsft"],
    expect: "higher",
  },
  needs: ["solved", "demonstrations", "drafts"],
  hyper: { teacher: 60, imitate: 0.3, draw: 0.55, beta: 1, nll: 1, own: 0 },
  roles: {
    teacher: hsft.roles!.teacher,
    imitate: "share of the operations after which imitation of its solutions ends",
    draw: "share of the operations after which no more drafts are corrected",
    beta: "how little its corrections may move the policy from the one that imitated",
    nll: "ν: weight of imitating the better corrections, a token",
    own: "1: right own corrections against wrong own ones; 0: the teacher's against wrong own ones",
  },
  limits: [
    { at: "imitate → 1", then: "HSFT" },
    { at: "ν → ∞", then: "imitation of the teacher's corrections" },
    { at: "β → ∞", then: "the policy that imitated" },
    {
      at: "π = π_HSFT",
      then: "log 2 and ν times imitation, with slopes −β/2 and β/2 of the first",
    },
  ],
  search: { beta: [0.3, 1], nll: [0.1, 1] },
  within: { teacher: [1, 512], imitate: [0, 0.9], draw: [0, 0.95], own: [0, 1] },
  answers: () => revised(1),
  async *run(lab, { teacher, imitate, draw, beta, nll, own }) {
    const given = await taught(lab, teacher);
    const student = yield* imitated(lab, imitate, given);
    const questions = given.map(({ answer }) => answer.prompt);
    const options = { rounds: 1, asking: draw } as const;
    const corrections = own > 0 ? ownCorrections : teachersCorrections;
    yield* iterated<"pairs">(
      lab,
      student,
      options,
      (scope) => sftDpo.loss(scope, { beta, lambda: nll }),
      (policy, round) =>
        gathered(lab, round, options, async (rng) => {
          const failed = await wrongDrafts(lab, policy, questions, rng.split("drafts"));
          return failed.length > 0 ? await corrections(lab, policy, failed, rng) : [];
        }),
    );
  },
});

/** Prompts that tell of drafts of the policy's which are wrong. */
async function wrongDrafts(
  lab: Lab,
  policy: Policy,
  questions: readonly Prompt[],
  rng: Rng,
): Promise<Prompt[]> {
  const drafts = await policy.sample(questions, rng);
  const right = await solved(lab, drafts);
  return drafts.filter((_, i) => !right[i]).map((draft) => lab.told(draft.prompt, { draft }));
}

type Corrections = (
  lab: Lab,
  policy: Policy,
  failed: readonly Prompt[],
  rng: Rng,
) => Promise<Example<"pairs">[]>;

/** The teacher's corrections, each against the policy's own where that fails. */
const teachersCorrections: Corrections = async (lab, policy, failed, rng) => {
  const own = await policy.sample(failed, rng.split("corrections"));
  const right = await solved(lab, own);
  const pairs: Example<"pairs">[] = [];
  for (const rejected of own.filter((_, i) => !right[i])) {
    const chosen = await lab.demonstrate(rejected.prompt);
    pairs.push({ chosen, rejected, strength: 1 });
  }
  return pairs;
};

/** Of two corrections of the policy's own, where one is right and one is wrong, the right one against the other. */
const ownCorrections: Corrections = async (lab, policy, failed, rng) => {
  const left = await policy.sample(failed, rng.split("corrections"));
  const right = await policy.sample(failed, rng.split("others"));
  const [a, b] = [await solved(lab, left), await solved(lab, right)];
  return left.flatMap((y, i) => {
    if (a[i] === b[i]) return [];
    const [chosen, rejected] = a[i] ? [y, right[i]!] : [right[i]!, y];
    return [{ chosen, rejected, strength: 1 }];
  });
};
