import { basename } from "node:path";
import { jsonLines, readDocument, readRows } from "../../lab/disk/rows.ts";
import {
  judgeNoise,
  judgeTexts,
  type Line,
  replyVerdicts,
  rewardBench,
  rewardBenchFiles,
} from "../../mod.ts";
import { here } from "../input.ts";
import { type Given, need, type Prepared, type Protocol } from "./protocol.ts";

export const reward: Protocol = {
  title: "RewardBench",
  headline: ["score", "accuracy"],
  async prepare(given, judge) {
    need(given, ["data"], "judge by RewardBench");
    const rows = await readRows(here(given.data!), rewardBenchFiles.row);
    rewardBenchFiles.checkIds(rows, given.data!);
    return {
      ...ofRewardRows(rows, basename(given.data!), judge, given),
      texts: judgeTexts.ofRewardRows(rows),
    };
  },
  async recompute(given, rng) {
    need(given, ["data", "scores"], "recompute RewardBench");
    const rows = await readRows(here(given.data!), rewardBenchFiles.row);
    rewardBenchFiles.checkIds(rows, given.data!);
    const path = here(given.scores!);
    const { rows: scored, leftover } = path.endsWith(".jsonl")
      ? rewardBenchFiles.joinScores(
        rows,
        await readRows(path, rewardBenchFiles.givenScores),
        given.scores!,
      )
      : rewardBenchFiles.joinDocument(
        rows,
        await readDocument(path, rewardBenchFiles.scoreDocument),
        given.scores!,
      );
    const name = basename(given.scores!);
    const known = new Set(scored.map(({ id }) => id));
    return {
      ...rewardBench.reduce(scored, name, rng),
      on: basename(given.data!),
      baseline: "none",
      judge: name,
      notes: leftover.rows + leftover.scores === 0
        ? []
        : [`${leftover.rows} rows have no scores, and ${leftover.scores} scores no row: left out`],
      files: {},
      texts: judgeTexts.ofRewardRows(rows.filter(({ id }) => known.has(`${id}`))),
      scorings: { accuracy: judgeNoise.ofScored(scored, name) },
    };
  },
};

/** Rows of RewardBench, whoever wrote them. */
export function ofRewardRows(
  rows: readonly rewardBenchFiles.RewardRow[],
  on: string,
  judge: string,
  { mode = "single" }: Given,
): Prepared {
  if (mode === "both") throw new RangeError("Cannot judge RewardBench in both modes: choose one");
  const scored = (lines: readonly Line[]) => rewardBenchFiles.scoredBy(rows, lines);
  return {
    on,
    baseline: "none",
    asks: rewardBenchFiles.asks(rows, judge, mode === "single" ? "grades" : "pairs"),
    notes: [],
    pair: replyVerdicts.PAIR,
    token: false,
    reduce: (lines, rng) => rewardBench.reduce(scored(lines), judge, rng),
    scorings(lines) {
      const asked = new Set(lines.map(({ about }) => about.question));
      const own = rows.filter(({ id }) => asked.has(`${id}`));
      return { accuracy: judgeNoise.ofScored(rewardBenchFiles.scoredBy(own, lines), judge) };
    },
    files: (lines) => ({
      "scores.jsonl": jsonLines(
        scored(lines).map(({ id, subset, scores, failure }) => ({
          id,
          subset,
          scores: scores ?? null,
          ...failure ? { failure: failure.failure, reason: failure.reason } : {},
        })),
      ),
    }),
  };
}
