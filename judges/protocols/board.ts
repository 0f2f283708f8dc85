import { type Judged, type JudgedEstimate, type Rng } from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import { present, RESAMPLES } from "./estimates.ts";

/** What a protocol's board of models is worth, by itself and against the truth. */

export interface BoardFacts {
  readonly measures: Judged["measures"];
  readonly bias: { readonly [id: string]: JudgedEstimate };
  /** Facts that are not there, with the reason. */
  readonly absent: { readonly [id: string]: string };
}

/** Of two models there is one pair: no share and no correlation. */
const LEAST = 3;
const few = (models: number, what: string) =>
  `${models} ${models === 1 ? "model" : "models"} with ${what}: at least ${LEAST} are needed`;

type Rows = Judged["rows"];
const own = (all: { readonly [id: string]: JudgedEstimate } | undefined, id: string) =>
  all && Object.hasOwn(all, id) ? all[id] : undefined;
const interval = (found: JudgedEstimate | undefined): stats.Interval[] =>
  found?.low === undefined || found.high === undefined
    ? []
    : [{ low: found.low, high: found.high }];
const pairs = (n: number) => n * (n - 1) / 2;

/** The share of pairs of models that each of these measures tells apart; n counts pairs. */
export function separabilities(
  rows: Rows,
  measures: Judged["measures"],
  by: readonly string[],
): BoardFacts {
  const idOf = (id: string) => `separability-${id}`;
  const name = (id: string) => measures[id]!.title.replace(/^./, (letter) => letter.toLowerCase());
  const found = by.map((id) => ({
    id,
    board: rows.flatMap(({ estimates }) => interval(own(estimates, id))),
  }));
  const enough = found.filter(({ board }) => board.length >= LEAST);
  return {
    measures: Object.fromEntries(by.map((id) => [idOf(id), {
      title: `Pairs of models told apart by ${name(id)} (separability)`,
      better: "higher",
    }])),
    bias: Object.fromEntries(enough.map(({ id, board }) => [idOf(id), {
      value: stats.separability(board)!,
      n: pairs(board.length),
    }])),
    absent: Object.fromEntries(
      found.filter((one) => !enough.includes(one)).map(({ id, board }) => [
        idOf(id),
        few(board.length, "an interval"),
      ]),
    ),
  };
}

const ofTruth: Judged["measures"] = {
  "order-agreement": { title: "Pairs of models in the true order", better: "higher" },
  "confident-agreement": {
    title: "Pairs told apart as in truth, less those turned round (confident agreement)",
    better: "higher",
  },
  "pair-brier": { title: "Pair-rank Brier score of the true order", better: "lower" },
  pearson: { title: "Pearson's correlation with the truth over models", better: "higher" },
  spearman: { title: "Spearman's correlation with the truth over models", better: "higher" },
  kendall: { title: "Kendall's τ-b with the truth over models", better: "higher" },
};

/** What a protocol ranks by, and what that is in truth. */
const headlines = [
  ["win-rate", ["win-rate", "win-rate-same-answers"], "preference"],
  ["grade", ["grade"], "grade"],
] as const;

/**
 * How well a protocol's headline orders models as their `exact` does; n counts models or pairs.
 * Truth has its own intervals over prompts and seeds.
 */
export function againstTruth(
  { rows, judgements }: Pick<Judged, "rows" | "judgements">,
  rng: Rng,
): BoardFacts {
  const [id, truths, value] =
    headlines.find(([id]) => rows.some(({ estimates }) => own(estimates, id))) ?? headlines[0];
  const models = rows.flatMap(({ model, estimates, exact }) => {
    const found = own(estimates, id);
    const truth = truths.map((one) => own(exact, one)).find((one) => one !== undefined);
    return found && truth ? [{ model, found, truth }] : [];
  });
  // Of judges ranked by RewardBench there is no other truth than their accuracy.
  if (!rows.some(({ exact }) => exact)) return { measures: {}, bias: {}, absent: {} };
  const [xs, ys] = [models.map(({ found }) => found.value), models.map(({ truth }) => truth.value)];
  const ordered = models.flatMap((a, i) =>
    models.slice(i + 1).filter((b) => a.truth.value !== b.truth.value).map((b) => {
      const [found, truth] = [a.found.value - b.found.value, a.truth.value - b.truth.value];
      return found === 0 ? 0.5 : found > 0 === truth > 0 ? 1 : 0;
    })
  );
  const bias: Record<string, JudgedEstimate | undefined> = {
    "order-agreement": ordered.length === 0
      ? undefined
      : { value: stats.mean(ordered), n: ordered.length },
  };
  const absent: Record<string, string> = {};
  const rest = Object.keys(ofTruth).filter((id) => id !== "order-agreement");
  if (models.length < LEAST) {
    for (const id of rest) absent[id] = few(models.length, "a true figure");
    return { measures: ofTruth, bias: present(bias), absent };
  }
  const sure = models.flatMap(({ found, truth }) => {
    const [[one], [other]] = [interval(found), interval(truth)];
    return one && other ? [[one, other] as const] : [];
  });
  if (sure.length < LEAST) absent["confident-agreement"] = few(sure.length, "two intervals");
  else {
    bias["confident-agreement"] = {
      value: stats.confidentAgreement(sure)!,
      n: pairs(sure.length),
    };
  }
  const values = Map.groupBy(judgements, ({ model }) => model);
  const drawn = models.map(({ model, truth }) => ({
    truth: truth.value,
    rows: (values.get(model) ?? []).flatMap(({ question, seed, ...judgement }) => {
      const one = judgement[value];
      return one === undefined
        ? []
        : [{ prompt: question, ...seed === undefined ? {} : { seed }, value: one }];
    }),
  }));
  const spread = new Set(drawn.flatMap(({ rows }) => rows.map(({ prompt }) => prompt))).size > 1;
  const brier = spread
    ? stats.pairRankBrier(drawn, { rng: rng.split("pair-brier"), repetitions: RESAMPLES })
    : undefined;
  if (brier !== undefined) bias["pair-brier"] = { value: brier, n: ordered.length };
  else {
    absent["pair-brier"] = spread
      ? "The truth orders no pair of models"
      : "Fewer than two prompts were judged";
  }
  for (const which of ["pearson", "spearman", "kendall"] as const) {
    const found = stats.correlated(which, xs, ys, {
      rng: rng.split(which),
      repetitions: RESAMPLES,
    });
    if (found) bias[which] = { value: found.value, ...found.interval, n: models.length };
    else absent[which] = "All models have one value";
  }
  return { measures: ofTruth, bias: present(bias), absent };
}
