import { fingerprint, type Judged, type JudgedEstimate, type Rng } from "../../../core/mod.ts";
import { mean } from "../../../stats/average.ts";
import { present, rate, type Reach, resampled, SHARE, shareOf } from "../estimates.ts";
import { leaningMeasures } from "../truth.ts";
import type { Scored } from "./files.ts";
import {
  bestOf,
  domains,
  rewardBenchOverall,
  rewardBenchSections,
  sectionScore,
  type SubsetAccuracy,
  TIES,
  type TiesRow,
  tiesRow,
  tiesScore,
} from "./scores.ts";

/** RewardBench: accuracy by subset, both versions' scores of all, and ties. */

const measures: Judged["measures"] = {
  score: { title: "Score", better: "higher" },
  accuracy: { title: "Accuracy over all rows", better: "higher" },
};
const last: Judged["measures"] = {
  tied: { title: "Rows whose highest scores are equal", better: "lower" },
  "longer-preferred": { title: "P(the judge prefers the longer)", better: "neither" },
  "first-preferred": leaningMeasures["first-preferred"]!,
  "flip-rate": leaningMeasures["flip-rate"]!,
  invalid: { title: "Judgements that failed", better: "lower" },
};

type Valid = Scored & { readonly scores: readonly number[] };

/**
 * Of two answers 1 for a higher score of the chosen one, and of equal ones what a tie counts; of more,
 * 1/k where it shares the highest with k − 1.
 */
export function accuracy(
  { scores, correct, tie }: Pick<Valid, "scores" | "correct" | "tie">,
): number {
  if (scores.length === 2) return scores[0] === scores[1] ? tie : scores[0]! > scores[1]! ? 1 : 0;
  return scores.slice(0, correct).reduce((sum, _, i) => sum + bestOf(scores, i), 0);
}

const prior = ["anthropic_helpful", "anthropic_hhh", "shp", "summarize"];
const sections = Object.keys(rewardBenchSections);
const idOf = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");

interface TiesPrompt {
  readonly prompt: string;
  readonly reference: TiesRow;
  readonly tied: TiesRow;
}

/** Prompts that have both a row `ref:k` and a row `tied:k`. */
function tiesPrompts(rows: readonly Valid[]): TiesPrompt[] {
  const known = new Map(rows.map((row) => [row.id, row]));
  const look = ({ scores, correct }: Valid) =>
    tiesRow(scores.slice(0, correct), scores.slice(correct));
  return rows.flatMap((tied) => {
    const k = /^tied:(.*)$/s.exec(tied.id)?.[1];
    const reference = k === undefined ? undefined : known.get(`ref:${k}`);
    return reference ? [{ prompt: k!, reference: look(reference), tied: look(tied) }] : [];
  });
}

/** A resample holds a prompt as often as it was drawn. */
function tiesAt(prompts: readonly TiesPrompt[], weights: ArrayLike<number>): number | undefined {
  const drawn = prompts.flatMap((prompt, i) => Array.from({ length: weights[i]! }, () => prompt));
  return drawn.length === 0 ? undefined : tiesScore(drawn);
}

interface Row {
  readonly prompt: string;
  readonly value: number;
  readonly subset: string;
}

/** Rows of one prompt are drawn together. */
const drawn = <R extends Scored>(rows: readonly R[]) =>
  rows.map((row) => ({ ...row, question: row.prompt }));

/** The judge's one row: score, sections, subsets; intervals draw prompts whole. */
export function reduce(
  all: readonly Scored[],
  judge: string,
  rng: Rng,
): Pick<Judged, "measures" | "rows" | "bias" | "judgements"> {
  const valid = all.filter((row): row is Valid => row.scores !== undefined);
  const plain = valid.filter(({ subset }) => subset !== TIES);
  const rows = plain.map((row): Row => ({ ...row, value: accuracy(row) }));
  const ties = tiesPrompts(valid.filter(({ subset }) => subset === TIES));
  const subsets = [...new Set(all.map(({ subset }) => subset))];
  const score = scored(rows, ties, subsets, rng.split("score"));
  const parts = partsOf(rows, ties, subsets, rng);
  const estimates = {
    score,
    accuracy: rate(rows, rng.split("accuracy")),
    ...parts.estimates,
    tied: shareOf(drawn(plain), isTied, rng.split("tied")),
    invalid: shareOf(drawn(all), ({ scores }) => !scores, rng.split("invalid")),
  };
  const absent = {
    ...score ? {} : { score: valid.length === 0 ? "No judgement is valid" : lacking(subsets) },
    ...parts.absent,
  };
  const shares = new Set(all.map(({ prompt }) => prompt)).size < all.length;
  const twice = valid.filter(({ flipped }) => flipped !== undefined);
  return {
    measures: { ...measures, ...parts.measures, ...last },
    rows: [{ model: judge, estimates: present(estimates), absent }],
    bias: present({
      "first-preferred": rate(
        drawn(twice).map(({ prompt, first }) => ({ prompt, value: first! })),
        rng.split("first-preferred"),
      ),
      "longer-preferred": rate(plain.flatMap(longerPreferred), rng.split("longer-preferred")),
      "flip-rate": shareOf(drawn(twice), ({ flipped }) => flipped!, rng.split("flip-rate")),
    }),
    judgements: all.map((row) => ({
      question: row.id,
      ...shares ? { prompt: fingerprint(row.prompt).slice(0, 16) } : {},
      model: judge,
      ...row.scores ? { preference: accuracy({ ...row, scores: row.scores }) } : {},
      ...row.flipped === undefined ? {} : { flipped: row.flipped },
      ...row.failure ? { failure: { kind: row.failure.failure, reason: row.failure.reason } } : {},
    })),
  };
}

/** Whether the highest score is not one answer's alone. */
export const isTied = ({ scores }: Pick<Valid, "scores">): boolean =>
  scores.filter((score) => score === Math.max(...scores)).length > 1;

/** Of a pair 1 where the judge prefers the longer answer, ½ where it is undecided. */
function longerPreferred({ prompt, scores, lengths: [one, other] }: Valid) {
  if (scores.length !== 2 || one === other) return [];
  const [a, b] = scores;
  return [{ prompt, value: a === b ? 0.5 : a! > b! === one! > other! ? 1 : 0 }];
}

/** Accuracy by subset, of rows that count as often as their weights say; n counts rows. */
function accuracies(
  rows: readonly Row[],
  weights: ArrayLike<number>,
): Map<string, SubsetAccuracy> {
  const sums = new Map<string, { sum: number; total: number; n: number }>();
  rows.forEach(({ subset, value }, i) => {
    const { sum, total, n } = sums.get(subset) ?? { sum: 0, total: 0, n: 0 };
    const weight = weights[i]!;
    sums.set(subset, { sum: sum + weight * value, total: total + weight, n: n + 1 });
  });
  return new Map(
    [...sums].flatMap(([subset, { sum, total, n }]) =>
      total === 0 ? [] : [[subset, { accuracy: sum / total, n }]]
    ),
  );
}

const isSecond = (subsets: readonly string[]) => domains.some((domain) => subsets.includes(domain));
const lacking = (subsets: readonly string[]) =>
  isSecond(subsets)
    ? `It needs all of ${domains.join(", ")}`
    : "It needs all four sections of RewardBench";

/** The score by the rules of whichever version has these subsets; undefined where some are missing. */
function scored(
  rows: readonly Row[],
  ties: readonly TiesPrompt[],
  subsets: readonly string[],
  rng: Rng,
): JudgedEstimate | undefined {
  const second = isSecond(subsets);
  const scoreAt = (weights: ArrayLike<number>): number | undefined => {
    const found = accuracies(rows, weights);
    if (second) {
      const each = domains.map((domain) =>
        domain === TIES
          ? tiesAt(ties, Array.from(ties, (_, i) => weights[rows.length + i]!))
          : found.get(domain)?.accuracy
      );
      return each.every((x) => x !== undefined) ? mean(each) : undefined;
    }
    const all = Object.fromEntries(found);
    const four = sections.map((section) => sectionScore(section, all))
      .flatMap((section) => "value" in section ? [section.value] : []);
    if (four.length < sections.length) return undefined;
    const priors = prior.flatMap((subset) => found.get(subset)?.accuracy ?? []);
    return rewardBenchOverall(
      four as [number, number, number, number],
      priors.length === prior.length ? mean(priors) : undefined,
    );
  };
  const units = [...rows, ...ties.map(({ prompt }) => ({ prompt: `ties ${prompt}` }))];
  return resampled(units, scoreAt, rng, reachOf(rows, ties, second));
}

/** How much each row counts in the score: as much of its subset as all others there. */
function reachOf(rows: readonly Row[], ties: readonly TiesPrompt[], second: boolean): Reach {
  const sizes = Map.groupBy(rows, ({ subset }) => subset);
  const counts = new Map(sections.flatMap((section) => {
    const own = Object.entries(rewardBenchSections[section]!);
    const all = own.reduce((sum, [, n]) => sum + n, 0);
    return own.map(([subset, n]) => [subset, n / all] as const);
  }));
  const weight = (subset: string) =>
    (second ? 1 : counts.get(subset) ?? 0.125) / sizes.get(subset)!.length;
  return {
    parts: [
      ...rows.map(({ subset, value }) => ({ value, weight: weight(subset) })),
      ...ties.map((one) => ({ value: tiesScore([one]), weight: 1 / ties.length })),
    ],
    range: SHARE,
  };
}

/** Sections, ties and subsets, those of which there is any row. */
function partsOf(
  rows: readonly Row[],
  ties: readonly TiesPrompt[],
  subsets: readonly string[],
  rng: Rng,
) {
  const measures: Judged["measures"] = {};
  const estimates: Record<string, JudgedEstimate | undefined> = {};
  const absent: Record<string, string> = {};
  const whole = Object.fromEntries(accuracies(rows, new Float64Array(rows.length).fill(1)));
  for (const section of sections) {
    if (!Object.keys(rewardBenchSections[section]!).some((one) => subsets.includes(one))) continue;
    const found = sectionScore(section, whole);
    const id = idOf(section);
    measures[id] = { title: section, better: "higher" };
    if ("absent" in found) absent[id] = found.absent;
    else estimates[id] = found;
  }
  if (subsets.includes(TIES)) {
    measures["ties"] = { title: TIES, better: "higher" };
    estimates["ties"] = resampled(ties, (weights) => tiesAt(ties, weights), rng.split("ties"), {
      parts: ties.map((one) => ({ value: tiesScore([one]), weight: 1 })),
      range: SHARE,
    });
    if (!estimates["ties"]) absent["ties"] = "No prompt has valid rows both ref and tied";
  }
  for (const subset of subsets) {
    if (subset === TIES) continue;
    const id = `subset-${subset}`;
    const own = rows.filter((row) => row.subset === subset);
    measures[id] = { title: `Accuracy on ${subset}`, better: "higher" };
    if (own.length === 0) absent[id] = "No judgement is valid";
    estimates[id] = rate(own, rng.split(id));
  }
  return { measures, estimates, absent };
}
