import { basename } from "node:path";
import { z } from "zod";
import { readRows } from "../../lab/rows.ts";
import {
  alpacaEval,
  comparisons,
  type Field,
  judgeNoise,
  judgeTexts,
  pairings,
  questionIds,
  replyVerdicts,
} from "../../mod.ts";
import { here } from "../input.ts";
import { type Given, names, need, type Prepared, type Protocol } from "./protocol.ts";

const pretty = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

const left = (what: string, own: number, other: number): string[] =>
  own + other === 0 ? [] : [
    `${what}: ${own} answers have no partner in the baseline, and ${other} of the baseline's have none here: left out`,
  ];

/** How AlpacaEval's lengths are controlled for, as the options say. */
async function controlOf(given: Given): Promise<alpacaEval.Control> {
  const { compat, c } = given;
  if (c !== undefined && compat === undefined) {
    throw new RangeError(
      "Cannot use --C without --compat alpaca-v1: our own fit has no such number",
    );
  }
  const difficulties = given.difficulty === undefined ? undefined : await readRows(
    here(given.difficulty),
    z.looseObject({ instruction: z.string(), difficulty: z.number() }),
  );
  const ids = difficulties && questionIds(difficulties.map(({ instruction }) => instruction));
  const gamed = given.gamed === undefined ? undefined : await readRows(
    here(given.gamed),
    z.strictObject({
      length: z.number(),
      difficulty: z.number().exactOptional(),
      preference: z.number().min(0).max(1),
      weight: z.number().positive().exactOptional(),
    }),
  );
  return {
    ...difficulties
      ? { difficulty: Object.fromEntries(difficulties.map((row, i) => [ids![i]!, row.difficulty])) }
      : {},
    ...gamed ? { gamed } : {},
    ...compat === undefined
      ? {}
      : { penalty: { l1: c === undefined || c === "cv" ? "chosen" : c } },
  };
}

export const alpaca: Protocol = {
  title: "AlpacaEval 2",
  headline: ["win-rate"],
  async prepare(given) {
    need(given, ["answers", "baseline"], "judge by AlpacaEval");
    const read = async (path: string) => ({
      rows: await readRows(here(path), alpacaEval.modelOutput),
      place: path,
    });
    const { field, leftover } = alpacaEval.join(
      await read(given.baseline!),
      await Promise.all(given.answers!.map(read)),
    );
    const control = await controlOf(given);
    return {
      ...ofAlpaca(field, names(given.answers!), given, control),
      notes: Object.entries(leftover).flatMap(([model, { own, baseline }]) =>
        left(model, own, baseline)
      ),
    };
  },
  ofField: (field, on, given) => ofAlpaca(field, on, given, {}),
  async recompute(given, rng) {
    need(given, ["annotations"], "recompute AlpacaEval");
    const rows = await readRows(here(given.annotations!), alpacaEval.annotation);
    const found = alpacaEval.fromAnnotations(rows, given.annotations!);
    const { leaderboard, ...reduced } = alpacaEval.reduce(
      found.rows,
      await controlOf(given),
      rng,
    );
    return {
      ...reduced,
      on: basename(given.annotations!),
      baseline: found.baseline,
      judge: [...new Set(rows.map(({ annotator }) => annotator ?? "unknown"))].join(", "),
      notes: [],
      files: { "leaderboard.csv": leaderboard },
      texts: judgeTexts.ofAnnotations(rows),
      scorings: { "win-rate": judgeNoise.ofPreferred(found.rows) },
    };
  },
};

function ofAlpaca(
  field: Field,
  on: string,
  { orders }: Given,
  control: alpacaEval.Control,
): Prepared {
  return {
    on,
    field,
    baseline: field.baseline.model,
    asks: comparisons(field, { orders, turns: 1 }),
    notes: [],
    pair: replyVerdicts.PAIR,
    token: true,
    reduce(lines, rng) {
      const { leaderboard, ...reduced } = alpacaEval.reduce(
        alpacaEval.preferred(pairings(lines), field),
        control,
        rng,
      );
      return { ...reduced, tables: { "leaderboard.csv": leaderboard } };
    },
    scorings: (lines) => ({ "win-rate": judgeNoise.ofPairings(pairings(lines)) }),
    files: (lines, judge) => ({
      "annotations.json": pretty(alpacaEval.annotations(pairings(lines), field, judge)),
    }),
  };
}
