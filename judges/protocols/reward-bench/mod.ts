import type { Rng } from "../../../core/mod.ts";
import type { Line } from "../asks.ts";
import { type Given, need, shared } from "../options.ts";
import type { Prepared, Protocol, Recomputed, UserFiles } from "../protocol.ts";
import { PAIR } from "../verdicts.ts";
import { isTied, reduce } from "./figures.ts";
import {
  asks,
  checkIds,
  joinScores,
  type RewardRow,
  row,
  scoredAlone,
  scoredBy,
  textsOf,
} from "./files.ts";
import { scoresIn, uniqueScores } from "./given.ts";
import { noise, scoringsOf } from "./noise.ts";
import { wording } from "./prompt.ts";
import { rowsOfRun } from "./run.ts";

/** RewardBench, both versions: how often a judge finds the better answer. */

export * from "./figures.ts";
export * from "./files.ts";
export * from "./given.ts";
export * from "./scores.ts";

const title = "RewardBench";
const fixtures = "tests/fixtures/protocols/reward";

/** The protocol, as `judges/protocols/all.ts` lists it. */
export const protocol: Protocol = {
  id: "reward-bench",
  title,
  headline: ["score", "accuracy"],
  options: [shared.data, shared.scores, shared.mode],
  recorded: shared.scores,
  examples: [`--data ${fixtures}-rows.jsonl --scores ${fixtures}-scores.jsonl`],
  wording,
  reply: { pair: PAIR },
  noise,
  async prepare(given, read, judge) {
    const [path] = need(given, [shared.data], `judge by ${title}`);
    return ofRows(await rowsIn(read, path), read.name(path), judge, given);
  },
  ofRun: (run, given, judge) => ofRows(rowsOfRun(run), run.on, judge, given),
  recompute,
};

/** Scores that somebody gives, of the rows in `--data` or of those that the file describes itself. */
async function recompute(given: Given, read: UserFiles, rng: Rng): Promise<Recomputed[]> {
  const [path] = need(given, [shared.scores], `recompute ${title}`);
  const all = scoresIn(await read.entries(path), read.checked);
  const found = uniqueScores(all, read.name(path));
  const data = given.get(shared.data);
  const rows = data === undefined ? [] : await rowsIn(read, data);
  const alone = data === undefined ? scoredAlone(found.rows) : undefined;
  if (data === undefined && !alone) need(given, [shared.data], `recompute ${title}`);
  const { rows: scored, leftover } = alone
    ? { rows: alone, leftover: { rows: 0, scores: 0 } }
    : joinScores(rows, found.rows, path);
  const name = read.name(path);
  const known = new Set(scored.map(({ id }) => id));
  const tied =
    scored.filter(({ scores, tie }) => scores?.length === 2 && tie === 0 && isTied({ scores }))
      .length;
  return [{
    ...reduce(scored, name, rng),
    ...{ on: read.name(data ?? path), baseline: "none", judge: name },
    notes: [
      ...found.notes,
      ...leftover.rows + leftover.scores === 0
        ? []
        : [`${leftover.rows} rows have no scores, and ${leftover.scores} scores no row: left out`],
      ...tied === 0 ? [] : [
        `${tied} of ${scored.length} pairs have equal scores: they count as wrong, as in the original`,
      ],
    ],
    texts: alone ? undefined : textsOf(rows.filter(({ id }) => known.has(`${id}`))),
    scorings: { accuracy: scoringsOf(scored, name) },
  }];
}

async function rowsIn(read: UserFiles, path: string): Promise<RewardRow[]> {
  const rows = await read.rows(path, row);
  checkIds(rows, path);
  return rows;
}

/** Rows of RewardBench, whoever wrote them. */
function ofRows(
  rows: readonly RewardRow[],
  on: string,
  judge: string,
  { get }: Given,
): Prepared {
  const mode = get(shared.mode) ?? "single";
  if (mode === "both") throw new RangeError(`Cannot judge ${title} in both modes: choose one`);
  const scored = (lines: readonly Line[]) => scoredBy(rows, lines);
  return {
    on,
    baseline: "none",
    asks: asks(rows, judge, mode === "single" ? "grades" : "pairs"),
    notes: [],
    texts: () => textsOf(rows),
    figures: (lines, rng) => reduce(scored(lines), judge, rng),
    scorings(lines) {
      const asked = new Set(lines.map(({ about }) => about.question));
      const own = rows.filter(({ id }) => asked.has(`${id}`));
      return { accuracy: scoringsOf(scoredBy(own, lines), judge) };
    },
    files: (lines) => ({
      "scores.jsonl": scored(lines).map(({ id, subset, scores, failure }) => ({
        id,
        subset,
        scores: scores ?? null,
        ...failure ? { failure: failure.failure, reason: failure.reason } : {},
      })),
    }),
  };
}
