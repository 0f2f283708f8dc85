import type { JudgedPair, Judgement, Rng } from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import { reached } from "./estimates.ts";

/** Models compared on what both were judged on. */

/** Questions from which Student's test is as good as one of permutations, and quicker. */
const MANY = 30;
/** Random signs of a permutation test, where there are too many to try all. */
const SIGNS = 2000;

/** How far two verdicts may lie apart. */
const ranges = { preference: 1, grade: 9 } as const;

/** Of each model its valid verdicts, by what tells them apart but the model. */
function tables(judgements: readonly Judgement[]) {
  const of: keyof typeof ranges = judgements.some(({ grade }) => grade !== undefined)
    ? "grade"
    : "preference";
  const found = new Map<string, Map<string, { readonly prompt: string; readonly value: number }>>();
  for (
    const { failure, question, prompt = question, model, opponent, seed, turn, ...one }
      of judgements
  ) {
    const own = found.get(model) ?? new Map();
    found.set(model, own);
    const value = one[of];
    if (value === undefined || failure) continue;
    own.set(JSON.stringify([question, opponent, seed, turn]), { prompt, value });
  }
  return { of, found };
}

/** Every two models on the questions, turns and opponents that both have. */
export function pairsOf(judgements: readonly Judgement[], rng: Rng): JudgedPair[] {
  const { of, found } = tables(judgements);
  const models = [...found];
  return models.flatMap(([a, one], i) =>
    models.slice(i + 1).map(([b, other]): JudgedPair => {
      const shared = [...one].flatMap(([key, { prompt, value }]) => {
        const met = other.get(key);
        return met ? [{ prompt, difference: value - met.value }] : [];
      });
      const questions = [...Map.groupBy(shared, ({ prompt }) => prompt).values()]
        .map((some) => stats.mean(some.map(({ difference }) => difference)));
      const n = questions.length;
      if (n === 0) return { a, b, n, verdicts: 0 };
      const difference = stats.mean(questions);
      const range = ranges[of];
      const t = n > 1 ? stats.pairedT(questions) : undefined;
      const p = t && n >= MANY
        ? t.p
        : stats.pairedPermutation(questions, { rng: rng.split(`${a} ${b}`), repetitions: SIGNS }).p;
      const { low, high } = reached(
        { value: difference, n, ...t ? { low: t.low, high: t.high } : {} },
        questions,
        [-range, range],
      );
      return {
        ...{ a, b, n, verdicts: shared.length, difference, p },
        ...low === undefined || high === undefined ? {} : { low, high },
      };
    })
  );
}

/** Says which models were judged on less than others, if any were; whom they met is another matter. */
export function unequalNote(judgements: readonly Judgement[]): string[] {
  const { of } = tables(judgements);
  const found = Map.groupBy(judgements, ({ model }) => model);
  const sizes = [...found].map(([model, own]) => {
    const valid = own.filter((one) => one[of] !== undefined && !one.failure);
    return {
      model,
      asked: new Set(
        valid.map(({ question, seed, turn }) => JSON.stringify([question, seed, turn])),
      ),
    };
  });
  const all = new Set(sizes.flatMap(({ asked }) => [...asked]));
  const fewer = sizes.filter(({ asked }) => asked.size < all.size);
  if (fewer.length === 0 || sizes.length < 2) return [];
  const some = fewer.slice(0, 8).map(({ model, asked }) => `${model} ${asked.size}`).join(", ");
  return [
    `Not all models have verdicts on the same ${all.size} questions and turns (${some}${
      fewer.length > 8 ? ", …" : ""
    }): their figures are of different ones; "pairs" compares them on what both have`,
  ];
}
