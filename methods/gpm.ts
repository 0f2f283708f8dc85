// Longer than an equation: self-play reads its score at rest, too.
import { type Expr, method, placing, softplus } from "../core/mod.ts";

/**
 * −log σ(s(y_w ≻ y_l)) where answers are vectors and s turns one by a right angle in each of k planes
 * and multiplies it by the other: what beats what may go round in a circle. Each plane weighs the
 * same and vectors keep their length, where the paper lets the prompt weigh planes and may bring
 * vectors to length 1; `decay` holds them instead, as s is the same for longer and shorter ones.
 */
export default method({
  id: "gpm",
  paper: {
    title: "Beyond Bradley-Terry Models: A General Preference Model for Language Model Alignment",
    arxiv: "2410.02197",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\langle Rv_w,v_l\rangle\right),\quad R=\mathrm{diag}\!\left(\begin{bmatrix}0&-1\\1&0\end{bmatrix},\dots\right)`,
  taxonomy: ["data/feedback/point", "data/feedback/pair", "learning/paradigm/offline"],
  claim: {
    text: "Orders pairs of preferences in a circle, which no Bradley–Terry reward can",
    on: "game/intransitive",
    measure: "reward-accuracy",
    against: ["reward-model"],
    expect: "higher",
  },
  feedback: "pairs",
  reference: "none",
  answers: () => placing,
  hyper: { half: 2, decay: 1e-3 },
  roles: {
    half: "planes: half of the numbers of a vector",
    decay: "weight of half the squared length of the vectors",
  },
  limits: [
    { at: "k = 1 and vectors (r, 1)", then: "the Bradley–Terry model of reward r" },
    {
      at: "k = 1 and vectors on a circle",
      then: "three answers that beat each other in turn, exactly",
    },
    {
      at: "preferences that a reward implies",
      then:
        "room to err: on game/transitive some four pairs in a hundred fewer are right than by a reward",
    },
    { at: "v = 0", then: "log 2 without a slope: the head does not begin there" },
    { at: "decay → ∞", then: "v = 0: even odds" },
  ],
  search: { half: [1, 2, 3] },
  within: { half: [1, 8], decay: [0, 1] },
  prefers: (a, b, { half }) => odds(a.vector!, b.vector!, half),
  loss({ pi, chosen, rejected }, { half, decay }) {
    const [w, l] = [pi.vector(chosen, 2 * half), pi.vector(rejected, 2 * half)];
    const lengths = w.square().add(l.square()).sum(1).mul(decay / 2);
    return softplus(turned(l, w, half)).add(lengths).mean();
  },
});

/** [B] ⟨R v, u⟩ of vectors [B, 2k] whose first halves are the first coordinates in each plane: the log-odds that v's answer beats u's. */
export function turned(v: Expr, u: Expr, half: number): Expr {
  const parts = (x: Expr) => [x.slice(1, 0, half), x.slice(1, half, 2 * half)] as const;
  const [[v1, v2], [u1, u2]] = [parts(v), parts(u)];
  return v1.mul(u2).sub(v2.mul(u1)).sum(1);
}

/** The same of vectors at rest. */
export function odds(v: ArrayLike<number>, u: ArrayLike<number>, half: number): number {
  let sum = 0;
  for (let k = 0; k < half; k++) sum += v[k]! * u[half + k]! - v[half + k]! * u[k]!;
  return sum;
}
