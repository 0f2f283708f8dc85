// Longer than an equation: what is key in an answer is found, and answers with less of it are made.
import {
  type Answer,
  type Example,
  type Expr,
  logRatioReward,
  nameOf,
  program,
  reworded,
  type Rng,
  type Scope,
  stepNames,
} from "../core/mod.ts";
import dpo from "./dpo.ts";

/**
 * DPO, and a head of the same model that tells how much of its key content an answer has kept. Key
 * are the words of highest tf-idf; what is taken out gives way to the commonest word, so that length
 * tells nothing. The paper's code is not public and its form not known in full: here one value head
 * for chosen and rejected alike estimates the share by squared error, in place of two classifiers of
 * degrees. On a table that head shares nothing with the policy, and nothing is gained.
 */
export default program({
  id: "spo-degree",
  paper: {
    title:
      "A Self-supervised Preference Optimization framework: Boosting Alignment by Preference Degree Awareness",
    arxiv: "2409.17791",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\left[\Delta(y_w)-\Delta(y_l)\right]\right)+\frac{\gamma}{2}\sum_{y\in\{y_w,y_l\}}\left(V(x,y^{(k)})-\left(1-\tfrac{k}{K-1}\right)\right)^{2}`,
  taxonomy: [
    "data/quality/distinguishability",
    "data/feedback/pair",
    "learning/paradigm/offline",
  ],
  claim: {
    text: "To know how much of an answer's key content is left makes more of few labels than DPO",
    on: "sequences/scarce",
    measure: "reward",
    against: ["dpo"],
    expect: "higher",
  },
  hyper: { beta: 0.3, gamma: 0.2, parts: 3, key: 1 },
  roles: {
    beta: dpo.roles!.beta,
    gamma: "weight of the squared error about what is left",
    parts: "degrees, from a whole answer to one that has lost the most",
    key: "1 takes out key words first, 0 any words: the control of degree-awareness",
  },
  limits: [
    { at: "γ = 0", then: "DPO, at twice its cost" },
    { at: "γ → ∞", then: "a head of degrees, and the policy wherever it drags it" },
    {
      at: "π = π_ref and V = 0",
      then: "log 2 + γ times the mean square of what is left, with DPO's slopes",
    },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], gamma: [0.05, 0.2, 0.5] },
  within: { parts: [2, 8], key: [0, 1] },
  implied: logRatioReward,
  async *run(lab, { beta, gamma, parts, key }) {
    const pairs = lab.offline("pairs");
    const examples = degraded(pairs, parts, key > 0 ? undefined : lab.rng.split("any words"));
    const learner = lab.learner<Degraded>((scope) => aware(scope, { beta, gamma }));
    for (;;) {
      await learner.step(examples);
      yield learner.policy;
    }
  },
});

/** A pair, each answer also with some of its words taken out, and the share that is left of those that could be. */
interface Degraded extends Example<"pairs"> {
  readonly worseChosen: Answer;
  readonly worseRejected: Answer;
  readonly left: number;
}

export function aware(
  scope: Scope<Degraded>,
  { beta, gamma }: { readonly beta: number; readonly gamma: number },
): Expr {
  const { pi, worseChosen, worseRejected, left } = scope;
  const error = (y: typeof worseChosen) => pi.value(y).sub(left).square();
  const degrees = error(worseChosen).add(error(worseRejected)).mean();
  return dpo.loss(scope, { beta }).add(degrees.mul(gamma / 2));
}

/** Each pair once at every degree; words go by `rng` in place of their tf-idf, if it is given. */
function degraded(pairs: readonly Example<"pairs">[], parts: number, rng?: Rng): Degraded[] {
  const takeOut = degrading(pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]), rng);
  const degrees = Array.from({ length: parts }, (_, k) => 1 - k / (parts - 1));
  return pairs.flatMap((pair) =>
    degrees.map((left): Degraded => ({
      ...pair,
      worseChosen: takeOut(pair.chosen, left),
      worseRejected: takeOut(pair.rejected, left),
      left,
    }))
  );
}

/** At most so much of an answer's words goes. */
const MOST = 0.8;

/**
 * Takes words out of answers such as these until `left` of the share MOST of its words is left, those
 * of highest tf-idf first or, given `rng`, any; the last token stays, as it ends the answer.
 */
export function degrading(
  ys: readonly Answer[],
  rng?: Rng,
): (y: Answer, left: number) => Answer {
  const [total, within] = [new Map<number, number>(), new Map<number, number>()];
  const more = (counts: Map<number, number>, word: number) =>
    counts.set(word, (counts.get(word) ?? 0) + 1);
  for (const y of ys) {
    const words = wordsOf(y);
    for (const word of words) more(total, word);
    for (const word of new Set(words)) more(within, word);
  }
  const [[common] = []] = [...total].toSorted(([a, n], [b, m]) => m - n || a - b);
  return (y, left) => {
    const words = wordsOf(y);
    const weight = (i: number) =>
      words.filter((word) => word === words[i]).length *
      Math.log(ys.length / (within.get(words[i]!) ?? 1));
    const places = [...words.keys()];
    const order = rng
      ? rng.split(y.prompt.id).split(nameOf(y)).shuffle(places)
      : places.toSorted((i, j) => weight(j) - weight(i) || i - j);
    const gone = new Set(order.slice(0, Math.round((1 - left) * MOST * places.length)));
    return gone.size === 0
      ? y
      : reworded(y, stepNames(y)!.map((word, i) => gone.has(i) ? common! : word));
  };
}

/** The policy's own words, but for the last. */
const wordsOf = (y: Answer): readonly number[] => stepNames(y)?.slice(0, -1) ?? [];
