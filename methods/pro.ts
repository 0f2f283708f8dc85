import { concat, type Expr, logSoftmax, meanLogp, method } from "../core/mod.ts";

/** Each answer of a list against all worse ones by a softmax of mean log-probabilities, sharper the wider the score gap, plus SFT on the best. */
export default method({
  id: "pro",
  paper: {
    title: "Preference Ranking Optimization for Human Alignment",
    arxiv: "2306.17492",
    year: 2023,
  },
  equation: String
    .raw`-\sum_{k<n}\log\frac{e^{p_k/T_k^k}}{\sum_{i\ge k}e^{p_i/T_k^i}}-b\,p_1,\quad p=\tfrac{1}{|y|}\log\pi(y|x),\ T_k^{i>k}=\tfrac{1}{r_k-r_i},\ T_k^k=\min_{i>k}T_k^i`,
  taxonomy: ["data/feedback/list", "learning/paradigm/offline", "constraint/reference/free"],
  claim: {
    text: "Contrasting each answer of a ranking with all worse ones gains more than RRHF's pairs",
    on: "text/clean",
    measure: "win-rate",
    against: ["rrhf"],
    expect: "higher",
  },
  feedback: "lists",
  reference: "none",
  hyper: { sft: 0.05 },
  roles: { sft: "weight of imitating the best answer, a token; the paper's b" },
  limits: [
    { at: "sft → ∞", then: "supervised fine-tuning on the best answer of each list" },
    { at: "two answers with a gap of 1", then: "SimPO with β = 1 and no margin, plus imitation" },
    { at: "equal scores", then: "gaps count as 0.01, so nearly no contrast is left" },
  ],
  search: { sft: [0.05, 0.2, 1] },
  loss({ pi, answers, scores }, { sft }) {
    const p = answers.map((y) => meanLogp(pi, y));
    const ranking = p.slice(0, -1).map((_, k) => {
      // 1/T: from the best of those left to each worse one; the widest gap is the best one's own.
      const gaps = scores.slice(k + 1).map((score) => scores[k]!.sub(score).max(1e-2));
      const own = gaps.reduce((a, b) => a.max(b));
      return against([own, ...gaps].map((gap, i) => p[k + i]!.mul(gap)));
    });
    return ranking.reduce((a, b) => a.add(b)).sub(p[0]!.mean().mul(sft));
  },
});

/** −log of the first one's share of a softmax over [B] each, averaged over the batch. */
function against(x: readonly Expr[]): Expr {
  const rows = x[0]!.shape[0]!;
  return logSoftmax(concat(x.map((one) => one.reshape(rows, 1)), 1)).slice(1, 0, 1).mean().neg();
}
