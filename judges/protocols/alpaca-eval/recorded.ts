import * as stats from "../../../stats/mod.ts";
import { answersIn, type Flaws, flawsNote } from "../answers.ts";
import { seeded } from "../field.ts";
import type { Scoring } from "../noise.ts";
import { type Jury, together, verdictOf } from "../panel.ts";
import { questionText, type Texts } from "../texts.ts";
import { latest, repetitionsNote } from "../unique.ts";
import { type Preferred, seen } from "./files.ts";
import { type Annotation, idsOf, questionOf } from "./rows.ts";
import type { TraitName } from "./traits.ts";

/** Somebody's annotations. */

/** What one annotator said. */
export interface Annotated {
  readonly annotator: string;
  readonly rows: readonly Preferred[];
  readonly texts: Texts;
  readonly flaws: ReadonlyMap<string, Flaws>;
  readonly notes: readonly string[];
}

/** How annotations are read. */
export interface ReadOptions {
  readonly traits?: readonly TraitName[] | undefined;
  readonly keepThoughts?: boolean;
}

/** Rows by annotator, one a model and question; a RangeError where baselines differ. */
export function fromAnnotations(
  all: readonly Annotation[],
  place: string,
  options: ReadOptions = {},
): { readonly baseline: string; readonly annotators: readonly Annotated[] } {
  const [baseline, ...others] = new Set(all.map(({ generator_1 }) => generator_1));
  if (baseline === undefined) throw new RangeError(`Cannot recompute ${place}: it holds no rows`);
  if (others.length > 0) {
    throw new RangeError(
      `Cannot recompute ${place}: field "generator_1" must be one baseline: found ${
        [baseline, ...others].join(", ")
      }`,
    );
  }
  const annotators = Map.groupBy(all, ({ annotator }) => annotator ?? "unknown");
  return {
    baseline,
    annotators: [...annotators].map(([annotator, rows]) => annotated(annotator, rows, options)),
  };
}

const valid = ({ preference }: Annotation) => preference !== null && preference !== -1;

function annotated(
  annotator: string,
  all: readonly Annotation[],
  { traits, keepThoughts = false }: ReadOptions,
): Annotated {
  // One question has one answer of the baseline: another one tells another question.
  const unique = latest(
    all,
    (row) => JSON.stringify([row.generator_2, questionOf(row), row.output_1]),
    { valid, said: ({ preference, output_2 }) => [preference, output_2] },
  );
  const byModel = [...Map.groupBy(unique.rows, ({ generator_2 }) => generator_2)]
    .map(([model, rows]) => ({ model, rows, ids: idsOf(rows) }));
  const rows = byModel.flatMap(({ model, rows, ids }) =>
    rows.map((row, i): Preferred => {
      const [one, other] = [row.output_1, row.output_2].map((text) =>
        answersIn([{ id: "", turns: [text] }], keepThoughts).answers.get("")?.[0] ?? text
      );
      return {
        question: ids[i]!,
        model,
        ...valid(row)
          ? { preference: stats.fromAlpacaPreference(row.preference!) }
          : { failure: { failure: "malformed", reason: "The file has no preference here" } },
        ...seen(one!, other!, traits),
      };
    })
  );
  const flaws = new Map(byModel.map(({ model, rows, ids }) => {
    const outputs = rows.map(({ output_2 }, i) => ({ id: ids[i]!, turns: [output_2] }));
    return [model, answersIn(outputs, keepThoughts).flaws];
  }));
  return {
    ...{ annotator, rows, flaws },
    texts: textsOf(byModel),
    notes: [
      ...repetitionsNote(unique, annotator),
      ...byModel.flatMap(({ model, rows, ids }) => twofold(annotator, model, rows.length, ids)),
      ...[...flaws].flatMap(([model, own]) => flawsNote(model, own)),
      ...zeroNote(annotator, unique.rows),
    ],
  };
}

/** Says how many questions share an instruction, which a rerun against other answers looks like. */
function twofold(annotator: string, model: string, n: number, ids: readonly string[]): string[] {
  const again = ids.filter((id) => id.includes("#")).length;
  return again === 0 ? [] : [
    `${annotator}, ${model}: ${again} of ${n} rows repeat an instruction with another answer of the baseline: taken for questions of their own`,
  ];
}

function zeroNote(annotator: string, rows: readonly Annotation[]): string[] {
  const known = rows.filter(valid).map(({ preference }) => preference!);
  const doubtful = known.includes(0) && known.includes(1) && known.every((p) => p <= 1);
  return !doubtful ? [] : [
    `${annotator}: every preference is 0 or 1, which AlpacaEval reads as a tie and a win of the baseline; if 1 was meant for the model write 2, and 1 for the baseline`,
  ];
}

/** What several annotators say together, on what all of them judged. */
export function juryOf(kind: Jury, annotators: readonly Annotated[]): Preferred[] {
  const key = ({ question, model }: Preferred) => JSON.stringify([model, question]);
  const { all } = together(annotators.map(({ rows }) => rows), key);
  return all.map(([row, ...others]): Preferred => {
    const rows = [row!, ...others];
    const found = rows.flatMap(({ preference }) => preference ?? []);
    const { question, model, lengths, traits } = row!;
    return {
      ...{ question, model, lengths },
      ...traits ? { traits } : {},
      ...found.length === rows.length
        ? { preference: verdictOf(kind, found) }
        : { failure: { failure: "not recorded", reason: "A judge of the jury has no verdict" } },
    };
  });
}

/** Somebody's preferences, whatever orders they are of. */
export const scoringsOf = (rows: readonly Preferred[]): Scoring[] =>
  rows.flatMap(({ question, model, seed, preference }) =>
    preference === undefined ? [] : [{ question, model, ...seeded(seed), value: preference }]
  );

/** Instructions and both outputs; of rows of several models each output of the baseline once. */
function textsOf(
  models: readonly {
    readonly rows: readonly Annotation[];
    readonly ids: readonly string[];
  }[],
): Texts {
  const questions = new Map<string, Texts["questions"][number]>();
  const answers = new Map<string, Texts["answers"][number]>();
  for (const { rows, ids } of models) {
    rows.forEach((row, i) => {
      const question = ids[i]!;
      const category = row.dataset ? { category: row.dataset } : {};
      questions.set(
        question,
        questionText({ id: question, turns: [questionOf(row)], ...category }),
      );
      for (
        const [model, text] of [
          [row.generator_1, row.output_1],
          [row.generator_2, row.output_2],
        ] as const
      ) {
        answers.set(JSON.stringify([question, model, text]), { question, model, turns: [text] });
      }
    });
  }
  return { questions: [...questions.values()], answers: [...answers.values()] };
}
