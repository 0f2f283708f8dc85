import { z } from "zod";
import { jsonLines, readRows } from "../../lab/rows.ts";
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
  replyVerdicts,
} from "../../mod.ts";
import { here } from "../input.ts";
import { type Given, joined, names, need, type Prepared, type Protocol } from "./protocol.ts";

export const mt: Protocol = {
  title: "MT-Bench",
  headline: ["grade", "grade-legacy", "win-rate"],
  async prepare(given) {
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
    return { ...ofMt(field.field, names(given.answers!), given), notes: field.notes };
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
    for (const path of given.judgments!) {
      const rows = await readRows(here(path), z.looseObject({}));
      const pairs = rows.some((row) => Object.hasOwn(row, "g1_winner"));
      if (pairs) pair.push(...await readRows(here(path), mtBenchFiles.pairJudgment));
      else single.push(...await readRows(here(path), mtBenchFiles.singleJudgment));
    }
    const rows = [...single, ...pair];
    if (rows.length === 0) {
      throw new RangeError("Cannot recompute MT-Bench: there are no judgements");
    }
    const baseline = pair.length === 0 ? "none" : mtBenchFiles.baselineOf(pair, given.baseline);
    const grades = mtBenchFiles.fromSingle(single, categories);
    const matches = pair.length === 0 ? [] : mtBenchFiles.fromPairs(pair, baseline, categories);
    return {
      ...mtBench.reduce(grades, matches, rng),
      scorings: { grade: judgeNoise.ofGrades(grades), "win-rate": judgeNoise.ofMatches(matches) },
      texts: judgeTexts.beside(
        new Set(rows.map(({ question_id }) => `${question_id}`)),
        mtBenchFiles.questionsOf(questions),
        entrants,
      ),
      on: names(given.judgments!),
      baseline,
      judge: [...new Set(rows.map(({ judge }) => judge.join(" ")))].join(", "),
      notes: [],
      files: {},
    };
  },
};

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
