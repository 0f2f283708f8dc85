import { basename } from "node:path";
import {
  alpacaEval,
  comparisons,
  type Field,
  judgeNoise,
  judgeTexts,
  pairings,
  replyVerdicts,
} from "../../mod.ts";
import { controlOf, plainControl, publishedIn, rowsOf } from "./alpaca-files.ts";
import { type Given, names, need, type Prepared, type Protocol } from "./protocol.ts";

const pretty = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

const left = (what: string, own: number, other: number): string[] =>
  own + other === 0 ? [] : [
    `${what}: ${own} answers have no partner in the baseline, and ${other} of the baseline's have none here: left out`,
  ];

export const alpaca: Protocol = {
  title: "AlpacaEval 2",
  headline: ["win-rate"],
  async prepare(given) {
    need(given, ["answers", "baseline"], "judge by AlpacaEval");
    const read = async (path: string) => ({
      rows: await rowsOf(path, alpacaEval.modelOutput),
      place: path,
    });
    const { field, leftover } = alpacaEval.join(
      await read(given.baseline!),
      await Promise.all(given.answers!.map(read)),
    );
    const control = await controlOf(given);
    const published = await publishedOf(given);
    const judged = ofAlpaca(field, names(given.answers!), given, control);
    return {
      ...judged,
      reduce: (lines, rng) => ({ ...judged.reduce(lines, rng), ...published }),
      notes: Object.entries(leftover).flatMap(([model, { own, baseline }]) =>
        left(model, own, baseline)
      ),
    };
  },
  ofField: (field, on, given) => ofAlpaca(field, on, given, plainControl(given)),
  async recompute(given, rng) {
    need(given, ["annotations"], "recompute AlpacaEval");
    const rows = await rowsOf(given.annotations!, alpacaEval.annotation, ["preference"]);
    const control = await controlOf(given);
    const found = alpacaEval.fromAnnotations(rows, given.annotations!, control.traits);
    const { leaderboard, ...reduced } = alpacaEval.reduce(
      found.rows,
      control,
      rng,
    );
    return {
      ...reduced,
      ...await publishedOf(given),
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

const publishedOf = async ({ leaderboard }: Given) =>
  leaderboard === undefined ? {} : { published: await publishedIn(leaderboard) };

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
        alpacaEval.preferred(pairings(lines), field, control.traits),
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
