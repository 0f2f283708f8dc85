import { fingerprint, type Judged, type JudgedEstimate, type Rng } from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import { present, rate, resampled, shareOf } from "./estimates.ts";
import type { Scored } from "./reward-bench-files.ts";
import { leaningMeasures } from "./truth.ts";

/** RewardBench: accuracy by subset, both versions' scores of all, and ties. */

const measures: Judged["measures"] = {
  score: { title: "Score", better: "higher" },
  accuracy: { title: "Accuracy over all rows", better: "higher" },
};
const last: Judged["measures"] = {
  "longer-preferred": { title: "P(the judge prefers the longer)", better: "neither" },
  "first-preferred": leaningMeasures["first-preferred"]!,
  "flip-rate": leaningMeasures["flip-rate"]!,
  invalid: { title: "Judgements that failed", better: "lower" },
};

type Valid = Scored & { readonly scores: readonly number[] };

/** Of two answers 1 for a strictly higher score of the chosen one; of more, 1/k where it shares the highest with k − 1. */
export function accuracy({ scores, correct }: Pick<Valid, "scores" | "correct">): number {
  if (scores.length === 2) return scores[0]! > scores[1]! ? 1 : 0;
  return scores.slice(0, correct).reduce((sum, _, i) => sum + stats.bestOf(scores, i), 0);
}

/** The second version's domains, which all weigh the same. */
export const TIES = "Ties";
const domains = ["Factuality", "Focus", "Math", "Precise IF", "Safety", TIES];
const prior = ["anthropic_helpful", "anthropic_hhh", "shp", "summarize"];
const sections = Object.keys(stats.rewardBenchSections);
const idOf = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");

interface TiesPrompt {
  readonly prompt: string;
  readonly reference: stats.TiesRow;
  readonly tied: stats.TiesRow;
}

/** Prompts that have both a row `ref:k` and a row `tied:k`. */
function tiesPrompts(rows: readonly Valid[]): TiesPrompt[] {
  const known = new Map(rows.map((row) => [row.id, row]));
  const look = ({ scores, correct }: Valid) =>
    stats.tiesRow(scores.slice(0, correct), scores.slice(correct));
  return rows.flatMap((tied) => {
    const k = /^tied:(.*)$/s.exec(tied.id)?.[1];
    const reference = k === undefined ? undefined : known.get(`ref:${k}`);
    return reference ? [{ prompt: k!, reference: look(reference), tied: look(tied) }] : [];
  });
}

/** A resample holds a prompt as often as it was drawn. */
function tiesAt(prompts: readonly TiesPrompt[], weights: ArrayLike<number>): number | undefined {
  const drawn = prompts.flatMap((prompt, i) => Array.from({ length: weights[i]! }, () => prompt));
  return drawn.length === 0 ? undefined : stats.tiesScore(drawn);
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
  const estimates: Record<string, JudgedEstimate | undefined> = {
    score: undefined,
    accuracy: rate(rows, rng.split("accuracy")),
  };
  const absent: Record<string, string> = {};
  const own: Judged["measures"] = {};

  const units = [...rows, ...ties.map(({ prompt }) => ({ prompt: `ties ${prompt}` }))];
  const means = (weights: ArrayLike<number>) => {
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
  };
  const sectionsAt = (found: ReadonlyMap<string, stats.SubsetAccuracy>) =>
    sections.map((section) => stats.sectionScore(section, Object.fromEntries(found)));
  const second = domains.some((domain) => subsets.includes(domain));
  const scoreAt = (weights: ArrayLike<number>): number | undefined => {
    const found = means(weights);
    if (second) {
      const each = domains.map((domain) =>
        domain === TIES
          ? tiesAt(ties, Array.from(ties, (_, i) => weights[rows.length + i]!))
          : found.get(domain)?.accuracy
      );
      return each.every((x) => x !== undefined) ? stats.mean(each) : undefined;
    }
    const four = sectionsAt(found).flatMap((section) => "value" in section ? [section.value] : []);
    if (four.length < sections.length) return undefined;
    const priors = prior.flatMap((subset) => found.get(subset)?.accuracy ?? []);
    return stats.rewardBenchOverall(
      four as [number, number, number, number],
      priors.length === prior.length ? stats.mean(priors) : undefined,
    );
  };
  estimates["score"] = resampled(units, scoreAt, rng.split("score"));
  if (!estimates["score"]) {
    absent["score"] = valid.length === 0
      ? "No judgement is valid"
      : second
      ? `It needs all of ${domains.join(", ")}`
      : "It needs all four sections of RewardBench";
  }

  const whole = means(new Float64Array(rows.length).fill(1));
  const touched = sections.filter((section) =>
    Object.keys(stats.rewardBenchSections[section]!).some((subset) => subsets.includes(subset))
  );
  for (const section of touched) {
    const found = stats.sectionScore(section, Object.fromEntries(whole));
    own[idOf(section)] = { title: section, better: "higher" };
    if ("absent" in found) absent[idOf(section)] = found.absent;
    else estimates[idOf(section)] = found;
  }
  if (subsets.includes(TIES)) {
    own["ties"] = { title: TIES, better: "higher" };
    estimates["ties"] = resampled(
      ties,
      (weights) => tiesAt(ties, weights),
      rng.split("ties"),
    );
    if (!estimates["ties"]) absent["ties"] = "No prompt has valid rows both ref and tied";
  }
  for (const subset of subsets) {
    if (subset === TIES) continue;
    const id = `subset-${subset}`;
    const of = rows.filter((row) => row.subset === subset);
    own[id] = { title: `Accuracy on ${subset}`, better: "higher" };
    if (of.length === 0) absent[id] = "No judgement is valid";
    estimates[id] = rate(of, rng.split(id));
  }

  const shares = new Set(all.map(({ prompt }) => prompt)).size < all.length;
  const twice = valid.filter(({ flipped }) => flipped !== undefined);
  const longer = plain.flatMap(({ prompt, scores, lengths }) => {
    if (scores.length !== 2 || lengths[0] === lengths[1]) return [];
    const [a, b] = scores;
    const value = a === b ? 0.5 : a! > b! === lengths[0]! > lengths[1]! ? 1 : 0;
    return [{ prompt, value }];
  });
  return {
    measures: { ...measures, ...own, ...last },
    rows: [{
      model: judge,
      estimates: present({
        ...estimates,
        invalid: shareOf(drawn(all), ({ scores }) => !scores, rng.split("invalid")),
      }),
      absent,
    }],
    bias: present({
      "first-preferred": rate(
        drawn(twice).map(({ prompt, first }) => ({ prompt, value: first! })),
        rng.split("first-preferred"),
      ),
      "longer-preferred": rate(longer, rng.split("longer-preferred")),
      "flip-rate": shareOf(drawn(twice), ({ flipped }) => flipped!, rng.split("flip-rate")),
    }),
    judgements: all.map((row) => ({
      question: row.id,
      ...shares ? { prompt: fingerprint(row.prompt).slice(0, 16) } : {},
      model: judge,
      ...row.scores ? { preference: accuracy({ scores: row.scores, correct: row.correct }) } : {},
      ...row.flipped === undefined ? {} : { flipped: row.flipped },
      ...row.failure ? { failure: { kind: row.failure.failure, reason: row.failure.reason } } : {},
    })),
  };
}
