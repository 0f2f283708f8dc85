import type { Judged, JudgedEstimate, Judgement, Rng } from "../../core/mod.ts";
import { fingerprint, rng } from "../../core/mod.ts";
import {
  type Contrast,
  decide,
  mayBeBest,
  mean,
  pairedPermutation,
  rankIntervals,
  tieGroups,
} from "../../stats/mod.ts";
import { label } from "../findings/label.ts";
import type { ShownMeasure } from "../findings/measures.ts";
import type { MethodRuns, TestbedRuns } from "../findings/runs.ts";
import { type SiteJudged, together } from "./together.ts";
import { compare, own, type Row, type Standing } from "../findings/standings.ts";

/** What judges of text found, as columns of the board. */

/** Judged files of one board as a testbed, with a standing for each of its measures. */
export interface Court {
  readonly source: SiteJudged;
  /** The files that it is put together from, by themselves. */
  readonly files: readonly SiteJudged[];
  /** "alpaca-eval by JUDGE on text/clean". */
  readonly title: string;
  readonly testbed: TestbedRuns;
  readonly standings: ReadonlyMap<string, Standing>;
}

export const titleOf = ({ judged }: SiteJudged): string =>
  `${label(judged.protocol)} by ${label(judged.judge.id, 48)} on ${label(judged.on, 48)}`;

export function courts(given: readonly SiteJudged[]): Court[] {
  checkOnce(given);
  const taken = new Set<string>();
  const all = together(given);
  const alike = ({ protocol, judge }: Judged) =>
    all.filter(({ source: { judged } }) =>
      judged.protocol === protocol && judged.judge.id === judge.id
    ).length;
  return all.map(({ source, files }) => {
    const { judged } = source;
    const title = titleOf(source);
    const { key, difference } = keyOf(judged, taken);
    taken.add(key);
    const measures = Object.keys(judged.measures);
    const testbed: TestbedRuns = {
      key,
      benchmark: judged.protocol,
      setting: alike(judged) > 1
        ? `${judged.judge.id}, ${judged.on}${difference}`
        : judged.judge.id,
      summary: `Verdicts of ${judged.judge.id} against ${judged.baseline}`,
      budget: { flops: 0, queries: 0 },
      runs: judged.rows.map(({ model }): MethodRuns => ({
        method: model,
        records: [],
        finished: [],
      })),
      headline: measures[0],
      // Of verdicts no scores over testbeds are made.
      scored: undefined,
      measures,
    };
    const decided = decisions(judged, key);
    return {
      source,
      files,
      title,
      testbed,
      standings: new Map(measures.flatMap((id) => {
        const found = standingOf(judged, id, decided);
        return found.rows.length === 0 ? [] : [[id, found]];
      })),
    };
  });
}

/** Two files of one name may differ in the judge's prompts, or be of other questions or opponents. */
function keyOf(
  { protocol, judge, on }: Judged,
  taken: ReadonlySet<string>,
): { readonly key: string; readonly difference: string } {
  const plain = [protocol, judge.id, on].join(" ");
  const prompts = ` ${judge.fingerprint.slice(0, 8)}`;
  for (let n = 0;; n++) {
    const difference = n === 0 ? "" : n === 1 ? prompts : `${prompts} (${n})`;
    if (!taken.has(plain + difference)) return { key: plain + difference, difference };
  }
}

/** RangeError where one file is there twice. */
function checkOnce(files: readonly SiteJudged[]): void {
  const seen = new Set<string>();
  for (const file of files) {
    const digest = fingerprint(file.judged);
    if (seen.has(digest)) {
      throw new RangeError(`Cannot publish two files of ${titleOf(file)} that are the same`);
    }
    seen.add(digest);
  }
}

/**
 * Paired comparisons of models over the questions, turns and opponents on which both have valid
 * verdicts, by the mean of a question's. They, and so ranks, are of the verdicts as they came,
 * whatever a protocol's own estimates correct for.
 */
function decisions(judged: Judged, key: string): ReturnType<typeof decide> {
  const random = rng("site").split(key);
  // Models with valid verdicts on the same of these are compared at once.
  const groups = new Map<string, Map<string, Verdicts>>();
  for (const { model } of judged.rows) {
    const values = verdictsOf(judged, model);
    const asked = JSON.stringify([...values.keys()].sort());
    groups.set(asked, (groups.get(asked) ?? new Map()).set(model, values));
  }
  const sets = [...groups.values()];
  const pairs = sets.flatMap((group, i) => [
    ...compared([...group], random.split(`${i}`)),
    ...sets.slice(i + 1).flatMap((other, k) =>
      [...group].flatMap((one) =>
        [...other].flatMap((two) =>
          compared([one, two], random.split(`${i} ${k} ${one[0]} ${two[0]}`))
        )
      )
    ),
  ]);
  return decide(pairs, "higher");
}

/** A model's valid verdicts, by what was judged. */
type Verdicts = ReadonlyMap<string, { readonly question: string; readonly value: number }>;

/** All pairs of these models, over the questions that all of them share, each by what all have of it. */
function compared(
  models: readonly (readonly [string, Verdicts])[],
  random: Rng,
): Contrast[] {
  const shared = [...models[0]![1]].filter(([asked]) =>
    models.every(([, values]) => values.has(asked))
  );
  const questions = [...Map.groupBy(shared, ([, { question }]) => question).values()];
  if (models.length < 2 || questions.length < 2) return [];
  const means = new Map(
    models.map(([model, found]) => [
      model,
      questions.map((some) => mean(some.map(([asked]) => found.get(asked)!.value))),
    ]),
  );
  const values = new Map([...means].map(([model, own]) => [model, new Map([[0, own]])]));
  return compare({ values, measurements: new Map() }, random).pairs.map((pair) => {
    const [a, b] = [means.get(pair.a)!, means.get(pair.b)!];
    const moved = a.map((value, i) => value - b[i]!).filter((difference) => difference !== 0);
    // Resamples of a few equal differences are all alike: all signs of them are not.
    return moved.length === 0 || moved.length > FEW
      ? pair
      : { ...pair, p: Math.max(pair.p, pairedPermutation(moved, { rng: random }).p) };
  });
}

/** So many differences are few enough for the exact test. */
const FEW = 16;

/**
 * A model's verdicts: its grades where the protocol grades, whether it compares beside that or not, as
 * the two share no scale.
 */
function verdictsOf({ judgements }: Judged, model: string): Verdicts {
  const grades = judgements.some(({ grade }) => grade !== undefined);
  const found = new Map<string, { question: string; values: number[] }>();
  for (const one of judgements) {
    const value = verdictOf(one) === undefined ? undefined : one[grades ? "grade" : "preference"];
    if (one.model !== model || value === undefined) continue;
    const { question, turn, opponent } = one;
    const asked = JSON.stringify([question, turn, opponent]);
    const own = found.get(asked) ?? { question, values: [] };
    found.set(asked, own);
    own.values.push(value);
  }
  return new Map(
    [...found].map(([asked, { question, values }]) => [asked, { question, value: mean(values) }]),
  );
}

/** Preference or grade, of which a judgement has one. */
export const verdictOf = ({ failure, preference, grade }: Judgement): number | undefined =>
  failure === undefined ? preference ?? grade : undefined;

function standingOf(
  judged: Judged,
  id: string,
  decided: ReturnType<typeof decide>,
): Standing {
  // Under a name of its own, as a protocol's win-rate shares no scale with the exact one.
  const measure = { ...measureOf(judged, id), id: `${judged.protocol} ${id}` };
  const sign = measure.better === "lower" ? 1 : -1;
  const rows = judged.rows.flatMap((row) => {
    const found = own(row.estimates, id);
    return found === undefined ? [] : [{ method: row.model, estimate: estimateOf(found) }];
  }).sort((a, b) => sign * (a.estimate.value - b.estimate.value));
  const names = rows.map(({ method }) => method);
  // The first measure is what a protocol ranks by; of the others no test was made.
  const ranked = id === Object.keys(judged.measures)[0] && measure.better === "higher" &&
    decided.length > 0;
  const made = ranked ? decided : [];
  const ranks = rankIntervals(names, made);
  const groups = tieGroups(names, made);
  const top = ranked ? mayBeBest(names, made, "higher") : undefined;
  return {
    measure,
    decisions: made,
    apart: [],
    start: undefined,
    rows: rows.map((row, i): Row => ({
      ...row,
      rank: ranked ? { best: ranks[i]!.best, worst: ranks[i]!.worst } : undefined,
      mayBeBest: top?.has(row.method) ?? false,
      group: groups.findIndex((group) => group.includes(row.method)),
    })),
  };
}

export function measureOf(judged: Judged, id: string): ShownMeasure {
  const known = own(judged.measures, id);
  return {
    id,
    title: known?.title ?? id,
    better: known?.better ?? "neither",
    ...known?.unit === undefined ? {} : { unit: known.unit },
    means: `As ${judged.protocol} defines it`,
  };
}

const estimateOf = ({ value, low, high, n }: JudgedEstimate): Row["estimate"] =>
  low === undefined || high === undefined
    ? { value, low: value, high: value, n, seeds: 0, over: "nothing" }
    : { value, low, high, n, seeds: 0, over: "questions" };
