import type { Answer, Evaluator, Measure } from "../../core/mod.ts";
import { answersOf, byPrompt, expectations } from "../../evaluators/drawn.ts";
import { overPrompts } from "../../evaluators/estimate.ts";
import type { MadeNumbers } from "./domain.ts";

type Card = Omit<Measure, "needs">;
interface Made {
  readonly made: MadeNumbers;
  readonly token: number;
}

/** What an answer came to, and what its prompt wants. */
export const madeOf = ({ prompt, numbers }: Answer): Made => {
  const [token] = prompt.tokens;
  if (!numbers || token === undefined) {
    throw new RangeError(`Cannot look at an answer to ${prompt.id}: it is not made of numbers`);
  }
  return { made: numbers.result, token };
};

/** The mean of one number an answer. */
export const meanOf = (
  card: Card,
  of: (made: MadeNumbers, token: number) => number,
): Evaluator => ({
  ...card,
  needs: ["answers"],
  async measure(subject) {
    const draws = await subject.draws();
    const values = answersOf(draws).map(madeOf).map(({ made, token }) => of(made, token));
    return overPrompts(draws, expectations(draws, byPrompt(draws, values)));
  },
});

/** One number of all answers together; its standard error leaves out one prompt at a time. */
export const pooled = (card: Card, of: (answers: readonly Made[]) => number): Evaluator => ({
  ...card,
  needs: ["answers"],
  async measure(subject) {
    const draws = (await subject.draws()).map(({ answers }) => answers.map(madeOf));
    const n = draws.length;
    const without = draws.map((_, i) => of(draws.toSpliced(i, 1).flat()));
    const mean = without.reduce((sum, x) => sum + x, 0) / n;
    const squares = without.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    return { value: of(draws.flat()), stderr: Math.sqrt((n - 1) / n * squares), n };
  },
});
