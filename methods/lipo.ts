import { constant, type Expr, logRatio, method, softplus } from "../core/mod.ts";

/** LiPO-λ: DPO's loss on every pair of a list, weighed by what exchanging the two would cost its DCG; f = β·Δ. */
export default method({
  id: "lipo",
  paper: {
    title: "LiPO: Listwise Preference Optimization through Learning-to-Rank",
    arxiv: "2402.01878",
    year: 2024,
  },
  equation: String
    .raw`\sum_{\psi_i>\psi_j}\left|2^{\psi_i}-2^{\psi_j}\right|\left|\tfrac{1}{\log(1+\tau_i)}-\tfrac{1}{\log(1+\tau_j)}\right|\log\!\left(1+e^{f_j-f_i}\right),\quad f=\beta\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}`,
  taxonomy: ["data/feedback/list", "learning/paradigm/offline"],
  claim: {
    text: "A ranked list teaches more than its pairs one by one",
    on: "text/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "lists",
  hyper: { beta: 0.1 },
  roles: {
    beta: "scales log-ratios to rewards: lower ones take the policy further from the reference",
  },
  limits: [
    { at: "two answers", then: "DPO times (1/log 2 − 1/log 3), as the score gap is 1" },
    {
      at: "π = π_ref",
      then: "all f are equal: positions are those of the list, so its order weighs",
    },
    { at: "equal scores", then: "no gradient: the pair has weight 0" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  loss({ pi, ref, answers, scores }, { beta }) {
    return lambdaLoss(answers.map((y) => logRatio(pi, ref, y).mul(beta)), scores);
  },
});

/** LambdaLoss of a list, best first, by what each answer's reward f is and what it scores, [B] each; weights carry no gradient. */
export function lambdaLoss(f: readonly Expr[], scores: readonly Expr[]): Expr {
  const discount = positions(f).map((place) => constant(1).div(place.add(1).log()));
  const gain = scores.map((score) => score.mul(Math.LN2).exp());
  const losses = f.flatMap((fi, i) =>
    f.slice(i + 1).map((fj, k) => {
      const exchange = discount[i]!.sub(discount[i + 1 + k]!);
      const weight = gain[i]!.sub(gain[i + 1 + k]!).mul(exchange.max(exchange.neg()));
      return softplus(fj.sub(fi)).mul(weight).mean();
    })
  );
  return losses.reduce((a, b) => a.add(b)).div(losses.length);
}

/** Places by f from 1, highest first, without a gradient; equals keep the list's order. */
const positions = (f: readonly Expr[]): Expr[] =>
  f.map((fi, i) =>
    f.map((fj, j) => j < i ? fj.less(fi).neg().add(1) : fi.less(fj))
      .reduce((a, b) => a.add(b)).add(1)
  );
