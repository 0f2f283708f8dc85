import type { Rng } from "../../../core/mod.ts";
import * as stats from "../../../stats/mod.ts";
import { flawsNote } from "../answers.ts";
import { comparisons } from "../asks.ts";
import { type Field, joined } from "../field.ts";
import { winRate } from "../noise.ts";
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
import { beside, ofField } from "../texts.ts";
import { FIVE } from "../verdicts.ts";
import { answering } from "./answering.ts";
import { scoringsOf } from "./battles.ts";
import { reduce } from "./figures.ts";
import { battlesOf, entrant, exported } from "./files.ts";
import { category, options, ties } from "./options.ts";
import { wording } from "./prompt.ts";
import type { ArenaOptions } from "./ratings.ts";
import { juryOf, type Part, partsOf } from "./recorded.ts";
import { answer, judgment, question, questionsOf } from "./rows.ts";
import { styleOf, type Styles, stylesOf } from "./styles.ts";

/** Arena-Hard: pairs against a baseline with five labels, and ratings of all models together. */

export * from "./battles.ts";
export * from "./figures.ts";
export * from "./files.ts";
export * from "./labels.ts";
export * from "./recorded.ts";
export * from "./rows.ts";
export * from "./styles.ts";

const title = "Arena-Hard";
const fixtures = "tests/fixtures/protocols/arena";

/** The protocol, as `judges/protocols/all.ts` lists it. */
export const protocol: Protocol = {
  id: "arena-hard",
  title,
  headline: ["win-rate"],
  options,
  recorded: shared.judgments,
  examples: [
    `--judge remote --questions ${fixtures}-questions.jsonl --answers ${fixtures}-model.jsonl --baseline ${fixtures}-baseline.jsonl --out judged/arena`,
    `--judgments ${fixtures}-judgments.jsonl`,
  ],
  wording,
  reply: { pair: FIVE },
  answering,
  noise: { "win-rate": winRate },
  async prepare(given, read) {
    const [path, answers, baseline] = need(
      given,
      [shared.questions, shared.answers, shared.baseline],
      `judge by ${title}`,
    );
    const wanted = given.get(category);
    const all = questionsOf(await read.rows(path, question));
    const questions = wanted === undefined ? all : all.filter((one) => one.category === wanted);
    if (questions.length === 0) {
      throw new RangeError(`Cannot judge ${path}: it has no question in category ${wanted}`);
    }
    const one = async (place: string) => ({ entrant: await entrantIn(read, place), place });
    const models = await Promise.all(answers.map(one));
    const base = await one(baseline);
    const { field, notes } = joined(questions, path, models, base);
    const styles = stylesOf([base, ...models].map(({ entrant }) => entrant));
    return {
      ...ofAnswers(field, names(read, answers), given, styles),
      flaws: new Map(models.map(({ entrant: { model, flaws } }) => [model, flaws])),
      notes: [...notes, ...styles.notes],
    };
  },
  ofRun: ({ field, on }, given) => ofAnswers(field, on, given),
  recompute,
};

const entrantIn = async (read: UserFiles, path: string) =>
  entrant(await read.rows(path, answer), path, read.keepThoughts);

function tied({ get }: Given): { readonly ties?: stats.Ties } {
  const model = get(ties);
  return model === undefined ? {} : { ties: model };
}

/** Somebody's judgements, of each judge and each baseline by itself, and of all judges as a jury. */
async function recompute(given: Given, read: UserFiles, rng: Rng): Promise<Recomputed[]> {
  const [paths] = need(given, [shared.judgments], `recompute ${title}`);
  const rows = (await Promise.all(paths.map((path) => read.rows(path, judgment)))).flat();
  const path = given.get(shared.questions);
  const questions = path === undefined ? [] : questionsOf(await read.rows(path, question));
  const entrants = await Promise.all(
    (given.get(shared.answers) ?? []).map((path) => entrantIn(read, path)),
  );
  const styles = entrants.length === 0 ? undefined : stylesOf(entrants);
  const parts = partsOf(rows, {
    baseline: given.get(shared.baseline),
    category: given.get(category),
    categories: new Map(
      questions.flatMap(({ id, category }) => category === undefined ? [] : [[id, category]]),
    ),
  });
  const on = names(read, paths);
  const of = (
    { judge, baseline, battles, notes, category }: Part,
    random: Rng,
    more: Pick<ArenaOptions, "legacy"> = {},
  ): Recomputed => ({
    ...reduce(battles, {
      baseline,
      ...tied(given),
      ...more,
      ...styles
        ? {
          styles: (model, _seed, question) => [
            styles.of(model, question),
            styles.of(baseline, question),
          ],
        }
        : {},
    }, random),
    on: category === undefined ? on : `${on}, ${category}`,
    ...{ baseline, judge, part: category },
    flaws: new Map(entrants.map(({ model, flaws }) => [model, flaws])),
    notes: [
      ...notes,
      ...styles?.notes ?? [],
      ...entrants.flatMap(({ model, flaws }) => flawsNote(model, flaws)),
    ],
    scorings: { "win-rate": scoringsOf(battles) },
    texts: beside(new Set(battles.map(({ question }) => question)), questions, entrants),
  });
  const split = ({ judge, category = "" }: Part) =>
    parts.length === 1 ? rng : rng.split(`${judge} ${category}`);
  return [
    ...parts.map((part) => of(part, split(part))),
    ...juries(parts, given).map(({ kind, part, judges }) => ({
      ...of(
        part,
        split(part),
        kind === "mean" ? { legacy: judges.flatMap(({ battles }) => battles) } : {},
      ),
      jury: kind,
    })),
  ];
}

/** A jury of each part that has several judges, where one is asked for. */
function juries(parts: readonly Part[], given: Given) {
  const kind = given.get(jury);
  if (kind === undefined) return [];
  if (kind === "mean" && (given.get(ties) ?? "half") !== "half") {
    throw new RangeError("Cannot use --ties with --jury mean: a mean of verdicts is no outcome");
  }
  return [...Map.groupBy(parts, ({ category }) => category).values()].flatMap((judges) => {
    const [first, ...others] = judges;
    if (others.length === 0) return [];
    const judge = juryName(kind, judges.map(({ judge }) => judge));
    return [{ kind, judges, part: { ...first!, judge, battles: juryOf(kind, judges), notes: [] } }];
  });
}

function ofAnswers(field: Field, on: string, given: Given, styles?: Styles): Prepared {
  const { baseline: { model: baseline } } = field;
  const asks = comparisons(field, { orders: given.get(shared.orders) ?? "both", turns: 1 });
  const categories = new Map(
    field.questions.flatMap(({ id, category }) => category === undefined ? [] : [[id, category]]),
  );
  const options = { baseline, ...tied(given), styles: styled(field, styles) };
  return {
    on,
    baseline,
    asks,
    notes: [],
    texts: () => ofField(field, asks),
    figures: (lines, rng) => reduce(battlesOf(pairings(lines), categories), options, rng),
    scorings: (lines) => ({ "win-rate": scoringsOf(battlesOf(pairings(lines))) }),
    files: (lines, judge) => ({ "judgments.jsonl": exported(pairings(lines), field, judge) }),
  };
}

/** Styles of a model's answer and the one it stands against; of prefbench's own policies counted here. */
function styled(
  { baseline, models }: Field,
  styles: Styles | undefined,
): NonNullable<ArenaOptions["styles"]> {
  return (model, seed, question) => {
    const own = models.find((entrant) => entrant.model === model && entrant.seed === seed);
    if (!own) return undefined;
    if (styles && !own.against) {
      return [styles.of(model, question), styles.of(baseline.model, question)];
    }
    return [own.answers, own.against ?? baseline.answers].map((answers) => {
      const text = answers.get(question)?.[0];
      return text === undefined ? undefined : styleOf(text);
    }) as [stats.Style | undefined, stats.Style | undefined];
  };
}
