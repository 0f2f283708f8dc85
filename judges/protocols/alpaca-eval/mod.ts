import { jsonText, type Rng } from "../../../core/mod.ts";
import { comparisons } from "../asks.ts";
import type { Field } from "../field.ts";
import { ofPairings, winRate } from "../noise.ts";
import { type Given, need, shared } from "../options.ts";
import { pairings } from "../pairings.ts";
import { jury, juryName } from "../panel.ts";
import {
  names,
  type Prepared,
  type Protocol,
  type Recomputed,
  type UserFiles,
} from "../protocol.ts";
import { ofField } from "../texts.ts";
import { PAIR } from "../verdicts.ts";
import { answering } from "./answering.ts";
import { type Control, reduce } from "./figures.ts";
import { annotations, join, type Preferred, preferred } from "./files.ts";
import { options, plainControl } from "./options.ts";
import { wording } from "./prompt.ts";
import { controlOf, publishedIn } from "./reading.ts";
import { type Annotated, fromAnnotations, juryOf, scoringsOf } from "./recorded.ts";
import { annotation, modelOutput } from "./rows.ts";

/** AlpacaEval 2: win-rates against a baseline, raw and at equal length. */

export * from "./figures.ts";
export * from "./files.ts";
export * from "./recorded.ts";
export * from "./rows.ts";
export * from "./traits.ts";

const title = "AlpacaEval";
const fixtures = "tests/fixtures/protocols/alpaca";

/** The protocol, as `judges/protocols/all.ts` lists it. */
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
  answering,
  noise: { "win-rate": winRate },
  async prepare(given, read) {
    const [answers, baseline] = need(
      given,
      [shared.answers, shared.baseline],
      `judge by ${title}`,
    );
    const rows = async (path: string) => ({
      rows: await read.rows(path, modelOutput),
      place: path,
    });
    const { field, flaws, notes } = join(
      await rows(baseline),
      await Promise.all(answers.map(rows)),
      read.keepThoughts,
    );
    const control = await controlOf(given, read);
    const { doubts, ...published } = await publishedIn(given, read);
    const order = field.questions.map(({ id }) => id);
    const prepared = ofAnswers(field, names(read, answers), given, control(order));
    return {
      ...prepared,
      figures: (lines, rng) => ({ ...prepared.figures(lines, rng), ...published }),
      ...{ flaws, notes: [...notes, ...doubts] },
    };
  },
  ofRun: ({ field, on }, given) => ofAnswers(field, on, given, plainControl(given)),
  recompute,
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
        jsonText(annotations(pairings(lines), field, judge), "annotations.json", 2)
      }\n`,
    }),
  };
}

/** Somebody's annotations, of each annotator by itself and of all of them as a jury. */
async function recompute(given: Given, read: UserFiles, rng: Rng): Promise<Recomputed[]> {
  const [paths] = need(given, [shared.annotations], `recompute ${title}`);
  const rows = (await Promise.all(
    paths.map((path) => read.rows(path, annotation, ["preference"])),
  )).flat();
  const on = names(read, paths);
  const control = await controlOf(given, read);
  const { traits } = plainControl(given);
  const { baseline, annotators } = fromAnnotations(rows, on, {
    traits,
    keepThoughts: read.keepThoughts,
  });
  const { doubts, ...published } = await publishedIn(given, read);
  const of = (
    found: Pick<Annotated, "annotator" | "rows" | "texts" | "flaws" | "notes">,
    random: Rng,
  ): Recomputed => {
    const { leaderboard, ...figures } = reduce(found.rows, control(orderOf(found.rows)), random);
    return {
      ...figures,
      ...published,
      ...{ on, baseline, judge: found.annotator, flaws: found.flaws },
      notes: [...found.notes, ...doubts],
      tables: { "leaderboard.csv": leaderboard },
      texts: found.texts,
      scorings: { "win-rate": scoringsOf(found.rows) },
    };
  };
  const kind = given.get(jury);
  const [first, ...others] = annotators;
  const each = annotators.map((one) =>
    of(one, others.length === 0 ? rng : rng.split(one.annotator))
  );
  if (kind === undefined || others.length === 0) return each;
  const named = juryName(kind, annotators.map(({ annotator }) => annotator));
  const all = { ...first!, annotator: named, rows: juryOf(kind, annotators), notes: [] };
  return [...each, { ...of(all, rng.split(named)), jury: kind }];
}

/** The questions in the order of the model that has most of them. */
function orderOf(rows: readonly Preferred[]): string[] {
  const models = [...Map.groupBy(rows, ({ model }) => model).values()];
  const most = models.reduce((most, own) => own.length > most.length ? own : most, []);
  return most.map(({ question }) => question);
}
