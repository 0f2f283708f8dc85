// Longer than an equation: a bank of earlier policies, each with a learner against it, which take turns.
import {
  type Answer,
  type Expr,
  type Learner,
  logRatio,
  type Policy,
  program,
  resultAlone,
  type Scope,
  softplus,
  where,
} from "../core/mod.ts";

/** Winners that are set beside an earlier policy's own results to their prompts, and the steps that these last. */
const POOL = { size: 96, steps: 6 } as const;

/**
 * Winners against results of an earlier policy to the same prompts, which is the reference too and drawn
 * anew from a bank every few steps. If by log-ratio the policy now makes the winner likelier than that
 * one did, at the moment and under the noise that both are seen at, its result counts as a loser and
 * the loss is Diffusion-DPO's; if not, it may be as good, and the winner is imitated, as strongly as
 * DPO pulls at the reference. `flip` in place of that learns from both as winners, as the paper's first
 * version does. The paper adds to its bank by steps, here by shares of the operations.
 */
export default program({
  id: "seppo",
  paper: {
    title: "SePPO: Semi-Policy Preference Optimization for Diffusion Alignment",
    arxiv: "2410.05255",
    year: 2024,
  },
  equation: String
    .raw`\begin{cases}-\log\sigma\bigl(\beta\Delta(x^w)-\beta\Delta(x^r)\bigr)&\Delta(x^w)\ge0\\-\tfrac\beta2\Delta(x^w)&\text{else}\end{cases},\quad\Delta=\log\frac{\pi}{\pi_r},\ x^r\sim\pi_r,\ r\sim U\{0,\dots,m\}`,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/online",
    "constraint/reference/dynamic",
    "model/generation/distribution-shift",
    "applications/diffusion",
  ],
  claim: {
    text: "Winners alone teach more where the policy's own earlier results stand in for losers, " +
      "if they are losers",
    on: "diffusion/icons",
    measure: "reward",
    against: ["spin-diffusion", "diffusion-sft"],
    expect: "higher",
  },
  needs: ["results"],
  hyper: { beta: 0.3, flip: 0, bank: 8 },
  roles: {
    beta: "pull to the earlier policies, in nats",
    flip: "1 takes a result that may be as good for a second winner, 0 leaves it out",
    bank: "policies that it holds at the end; one is added after each such share of the operations",
  },
  limits: [
    { at: "bank = 1", then: "the start policy is the reference, and its results are the rivals" },
    { at: "every Δ(x^w) < 0", then: "imitation of the winners" },
    { at: "π = π_r", then: "log 2, with DPO's slopes: a tie counts as a loser" },
  ],
  search: { beta: [0.1, 0.3, 1], flip: [0, 1] },
  within: { flip: [0, 1], bank: [1, 32] },
  async *run(lab, { beta, flip, bank }) {
    const winners = lab.offline("demonstrations").map(({ answer }) => resultAlone(answer));
    const against = (policy: Policy): Member => ({
      policy,
      learner: lab.learner<Rivals>((scope) => semiPolicy(scope, { beta, flip }), {
        from: policy,
        reference: policy,
      }),
    });
    const members = [against(lab.reference)];
    let now = members[0]!.learner;
    for (let round = 0;; round++) {
      if (members.length < bank && lab.progress >= members.length / bank) {
        members.push(against(await lab.merged([now.policy], () => [1])));
      }
      const rng = lab.rng.split(round);
      const { policy, learner } = rng.pick(members);
      if (learner !== now) await learner.rejoin(now);
      now = learner;
      const some = rng.shuffle(winners).slice(0, POOL.size);
      const own = await policy.sample(some.map(({ prompt }) => prompt), rng);
      const pairs = some.map((winner, i) => ({ winner, own: resultAlone(own[i]!) }));
      for (let k = 0; k < POOL.steps; k++) {
        await now.step(pairs);
        yield now.policy;
      }
    }
  },
});

/** An earlier policy, and who learns with it as the reference. */
interface Member {
  readonly policy: Policy;
  readonly learner: Learner<Rivals>;
}
/** A winner and an earlier policy's result to the same prompt. */
interface Rivals {
  readonly winner: Answer;
  readonly own: Answer;
}

/** The loss, the mean over pairs; which case holds is not learned from. */
export function semiPolicy(
  { pi, ref, winner, own }: Scope<Rivals>,
  { beta, flip }: { readonly beta: number; readonly flip: number },
): Expr {
  const [won, drawn] = [logRatio(pi, ref, winner), logRatio(pi, ref, own)];
  const loser = softplus(won.sub(drawn).mul(-beta));
  const second = softplus(won.add(drawn).mul(-beta));
  const imitated = won.mul(-beta / 2);
  const other = second.mul(flip).add(imitated.mul(1 - flip));
  return where(won.stop().less(0), other, loser).mean();
}
