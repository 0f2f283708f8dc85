import { mean } from "./average.ts";
import { enough } from "./enough.ts";

/** One verdict on one answer: the answer is that of a training seed to a prompt. */
export interface Judging {
  readonly prompt: string;
  /** Of the policy that answered; absent where there is one policy. */
  readonly seed?: string | number;
  /** Which of the two orders the answers were shown in; absent where there is one. */
  readonly order?: "first" | "second";
  readonly value: number;
}

/** Variances of a score's parts, none below 0; absent where the data do not tell. */
export interface VarianceComponents {
  readonly prompt: number;
  /** How far whole policies lie apart. */
  readonly seed?: number;
  /** Prompt by seed: what is particular to one answer. With one seed, part of `prompt`. */
  readonly answer?: number;
  /** Between the verdicts of both orders on one answer. */
  readonly order?: number;
  /** Between repeats of one question to the judge. */
  readonly repeat?: number;
  readonly prompts: number;
  readonly seeds: number;
  /** Prompts without an answer by every seed: they are not used for prompt, seed and answer. */
  readonly incomplete: number;
}

/**
 * Variance components by the method of moments: repeats from answers asked about again in one
 * order, orders from answers judged in both, and prompts × seeds from a two-way analysis of the
 * answers' means, less what judging adds to them. Repeats and orders may be of a part of the
 * answers. A RangeError below two prompts that every seed answers.
 */
export function varianceComponents(judgings: readonly Judging[]): VarianceComponents {
  const answers = [
    ...Map.groupBy(judgings, ({ prompt, seed }) => JSON.stringify([prompt, seed]))
      .values(),
  ].map((rows) => ({
    prompt: rows[0]!.prompt,
    seed: rows[0]!.seed,
    orders: [...Map.groupBy(rows, ({ order }) => order).values()]
      .map((asked) => asked.map(({ value }) => value)),
  }));

  let [squares, free] = [0, 0];
  for (const { orders } of answers) {
    for (const values of orders) {
      const centre = mean(values);
      squares += values.reduce((sum, x) => sum + (x - centre) ** 2, 0);
      free += values.length - 1;
    }
  }
  const repeat = free > 0 ? squares / free : undefined;

  /** What repeats add to the variance of a mean of some. */
  const asking = (values: readonly number[]) => (repeat ?? 0) / values.length;
  const both = answers.flatMap(({ orders: [one, other] }) =>
    one && other ? [(mean(one) - mean(other)) ** 2 / 2 - (asking(one) + asking(other)) / 2] : []
  );
  const order = both.length ? Math.max(0, mean(both)) : undefined;

  const seeds = [...new Set(answers.map(({ seed }) => seed))];
  const byPrompt = [...Map.groupBy(answers, ({ prompt }) => prompt).values()];
  const complete = byPrompt.filter((some) => some.length === seeds.length);
  enough("variance components", complete, 2);
  const judging = mean(
    complete.flat().map(({ orders }) =>
      // One order of two says half of what lies between them.
      orders.reduce((sum, values) => sum + asking(values), 0) / orders.length ** 2 +
      (orders.length === 1 ? (order ?? 0) / 2 : 0)
    ),
  );
  const table = complete.map((some) =>
    seeds.map((seed) => mean(some.find((one) => one.seed === seed)!.orders.map((o) => mean(o))))
  );
  const [P, S] = [table.length, seeds.length];
  const rows = table.map((row) => mean(row));
  const columns = seeds.map((_, s) => mean(table.map((row) => row[s]!)));
  const centre = mean(rows);
  const about = (xs: readonly number[]) => xs.reduce((sum, x) => sum + (x - centre) ** 2, 0);
  const known = {
    ...order === undefined ? {} : { order },
    ...repeat === undefined ? {} : { repeat },
    prompts: P,
    seeds: S,
    incomplete: byPrompt.length - P,
  };
  if (S === 1) return { prompt: Math.max(0, about(rows) / (P - 1) - judging), ...known };
  const within = table.reduce(
    (sum, row, p) =>
      sum + row.reduce((some, x, s) => some + (x - rows[p]! - columns[s]! + centre) ** 2, 0),
    0,
  ) /
    ((P - 1) * (S - 1));
  return {
    prompt: Math.max(0, about(rows) / (P - 1) - within / S),
    seed: Math.max(0, about(columns) / (S - 1) - within / P),
    answer: Math.max(0, within - judging),
    ...known,
  };
}

/** How a score is to be measured. */
export interface MeasuringPlan {
  readonly prompts: number;
  readonly seeds: number;
  readonly orders: 1 | 2;
  /** Of each order. */
  readonly repeats: number;
}

/** The variance of the mean score under a plan; both orders together leave nothing between them. */
export function varianceOfMean(found: VarianceComponents, plan: MeasuringPlan): number {
  for (const [what, n] of Object.entries(plan)) {
    if (!(n >= 1)) throw new RangeError(`Cannot plan ${n} ${what}: 1 is the least`);
  }
  return (found.seed ?? 0) / plan.seeds + onePrompt(found, plan) / plan.prompts;
}

/** What one prompt adds, times the number of prompts. */
function onePrompt(
  { prompt, answer = 0, order = 0, repeat = 0 }: VarianceComponents,
  { seeds, orders, repeats }: Omit<MeasuringPlan, "prompts">,
): number {
  const judging = (orders === 1 ? order / 2 : 0) + repeat / (orders * repeats);
  return prompt + (answer + judging) / seeds;
}

/**
 * The variance of the mean over what it would be if all prompts · seeds · orders · repeats verdicts
 * were independent: how many verdicts are worth one.
 */
export function designEffect(found: VarianceComponents, plan: MeasuringPlan): number {
  const { prompt, seed = 0, answer = 0, order = 0, repeat = 0 } = found;
  // Orders drawn at random would have the variance of two values about their mean.
  const one = prompt + seed + answer + order / 2 + repeat;
  if (!(one > 0)) throw new RangeError("Cannot give a design effect where scores do not vary");
  const verdicts = plan.prompts * plan.seeds * plan.orders * plan.repeats;
  return varianceOfMean(found, plan) / (one / verdicts);
}

/**
 * The prompts that give a 95 % interval of ± `half` (normal); undefined where no number does, as
 * seeds alone are wider.
 */
export function promptsNeeded(
  found: VarianceComponents,
  plan: Omit<MeasuringPlan, "prompts">,
  half: number,
): number | undefined {
  if (!(half > 0)) throw new RangeError(`Cannot reach ± ${half}: it must be above 0`);
  const left = (half / 1.959963984540054) ** 2 - (found.seed ?? 0) / plan.seeds;
  return left > 0 ? Math.max(1, Math.ceil(onePrompt(found, plan) / left)) : undefined;
}
