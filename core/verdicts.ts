import { z } from "zod";
import { cardsOnRecord } from "./measure.ts";

/** What `deno task claims` leaves behind: `claims.json`, from which its page and a report's cards are drawn. */

const finite = z.number();
const hyper = z.record(z.string(), finite);

const effect = z.strictObject({
  value: finite,
  /** The interval: at 95 %, of a row with two `looks` at 97.5 %. Absent where one number is all there is. */
  low: finite.optional(),
  high: finite.optional(),
  over: z.enum(["seeds", "prompts"]).optional(),
  /** Seeds that all sides finished. */
  seeds: z.int(),
  /** Seeds at which such an effect would be decided four times in five. */
  needed: z.int().optional(),
  margin: finite,
  /** One-sided: how often what is expected would look at least as true where its bound is the truth. */
  p: z.number().min(0).max(1).optional(),
});
const decision = z.enum(["confirmed", "refuted", "undecided", "not informative", "untestable"]);
const judged = z.strictObject({
  verdict: decision,
  effect: effect.optional(),
  /** Why there is no effect, or why the effect does not decide. */
  reason: z.string().optional(),
});

const guard = judged.extend({ measure: z.string() });
const control = judged.extend({ name: z.string() });

const row = judged.extend({
  /** Of the method or the study. */
  id: z.string(),
  kind: z.enum(["method", "study"]),
  paper: z.strictObject({ title: z.string(), arxiv: z.string().optional(), year: z.int() }),
  text: z.string(),
  expect: z.enum(["higher", "lower", "equal", "not lower", "not higher"]),
  /** Whether it is the paper's headline; a mechanism, or a comparison of ours, is not. */
  headline: z.boolean(),
  /** An evaluator's id, or what a study's effect is. */
  measure: z.string(),
  on: z.array(z.string()),
  /** One a rival: the row's own is the weakest of them. Empty for a study. */
  rivals: z.array(judged.extend({ method: z.string() })),
  /** What is held equal while the measure is compared. */
  at: z.string().optional(),
  /** What must not be lost meanwhile, and what was found of it: the weakest of the rivals. */
  guard: guard.optional(),
  /** What stood in for the method, and what the same claim says of it: it is not informative where one is confirmed. */
  controls: z.array(control),
  /** How often the claim would be confirmed if the two sides were one. */
  byChance: z.number().min(0).max(1).optional(),
  /** The effect as a share of the way from the start policy to the best mean that runs of this testbed reached. */
  share: finite.optional(),
  /** What was run: a method's own hyperparameters, a search's choice, one of a trade-off's points, a study's, or a control. */
  arms: z.array(z.strictObject({
    name: z.string(),
    method: z.string(),
    on: z.string(),
    hyper,
    from: z.enum(["own", "search", "frontier", "study", "control"]),
  })),
  /** What a second, disjoint set of seeds says, with searches of its own. */
  second: judged.extend({
    guard: guard.optional(),
    controls: z.array(control).optional(),
  }).optional(),
  /** How often its seeds may be looked at, where more are run if the first do not decide: its intervals are surer by as much. */
  looks: z.int().optional(),
  /** The seeds that its second look saw beside those of its set. */
  further: z.array(z.int()).optional(),
  /** Repeats this row alone; a second look with as many further seeds as the row itself needs. */
  command: z.string(),
});

const search = z.strictObject({
  method: z.string(),
  on: z.string(),
  /** What it went by, and which way. */
  measure: z.string(),
  better: z.enum(["higher", "lower"]),
  points: z.array(z.strictObject({
    hyper,
    value: finite.optional(),
    stderr: finite.optional(),
    /** Means of what claims here are about, where that is another measure. */
    claimed: z.record(z.string(), finite).optional(),
    /** Runs finished, of those begun. */
    finished: z.int(),
    runs: z.int(),
  })),
  chosen: hyper,
  /** Of all its runs together. */
  spent: z.strictObject({ flops: finite, queries: finite }),
});

const trials = z.strictObject({ first: z.int(), growth: z.int(), repeat: z.int().default(0) });

/** The schema of `claims.json`. */
export const verdicts = z.strictObject({
  schema: z.literal(2),
  command: z.string(),
  seeds: z.array(z.int()),
  /** The first seed of the searches. */
  validation: z.int(),
  /** Of the second set, where there is one. */
  secondSeeds: z.array(z.int()).optional(),
  testbeds: z.array(z.strictObject({
    on: z.string(),
    budget: z.strictObject({ flops: finite, queries: finite }),
  })),
  rows: z.array(row),
  search: z.array(search),
  /** Of the second set. */
  secondSearch: z.array(search).optional(),
  /** Runs of each search, of its growth, and of its best points again: files of before have none of these. */
  trials,
  /** Of the second set, where it is of a time when searches had others. */
  secondTrials: trials.optional(),
  /** The cards of the measures that rows and searches name; absent in files of before there were any. */
  measures: cardsOnRecord.optional(),
  device: z.string(),
  versions: z.record(z.string(), z.string()),
  /** What was not the same for all of its runs, as plans have it. */
  mixed: z.array(z.string()).min(1).optional(),
  ran: z.strictObject({ at: z.string(), host: z.string() }),
});

/** What `deno task claims` leaves behind. */
export type Verdicts = z.infer<typeof verdicts>;
/** A claim with its verdict, and all that it rests on. */
export type VerdictRow = z.infer<typeof row>;
/** A verdict with its effect. */
export type JudgedClaim = z.infer<typeof judged>;
/** A search over hyperparameters: its points, and which was chosen. */
export type SearchOutcome = z.infer<typeof search>;
/** What can be said of a claim. */
export type Decided = z.infer<typeof decision>;

/** Points whose runs all finished, the best first: where a run got lost a point has not shown that it works. */
export function rankedPoints<P extends SearchOutcome["points"][number]>(
  { points, better }: { readonly points: readonly P[]; readonly better: "higher" | "lower" },
): P[] {
  const sign = better === "lower" ? -1 : 1;
  return points.filter(({ runs, finished }) => finished === runs)
    .toSorted((a, b) => sign * (b.value! - a.value!));
}

/** How the verdicts of two sets of seeds on the same claims lie to each other. */
export interface SeedAgreement {
  /** Rows that came to a verdict in at least one of the two. */
  readonly decided: number;
  readonly agree: number;
  /** Rows that came to another verdict. */
  readonly contradict: readonly string[];
  /** Decided in one and undecided in the other. */
  readonly open: readonly string[];
}

/** Rows that only one of the two has, or that cannot be tested, are left out. */
export function seedAgreement(
  one: Pick<Verdicts, "rows">,
  other: { readonly rows: readonly Pick<VerdictRow, "id" | "verdict">[] },
): SeedAgreement {
  const theirs = new Map(other.rows.map(({ id, verdict }) => [id, verdict]));
  const decided = (verdict: Decided) => verdict !== "undecided";
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

/** How a claim's rivals' and its guard's tests come to one: all must hold, so the largest counts. Undefined where one has none. */
export function pOf({ effect, rivals, guard }: VerdictRow): number | undefined {
  const all = [
    ...rivals.length > 0 ? rivals.map(({ effect }) => effect?.p) : [effect?.p],
    ...guard ? [guard.effect?.p] : [],
  ];
  return all.every((p) => p !== undefined) ? Math.max(...all) : undefined;
}
