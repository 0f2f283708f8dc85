import { type Judged, type Question, questionIds } from "../../core/mod.ts";
import type { Annotation } from "./alpaca-eval.ts";
import { type Ask, type Entrant, type Field, seeded } from "./protocol.ts";
import type { RewardRow } from "./reward-bench-files.ts";

/** What was asked and answered, for who reads single verdicts. */
export type Texts = NonNullable<Judged["texts"]>;

const asked = ({ id, turns, category }: Question): Texts["questions"][number] => ({
  id,
  turns: [...turns],
  ...category === undefined ? {} : { category },
});

/** The questions that were asked, and every answer to them; a baseline that answers nothing has none. */
export function ofField({ questions, baseline, models }: Field, asks: readonly Ask[]): Texts {
  const judged = new Set(asks.map(({ about }) => about.question));
  const own = questions.filter(({ id }) => judged.has(id));
  return { questions: own.map(asked), answers: [baseline, ...models].flatMap(answersOf(own)) };
}

const answersOf =
  (questions: readonly Pick<Question, "id">[]) =>
  ({ model, seed, answers }: Entrant): Texts["answers"] =>
    questions.flatMap(({ id }) => {
      const turns = answers.get(id);
      return turns ? [{ question: id, model, ...seeded(seed), turns: [...turns] }] : [];
    });

/** Instructions and both outputs; of rows of several models each output of the baseline once. */
export function ofAnnotations(rows: readonly Annotation[]): Texts {
  const questions = new Map<string, Texts["questions"][number]>();
  const answers = new Map<string, Texts["answers"][number]>();
  for (const own of Map.groupBy(rows, ({ generator_2 }) => generator_2).values()) {
    const ids = questionIds(own.map(({ instruction }) => instruction));
    own.forEach((row, i) => {
      const question = ids[i]!;
      questions.set(
        question,
        asked({
          id: question,
          turns: [row.instruction],
          ...row.dataset ? { category: row.dataset } : {},
        }),
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

/** Prompts, and answers by what the rows call them: "chosen" and "rejected", numbered where several. */
export function ofRewardRows(rows: readonly RewardRow[]): Texts {
  return {
    questions: rows.map(({ id, prompt, subset }) =>
      asked({ id: `${id}`, turns: [prompt], category: subset })
    ),
    answers: rows.flatMap(({ id, chosen, rejected }) =>
      Object.entries({ chosen, rejected }).flatMap(([name, texts]) =>
        [texts].flat().map((text, i, { length }) => ({
          question: `${id}`,
          model: length > 1 ? `${name} ${i + 1}` : name,
          turns: [text],
        }))
      )
    ),
  };
}

/** What is known beside somebody's judgements; undefined where that is nothing. */
export function beside(
  judged: ReadonlySet<string>,
  questions: readonly Question[],
  entrants: readonly Entrant[],
): Texts | undefined {
  if (questions.length + entrants.length === 0) return undefined;
  const known = new Map(questions.map((question) => [question.id, question]));
  // A question without its words goes by its id, as it does where no words are known at all.
  const own = [...judged].map((id) => known.get(id) ?? { id, turns: [id] });
  return { questions: own.map(asked), answers: entrants.flatMap(answersOf(own)) };
}
