import { z } from "zod";
import { jsonLines, readRows } from "../../lab/disk/rows.ts";
import {
  comparisons,
  type Field,
  gradings,
  judgeNoise,
  judgeTexts,
  type Line,
  mtBench,
  mtBenchFiles,
  pairings,
  peoplesVotes,
  replyVerdicts,
} from "../../mod.ts";
import { here } from "../input.ts";
import { type Given, joined, names, need, type Prepared, type Protocol } from "./protocol.ts";

export const mt: Protocol = {
  title: "MT-Bench",
  headline: ["grade", "grade-legacy", "win-rate"],
  async prepare(given, judge) {
    const { mode = "single" } = given;
    need(
      given,
      mode === "single" ? ["questions", "answers"] : ["questions", "answers", "baseline"],
      "judge by MT-Bench",
    );
    const references = given.references === undefined
      ? []
      : await readRows(here(given.references), mtBenchFiles.answer);
    const questions = mtBenchFiles.questionsOf(
      await readRows(here(given.questions!), mtBenchFiles.question),
      references,
    );
    const field = await joined(given, questions, readMt);
    const judged = ofMt(field.field, names(given.answers!), given);
    if (given.human === undefined) return { ...judged, notes: field.notes };
    if (mode === "single") {
      throw new RangeError(
        "Cannot compare grades with people's votes on pairs: judge by --mode pair or both",
      );
    }
    const votes = await votesIn(given.human);
    const { model: against } = field.field.baseline;
    const pairs = judged.asks.flatMap(({ about }) => about.game === undefined ? [] : [about]);
    // Before anything is asked: votes that meet nothing are a mistake.
    peoplesVotes.meet(
      peoplesVotes.ofMatches(
        pairs.map((about) => ({ ...about, games: [undefined, undefined] })),
        against,
        "",
      ),
      votes,
      names(given.human),
    );
    return {
      ...judged,
      notes: field.notes,
      reduce: (lines, rng) => ({
        ...judged.reduce(lines, rng),
        agreement: peoplesVotes.agreementWith(
          peoplesVotes.ofMatches(
            mtBenchFiles.matchesOf(pairings(lines), new Map()),
            against,
            judge,
          ),
          votes,
          names(given.human!),
          rng.split("people"),
        ),
      }),
    };
  },
  ofField: ofMt,
  async recompute(given, rng) {
    need(given, ["judgments"], "recompute MT-Bench");
    const questions = given.questions === undefined
      ? []
      : await readRows(here(given.questions), mtBenchFiles.question);
    const categories = new Map(
      questions.map(({ question_id, category }) => [`${question_id}`, category]),
    );
    const entrants = await Promise.all((given.answers ?? []).map(readMt));
    const single: mtBenchFiles.SingleJudgment[] = [];
    const pair: mtBenchFiles.PairJudgment[] = [];
    const verdicts: peoplesVotes.MtVote[] = [];
    for (const path of given.judgments!) {
      const rows = await readRows(here(path), z.looseObject({}));
      const has = (field: string) => rows.some((row) => Object.hasOwn(row, field));
      if (has("winner")) verdicts.push(...await readRows(here(path), peoplesVotes.vote));
      else if (has("g1_winner")) {
        pair.push(...await readRows(here(path), mtBenchFiles.pairJudgment));
      } else single.push(...await readRows(here(path), mtBenchFiles.singleJudgment));
    }
    const rows = [...single, ...pair, ...verdicts];
    if (rows.length === 0) {
      throw new RangeError("Cannot recompute MT-Bench: there are no judgements");
    }
    const { human } = given;
    if (human === undefined && verdicts.length > 0) {
      throw new RangeError(
        "Cannot recompute MT-Bench of single verdicts on pairs: they only serve to be compared with votes, by --human",
      );
    }
    // To agree with people a judge may have seen any pairs; a win-rate is over one model.
    const baseline = human === undefined
      ? pair.length === 0 ? "none" : mtBenchFiles.baselineOf(pair, given.baseline)
      : mtBenchFiles.commonBaseline(pair, given.baseline) ?? "none";
    const played = baseline === "none" ? [] : pair;
    const notes = played.length < pair.length
      ? ["No one model is in every pair: there are no win-rates, only the agreement with people"]
      : [];
    const agreement = human === undefined ? undefined : peoplesVotes.agreementWith(
      [...peoplesVotes.ofJudgments(pair), ...peoplesVotes.votesOf(verdicts)],
      await votesIn(human),
      names(human),
      rng.split("people"),
    );
    const grades = mtBenchFiles.fromSingle(single, categories);
    const matches = mtBenchFiles.fromPairs(played, baseline, categories);
    return {
      ...mtBench.reduce(grades, matches, rng),
      scorings: { grade: judgeNoise.ofGrades(grades), "win-rate": judgeNoise.ofMatches(matches) },
      texts: judgeTexts.beside(
        new Set(rows.map(({ question_id }) => `${question_id}`)),
        mtBenchFiles.questionsOf(questions),
        entrants,
      ),
      ...agreement ? { agreement } : {},
      on: names(given.judgments!),
      baseline,
      judge: [...new Set(rows.map(({ judge }) => [judge].flat().join(" ")))].join(", "),
      notes,
      files: {},
    };
  },
};

const votesIn = async (paths: readonly string[]) =>
  peoplesVotes.votesOf(
    (await Promise.all(paths.map((path) => readRows(here(path), peoplesVotes.vote)))).flat(),
  );

const readMt = async (path: string) =>
  mtBenchFiles.entrant(await readRows(here(path), mtBenchFiles.answer), path);

function ofMt(field: Field, on: string, { orders, mode = "single" }: Given): Prepared {
  const categories = new Map(
    field.questions.flatMap(({ id, category }) => category === undefined ? [] : [[id, category]]),
  );
  const grades = (lines: readonly Line[]) => mtBenchFiles.gradesOf(lines, categories);
  const matches = (lines: readonly Line[]) => mtBenchFiles.matchesOf(pairings(lines), categories);
  return {
    on,
    field,
    baseline: mode === "single" ? "none" : field.baseline.model,
    asks: [
      ...mode === "pair" ? [] : gradings(field, { turns: 2 }),
      ...mode === "single" ? [] : comparisons(field, { orders, turns: 2 }),
    ],
    notes: [],
    pair: replyVerdicts.PAIR,
    token: false,
    reduce: (lines, rng) => mtBench.reduce(grades(lines), matches(lines), rng),
    scorings: (lines) => ({
      grade: judgeNoise.ofGrades(grades(lines)),
      "win-rate": judgeNoise.ofMatches(matches(lines)),
    }),
    files(lines, judge, prompts) {
      const { single, pair } = mtBenchFiles.exported(lines, field, judge, prompts);
      return {
        ...single.length > 0 ? { "judgments_single.jsonl": jsonLines(single) } : {},
        ...pair.length > 0 ? { "judgments_pair.jsonl": jsonLines(pair) } : {},
      };
    },
  };
}
