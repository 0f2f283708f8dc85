import * as stats from "../../../stats/mod.ts";
import { comparisons } from "../asks.ts";
import { type Field, joined } from "../field.ts";
import { winRate } from "../noise.ts";
import { type Given, need, type Option, shared } from "../options.ts";
import { pairings } from "../pairings.ts";
import { names, type Prepared, type Protocol, type UserFiles } from "../protocol.ts";
import { beside, ofField } from "../texts.ts";
import { FIVE } from "../verdicts.ts";
import { scoringsOf } from "./battles.ts";
import { reduce } from "./figures.ts";
import {
  answer,
  battlesOf,
  entrant,
  exported,
  fromJudgments,
  judgment,
  question,
  questionsOf,
  styleOf,
} from "./files.ts";
import { wording } from "./prompt.ts";

/** Arena-Hard: pairs against a baseline with five labels, and ratings of all models together. */

export * from "./battles.ts";
export * from "./figures.ts";
export * from "./files.ts";
export * from "./labels.ts";

const title = "Arena-Hard";
const fixtures = "tests/fixtures/protocols/arena";

const ties: Option<stats.Ties> = {
  name: "ties",
  value: "<model>",
  part: "verdicts",
  help: "Arena-Hard's ratings: ties are half wins, or outcomes of their own",
  choices: stats.tieModels,
};

export const protocol: Protocol = {
  id: "arena-hard",
  title,
  headline: ["win-rate"],
  options: [
    ...[shared.answers, shared.baseline, shared.questions],
    ...[shared.judgments, shared.orders, ties],
  ],
  recorded: shared.judgments,
  examples: [
    `--judge remote --questions ${fixtures}-questions.jsonl --answers ${fixtures}-model.jsonl --baseline ${fixtures}-baseline.jsonl --out judged/arena`,
  ],
  wording,
  reply: { pair: FIVE },
  noise: { "win-rate": winRate },
  async prepare(given, read) {
    const [path, answers, baseline] = need(
      given,
      [shared.questions, shared.answers, shared.baseline],
      `judge by ${title}`,
    );
    const questions = questionsOf(await read.rows(path, question));
    const one = async (place: string) => ({ entrant: await entrantIn(read, place), place });
    const models = await Promise.all(answers.map(one));
    const { field, notes } = joined(questions, path, models, await one(baseline));
    return { ...ofAnswers(field, names(read, answers), given), notes };
  },
  ofRun: ({ field, on }, given) => ofAnswers(field, on, given),
  async recompute(given, read, rng) {
    const [paths] = need(given, [shared.judgments], `recompute ${title}`);
    const rows = (await Promise.all(paths.map((path) => read.rows(path, judgment)))).flat();
    const [baseline, ...others] = new Set(rows.map(({ baseline }) => baseline));
    if (baseline === undefined || others.length > 0) {
      throw new RangeError(
        `Cannot recompute ${title}: field "baseline" must be one model: found ${
          baseline === undefined ? "no rows" : [baseline, ...others].join(", ")
        }`,
      );
    }
    const entrants = await Promise.all(
      (given.get(shared.answers) ?? []).map((path) => entrantIn(read, path)),
    );
    const known = new Map(entrants.map((entrant) => [entrant.model, entrant.styles]));
    const questions = given.get(shared.questions);
    const texts = questions === undefined ? [] : await read.rows(questions, question);
    const battles = fromJudgments(rows);
    return {
      ...reduce(battles, {
        baseline,
        ...tied(given),
        ...entrants.length === 0 ? {} : {
          styles: (model, _seed, question) => [
            known.get(model)?.get(question),
            known.get(baseline)?.get(question),
          ],
        },
      }, rng),
      on: names(read, paths),
      baseline,
      judge: [...new Set(rows.map(({ judge }) => judge))].join(", "),
      notes: [],
      scorings: { "win-rate": scoringsOf(battles) },
      texts: beside(
        new Set(battles.map(({ question }) => question)),
        questionsOf(texts),
        entrants,
      ),
    };
  },
};

const entrantIn = async (read: UserFiles, path: string) =>
  entrant(await read.rows(path, answer), path);

function tied({ get }: Given): { readonly ties?: stats.Ties } {
  const model = get(ties);
  return model === undefined ? {} : { ties: model };
}

function ofAnswers(field: Field, on: string, given: Given): Prepared {
  const { baseline: { model: baseline } } = field;
  const asks = comparisons(field, { orders: given.get(shared.orders) ?? "both", turns: 1 });
  const styles = stylesIn(field);
  return {
    on,
    baseline,
    asks,
    notes: [],
    texts: () => ofField(field, asks),
    figures: (lines, rng) =>
      reduce(battlesOf(pairings(lines)), { baseline, ...tied(given), styles }, rng),
    scorings: (lines) => ({ "win-rate": scoringsOf(battlesOf(pairings(lines))) }),
    files: (lines, judge) => ({ "judgments.jsonl": exported(pairings(lines), field, judge) }),
  };
}

/** Styles of a model's answers and those they stand against, as files have them or counted. */
function stylesIn({ baseline, models }: Field) {
  const styled = (
    { answers, styles }: {
      readonly answers: Field["baseline"]["answers"];
      readonly styles?: ReadonlyMap<string, stats.Style>;
    },
    question: string,
  ) => {
    const text = answers.get(question)?.[0];
    return styles?.get(question) ?? (text === undefined ? undefined : styleOf(text));
  };
  return (model: string, seed: number | undefined, question: string) => {
    const own = models.find((entrant) => entrant.model === model && entrant.seed === seed);
    if (!own) return undefined;
    return [own, own.against ? { answers: own.against } : baseline].map((side) =>
      styled(side, question)
    ) as [stats.Style | undefined, stats.Style | undefined];
  };
}
