import type { Judged, JudgedEstimate, Rng } from "../../../core/mod.ts";
import * as stats from "../../../stats/mod.ts";
import { separabilities } from "../board.ts";
import { writeCsv } from "../csv.ts";
import { averaged, present, rate, reached, SHARE, shareOf } from "../estimates.ts";
import { seeded } from "../field.ts";
import { leaningMeasures } from "../truth.ts";
import type { Preferred } from "./files.ts";
import { type TraitName, traits } from "./traits.ts";

/** AlpacaEval 2: win-rates raw, discrete and length-controlled. */

export const measures: Judged["measures"] = {
  "win-rate": { title: "Win-rate", better: "higher" },
  "discrete-win-rate": { title: "Win-rate, verdicts rounded", better: "higher" },
  "lc-win-rate": { title: "Length-controlled win-rate", better: "higher" },
  "lc-stderr-published": {
    title: "Standard error that AlpacaEval would publish",
    better: "neither",
  },
  length: { title: "Length of an answer", unit: "characters", better: "neither" },
  "baseline-length": { title: "Length of the baseline's", unit: "characters", better: "neither" },
  "longer-preferred": { title: "P(the judge prefers the longer)", better: "neither" },
  "first-preferred": leaningMeasures["first-preferred"]!,
  "flip-rate": leaningMeasures["flip-rate"]!,
  invalid: { title: "Judgements that failed", better: "lower" },
};

const values = (rows: readonly Preferred[], of: (row: Preferred) => number | undefined) =>
  rows.flatMap((row) => {
    const value = of(row);
    return value === undefined ? [] : [{ prompt: row.question, ...seeded(row.seed), value }];
  });

const settled = (p: number) => p > 0.5 ? 1 : p < 0.5 ? 0 : 0.5;

/** 1 where the judge prefers the longer answer, ½ where it is undecided; nothing for equal lengths. */
export function longerPreferred(
  { preference, lengths: [base, own] }: Preferred,
): number | undefined {
  if (preference === undefined || base === own) return undefined;
  return settled(own > base ? preference : 1 - preference);
}

/** How lengths are controlled for: `difficulty` by question. */
export type Control = Omit<stats.LengthControl, "confounders"> & {
  readonly repetitions?: number;
  /** What a second win-rate is controlled for beside the length; rows must have been made with the same. */
  readonly traits?: readonly TraitName[];
};

const lengthRow = ({ question, seed, preference, lengths: [baseline, model] }: Preferred) => ({
  prompt: question,
  ...seeded(seed),
  ...preference === undefined ? {} : { preference },
  lengths: { model, baseline },
});

/** Fewer models do not tell how hard a question is. */
const ENOUGH = 8;

/** Difficulties of the questions: the user's, or estimated from all models here where they are enough. */
function withDifficulty(all: readonly Preferred[], control: Control): Control {
  const models = Map.groupBy(all, ({ model }) => model);
  if (control.difficulty || control.penalty || models.size < ENOUGH) return control;
  const rows = [...models].map(([model, own]) => [model, own.map(lengthRow)] as const);
  return { ...control, difficulty: stats.estimateDifficulty(Object.fromEntries(rows)) };
}

function lengthControlled(
  rows: readonly Preferred[],
  { traits, ...control }: Control,
  rng: Rng,
) {
  const known = control.difficulty;
  // A question that nobody was judged on has none, and no preference to explain either.
  const own = known ? rows.filter(({ question }) => Object.hasOwn(known, question)) : rows;
  if (own.length === 0) return { absent: "No question has a difficulty" };
  const given = own.map((row) => ({
    ...lengthRow(row),
    ...traits ? { confounders: row.traits! } : {},
  }));
  const options = { repetitions: 1000, ...control, rng, ...traits ? { confounders: traits } : {} };
  return stats.lengthControlled(given, options).controlled;
}

/** The measures with those of `byTraits`, after the length-controlled ones. */
function withTraits(names: readonly TraitName[]): Judged["measures"] {
  const titles = ["length", ...names.map((name) => traits[name].title)];
  const { "win-rate": raw, "discrete-win-rate": discrete, "lc-win-rate": lc, ...rest } = measures;
  return {
    "win-rate": raw!,
    "discrete-win-rate": discrete!,
    "lc-win-rate": lc!,
    "controlled-win-rate": {
      title: `Win-rate at equal ${titles.slice(0, -1).join(", ")} and ${titles.at(-1)}`,
      better: "higher",
    },
    "weight-length": { title: "Weight of length there, below 0 if longer wins", better: "neither" },
    ...Object.fromEntries(
      names.map((name) => [`weight-${name}`, {
        title: `Weight of ${traits[name].title} there, above 0 if more wins`,
        better: "neither" as const,
      }]),
    ),
    ...rest,
  };
}

/** The win-rate at equal length and traits, with the weights, in logits, that it takes off. */
function byTraits(
  rows: readonly Preferred[],
  names: readonly TraitName[],
  control: Control,
  rng: Rng,
): Pick<Judged["rows"][number], "estimates" | "absent"> {
  const judged = rows.filter(({ preference }) => preference !== undefined);
  const found = judged.length === 0
    ? { absent: "No judgement is valid" }
    : lengthControlled(rows, control, rng);
  if ("absent" in found) return { estimates: {}, absent: { "controlled-win-rate": found.absent } };
  const n = new Set(judged.map(({ question }) => question)).size;
  const { weights, intervals } = found;
  const estimates: Record<string, JudgedEstimate> = {
    "controlled-win-rate": controlledRate(found, judged),
    "weight-length": { value: weights.length, ...intervals.length, n },
  };
  const absent: Record<string, string> = {};
  names.forEach((name, c) => {
    const id = `weight-${name}`;
    if (judged.every((row) => row.traits![c] === 0)) absent[id] = "No two answers differ in it";
    else {
      estimates[id] = { value: weights.confounders[name]!, ...intervals.confounders[name]!, n };
    }
  });
  return { estimates, absent };
}

/** The rate with its interval, within 0 and 1 and of some width where all preferences are alike. */
function controlledRate(
  { rate: value, low, high }: stats.Controlled,
  rows: readonly Preferred[],
): JudgedEstimate {
  const preferences = [...Map.groupBy(rows, ({ question }) => question).values()]
    .flatMap((own) => {
      const valid = own.flatMap(({ preference }) => preference ?? []);
      return valid.length > 0 ? [stats.mean(valid)] : [];
    });
  const within = { value, low: Math.max(0, low), high: Math.min(1, high) };
  return reached({ ...within, n: preferences.length }, preferences, SHARE);
}

/**
 * Columns of the leaderboard that is written. AlpacaEval's names are for its own fit, which needs both of
 * its files; whatever else was fitted has a name of ours. Errors are the bootstrap's.
 */
const lengthColumns = (original: boolean): readonly [string, string] =>
  original
    ? ["length_controlled_winrate", "lc_standard_error"]
    : ["prefbench_lc_winrate", "prefbench_lc_standard_error"];

const columns = [
  ...["win_rate", "standard_error", "n_wins", "n_wins_base", "n_draws", "n_total"],
  ...["discrete_win_rate", "mode", "avg_length"],
];

/** A model's line of the leaderboard, in percent; undefined without a verdict. */
function boardLine(
  model: string,
  rows: readonly Preferred[],
  lc: stats.Controlled | { readonly absent: string },
): (string | number)[] | undefined {
  const valid = rows.flatMap(({ preference }) => preference ?? []);
  if (valid.length === 0) return undefined;
  const plain = stats.winRate(valid);
  return [
    model,
    100 * plain.rate,
    plain.stderr === undefined ? "" : 100 * plain.stderr,
    ...[plain.wins, plain.losses, plain.draws, plain.n, 100 * plain.discrete, "community"],
    Math.trunc(stats.mean(rows.map(({ lengths }) => lengths[1]))),
    ..."absent" in lc ? ["", ""] : [100 * lc.rate, 100 * lc.stderr],
  ];
}

/** All figures of one judge. */
export interface Reduced
  extends Pick<Judged, "measures" | "rows" | "bias" | "absent" | "judgements"> {
  /** The leaderboard in the original's columns, in percent. */
  readonly leaderboard: string;
}

/** Every metric of rows of one baseline. */
export function reduce(all: readonly Preferred[], given: Control, rng: Rng): Reduced {
  const control = withDifficulty(all, given);
  const { traits: names, ...lengthAlone } = control;
  const original = !!(given.penalty && given.difficulty && given.gamed);
  const board: (string | number)[][] = [["", ...columns, ...lengthColumns(original)]];
  const rows = [...Map.groupBy(all, ({ model }) => model)].map(([model, rows]) => {
    const random = rng.split(model);
    const valid = rows.filter((row): row is Preferred & { preference: number } =>
      row.preference !== undefined
    );
    const flips = valid.filter(({ flipped }) => flipped !== undefined);
    const lc = valid.length === 0
      ? { absent: "No judgement is valid" }
      : lengthControlled(rows, lengthAlone, random.split("lc-win-rate"));
    const more = names && byTraits(rows, names, control, random.split("controlled-win-rate"));
    const mean = (id: string, of: (row: Preferred) => number | undefined, over = rate) =>
      over(values(rows, of), random.split(id));
    const estimates = present({
      "win-rate": mean("win-rate", ({ preference }) => preference),
      "discrete-win-rate": mean(
        "discrete-win-rate",
        ({ preference }) => preference === undefined ? undefined : settled(preference),
      ),
      "lc-win-rate": "absent" in lc ? undefined : controlledRate(lc, rows),
      "lc-stderr-published": "absent" in lc || !control.difficulty
        ? undefined
        : { value: lc.published, n: rows.length },
      ...more?.estimates,
      length: mean("length", ({ lengths }) => lengths[1], averaged),
      "baseline-length": mean("baseline-length", ({ lengths }) => lengths[0], averaged),
      "longer-preferred": mean("longer-preferred", longerPreferred),
      "flip-rate": shareOf(flips, ({ flipped }) => flipped!, random.split("flip-rate")),
      invalid: shareOf(rows, (row) => row.preference === undefined, random.split("invalid")),
    });
    const line = boardLine(model, rows, lc);
    if (line) board.push(line);
    const absent: Record<string, string> = { ...more?.absent };
    if (valid.length === 0) {
      for (const id of ["win-rate", "discrete-win-rate"]) absent[id] = "No judgement is valid";
    }
    if ("absent" in lc) absent["lc-win-rate"] = lc.absent;
    if (flips.length === 0) absent["flip-rate"] = "Each pair was shown in one order";
    if (!Object.hasOwn(estimates, "longer-preferred")) {
      absent["longer-preferred"] = "No two answers differ in length";
    }
    return { model, estimates, absent };
  });
  const quality = separabilities(rows, measures, ["win-rate", "lc-win-rate"]);
  return {
    measures: { ...names ? withTraits(names) : measures, ...quality.measures },
    rows,
    bias: {
      ...present({
        "first-preferred": rate(values(all, ({ first }) => first), rng.split("first-preferred")),
        "longer-preferred": rate(values(all, longerPreferred), rng.split("longer-preferred")),
      }),
      ...quality.bias,
    },
    absent: quality.absent,
    judgements: all.map(({ question, model, seed, preference, flipped, failure }) => ({
      question,
      model,
      ...seeded(seed),
      ...preference === undefined ? {} : { preference },
      ...flipped === undefined ? {} : { flipped },
      ...failure ? { failure: { kind: failure.failure, reason: failure.reason } } : {},
    })),
    leaderboard: writeCsv(board),
  };
}
