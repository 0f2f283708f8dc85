/** What every known measure is called, in which unit, and which way is better. Others still show, under their id. */

export interface Measure {
  readonly id: string;
  /** As a heading, lower case: "win-rate". */
  readonly title: string;
  readonly unit?: string;
  readonly better: "higher" | "lower" | "neither";
  /** Values that it can take. */
  readonly within?: readonly [number, number];
  /** What the truth itself has, and nothing exceeds; and whose value that is. */
  readonly ideal?: { readonly value: number; readonly of: string };
  /** The start policy's where it cannot be measured: one that implies no reward orders nothing. */
  readonly idle?: number;
  /** One sentence a reader can use. */
  readonly means: string;
}

const share = [0, 1] as const;
const positive = [0, Infinity] as const;

const table: readonly Measure[] = [
  {
    id: "win-rate",
    title: "win-rate",
    better: "higher",
    within: share,
    means:
      "Probability that an answer of the method is preferred to one of the start policy; the start policy itself has 0.5",
  },
  {
    id: "exploitability",
    title: "exploitability",
    better: "lower",
    within: [0, 0.5],
    ideal: { value: 0, of: "the Nash policy" },
    means: "How far above one half the best reply to the policy wins; 0 at the Nash policy",
  },
  {
    id: "nash-distance",
    title: "distance to Nash",
    unit: "total variation",
    better: "lower",
    within: share,
    means: "Probability that would have to move to make the policy the Nash policy",
  },
  {
    id: "reward-accuracy",
    title: "reward accuracy",
    better: "higher",
    within: share,
    ideal: { value: 1, of: "the truth" },
    idle: 0.5,
    means:
      "Share of held-out comparisons that the method's implicit reward orders as the truth does",
  },
  {
    id: "reward",
    title: "reward",
    better: "higher",
    means: "Expected gold reward of an answer",
  },
  {
    id: "regret",
    title: "regret",
    better: "lower",
    within: positive,
    ideal: { value: 0, of: "the best answer to every prompt" },
    means: "Reward of the best answer less the expected reward",
  },
  {
    id: "kl",
    title: "KL",
    unit: "nats an answer",
    better: "neither",
    within: positive,
    means:
      "Divergence from the start policy, KL(π‖π₀), of a whole answer: what a reward is bought with",
  },
  {
    id: "kl-per-token",
    title: "KL a token",
    unit: "nats a token",
    better: "neither",
    within: positive,
    means: "The same, of one token",
  },
  {
    id: "ranking-accuracy",
    title: "ranking accuracy",
    better: "higher",
    within: share,
    means:
      "Share of held-out comparisons in which the policy gives the better answer the higher probability",
  },
  {
    id: "ranking-accuracy-normalised",
    title: "ranking accuracy, per token",
    better: "higher",
    within: share,
    means: "The same with log-probabilities divided by length",
  },
  {
    id: "idealised-ranking-accuracy",
    title: "idealised ranking accuracy",
    better: "neither",
    within: share,
    means:
      "Ranking accuracy that a perfect optimiser would reach from this start policy (2405.19534)",
  },
  {
    id: "calibration-error",
    title: "calibration error",
    better: "lower",
    within: share,
    means:
      "Mean gap between implied and true preference probability, debiased, ten bins of equal mass",
  },
  {
    id: "calibration-error-scaled",
    title: "calibration error, rescaled",
    better: "lower",
    within: share,
    means: "The same after one scale has been fitted to the margins",
  },
  {
    id: "brier",
    title: "Brier score",
    better: "lower",
    within: share,
    means: "Mean squared gap between implied probability and outcome",
  },
  {
    id: "nll",
    title: "preference NLL",
    unit: "nats a comparison",
    better: "lower",
    within: positive,
    means: "Negative log-likelihood of held-out preferences",
  },
  {
    id: "margin",
    title: "margin",
    unit: "nats",
    better: "neither",
    means: "Mean log-ratio of the better answer less that of the worse",
  },
  {
    id: "chosen-log-ratio",
    title: "log-ratio of the chosen",
    unit: "nats",
    better: "higher",
    means: "How much likelier training has made the better answers of held-out comparisons",
  },
  {
    id: "rejected-log-ratio",
    title: "log-ratio of the rejected",
    unit: "nats",
    better: "neither",
    means: "The same of the worse answers: both may fall while the margin grows",
  },
  {
    id: "unseen-mass",
    title: "mass outside the data",
    unit: "probability",
    better: "lower",
    within: share,
    means: "Probability of answers that the data never, or hardly ever, hold",
  },
  {
    id: "worst-rater",
    title: "win-rate by the worst-off group",
    better: "higher",
    within: share,
    means: "Win-rate against the start policy as the group of raters sees it that likes it least",
  },
  {
    id: "pareto-gap",
    title: "distance to the Pareto front",
    unit: "reward of each objective",
    better: "lower",
    within: positive,
    means: "By how much both objectives' expected rewards could be raised at once",
  },
  {
    id: "length",
    title: "length",
    unit: "tokens an answer",
    better: "neither",
    within: positive,
    means: "Mean tokens of an answer",
  },
  {
    id: "fluency",
    title: "fluency",
    unit: "nats a token",
    better: "higher",
    means: "Mean log-probability of a token under a larger language model trained apart",
  },
  {
    id: "distinct-1",
    title: "distinct words",
    better: "neither",
    within: share,
    means: "Distinct single tokens as a share of all (distinct-1)",
  },
  {
    id: "distinct-2",
    title: "distinct pairs",
    better: "neither",
    within: share,
    means: "Distinct pairs of neighbouring tokens as a share of all (distinct-2)",
  },
  {
    id: "self-bleu",
    title: "self-BLEU",
    better: "neither",
    within: share,
    means:
      "How alike the answers to one prompt are: mean BLEU-4 of each against the others; 1 where they are the same",
  },
  {
    id: "entropy",
    title: "entropy",
    unit: "nats a token",
    better: "neither",
    within: positive,
    means: "Entropy of the policy at the tokens that it writes",
  },
];

const known: ReadonlyMap<string, Measure> = new Map(table.map((measure) => [measure.id, measure]));

/** Ids in the order in which a reader meets them. */
export const order: readonly string[] = table.map(({ id }) => id);

export function measure(id: string): Measure {
  return known.get(id) ?? {
    id,
    title: id,
    better: "neither",
    means:
      "A measure that this version of the report does not know; it is shown as it was recorded",
  };
}

/** What a testbed is ranked by: the first of these that its runs have. */
export const headlines: readonly string[] = [
  "exploitability",
  "win-rate",
  "reward-accuracy",
  "reward",
];

/** What scores over testbeds are made of: the first of these that a testbed's runs have, else its headline. */
export const scored: readonly string[] = ["exploitability", "regret"];

/** What a divergence buys: the first of these that a testbed's runs have. */
export const bought: readonly string[] = ["reward", ...headlines];

/** "win-rate, higher is better"; "KL in nats". */
export function axis({ title, unit, better }: Measure): string {
  const named = unit === undefined ? title : `${title} in ${unit}`;
  return better === "neither" ? named : `${named}, ${better} is better`;
}
