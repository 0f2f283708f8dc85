import {
  type Compared,
  type Comparing,
  type Failure,
  type Graded,
  type Grading,
  type Question,
  rng,
  type TextJudge,
} from "../../core/mod.ts";
import { type Field, seeded } from "./field.ts";

/** What a judge is asked, and what came of it. */

/** In which order two answers were shown. */
export type Game = "baseline first" | "model first";
/** Whether two answers are shown in both orders, or in one that is drawn. */
export type Orders = "both" | "one";

/** What a judgement is about. */
export interface About {
  readonly question: string;
  readonly model: string;
  readonly seed?: number;
  /** From 1. */
  readonly turn: number;
  /** Absent where one answer is graded. */
  readonly game?: Game;
  /** How often it had been asked before; absent the first time. */
  readonly repeat?: number;
}

/** One thing to ask, or one that needs no asking. */
export interface Ask {
  readonly about: About;
  readonly task:
    | { readonly kind: "compare"; readonly comparing: Comparing }
    | { readonly kind: "grade"; readonly grading: Grading };
  /** Identical answers tie, whoever judges. */
  readonly settled?: Compared;
}

/** What came of a request. */
export type JudgeOutcome = Compared | Graded | Failure;

/** What came of an ask; the judge's preference is for the answer shown first. */
export interface Line {
  readonly about: About;
  readonly outcome: JudgeOutcome;
}

/** What tells the asks of one run apart. */
export const keyOf = ({ question, model, seed, turn, game, repeat }: About): string =>
  JSON.stringify([
    model,
    seed ?? null,
    question,
    turn,
    game ?? null,
    ...repeat === undefined ? [] : [repeat],
  ]);

/** Asks a judge; one that cannot grade is a RangeError. */
export async function outcomeOf(judge: TextJudge, { task, settled }: Ask): Promise<JudgeOutcome> {
  if (settled) return settled;
  if (task.kind === "compare") return await judge.compare(task.comparing);
  if (!judge.grade) throw new RangeError(`Cannot grade by ${judge.id}: it only compares`);
  return await judge.grade(task.grading);
}

/** The order in which a question is shown once: a coin of its id alone, so equal for all models. */
export const coin = (question: string): Game =>
  rng("order").split(question).uniform() < 0.5 ? "baseline first" : "model first";

/** Every model against the baseline, on each turn up to `turns`; both orders unless one is asked for. */
export function comparisons(
  { questions, baseline, models }: Field,
  { orders, turns }: { readonly orders: Orders; readonly turns: number },
): Ask[] {
  return models.flatMap(({ model, seed, answers, against = baseline.answers }) =>
    questions.flatMap((question) => {
      const [theirs, ours] = [against.get(question.id), answers.get(question.id)];
      if (!theirs || !ours) return [];
      return upTo(question, Math.min(turns, theirs.length, ours.length)).flatMap((turn) => {
        const [base, own] = [theirs.slice(0, turn), ours.slice(0, turn)];
        const games = orders === "both"
          ? ["baseline first", "model first"] as const
          : [coin(question.id)];
        const equal = base.every((text, i) => text === own[i]);
        return games.map((game): Ask => ({
          about: { question: question.id, model, ...seeded(seed), turn, game },
          task: {
            kind: "compare",
            comparing: {
              question: cut(question, turn),
              ...game === "baseline first"
                ? { first: base, second: own }
                : { first: own, second: base },
            },
          },
          ...equal ? { settled: { preference: 0.5, label: "identical" } } : {},
        }));
      });
    })
  );
}

/** Every model's answers by themselves, on each turn up to `turns`; the baseline's too. */
export function gradings(
  { questions, baseline, models }: Field,
  { turns }: { readonly turns: number },
): Ask[] {
  const own = models.some(({ model, seed }) => model === baseline.model && seed === baseline.seed);
  return [...own ? [] : [baseline], ...models].flatMap(({ model, seed, answers }) =>
    questions.flatMap((question) => {
      const answer = answers.get(question.id);
      if (!answer) return [];
      return upTo(question, Math.min(turns, answer.length)).map((turn): Ask => ({
        about: { question: question.id, model, ...seeded(seed), turn },
        task: {
          kind: "grade",
          grading: {
            question: cut(question, turn),
            answer: answer.slice(0, turn),
            turn: turn - 1,
          },
        },
      }));
    })
  );
}

const upTo = ({ turns }: Question, most: number) =>
  Array.from({ length: Math.min(turns.length, most) }, (_, i) => i + 1);
const cut = (question: Question, turn: number): Question => ({
  ...question,
  turns: question.turns.slice(0, turn),
  ...question.references ? { references: question.references.slice(0, turn) } : {},
});
