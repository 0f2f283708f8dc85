import type { Line } from "../asks.ts";
import { type Given, need, shared } from "../options.ts";
import type { Prepared, Protocol, UserFiles } from "../protocol.ts";
import { PAIR } from "../verdicts.ts";
import { reduce } from "./figures.ts";
import {
  asks,
  checkIds,
  givenScores,
  joinDocument,
  joinScores,
  type RewardRow,
  row,
  scoredBy,
  scoreDocument,
  textsOf,
} from "./files.ts";
import { noise, scoringsOf } from "./noise.ts";
import { wording } from "./prompt.ts";
import { rowsOfRun } from "./run.ts";

/** RewardBench, both versions: how often a judge finds the better answer. */

export * from "./figures.ts";
export * from "./files.ts";
export * from "./scores.ts";

const title = "RewardBench";
const fixtures = "tests/fixtures/protocols/reward";

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
  async recompute(given, read, rng) {
    const [data, scores] = need(given, [shared.data, shared.scores], `recompute ${title}`);
    const rows = await rowsIn(read, data);
    const { rows: scored, leftover } = read.place(scores).endsWith(".jsonl")
      ? joinScores(rows, await read.rows(scores, givenScores), scores)
      : joinDocument(rows, await read.document(scores, scoreDocument), scores);
    const name = read.name(scores);
    const known = new Set(scored.map(({ id }) => id));
    return {
      ...reduce(scored, name, rng),
      on: read.name(data),
      baseline: "none",
      judge: name,
      notes: leftover.rows + leftover.scores === 0
        ? []
        : [`${leftover.rows} rows have no scores, and ${leftover.scores} scores no row: left out`],
      texts: textsOf(rows.filter(({ id }) => known.has(`${id}`))),
      scorings: { accuracy: scoringsOf(scored, name) },
    };
  },
};

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
