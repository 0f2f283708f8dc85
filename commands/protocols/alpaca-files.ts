import { basename } from "node:path";
import { z } from "zod";
import { readRows, readText } from "../../lab/disk/rows.ts";
import { parse } from "../../lab/disk/schema.ts";
import { alpacaEval, type Judged, parseTable, questionIds, type TraitName } from "../../mod.ts";
import { here } from "../input.ts";
import type { Given } from "./protocol.ts";

/** AlpacaEval's files, as JSON or, by their names, as values separated by commas or tabs. */

/** Rows of a file; `numbers` are the columns of a table that hold some, where an empty cell is null. */
export async function rowsOf<T>(
  path: string,
  schema: z.ZodType<T>,
  numbers: readonly string[] = [],
): Promise<T[]> {
  const [, kind] = /\.(csv|tsv)$/i.exec(path) ?? [];
  if (kind === undefined) return await readRows(here(path), schema);
  const separator = kind.toLowerCase() === "csv" ? "," : "\t";
  return parseTable(await readText(here(path)), here(path), { separator, numbers })
    .map(({ row, place }) => parse(schema, row, place));
}

/** The column of the models' names has none in the original; what pandas and people call it. */
const unnamed = ["", "Unnamed: 0", "model", "name"];

/** Models that somebody published, for the eye alone: who judged them the file does not say. */
export async function publishedIn(path: string): Promise<NonNullable<Judged["published"]>> {
  const read = parseTable(await readText(here(path)), here(path), {
    numbers: alpacaEval.leaderboardColumns.filter((name) => name !== "mode"),
  });
  return {
    file: basename(path),
    rows: read.map(({ row, place }) => {
      const model = unnamed.map((name) => row[name]).find((cell) => typeof cell === "string");
      if (!model) {
        throw new SyntaxError(
          `${place}: a column called "" or "model" must name the model: found ${
            model === "" ? "an empty cell" : "none"
          }`,
        );
      }
      return alpacaEval.publishedRow(model, parse(alpacaEval.leaderboardRow, row, place));
    }),
  };
}

/** How lengths are controlled for, as far as the options say it without files. */
export function plainControl({ compat, c, control }: Given): alpacaEval.Control {
  if (c !== undefined && compat === undefined) {
    throw new RangeError(
      "Cannot use --C without --compat alpaca-v1: our own fit has no such number",
    );
  }
  if (compat !== undefined && control !== undefined) {
    throw new RangeError(
      "Cannot use --control with --compat alpaca-v1: the original controls for length alone",
    );
  }
  return {
    ...control ? { traits: control.split(",") as TraitName[] } : {},
    ...compat === undefined
      ? {}
      : { penalty: { l1: c === undefined || c === "cv" ? "chosen" : c } },
  };
}

/** How lengths are controlled for, as the options and their files say. */
export async function controlOf(given: Given): Promise<alpacaEval.Control> {
  const control = plainControl(given);
  const difficulties = given.difficulty === undefined ? undefined : await rowsOf(
    given.difficulty,
    z.looseObject({ instruction: z.string(), difficulty: z.number() }),
    ["difficulty"],
  );
  const ids = difficulties && questionIds(difficulties.map(({ instruction }) => instruction));
  const gamed = given.gamed === undefined ? undefined : await rowsOf(
    given.gamed,
    z.strictObject({
      length: z.number(),
      difficulty: z.number().exactOptional(),
      preference: z.number().min(0).max(1),
      weight: z.number().positive().exactOptional(),
    }),
    ["length", "difficulty", "preference", "weight"],
  );
  return {
    ...control,
    ...difficulties
      ? { difficulty: Object.fromEntries(difficulties.map((row, i) => [ids![i]!, row.difficulty])) }
      : {},
    ...gamed ? { gamed } : {},
  };
}
