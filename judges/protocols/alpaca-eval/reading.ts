import { z } from "zod";
import { type Judged, questionIds } from "../../../core/mod.ts";
import * as stats from "../../../stats/mod.ts";
import { parseTable } from "../csv.ts";
import type { Given } from "../options.ts";
import type { UserFiles } from "../protocol.ts";
import type { Control } from "./figures.ts";
import { leaderboardColumns, type LeaderboardRow, leaderboardRow, publishedRow } from "./rows.ts";
import { difficulty, gamed, leaderboard, plainControl } from "./options.ts";

/** AlpacaEval's files that are beside what is judged: leaderboards, and what lengths are controlled by. */

/** The column of the models' names has none in the original; what pandas and people call it. */
const unnamed = ["", "Unnamed: 0", "model", "name"];

/** Models that somebody published, for the eye alone: who judged them the file does not say. */
export async function publishedIn(
  { get }: Given,
  read: UserFiles,
): Promise<{
  readonly published?: NonNullable<Judged["published"]>;
  readonly doubts: readonly string[];
}> {
  const path = get(leaderboard);
  if (path === undefined) return { doubts: [] };
  const table = parseTable(await read.text(path), read.place(path), {
    numbers: leaderboardColumns.filter((name) => name !== "mode"),
  });
  const rows = table.map(({ row, place }) => {
    const model = unnamed.map((name) => row[name]).find((cell) => typeof cell === "string");
    if (!model) {
      throw new SyntaxError(
        `${place}: a column called "" or "model" must name the model: found ${
          model === "" ? "an empty cell" : "none"
        }`,
      );
    }
    const found = read.checked(leaderboardRow, row, place);
    const [said, counted] = [found.discrete_win_rate, countedRate(found)];
    if (said && counted !== undefined && Math.abs(counted - 100 * said) < 0.1) {
      throw new RangeError(
        `${place}: field "discrete_win_rate" must be in percent: found ${said} where its counts come to ${
          counted.toFixed(1)
        } %, so all shares of the file may be`,
      );
    }
    return { model, place: `${read.name(path)}:${place.split(":").at(-1)}`, row: found };
  });
  return {
    published: {
      file: read.name(path),
      rows: rows.map(({ model, row }) => publishedRow(model, row)),
    },
    doubts: doubtsOf(rows),
  };
}

/** What a leaderboard says twice, or against its own counts: it stands as it was published. */
function doubtsOf(
  rows: readonly {
    readonly model: string;
    readonly place: string;
    readonly row: LeaderboardRow;
  }[],
): string[] {
  return rows.flatMap(({ model, place, row }, i) => {
    const before = rows.findIndex((one) => one.model === model);
    const [said, counted] = [row.discrete_win_rate, countedRate(row)];
    return [
      ...before < i ? [`${place}: ${model} is on ${rows[before]!.place}, too`] : [],
      ...counted !== undefined && typeof said === "number" && Math.abs(counted - said) > 0.1
        ? [
          `${place}: of ${model} n_wins and n_draws come to ${
            counted.toFixed(1)
          } % of n_total, and discrete_win_rate is ${said}`,
        ]
        : [],
    ];
  });
}

/** What a row's wins and draws come to, in percent; undefined where it has not both. */
function countedRate({ n_wins: wins, n_draws: draws, n_total: total }: LeaderboardRow) {
  return typeof wins === "number" && typeof draws === "number"
    ? 100 * (wins + draws / 2) / total
    : undefined;
}

const difficultyRow = z.union([
  z.looseObject({ instruction: z.string(), difficulty: z.number() }),
  // The original's, whose column of places has no name, or that of what pandas calls it.
  z.looseObject({
    ...{ "": z.int().min(0).optional(), "Unnamed: 0": z.int().min(0).optional() },
    index: z.int().min(0).optional(),
    instruction_difficulty: z.number(),
  }).refine((row) => placeOf(row) !== undefined, { path: ["index"], message: "a place from 0" }),
], { error: "instruction and difficulty, or index and instruction_difficulty" });

interface Place {
  readonly ""?: number | undefined;
  readonly "Unnamed: 0"?: number | undefined;
  readonly index?: number | undefined;
}
const placeOf = (row: Place): number | undefined => row.index ?? row[""] ?? row["Unnamed: 0"];

const gamedRow = z.union([
  z.strictObject({
    length: z.number(),
    difficulty: z.number().exactOptional(),
    preference: z.number().min(0).max(1),
    weight: z.number().positive().exactOptional(),
  }),
  // The original's.
  z.looseObject({
    index: z.int().min(0),
    preference: z.number().min(0).max(1),
    std_delta_len: z.number(),
    instruction_difficulty: z.number(),
  }),
], {
  error: "length and preference, or index, preference, std_delta_len and instruction_difficulty",
});

const numbers = [
  ...["", "Unnamed: 0", "index", "difficulty", "instruction_difficulty"],
  ...["length", "preference", "weight", "std_delta_len"],
];

/** Difficulties by question, or by a question's place in the original's set. */
type Difficulties = ReadonlyMap<string, number> | { readonly places: ReadonlyMap<number, number> };

/** How lengths are controlled for, as the options and their files say; `order` are the questions in the original's. */
export async function controlOf(
  given: Given,
  read: UserFiles,
): Promise<(order: readonly string[]) => Control> {
  const control = plainControl(given);
  const [hard, pulled] = [given.get(difficulty), given.get(gamed)];
  const rows = pulled === undefined ? [] : await read.rows(pulled, gamedRow, numbers);
  const harder = hard === undefined ? undefined : await read.rows(hard, difficultyRow, numbers);
  const places = new Map((harder ?? rows).flatMap((row): [number, number][] => {
    if (!("instruction_difficulty" in row)) return [];
    const { instruction_difficulty: own, ...where } = row as Placed;
    return [[placeOf(where)!, own]];
  }));
  const named = harder?.flatMap((row) => "instruction" in row ? [row as Named] : []) ?? [];
  const ids = questionIds(named.map(({ instruction }) => instruction));
  const difficulties: Difficulties | undefined = places.size > 0
    ? { places }
    : named.length > 0
    ? new Map(named.map((row, i) => [ids[i]!, row.difficulty]))
    : undefined;
  const gamedRows = rows.map((row): stats.GamedRow =>
    "length" in row ? row as stats.GamedRow : {
      length: Math.tanh(row.std_delta_len as number),
      difficulty: row.instruction_difficulty as number,
      preference: row.preference,
    }
  );
  return (order) => ({
    ...control,
    ...difficulties ? { difficulty: byQuestion(difficulties, order, hard ?? pulled!) } : {},
    ...pulled === undefined ? {} : { gamed: gamedRows },
  });
}

interface Placed extends Place {
  readonly instruction_difficulty: number;
}
interface Named {
  readonly instruction: string;
  readonly difficulty: number;
}

function byQuestion(
  difficulties: Difficulties,
  order: readonly string[],
  file: string,
): { [question: string]: number } {
  if (!("places" in difficulties)) return Object.fromEntries(difficulties);
  const { places } = difficulties;
  if (Math.max(...places.keys()) >= order.length || places.size < order.length) {
    throw new RangeError(
      `Cannot join ${file} by places: it has ${places.size} of them, and there are ${order.length} questions; the original's set has 805, each in its place`,
    );
  }
  return Object.fromEntries(order.map((id, i) => [id, places.get(i)!]));
}
