import { z } from "zod";
import type { Rng } from "../../../core/mod.ts";
import { type Given, need, shared } from "../options.ts";
import { names, type Recomputed, type UserFiles } from "../protocol.ts";
import { beside } from "../texts.ts";
import { reduce } from "./figures.ts";
import {
  answer,
  baselineOf,
  commonBaseline,
  entrant,
  fromPairs,
  fromSingle,
  type PairJudgment,
  pairJudgment,
  question,
  questionsOf,
  type SingleJudgment,
  singleJudgment,
} from "./files.ts";
import { ofGrades, ofMatches } from "./noise.ts";
import { human } from "./options.ts";
import { agreementWith, type MtVote, ofJudgments, vote, votesOf } from "./people.ts";

/** Somebody's grades, pairs or verdicts on pairs, and how far these agree with people. */
export async function recompute(
  title: string,
  given: Given,
  read: UserFiles,
  rng: Rng,
): Promise<Recomputed> {
  const { get } = given;
  const [paths] = need(given, [shared.judgments], `recompute ${title}`);
  const path = get(shared.questions);
  const questions = path === undefined ? [] : await read.rows(path, question);
  const categories = new Map(
    questions.map(({ question_id, category }) => [`${question_id}`, category]),
  );
  const entrants = await Promise.all(
    (get(shared.answers) ?? []).map(async (path) => entrant(await read.rows(path, answer), path)),
  );
  const { single, pair, verdicts } = await judgmentsIn(read, paths);
  const rows = [...single, ...pair, ...verdicts];
  if (rows.length === 0) {
    throw new RangeError(`Cannot recompute ${title}: there are no judgements`);
  }
  const people = get(human);
  if (people === undefined && verdicts.length > 0) {
    throw new RangeError(
      `Cannot recompute ${title} of single verdicts on pairs: they only serve to be compared with votes, by --human`,
    );
  }
  const named = get(shared.baseline);
  // To agree with people a judge may have seen any pairs; a win-rate is over one model.
  const baseline = people === undefined
    ? pair.length === 0 ? "none" : baselineOf(pair, named)
    : commonBaseline(pair, named) ?? "none";
  const played = baseline === "none" ? [] : pair;
  const notes = played.length < pair.length
    ? ["No one model is in every pair: there are no win-rates, only the agreement with people"]
    : [];
  const agreement = people === undefined ? undefined : agreementWith(
    [...ofJudgments(pair), ...votesOf(verdicts)],
    await votesIn(read, people),
    names(read, people),
    rng.split("people"),
  );
  const grades = fromSingle(single, categories);
  const matches = fromPairs(played, baseline, categories);
  return {
    ...reduce(grades, matches, rng),
    scorings: { grade: ofGrades(grades), "win-rate": ofMatches(matches) },
    texts: beside(
      new Set(rows.map(({ question_id }) => `${question_id}`)),
      questionsOf(questions),
      entrants,
    ),
    ...agreement ? { agreement } : {},
    on: names(read, paths),
    baseline,
    judge: [...new Set(rows.map(({ judge }) => [judge].flat().join(" ")))].join(", "),
    notes,
  };
}

/** Files of each kind, told apart by what their rows hold. */
async function judgmentsIn(read: UserFiles, paths: readonly string[]) {
  const single: SingleJudgment[] = [];
  const pair: PairJudgment[] = [];
  const verdicts: MtVote[] = [];
  for (const path of paths) {
    const rows = await read.rows(path, z.looseObject({}));
    const has = (field: string) => rows.some((row) => Object.hasOwn(row, field));
    if (has("winner")) verdicts.push(...await read.rows(path, vote));
    else if (has("g1_winner")) pair.push(...await read.rows(path, pairJudgment));
    else single.push(...await read.rows(path, singleJudgment));
  }
  return { single, pair, verdicts };
}

/** People's votes, as verdicts on pairs. */
export const votesIn = async (read: UserFiles, paths: readonly string[]) =>
  votesOf((await Promise.all(paths.map((path) => read.rows(path, vote)))).flat());
