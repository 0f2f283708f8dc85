import { z } from "zod";
import { cardsOnRecord } from "./measure.ts";

/** What `deno task claims` leaves behind: `claims.json`, from which its page and a report's cards are drawn. */

const finite = z.number();
const hyper = z.record(z.string(), finite);

const effect = z.strictObject({
  value: finite,
  /** The 95 % interval; absent where one number is all there is. */
  low: finite.optional(),
  high: finite.optional(),
  over: z.enum(["seeds", "prompts"]).optional(),
  /** Seeds that all sides finished. */
  seeds: z.int(),
  /** Seeds at which such an effect would be decided four times in five. */
  needed: z.int().optional(),
  margin: finite,
});
const decision = z.enum(["confirmed", "refuted", "undecided", "untestable"]);
const judged = z.strictObject({
  verdict: decision,
  effect: effect.optional(),
  /** Why there is no effect. */
  reason: z.string().optional(),
});

const row = judged.extend({
  /** Of the method or the study. */
  id: z.string(),
  kind: z.enum(["method", "study"]),
  paper: z.strictObject({ title: z.string(), arxiv: z.string().optional(), year: z.int() }),
  text: z.string(),
  expect: z.enum(["higher", "lower", "equal"]),
  /** An evaluator's id, or what a study's effect is. */
  measure: z.string(),
  on: z.array(z.string()),
  /** One a rival: the row's own is the weakest of them. Empty for a study. */
  rivals: z.array(judged.extend({ method: z.string() })),
  /** The same with every method's own hyperparameters. */
  untuned: judged.optional(),
  /** What was run: a method's own hyperparameters, a search's choice, or a study's. */
  arms: z.array(z.strictObject({
    name: z.string(),
    method: z.string(),
    on: z.string(),
    hyper,
    from: z.enum(["own", "search", "study"]),
  })),
  /** Repeats this row alone. */
  command: z.string(),
});

const search = z.strictObject({
  method: z.string(),
  on: z.string(),
  /** What it went by. */
  measure: z.string(),
  points: z.array(z.strictObject({
    hyper,
    value: finite.optional(),
    stderr: finite.optional(),
    /** Runs finished, of those begun. */
    finished: z.int(),
    runs: z.int(),
  })),
  chosen: hyper,
  /** Of all its runs together. */
  spent: z.strictObject({ flops: finite, queries: finite }),
});

export const verdicts = z.strictObject({
  schema: z.literal(1),
  command: z.string(),
  seeds: z.array(z.int()),
  /** The first seed of the searches. */
  validation: z.int(),
  testbeds: z.array(z.strictObject({
    on: z.string(),
    budget: z.strictObject({ flops: finite, queries: finite }),
  })),
  rows: z.array(row),
  search: z.array(search),
  /** The cards of the measures that rows and searches name; absent in files of before there were any. */
  measures: cardsOnRecord.optional(),
  device: z.string(),
  versions: z.record(z.string(), z.string()),
  /** What was not the same for all of its runs, as plans have it. */
  mixed: z.array(z.string()).min(1).optional(),
  ran: z.strictObject({ at: z.string(), host: z.string() }),
});

export type Verdicts = z.infer<typeof verdicts>;
export type VerdictRow = z.infer<typeof row>;
export type JudgedClaim = z.infer<typeof judged>;
export type SearchOutcome = z.infer<typeof search>;
export type Decided = z.infer<typeof decision>;

/** How the verdicts of two sets of seeds on the same claims lie to each other. */
export interface SeedAgreement {
  /** Rows decided, confirmed or refuted, in at least one of the two. */
  readonly decided: number;
  readonly agree: number;
  /** Confirmed in one and refuted in the other. */
  readonly contradict: readonly string[];
  /** Decided in one and undecided in the other. */
  readonly open: readonly string[];
}

/** Rows that only one of the two has, or that cannot be tested, are left out. */
export function seedAgreement(one: Verdicts, other: Verdicts): SeedAgreement {
  const theirs = new Map(other.rows.map(({ id, verdict }) => [id, verdict]));
  const decided = (verdict: Decided) => verdict === "confirmed" || verdict === "refuted";
  const both = one.rows.flatMap(({ id, verdict }) => {
    const second = theirs.get(id);
    return second !== undefined && (decided(verdict) || decided(second))
      ? [{ id, verdict, second }]
      : [];
  }).filter(({ verdict, second }) => verdict !== "untestable" && second !== "untestable");
  const ids = (some: typeof both) => some.map(({ id }) => id);
  return {
    decided: both.length,
    agree: both.filter(({ verdict, second }) => verdict === second).length,
    contradict: ids(
      both.filter(({ verdict, second }) =>
        verdict !== second && decided(verdict) && decided(second)
      ),
    ),
    open: ids(both.filter(({ verdict, second }) => !decided(verdict) || !decided(second))),
  };
}
