import { z } from "zod";
import { type Judged, questionIds } from "../../../core/mod.ts";
import { parseTable } from "../csv.ts";
import type { Given } from "../options.ts";
import type { UserFiles } from "../protocol.ts";
import type { Control } from "./figures.ts";
import { leaderboardColumns, leaderboardRow, publishedRow } from "./files.ts";
import { difficulty, gamed, leaderboard, plainControl } from "./options.ts";

/** AlpacaEval's files, as JSON or, by their names, as values separated by commas or tabs. */

/** Rows of a file; `numbers` are the columns of a table that hold some, where an empty cell is null. */
export async function rowsOf<T>(
  read: UserFiles,
  path: string,
  schema: z.ZodType<T>,
  numbers: readonly string[] = [],
): Promise<T[]> {
  const [, kind] = /\.(csv|tsv)$/i.exec(path) ?? [];
  if (kind === undefined) return await read.rows(path, schema);
  const separator = kind.toLowerCase() === "csv" ? "," : "\t";
  return parseTable(await read.text(path), read.place(path), { separator, numbers })
    .map(({ row, place }) => read.checked(schema, row, place));
}

/** The column of the models' names has none in the original; what pandas and people call it. */
const unnamed = ["", "Unnamed: 0", "model", "name"];

/** Models that somebody published, for the eye alone: who judged them the file does not say. */
export async function publishedIn(
  { get }: Given,
  read: UserFiles,
): Promise<{ readonly published?: NonNullable<Judged["published"]> }> {
  const path = get(leaderboard);
  if (path === undefined) return {};
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
    return publishedRow(model, read.checked(leaderboardRow, row, place));
  });
  return { published: { file: read.name(path), rows } };
}

const difficultyRow = z.looseObject({ instruction: z.string(), difficulty: z.number() });
const gamedRow = z.strictObject({
  length: z.number(),
  difficulty: z.number().exactOptional(),
  preference: z.number().min(0).max(1),
  weight: z.number().positive().exactOptional(),
});

/** How lengths are controlled for, as the options and their files say. */
export async function controlOf(given: Given, read: UserFiles): Promise<Control> {
  const control = plainControl(given);
  const [hard, pulled] = [given.get(difficulty), given.get(gamed)];
  const difficulties = hard === undefined
    ? undefined
    : await rowsOf(read, hard, difficultyRow, ["difficulty"]);
  const ids = difficulties && questionIds(difficulties.map(({ instruction }) => instruction));
  const rows = pulled === undefined ? undefined : await rowsOf(
    read,
    pulled,
    gamedRow,
    ["length", "difficulty", "preference", "weight"],
  );
  return {
    ...control,
    ...difficulties
      ? { difficulty: Object.fromEntries(difficulties.map((row, i) => [ids![i]!, row.difficulty])) }
      : {},
    ...rows ? { gamed: rows } : {},
  };
}
