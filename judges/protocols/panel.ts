import type { Judgement, JudgesAgreement } from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import type { Option } from "./options.ts";

/** Several judges of one set of answers: never one average unless it is asked for. */

export type Jury = "mean" | "majority";

/** The option that adds the judges' verdicts put together. */
export const jury: Option<Jury> = {
  name: "jury",
  value: "<name>",
  part: "recorded",
  help:
    "of several judges also a jury: the mean of their verdicts, or what most of them say (of grades the median)",
  choices: ["mean", "majority"],
};

export const juryName = (kind: Jury, judges: readonly string[]): string =>
  `jury of ${judges.join(", ")} (${kind})`;

/**
 * What a jury says where each of its judges has a verdict: their mean, or of preferences 1, 0 or ½ as
 * more of them than not say, and of grades the median.
 */
export function verdictOf(
  kind: Jury,
  values: readonly number[],
  of: "preference" | "grade" = "preference",
): number {
  if (kind === "mean") return stats.mean(values);
  if (of === "grade") {
    const sorted = values.toSorted((a, b) => a - b);
    const half = (sorted.length - 1) / 2;
    return (sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2;
  }
  const lead = values.reduce((sum, value) => sum + Math.sign(value - 0.5), 0);
  const tied = values.filter((value) => value === 0.5).length;
  // A winner that fewer name than call it a tie is none.
  const most = Math.max(
    values.filter((value) => value > 0.5).length,
    values.filter((value) => value < 0.5).length,
  );
  return lead === 0 || most <= tied ? 0.5 : lead > 0 ? 1 : 0;
}

/** Rows of all judges by a key of what is judged, those that every judge has. */
export function together<Row>(
  judges: readonly (readonly Row[])[],
  key: (row: Row) => string,
): { readonly all: readonly (readonly Row[])[]; readonly missing: number } {
  const tables = judges.map((rows) => new Map(rows.map((row) => [key(row), row])));
  const keys = new Set(tables.flatMap((table) => [...table.keys()]));
  const all = [...keys].flatMap((id) => {
    const rows = tables.flatMap((table) => table.get(id) ?? []);
    return rows.length === tables.length ? [rows] : [];
  });
  return { all, missing: keys.size - all.length };
}

const keyOf = ({ question, model, opponent, seed, turn }: Judgement) =>
  JSON.stringify([question, model, opponent, seed, turn]);

/** One judge's judgements. */
export interface OfJudge {
  readonly judge: string;
  readonly judgements: readonly Judgement[];
}

/** How judges agree on what they judged alike. */
export function judgesAgreement(judges: readonly OfJudge[], part?: string): JudgesAgreement {
  const grades = judges.some(({ judgements }) =>
    judgements.some(({ grade }) => grade !== undefined)
  );
  const of = grades ? "grade" : "preference";
  const tables = judges.map(({ judge, judgements }) => ({
    judge,
    verdicts: new Map(
      judgements.flatMap((one) =>
        one[of] === undefined || one.failure ? [] : [[keyOf(one), one[of]] as const]
      ),
    ),
  }));
  const keys = new Set(tables.flatMap(({ verdicts }) => [...verdicts.keys()]));
  const units = [...keys].map((key) => tables.flatMap(({ verdicts }) => verdicts.get(key) ?? []))
    .filter((values) => values.length > 1);
  const word = (p: number) => p > 0.5 ? "model" : p < 0.5 ? "opponent" : "tie";
  const alpha = units.length === 0
    ? undefined
    : grades
    ? stats.krippendorffGrades(units)
    : stats.krippendorff(units.map((values) => values.map(word)));
  return {
    ...part === undefined ? {} : { part },
    of,
    verdicts: units.length,
    ...alpha === undefined ? {} : { alpha },
    pairs: tables.flatMap((one, i) =>
      tables.slice(i + 1).map((other) => {
        const met = [...one.verdicts].flatMap(([key, a]) => {
          const b = other.verdicts.get(key);
          return b === undefined ? [] : [{ a, b }];
        });
        return { a: one.judge, b: other.judge, verdicts: met.length, ...agreed(met, grades) };
      })
    ),
  };

  function agreed(met: readonly { readonly a: number; readonly b: number }[], grades: boolean) {
    if (met.length === 0) return {};
    const found = stats.agreement(met.map(({ a, b }) => ({ a: `${a}`, b: `${b}` })));
    const plain = stats.agreement(met.map(({ a, b }) => ({ a: word(a), b: word(b) })));
    const kappa = grades ? stats.kappaGrades(met) : plain.kappa;
    return {
      observed: grades ? found.observed : plain.observed,
      ...kappa === undefined ? {} : { kappa },
    };
  }
}
