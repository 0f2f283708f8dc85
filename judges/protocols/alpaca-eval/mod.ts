import { comparisons } from "../asks.ts";
import type { Field } from "../field.ts";
import { ofPairings, winRate } from "../noise.ts";
import { type Given, need, shared } from "../options.ts";
import { pairings } from "../pairings.ts";
import { names, type Prepared, type Protocol } from "../protocol.ts";
import { ofField } from "../texts.ts";
import { PAIR } from "../verdicts.ts";
import { type Control, reduce } from "./figures.ts";
import {
  annotation,
  annotations,
  fromAnnotations,
  join,
  modelOutput,
  preferred,
  scoringsOf,
  textsOf,
} from "./files.ts";
import { options, plainControl } from "./options.ts";
import { wording } from "./prompt.ts";
import { controlOf, publishedIn, rowsOf } from "./reading.ts";

/** AlpacaEval 2: win-rates against a baseline, raw and at equal length. */

export * from "./figures.ts";
export * from "./files.ts";
export * from "./traits.ts";

const title = "AlpacaEval";
const fixtures = "tests/fixtures/protocols/alpaca";

export const protocol: Protocol = {
  id: "alpaca-eval",
  title,
  headline: ["win-rate"],
  options,
  recorded: shared.annotations,
  examples: [
    `--annotations ${fixtures}-annotations.json --json`,
    `--annotations ${fixtures}-annotations.csv --leaderboard ${fixtures}-leaderboard.csv`,
    `--judge remote --answers ${fixtures}-model.json --baseline ${fixtures}-baseline.json --out judged/alpaca`,
  ],
  wording,
  reply: { pair: PAIR, token: true },
  noise: { "win-rate": winRate },
  async prepare(given, read) {
    const [answers, baseline] = need(
      given,
      [shared.answers, shared.baseline],
      `judge by ${title}`,
    );
    const rows = async (path: string) => ({
      rows: await rowsOf(read, path, modelOutput),
      place: path,
    });
    const { field, leftover } = join(await rows(baseline), await Promise.all(answers.map(rows)));
    const control = await controlOf(given, read);
    const published = await publishedIn(given, read);
    const prepared = ofAnswers(field, names(read, answers), given, control);
    return {
      ...prepared,
      figures: (lines, rng) => ({ ...prepared.figures(lines, rng), ...published }),
      notes: Object.entries(leftover).flatMap(([model, { own, baseline }]) =>
        own + baseline === 0 ? [] : [
          `${model}: ${own} answers have no partner in the baseline, and ${baseline} of the baseline's have none here: left out`,
        ]
      ),
    };
  },
  ofRun: ({ field, on }, given) => ofAnswers(field, on, given, plainControl(given)),
  async recompute(given, read, rng) {
    const [path] = need(given, [shared.annotations], `recompute ${title}`);
    const rows = await rowsOf(read, path, annotation, ["preference"]);
    const control = await controlOf(given, read);
    const found = fromAnnotations(rows, path, control.traits);
    const { leaderboard, ...figures } = reduce(found.rows, control, rng);
    return {
      ...figures,
      ...await publishedIn(given, read),
      on: read.name(path),
      baseline: found.baseline,
      judge: [...new Set(rows.map(({ annotator }) => annotator ?? "unknown"))].join(", "),
      notes: [],
      tables: { "leaderboard.csv": leaderboard },
      texts: textsOf(rows),
      scorings: { "win-rate": scoringsOf(found.rows) },
    };
  },
};

function ofAnswers(field: Field, on: string, { get }: Given, control: Control): Prepared {
  const asks = comparisons(field, { orders: get(shared.orders) ?? "both", turns: 1 });
  return {
    on,
    baseline: field.baseline.model,
    asks,
    notes: [],
    texts: () => ofField(field, asks),
    figures(lines, rng) {
      const { leaderboard, ...figures } = reduce(
        preferred(pairings(lines), field, control.traits),
        control,
        rng,
      );
      return { ...figures, tables: { "leaderboard.csv": leaderboard } };
    },
    scorings: (lines) => ({ "win-rate": ofPairings(pairings(lines)) }),
    files: (lines, judge) => ({
      "annotations.json": `${
        JSON.stringify(annotations(pairings(lines), field, judge), null, 2)
      }\n`,
    }),
  };
}
