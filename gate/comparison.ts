import { z } from "zod";
import { cardsOnRecord } from "../core/measure.ts";
import { picture } from "../core/picture.ts";

/** What `deno task compare` is told to gate, and what it finds. */

const finite = z.number();
const share = z.number().min(0).max(1);
const level = z.number().gt(0).lt(0.5);

/** A measure that must not get worse. What it leaves out is every one, or the default. */
const gate = z.strictObject({
  /** An evaluator's id; of judged files "preference" or "grade". */
  measure: z.string().min(1),
  /** `benchmark/setting`, or a benchmark with all its settings. */
  on: z.string().min(1).optional(),
  method: z.string().min(1).optional(),
  better: z.enum(["higher", "lower"]).optional(),
  /** The loss that does not matter yet, in the measure's unit. */
  margin: z.number().gt(0).optional(),
  /** Of pass and of fail each. */
  alpha: level.optional(),
  /** Fewer seeds decide nothing. */
  minSeeds: z.int().min(2).optional(),
  /** A deterministic measure has the same value at the same seed, whatever the code does: any change beyond the tolerance fails. */
  tier: z.enum(["stochastic", "deterministic"]).optional(),
  tolerance: z.number().min(0).optional(),
});

/** The schema of a file of gates. */
export const gates = z.strictObject({
  schema: z.literal(1),
  alpha: level.default(0.05),
  minSeeds: z.int().min(2).default(3),
  /** Of answers judged once, where no seeds say how training varies. */
  minPrompts: z.int().min(2).default(30),
  /** The share of a method's runs on a testbed that may have failed or diverged. */
  maxFailed: share.default(0),
  /** The share of judgements that may be invalid. */
  maxInvalid: share.default(0.02),
  /** Of deterministic numbers, relative to the larger of 1 and the baseline's: CPUs differ in their last bits. */
  tolerance: z.number().min(0).default(1e-4),
  /** Without them, what each testbed is ranked by, of every method. */
  gates: z.array(gate).min(1).optional(),
});

const answer = z.strictObject({
  text: z.string(),
  picture: picture.exactOptional(),
  reward: finite.optional(),
});
const moved = z.strictObject({
  seed: z.int().optional(),
  /** In the testbed's order, from 0. */
  index: z.int().min(0),
  prompt: z.string().optional(),
  baseline: finite,
  candidate: finite,
  answers: z.strictObject({ baseline: answer, candidate: answer }).optional(),
});

const state = z.enum(["pass", "fail", "inconclusive", "incomparable"]);

const row = z.strictObject({
  method: z.string(),
  on: z.string(),
  measure: z.string(),
  better: z.enum(["higher", "lower"]),
  tier: z.enum(["stochastic", "deterministic"]),
  margin: finite,
  alpha: finite,
  state,
  /** Why the state is not what the numbers alone say, or what the numbers mean. */
  reason: z.string().optional(),
  baseline: finite.optional(),
  candidate: finite.optional(),
  /** Candidate less baseline. */
  difference: finite.optional(),
  /** One-sided bounds of the difference, each at 1 − alpha. */
  low: finite.optional(),
  high: finite.optional(),
  /** One-sided, that the candidate is worse; and the same corrected by Holm over all rows. */
  p: share.optional(),
  adjusted: share.optional(),
  /** The loss that would be found four times in five. */
  detectable: finite.optional(),
  /** Seeds at which an equal candidate would pass four times in five. */
  needed: z.int().optional(),
  seeds: z.array(z.int()),
  /** Those at which nothing changed at all. */
  identical: z.int().min(0),
  prompts: z.int().min(0),
  /** The prompts that moved most, largest first; of those whose answers are on record, if there are any. */
  moved: z.array(moved),
});

const side = z.strictObject({
  sources: z.array(z.string()),
  commits: z.array(z.string()),
  hosts: z.array(z.string()),
});

/** The schema of what a comparison found. */
export const comparison = z.strictObject({
  schema: z.literal(1),
  state,
  baseline: side,
  candidate: side,
  /** Facts that must be equal before anything is compared. */
  checks: z.array(z.strictObject({
    what: z.string(),
    state: z.enum(["pass", "incomparable"]),
    reason: z.string().optional(),
  })),
  rows: z.array(row),
  /** The cards of the measures that rows name, as far as they are known. */
  measures: cardsOnRecord,
  /** Looks at the data, where there was more than one: seeds, and the level that each look had. */
  looks: z.array(z.strictObject({ seeds: z.int(), alpha: finite })),
  /** What a reader should know and no state depends on. */
  notes: z.array(z.string()),
});

/** What is gated, and how surely. */
export type Gates = z.infer<typeof gates>;
/** A measure that must not get worse. */
export type Gate = z.infer<typeof gate>;
/** What `deno task compare` found. */
export type GateReport = z.infer<typeof comparison>;
/** One method on one testbed by one measure. */
export type GateRow = z.infer<typeof row>;
/** How a row, and the whole, came out. */
export type GateState = z.infer<typeof state>;
/** A prompt whose value changed. */
export type Moved = z.infer<typeof moved>;
