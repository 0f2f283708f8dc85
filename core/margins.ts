/** The smallest difference of each measure that matters to anybody: what claims are judged by. */
const absolute: { readonly [measure: string]: number } = {
  "win-rate": 0.02,
  exploitability: 0.02,
  "nash-distance": 0.02,
  "reward-accuracy": 0.02,
  "ranking-accuracy": 0.02,
  "ranking-accuracy-normalised": 0.02,
  "idealised-ranking-accuracy": 0.02,
  "calibration-error": 0.02,
  "calibration-error-scaled": 0.02,
  brier: 0.01,
  nll: 0.02,
  reward: 0.05,
  regret: 0.05,
  fluency: 0.1,
  "distinct-1": 0.02,
  "distinct-2": 0.02,
  "self-bleu": 0.02,
};

/** Of measures without a scale of their own (KL, length, margins): a twentieth of the rival's value. */
const SHARE = 0.05;

/** The margin of a measure, where the rival's mean is `reference`; in the measure's unit. */
export function marginOf(measure: string, reference: number): number {
  return Object.hasOwn(absolute, measure) ? absolute[measure]! : SHARE * Math.abs(reference);
}
