import { z } from "zod";
import { cardsOnRecord } from "./measure.ts";
import { mostSeen, picture, seen, seenBySteps, tree } from "./picture.ts";

/**
 * What a run leaves behind: one line of JSON in `records.jsonl`, beside one `plan.json` for the
 * whole suite. Equal inputs give equal records, `ran` aside. Reports read nothing else.
 */

const finite = z.number();
const share = z.number().min(0).max(1);

const budget = z.strictObject({ flops: z.number().min(0), queries: z.number().min(0) });
const spent = budget.extend({
  by: z.strictObject({
    training: finite,
    reference: finite,
    sampling: finite,
    "reward model": finite,
  }),
  /** Of the queries, those that were not labels, by what they were; absent where all were. */
  asked: z.strictObject({
    checks: finite.optional(),
    critiques: finite.optional(),
    demonstrations: finite.optional(),
  }).optional(),
});

const measurement = z.strictObject({
  value: finite,
  /** Standard error over the n units that the value averages; 0 if exact. */
  stderr: z.number().min(0),
  n: z.number().min(0),
  each: z.array(finite).optional(),
  bins: z.array(z.strictObject({ n: finite, implied: share, true: share })).optional(),
});
const measures = z.record(z.string(), measurement);

/** An answer as a reader is shown it: untrusted text, step by step. */
const shown = z.strictObject({
  steps: z.array(z.string()),
  /** log π(yₜ) − log π_ref(yₜ) of each step, in nats. */
  logRatios: z.array(finite),
  reward: finite.optional(),
  ...seenBySteps,
}).superRefine(({ steps, said }, found) => {
  if (said === undefined || said.length === steps.length) return;
  found.addIssue({ code: "custom", path: ["said"], message: `one a step: ${steps.length}` });
});

/** What pairwise win-rates are computed from: P(A beats B) is a function of A's and B's duels. */
const duel = z.union([
  /** [prompt][sample] gold rewards; P(a beats b) = σ((r_a − r_b) / temperature). */
  z.strictObject({ rewards: z.array(z.array(finite)), temperature: finite }),
  /** [prompt][answer] probabilities p, and P·p: P(A beats B) is the mean over prompts of p_A · (P p_B). */
  z.strictObject({ plays: z.array(z.array(finite)), faces: z.array(z.array(finite)) }),
]);

/** The schema of a line of `records.jsonl`. */
export const runRecord = z.strictObject({
  schema: z.literal(1),
  method: z.string().min(1),
  benchmark: z.string().min(1),
  setting: z.string().min(1),
  seed: z.int(),
  hyper: z.record(z.string(), finite),
  budget,
  /** Absent where the run failed: nobody knows what it had spent by then. */
  spent: spent.optional(),
  outcome: z.enum(["ok", "diverged", "unsupported", "failed"]),
  /** Why the outcome is not "ok". */
  reason: z.string().optional(),
  /** Optimiser steps taken. */
  steps: z.int().min(0),
  /** What the method says of itself, such as its reward model's accuracy. */
  notes: z.record(z.string(), finite).optional(),
  /** The start policy, measured as the trained one is. */
  start: measures,
  measures,
  /** Measures that do not exist here, and why. */
  absent: z.record(z.string(), z.string()),
  curve: z.array(z.strictObject({
    /** Share of the budget's operations spent. */
    progress: share,
    flops: finite,
    queries: finite,
    steps: z.int(),
    measures,
  })),
  /** Operations that one answer took while measured, where the policy does not simply draw it. */
  answerFlops: z.number().min(0).optional(),
  /** Labels that the checks of one answer would have cost, of a policy that asks programs for each. */
  answerQueries: z.number().min(0).exactOptional(),
  duel: duel.optional(),
  truth: z.strictObject({
    temperature: finite.optional(),
    frontier: z.array(z.strictObject({ kl: finite, reward: finite })).optional(),
  }),
  samples: z.array(z.strictObject({
    prompt: z.string(),
    promptPicture: picture.exactOptional(),
    start: shown,
    end: shown,
  })),
  /** Trees that examples to learn from were taken from, of the first questions that were searched. */
  searches: z.array(z.strictObject({ prompt: z.string(), tree })).max(mostSeen.searches)
    .exactOptional(),
  /** One drawn answer a test prompt, before and after, where answers cannot be counted: what judges and people are shown. */
  answers: z.array(z.strictObject({
    prompt: z.string(),
    promptPicture: picture.exactOptional(),
    start: z.string(),
    end: z.string(),
    /** What is more than words; how it came about, frames and trees, of the first few prompts alone. */
    seen: z.strictObject({ start: seen, end: seen }).exactOptional(),
    /** Gold rewards of the two. */
    rewards: z.tuple([finite, finite]).optional(),
  })).optional(),
  /** What may differ between two equal runs. */
  ran: z.strictObject({
    at: z.string(),
    seconds: finite,
    commit: z.string(),
    host: z.string(),
    /** What it was computed on; records of earlier versions are the CPU's. */
    device: z.string().optional(),
    /**
     * The first 16 digits of the SHA-256 of the start policy's parameters. What runs are merged with
     * must have begun alike; it is no part of what a run comes to, as earlier versions kept no note of it.
     */
    start: z.string().exactOptional(),
  }),
});

/** The part of a plan's runs that one directory holds where several machines share the plan. */
const shard = z.strictObject({ index: z.int().min(1), of: z.int().min(1) })
  .refine(({ index, of }) => index <= of, {
    path: ["index"],
    message: "no more than there are shards",
  });

/** What runs are computed by: where it differs, equal seeds need not give equal records. */
const provenance = z.strictObject({
  /** The first 16 digits of the SHA-256 of each module that they load, by its path in the project. */
  sources: z.record(z.string(), z.string()),
  /** Versions of the packages that these import. */
  packages: z.record(z.string(), z.string()),
  /** The kind of processor; absent where the system does not tell. */
  cpu: z.string().exactOptional(),
});

/** The schema of `plan.json`. */
export const plan = z.strictObject({
  schema: z.literal(1),
  /** The command that repeats the suite. */
  command: z.string(),
  preset: z.string(),
  methods: z.array(z.string()).min(1),
  cells: z.array(z.strictObject({
    benchmark: z.string(),
    setting: z.string(),
    /** One line a reader can use, and where the data come from with their licences. */
    summary: z.string(),
    budget,
    /** Ids of what it is ranked by, and of what scores over testbeds are made of where that is another measure. */
    headline: z.string().optional(),
    scored: z.string().optional(),
    /** Who runs here and from which seeds, where those are not the plan's. */
    methods: z.array(z.string()).optional(),
    seeds: z.array(z.int()).optional(),
    /** Which test prompts are measured; all of them without it. */
    portion: z.enum(["validation", "judged"]).optional(),
  })).min(1),
  seeds: z.array(z.int()).min(1),
  /** Which of its runs are done here, if not all: see `plannedRuns`. */
  shard: shard.exactOptional(),
  /** The cards of all that its testbeds can measure, in the order in which a reader meets them. */
  measures: cardsOnRecord.optional(),
  device: z.string(),
  dataset: z.strictObject({
    file: z.string(),
    sha256: z.string(),
    rows: z.int(),
    /** Which columns the user said are meant: `prompt=question`. */
    columns: z.string().optional(),
    /** Where some of its images lie in files of their own, in the folder of the rows or further in. */
    beside: z.literal(true).optional(),
    /** The user's own start policy, where the rows are learned by one. */
    model: z.strictObject({ directory: z.string(), sha256: z.string() }).optional(),
    /** The low-rank adapters that learn, where the start policy's own weights do not. */
    lora: z.strictObject({ rank: z.int(), alpha: z.number() }).optional(),
    notes: z.array(z.string()),
  }).optional(),
  versions: z.record(z.string(), z.string()),
  /** Of its last part where it was gone on with; absent where nobody recorded it. */
  provenance: provenance.optional(),
  /** What was not the same for all of its runs, a sentence each, which its user let pass. */
  mixed: z.array(z.string()).min(1).optional(),
  ran: z.strictObject({ at: z.string(), host: z.string() }),
});

/** What one run leaves behind: a function of the plan, but for `ran`. */
export type RunRecord = z.infer<typeof runRecord>;
/** What a suite is to do. */
export type Plan = z.infer<typeof plan>;
/** What computed a run: sources, packages and processor. */
export type Provenance = z.infer<typeof provenance>;
/** Which part of a plan, from 1, of how many. */
export type Shard = z.infer<typeof shard>;
/** A testbed of a plan, with its budget. */
export type PlanCell = Plan["cells"][number];
/** Test prompts that choose hyperparameters, and those that verdicts are on: they have none in common. */
export type Portion = NonNullable<PlanCell["portion"]>;
/** How a run ended. */
export type Outcome = RunRecord["outcome"];
/** What a reader sees of an answer. */
export type Shown = z.infer<typeof shown>;
/** What two policies answered to one prompt, or what was held out. */
export type Duel = z.infer<typeof duel>;
