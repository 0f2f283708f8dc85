import {
  type Answer,
  type Benchmark,
  type Example,
  type Kind,
  type Prompt,
  type Rng,
  rng,
  type Testbed,
} from "../core/mod.ts";
import { contextOf, exact, softmax, standard } from "./exact.ts";
import { frontier } from "./exact/frontier.ts";
import { unseenMass, unseenMassBy } from "./exact/unseen-mass.ts";
import { offers } from "./labelled.ts";
import { without } from "../evaluators/mod.ts";
import { linear } from "../models/linear.ts";

const common = without("steps");

interface LinearSetting {
  readonly kind: "domains" | "unseen" | "displaced" | "stream";
  /** Correlation, on test prompts, of the telling feature with the hidden part of the reward; 0.8 on train prompts. */
  readonly telling?: number;
  /** Whether what is never seen is as good as its features suggest, or as bad as can be. */
  readonly unseen?: "good" | "bad";
}

const contexts = 32;
const actions = 16;

/** What an instance is made of: features [C][A][D], and start = base + features · weights. */
interface Instance {
  readonly features: number[][][];
  readonly rewards: number[][];
  readonly base: number[][];
  /** [1 or C][D] */
  readonly weights: number[][];
  /** Answers that the data hold; all of them by default. */
  readonly seen?: boolean[][];
  readonly splits?: { readonly train: number[]; readonly test: number[] };
  /** Number of each context's domain, whose labels come in this order; all at once by default. */
  readonly order?: readonly number[];
}

/**
 * Preferences are Bradley–Terry at temperature 1, as the bandit's; but the policy is linear in
 * features of the answers, so what it learns of some moves it on others.
 */
const linearBenchmark: Benchmark<LinearSetting> = {
  id: "linear",
  summary:
    `${contexts} contexts with ${actions} answers each, described by a few fixed features in which ` +
    "the policy is linear: what is learned of one answer moves others. Measures are sums over all " +
    "answers.",
  family: "bandit",
  settings: {
    transfer: {
      summary:
        "Half the contexts train and the others test, with one weight vector for all; half " +
        "the reward is no feature's, but one feature tells of it.",
      offers,
      with: { kind: "domains", telling: 0.8 },
    },
    shift: {
      summary: "As transfer, but on test contexts the telling feature tells the opposite.",
      offers,
      with: { kind: "domains", telling: -0.8 },
    },
    unseen: {
      summary: "In each context the data never hold four answers whose features are those of the " +
        "best ones, twofold, and which are the worst.",
      offers,
      with: { kind: "unseen", unseen: "bad" },
    },
    extrapolated: {
      summary: "As unseen, but the four answers that the data never hold are the best.",
      offers,
      with: { kind: "unseen", unseen: "good" },
    },
    displaced: {
      summary:
        "Features are few and the same everywhere, and compared answers come in pairs that " +
        "are nearly alike, so that what tells them apart lifts answers that nobody compared.",
      offers,
      with: { kind: "displaced" },
    },
    stream: {
      summary: "The second half of the contexts wants the opposite of the first half in half of " +
        "the features, and its labels come after the first half's.",
      offers,
      with: { kind: "stream" },
    },
  },
  measures: [...common, unseenMass],
  headline: "win-rate",
  scored: "regret",
  budget: { flops: 8e7, queries: 8192 },
  open: async (setting) => await testbed(setting),
};
export default linearBenchmark;

const instances: {
  readonly [kind in LinearSetting["kind"]]: (setting: LinearSetting, draws: Rng) => Instance;
} = { domains, unseen, displaced, stream };

function testbed(setting: LinearSetting): Testbed {
  const { features, rewards, base, weights, seen, splits, order } = instances[setting.kind](
    setting,
    rng("linear").split(setting.kind),
  );
  const width = features[0]![0]!.length;
  const model = linear({ contexts, actions, width, shared: weights.length === 1 });
  const begin = features.map((answers, c) =>
    answers.map((phi, a) =>
      Math.fround(base[c]![a]! + dot(phi, weights[weights.length === 1 ? 0 : c]!))
    )
  );
  const policy = begin.map(softmax);
  const written = seen &&
    policy.map((p, c) => normal(p.map((x, a) => seen[c]![a] ? x : 0)));
  const array = (shape: readonly number[], values: readonly number[]) => ({
    shape,
    data: Float32Array.from(values),
  });
  const shared = exact({
    name: "linear",
    start: begin,
    preferences: rewards.map((r) => r.map((a) => r.map((b) => 1 / (1 + Math.exp(b - a))))),
    flip: 0,
    policy: {
      model,
      start: {
        ...model.init(rng("linear")),
        base: array([contexts, actions], base.flat()),
        features: array([contexts * actions, width], features.flat(2)),
        weights: array([weights.length, width], weights.flat()),
      },
    },
    ...written ? { writers: [{ share: 1, policy: written }] } : {},
    ...splits ? { splits } : {},
  });
  return {
    ...shared,
    ...order
      ? {
        // A stable sort: within a domain the order stays random.
        examples: <K extends Kind>(kind: K, n: number, rng: Rng) =>
          shared.examples(kind, n, rng).toSorted((a, b) =>
            order[contextOf(promptOf(a))]! - order[contextOf(promptOf(b))]!
          ),
      }
      : {},
    optimiser: { rate: 0.03, warmup: 10, batch: 64, clip: 1 },
    evaluators: [
      ...common,
      ...seen ? [unseenMassBy((prompt) => seen[contextOf(prompt)]!.map((x) => !x))] : [],
    ],
    reward: async (ys) =>
      await Float64Array.from(ys, (y) => rewards[contextOf(y.prompt)]![y.tokens[0]!]!),
    truth: { temperature: 1, frontier: frontier(policy, rewards, splits?.test) },
  };
}

/** Half the contexts train and half test; the telling feature's correlation is the domain's. */
function domains({ telling }: LinearSetting, draws: Rng): Instance {
  const [train, test] = [0, 1].map((half) =>
    Array.from({ length: contexts / 2 }, (_, i) => half * contexts / 2 + i)
  ) as [number[], number[]];
  const width = 8;
  const wanted = vector(width, draws.split("wanted"));
  const features: number[][][] = [];
  const rewards = Array.from({ length: contexts }, (_, c) => {
    const own = draws.split(c);
    const rho = c < contexts / 2 ? 0.8 : telling!;
    const hidden = vector(actions, own);
    features.push(hidden.map((u) => [
      rho * u + Math.sqrt(1 - rho ** 2) * own.normal(),
      ...vector(width - 1, own),
    ]));
    const plain = standard(features[c]!.map((phi) => dot(phi.slice(1), wanted)));
    return standard(plain.map((r, a) => r + hidden[a]!));
  });
  const base = features.map((_, c) => vector(actions, draws.split("base").split(c)));
  return { features, rewards, base, weights: [Array(width).fill(0)], splits: { train, test } };
}

/** Four answers a context that no one writes, twice as far along the features as its four best. */
function unseen({ unseen }: LinearSetting, draws: Rng): Instance {
  const [width, hidden] = [4, 4];
  const seen = Array.from(
    { length: contexts },
    () => Array.from({ length: actions }, (_, a) => a < actions - hidden),
  );
  const features: number[][][] = [];
  const rewards = seen.map((known, c) => {
    const own = draws.split(c);
    const wanted = vector(width, own);
    const met = known.filter(Boolean).map(() => vector(width, own));
    const order = met.toSorted((a, b) => dot(b, wanted) - dot(a, wanted));
    features.push([...met, ...order.slice(0, hidden).map((phi) => phi.map((x) => 2 * x))]);
    const scale = Math.sqrt(dot(wanted, wanted));
    const linear = features[c]!.map((phi) => dot(phi, wanted) / scale);
    const least = Math.min(...linear);
    return linear.map((r, a) => known[a] || unseen === "good" ? r : least - 1 - a / actions);
  });
  // The start policy hardly ever gives them either.
  const base = seen.map((known, c) => {
    const noise = vector(actions, draws.split("base").split(c));
    return known.map((is, a) => is ? noise[a]! : -4);
  });
  return {
    features,
    rewards,
    base,
    weights: Array.from({ length: contexts }, () => [0, 0, 0, 0]),
    seen,
  };
}

/** Answers 2i and 2i + 1 are nearly alike; each context's data hold two such pairs. */
function displaced(_: LinearSetting, draws: Rng): Instance {
  const width = 3;
  const embeddings: number[][] = [];
  for (let i = 0; i < actions / 2; i++) {
    const own = draws.split("embeddings").split(i);
    const first = vector(width, own);
    embeddings.push(first, first.map((x) => x + 0.3 * own.normal()));
  }
  const features = Array.from({ length: contexts }, () => embeddings);
  const held = (c: number, a: number) =>
    [c, c + 1].some((pair) => pair % (actions / 2) === Math.floor(a / 2));
  const seen = features.map((all, c) => all.map((_, a) => held(c, a)));
  const rewards = seen.map((known, c) => {
    const own = draws.split(c);
    // Whatever is compared is better than what is not, and of a pair one is clearly better.
    const turned = [0, 1].map(() => own.uniform() < 1 / 2 ? 1 : 0);
    return known.map((is, a) =>
      is
        ? (a % 2 === turned[Math.floor(a / 2) === c % (actions / 2) ? 0 : 1] ? 2 : 0)
        : -1 - own.uniform()
    );
  });
  const base = seen.map((known) => known.map((is) => is ? 2 : 0));
  return {
    features,
    rewards,
    base,
    weights: Array.from({ length: contexts }, () => Array(width).fill(0)),
    seen,
  };
}

/** Two domains, one after the other: the second's taste is turned round in half of the features. */
function stream(_: LinearSetting, draws: Rng): Instance {
  const width = 8;
  const wanted = vector(width, draws.split("wanted"));
  const order = Array.from({ length: contexts }, (_, c) => Math.floor(2 * c / contexts));
  const features = order.map((_, c) =>
    Array.from({ length: actions }, (_, a) => vector(width, draws.split(c).split(a)))
  );
  const scale = Math.sqrt(dot(wanted, wanted));
  const rewards = features.map((all, c) => {
    const taste = wanted.map((x, i) => (order[c] === 1 && i >= width / 2 ? -x : x) / scale);
    return all.map((phi) => dot(phi, taste));
  });
  const base = features.map((_, c) => vector(actions, draws.split("base").split(c)));
  return { features, rewards, base, weights: [Array(width).fill(0)], order };
}

/** The prompt of an example's first answer. */
function promptOf(example: Example<Kind>): Prompt {
  const first = Object.values(example).flat().find((x) => typeof x === "object");
  return (first as Answer).prompt;
}

const vector = (n: number, draws: Rng): number[] => Array.from({ length: n }, () => draws.normal());
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const normal = (weights: readonly number[]): number[] => {
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
};
