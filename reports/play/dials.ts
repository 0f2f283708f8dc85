/** What a visitor can set, and what is drawn: what the page is written with, and what its script reads. */

/** A slider over a list of values. */
export interface Dial {
  readonly name: string;
  readonly label: string;
  readonly values: readonly number[];
  readonly start: number;
}

/** A chart of one number of each method by steps. */
export interface Curve {
  readonly name: string;
  readonly title: string;
}

/** A lesson as the page shows it. */
export interface Setting {
  readonly title: string;
  readonly dials: readonly Dial[];
  readonly curves: readonly Curve[];
  /** The number that is read out once training ends. */
  readonly headline: string;
}

/** The methods in their order, which colours and lines follow. */
export const METHODS = ["DPO", "IPO", "SimPO"] as const;

/** Steps of one run. */
export const STEPS = 300;

const shared: readonly Dial[] = [
  {
    name: "beta",
    label: "β of DPO and IPO",
    values: [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2],
    start: 0.1,
  },
  { name: "scale", label: "β of SimPO", values: [0.5, 1, 2, 5, 10], start: 2 },
  { name: "rate", label: "Learning rate", values: [0.01, 0.02, 0.05, 0.1, 0.2], start: 0.05 },
  { name: "noise", label: "Labels turned round", values: [0, 0.1, 0.2, 0.3, 0.4, 0.5], start: 0 },
  { name: "pairs", label: "Pairs", values: [1, 2, 5, 10, 20, 50, 100, 200, 500], start: 200 },
];
const seed: Dial = {
  name: "seed",
  label: "Seed",
  values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  start: 1,
};

const followed: readonly Curve[] = [
  { name: "margin", title: "Margin over the reference (nats)" },
  { name: "chosen", title: "log π of chosen answers" },
  { name: "rejected", title: "log π of rejected answers" },
];

export const settings: { readonly [lesson in "bandit" | "words"]: Setting } = {
  bandit: {
    title: "A bandit, live",
    dials: [...shared, seed],
    curves: [
      { name: "reward", title: "Expected reward" },
      { name: "kl", title: "KL from the reference (nats)" },
      ...followed,
    ],
    headline: "reward",
  },
  words: {
    title: "Words of three letters, live",
    dials: [
      ...shared,
      {
        name: "verbosity",
        label: "What labels give a letter more",
        values: [0, 0.1, 0.2, 0.4, 0.8],
        start: 0,
      },
      seed,
    ],
    curves: [
      { name: "worth", title: "Expected worth" },
      { name: "letters", title: "Letters in a word" },
      { name: "kl", title: "KL from the reference (nats)" },
      ...followed,
    ],
    headline: "letters",
  },
};
