// Longer than an equation: rounds of episodes that a program checks.
import { type Example, gathered, iterated, program } from "../core/mod.ts";
import kto, { valueLost } from "./kto.ts";
import mDpo, { graded } from "./m-dpo.ts";

/**
 * KTO's loss on whole episodes: a_h are the turns that the policy wrote, and what the world said
 * between them is read and has no part in the loss. Every answer of its own counts, right or wrong, and
 * each round's reference is the policy that drew them; z is of answers read after another's prompt.
 * Right and wrong answers weigh alike as a whole, in the middle of what KTO's paper asks of its weights
 * (λ_D·n_D between λ_U·n_U and 4/3 of it): where two in three are wrong, pushing these down alone takes
 * the policy apart.
 */
export default program({
  id: "m-kto",
  paper: mDpo.paper,
  equation: String
    .raw`1-\sigma\!\left(\pm\beta\left[\sum_h\log\frac{\pi(a_h|s_h)}{\pi_t(a_h|s_h)}-z\right]\right),\quad z=\max(0,\mathrm{KL}(\pi\|\pi_t)),\ \tau\sim\pi_t,\ \pm1=2u(\tau)-1`,
  taxonomy: [
    "data/feedback/point",
    "data/granularity/turn",
    "learning/paradigm/online",
    "constraint/reference/dynamic",
    "applications/reasoning",
  ],
  claim: {
    text: "Thumbs on its own episodes, round by round, teach more than imitating the right ones",
    on: "reasoning/tool",
    measure: "solved",
    against: ["rft"],
    expect: "higher",
  },
  needs: ["solved"],
  hyper: { beta: 0.3, rounds: 3, samples: 8, asking: 0.4 },
  roles: {
    beta: kto.roles!.beta,
    rounds: mDpo.roles!.rounds,
    samples: mDpo.roles!.samples,
    asking: mDpo.roles!.asking,
  },
  limits: [
    { at: "one turn", then: "KTO in rounds, labelled by a program" },
    { at: "β → 0", then: "1/2 ∓ β(Δ − z)/4: every answer is pushed alike" },
    { at: "β → ∞", then: "a step at z: no slope on either side" },
    { at: "π = π_t", then: "1/2, as every round begins" },
  ],
  search: { beta: [0.1, 0.3, 1], rounds: [1, 3] },
  within: { rounds: [1, 16], samples: [2, 64] },
  async *run(lab, { beta, rounds, samples, asking }) {
    const options = { rounds, asking } as const;
    yield* iterated<Weighed>(
      lab,
      lab.reference,
      options,
      (scope) => valueLost(scope, beta).mul(scope.weight).mean(),
      (policy, round) =>
        gathered(lab, round, options, async (rng) => {
          const found = await graded(lab, policy, samples, rng);
          const ys = found.flatMap(({ right, wrong }) => [
            ...right.map((answer) => ({ answer, good: 1 })),
            ...wrong.map((answer) => ({ answer, good: 0 })),
          ]);
          // As many places on, an answer is to the next prompt.
          return ys.map(({ answer, good }, i) => {
            const other = ys[(i + samples) % ys.length]!.answer;
            return { answer, good, unrelated: { ...other, prompt: answer.prompt } };
          });
        }).then(weighed),
    );
  },
});

/** An answer with its thumb, and what it counts. */
export interface Weighed extends Example<"points"> {
  readonly weight: number;
}

/** Answers weighed so that the right ones and the wrong ones count alike as a whole; 1 on the mean. */
export function weighed(ys: readonly Example<"points">[]): Weighed[] {
  const right = ys.filter(({ good }) => good === 1).length;
  const alike = right > 0 && right < ys.length;
  return ys.map((y) => ({
    ...y,
    weight: alike ? ys.length / 2 / (y.good === 1 ? right : ys.length - right) : 1,
  }));
}
