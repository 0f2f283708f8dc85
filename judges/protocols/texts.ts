import type { Judged, Question } from "../../core/mod.ts";
import type { Ask } from "./asks.ts";
import { type Entrant, type Field, seeded } from "./field.ts";

/** What was asked and answered, for who reads single verdicts. */
export type Texts = NonNullable<Judged["texts"]>;

/** A question as files hold it. */
export const questionText = ({ id, turns, category }: Question): Texts["questions"][number] => ({
  id,
  turns: [...turns],
  ...category === undefined ? {} : { category },
});

/** The questions that were asked, and every answer to them; a baseline that answers nothing has none. */
export function ofField({ questions, baseline, models }: Field, asks: readonly Ask[]): Texts {
  const judged = new Set(asks.map(({ about }) => about.question));
  const own = questions.filter(({ id }) => judged.has(id));
  return {
    questions: own.map(questionText),
    answers: [baseline, ...models].flatMap(answersOf(own)),
  };
}

const answersOf =
  (questions: readonly Pick<Question, "id">[]) =>
  ({ model, seed, answers }: Entrant): Texts["answers"] =>
    questions.flatMap(({ id }) => {
      const turns = answers.get(id);
      return turns ? [{ question: id, model, ...seeded(seed), turns: [...turns] }] : [];
    });

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
  return { questions: own.map(questionText), answers: entrants.flatMap(answersOf(own)) };
}
