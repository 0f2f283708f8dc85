import {
  type Compared,
  type Comparing,
  failed,
  type Failure,
  type Graded,
  type Grading,
  type Question,
  rng,
  type TextJudge,
} from "../../core/mod.ts";

/** What the protocols share: who answered what, what a judge is asked, and what came of it. */

/** A model with its answers by the question's id, a text a turn. */
export interface Entrant {
  readonly model: string;
  /** Training seed, where the model is one of several trained alike. */
  readonly seed?: number;
  readonly answers: ReadonlyMap<string, readonly string[]>;
  /** The baseline's answers to it, where each seed's start policy drew its own. */
  readonly against?: ReadonlyMap<string, readonly string[]>;
}

export interface Field {
  readonly questions: readonly Question[];
  readonly baseline: Entrant;
  readonly models: readonly Entrant[];
}

/** Whom a judgement is of, and the baseline's answers that it stands against. */
export function sides(
  { baseline, models }: Field,
  { model, seed }: { readonly model: string; readonly seed?: number | undefined },
) {
  const own = models.find((entrant) => entrant.model === model && entrant.seed === seed)!;
  return { own: own.answers, base: own.against ?? baseline.answers };
}

/** In which order two answers were shown. */
export type Game = "baseline first" | "model first";
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

export type Came = Compared | Graded | Failure;

/** What came of an ask; the judge's preference is for the answer shown first. */
export interface Line {
  readonly about: About;
  readonly outcome: Came;
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
export async function asked(judge: TextJudge, { task, settled }: Ask): Promise<Came> {
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

export const seeded = (seed: number | undefined) => seed === undefined ? {} : { seed };
const upTo = ({ turns }: Question, most: number) =>
  Array.from({ length: Math.min(turns.length, most) }, (_, i) => i + 1);
const cut = (question: Question, turn: number): Question => ({
  ...question,
  turns: question.turns.slice(0, turn),
  ...question.references ? { references: question.references.slice(0, turn) } : {},
});

/** All that was said of one model on one turn of one question. */
export interface Pairing extends Omit<About, "game"> {
  readonly games: readonly { readonly game: Game; readonly outcome: Compared | Failure }[];
  /** P(model beats baseline), averaged over the orders; absent where any of them failed. */
  readonly preference?: number;
  /** The orders disagree on who is better; absent where there are not both. */
  readonly flipped?: boolean;
  /** P(the judge prefers what it is shown first) in both orders; of one alone it would mix with who is better. */
  readonly first?: number;
  readonly failure?: Failure;
}

/** Comparisons put together by model, seed, question and turn. */
export function pairings(lines: readonly Line[]): Pairing[] {
  const found = Map.groupBy(
    lines.filter(({ about }) => about.game !== undefined),
    ({ about: { game: _, ...rest } }) => keyOf(rest),
  );
  return [...found.values()].map((group) => {
    const { game: _, ...about } = group[0]!.about;
    const games = group.map(({ about, outcome }) => ({
      game: about.game!,
      outcome: outcome as Compared | Failure,
    }));
    const failure = games.map(({ outcome }) => outcome).find(failed);
    if (failure) return { ...about, games, failure };
    const verdicts = games.map(({ game, outcome }) => ({
      game,
      preference: (outcome as Compared).preference,
    }));
    const own = verdicts.map(({ game, preference }) => ofModel(game, preference));
    return {
      ...about,
      games,
      preference: own.reduce((sum, p) => sum + p, 0) / own.length,
      ...orderEffects(verdicts),
    };
  });
}

/** What the verdicts of both orders tell of a judge, each for what was shown first; nothing of one order. */
export function orderEffects(
  verdicts: readonly { readonly game: Game; readonly preference: number }[],
): Pick<Pairing, "flipped" | "first"> {
  if (verdicts.length !== 2) return {};
  const [a, b] = verdicts.map(({ game, preference }) => ofModel(game, preference) - 0.5);
  const [one, other] = verdicts;
  return {
    flipped: Math.sign(a!) * Math.sign(b!) < 0,
    first: (one!.preference + other!.preference) / 2,
  };
}

/** P(model is better) from P(the first shown is). */
export const ofModel = (game: Game, preference: number): number =>
  game === "model first" ? preference : 1 - preference;

/** Characters as people and Python count them, and not UTF-16's halves. */
export const lengthOf = (text: string): number => [...text].length;

/** Whose answers a file holds; a RangeError where it holds none, or those of several. */
export function onlyModel(
  models: readonly string[],
  place: string,
  [who, what]: readonly [string, string] = ["model", "answers"],
): string {
  const [model, ...others] = new Set(models);
  if (model === undefined) throw new RangeError(`Cannot judge ${place}: it holds no ${what}`);
  if (others.length > 0) {
    throw new RangeError(
      `Cannot judge ${place}: it must hold one ${who}'s ${what}: found ${
        [model, ...others].join(", ")
      }`,
    );
  }
  return model;
}
