import type { Answer, Prompt } from "./answer.ts";
import type { Answers, Example, Kind, Offer, Telling, Told } from "./feedback.ts";
import type { Checks, Judge, Signals, Tried } from "./judge.ts";
import type { Budget, Query } from "./ledger.ts";
import type { Absent, Lacks, Measure, Measurement, Ranking } from "./measure.ts";
import type { Picture, Tree } from "./picture.ts";
import type { Call, Likelihood, Model, Params, Policy, Scored } from "./policy.ts";
import type { Expr } from "./expr.ts";
import type { Rng } from "./rng.ts";

/** What a benchmark's answers are; methods that need a kind of answer go by it. */
export type Family =
  | "bandit"
  | "game"
  | "text"
  | "steps"
  | "code"
  | "agent"
  | "vision"
  | "diffusion"
  | "control"
  | "judge";

/** A problem that comes in several settings; `S` is what a setting hands to `open`. */
export interface Benchmark<S = unknown> {
  readonly id: string;
  readonly summary: string;
  readonly family: Family;
  /** By name: `clean`, `noisy`. */
  readonly settings: { readonly [name: string]: Setting<S> };
  /** The cards of all that its testbeds can measure, in the order in which a reader meets them. */
  readonly measures: readonly Measure[];
  /** Id of the measure that its testbeds are ranked by. */
  readonly headline: string;
  /** Of the one that scores over testbeds are made of, where that is another: one whose best value is known. */
  readonly scored?: string;
  /** What one run may spend under the `standard` preset; the other presets scale it. A setting may differ. */
  readonly budget: Budget;
  /** Slow things made once and cached; the parts of a stage are independent of each other. */
  readonly stages?: readonly (readonly Part[])[];
  open(setting: S, rng: Rng, workshop: Workshop): Promise<Testbed>;
}

/** One form of a benchmark. */
export interface Setting<S = unknown> {
  /** One sentence on what tells it from the benchmark's other settings. */
  readonly summary: string;
  /** What its labels can be read as. */
  readonly offers: readonly Offer[];
  /** Where it is ranked in another way than the benchmark. */
  readonly ranking?: Ranking;
  /** Where a run may spend something else here than the benchmark's budget. */
  readonly budget?: Partial<Budget>;
  /** What `open` makes a testbed of. */
  readonly with: S;
}

/** RangeError if there is no such setting. */
export function settingOf<S>({ id, settings }: Benchmark<S>, setting: string): Setting<S> {
  if (Object.hasOwn(settings, setting)) return settings[setting]!;
  throw new RangeError(
    `Cannot open ${id}/${setting}: settings of ${id} are ${Object.keys(settings)}`,
  );
}

/** What it is, and what its setting changes. */
export const summaryOf = (benchmark: Benchmark, setting: string): string =>
  `${benchmark.summary} ${settingOf(benchmark, setting).summary}`;

/** What one run may spend on a setting under the `standard` preset. RangeError if there is no such setting. */
export const budgetOn = (benchmark: Benchmark, setting: string): Budget => (
  { ...benchmark.budget, ...settingOf(benchmark, setting).budget }
);

/** What can be made of a stage by itself, beside others. */
export interface Part {
  readonly title: string;
  /** Names of the settings whose testbeds begin from it; all of them where it does not say. */
  readonly settings?: readonly string[];
  make(workshop: Workshop): Promise<unknown>;
}

/** What a testbed may use to make itself; nothing here is billed to a method. */
export interface Workshop {
  readonly call: Call;
  /**
   * The bytes that `make` returned for this key, now or at an earlier time. A damaged or
   * half-written entry is made again.
   */
  cached(name: string, key: unknown, make: () => Promise<Uint8Array>): Promise<Uint8Array>;
  /** Maximises the likelihood of the answers that `batch` deals, token by token, by AdamW. */
  train(options: Training): Promise<Params>;
  /** A policy with these parameters. */
  policy(model: Model, params: Params): Policy;
  /** `done` runs from 0 to 1. */
  progress(title: string, done: number, note?: string): void;
}
/** What a testbed's own model is trained on, and how long. */
export interface Training {
  readonly title: string;
  readonly model: Model;
  readonly from: Params;
  readonly steps: number;
  /** The learning rate at the end of the warm-up; it falls to a tenth by a half cosine. */
  readonly rate: number;
  batch(step: number): readonly Answer[];
  /** Mean negative log-likelihood a token by default. */
  loss?(pi: Likelihood, answers: Answers): Expr;
}

/** How every method on a testbed is trained. */
export interface Optimiser {
  /** Learning rate of AdamW after the warm-up. */
  readonly rate: number;
  /** Steps over which the rate rises to it. */
  readonly warmup: number;
  /** Examples a step. */
  readonly batch: number;
  /** Largest global norm of a gradient. */
  readonly clip: number;
}

/** A setting, opened from a seed: what is trained, on what, and what is true of it. */
export interface Testbed {
  readonly model: Model;
  readonly start: Params;
  readonly optimiser: Optimiser;
  /** Ground truth, exact; absent where nobody knows it. */
  readonly oracle?: Judge;
  readonly evaluators: readonly Evaluator[];
  /** What no measure can be given here, and why, where the usual words would not say enough. */
  readonly lacks?: Lacks;
  /** Steps an answer may take. */
  readonly longest: number;
  /** Answers drawn a test prompt at the end, a quarter of them along the way; 4 by default. */
  readonly samples?: number;
  prompts(split: "train" | "test"): readonly Prompt[];
  /** The same question, under the same id, with this said beside it; undefined where no words say it. */
  told?(prompt: Prompt, telling: Telling): Prompt | undefined;
  /** What is known of a test prompt that may be said beside it: its user's shots or weights, the greatest goal. */
  known?(prompt: Prompt): Partial<Told>;
  /** One label of the training data's own process (noise, raters, biases included): did a beat b? */
  label?(a: Answer, b: Answer, rng: Rng): Promise<boolean>;
  /** How many labelled comparisons there are, where the data are given and end. */
  readonly comparisons?: number;
  /** Comparisons that one example takes, where that is not 1: a list's are all its pairs. */
  readonly costs?: { readonly [offer in Offer]?: number };
  /**
   * What `n` labelled comparisons make as examples of this kind, with `told` said beside their
   * questions; a comparison gives one pair or two points.
   */
  examples<K extends Kind>(kind: K, n: number, rng: Rng, told?: keyof Told): Example<K>[];
  /** The names that `check` gives its numbers, where methods ask for one by name. */
  readonly checks?: readonly string[];
  /** Programs that anyone may run on answers: verifiers, unit tests, simulators, scorers. */
  check?(ys: readonly Answer[]): Promise<readonly Checks[]>;
  /** What anybody sees of answers, where programs of rewards may be made of that. */
  readonly signals?: Signals;
  /** What a critic writes about an answer: an answer to a prompt that holds it. */
  critique?(y: Answer, rng: Rng): Promise<Answer>;
  /** What a teacher writes after this prompt. */
  demonstrate?(prompt: Prompt, rng: Rng): Promise<Answer>;
  /** A program tried on a test: an answer to a question, and one to the same question `told` that a test is wanted. */
  tried?(program: Answer, test: Answer): Tried;
  /** What an answer says that it comes to, such as a judgement's grade; undefined where that cannot be read. */
  conclusion?(y: Answer): number | undefined;
  /** Labels that asking about one answer, or for one, costs; 1 by default. */
  readonly prices?: { readonly [what in Exclude<Query, "labels">]?: number };
  /** Labelled comparisons on test prompts, for ranking and calibration. */
  heldOut(): readonly Comparison[];
  /** Every answer to a prompt, where they can be counted. */
  answers?(prompt: Prompt): readonly Answer[];
  /** The gold reward of each answer, where preferences come from one. */
  reward?(ys: readonly Answer[]): Promise<Float64Array>;
  /** A text's quality as language, in nats a token (higher is better), where there is a judge of it. */
  fluency?(ys: readonly Answer[]): Promise<Float64Array>;
  /** What a reader is shown: a prompt, or an answer step by step. */
  show(y: Prompt): string;
  showSteps(y: Answer): readonly string[];
  /** What a reader sees of it, if it can be drawn; its words stay as the alternative. */
  picture?(y: Answer | Prompt): Picture | undefined;
  /** How the picture came about, from noise on say; at most 6. */
  frames?(y: Answer): readonly Picture[];
  /** What the world said after each step of `showSteps`; "" for nothing. */
  said?(y: Answer): readonly string[];
  /** What a prompt says beside its question, part by part. */
  tells?(prompt: Prompt): readonly string[];
  /** The search that an answer came from. */
  tree?(y: Answer): Tree | undefined;
  /** Facts a report draws beside the runs. */
  readonly truth: Truth;
  /** A policy as files that other tools load, where it is a language model. */
  files?(params: Params): Exported;
}

/** A policy as files. */
export interface Exported {
  /** Contents by path within their folder. */
  readonly files: { readonly [path: string]: Uint8Array };
  /** Parameters that the layout has no place for, such as a value head's. */
  readonly left: readonly string[];
}

/** Two answers to a test prompt and the exact P(chosen beats rejected) ≥ 1/2. */
export interface Comparison {
  readonly chosen: Answer;
  readonly rejected: Answer;
  readonly strength: number;
}

/** What is known exactly of a testbed beside its oracle. */
export interface Truth {
  /** P(a beats b) = σ((reward(a) − reward(b)) / temperature), where preferences come from a reward. */
  readonly temperature?: number;
  /** Reward of the exact optimum at several strengths of the KL penalty. */
  readonly frontier?: readonly { readonly kl: number; readonly reward: number }[];
}

/** A measure with how it is taken. */
export interface Evaluator extends Measure {
  /** Called only where nothing that it needs is missing. */
  measure(subject: Subject): Promise<Measurement | Absent>;
}

/** A policy under measurement. Everything shared between evaluators is computed once. */
export interface Subject {
  readonly policy: Policy;
  readonly reference: Policy;
  readonly testbed: Testbed;
  readonly rng: Rng;
  /** What the policy does not have, and why. */
  readonly lacks: Lacks;
  /** The method's own implicit reward, if it has one. */
  readonly implied?: (y: Scored) => number;
  /** The method's own log-odds of one answer over another, if it has them. */
  readonly prefers?: (a: Scored, b: Scored) => number;
  /** Answers of the policy: for each test prompt all of them where they can be counted, else a few samples; with weights that sum to 1. */
  draws(): Promise<readonly Draw[]>;
  /** The same of the start policy. */
  baseline(): Promise<readonly Draw[]>;
  /** The held-out comparisons with both policies' log-probabilities. */
  comparisons(): Promise<readonly ScoredComparison[]>;
}
/** Answers of a policy to one test prompt, with weights that add up to 1. */
export interface Draw {
  readonly prompt: Prompt;
  readonly answers: readonly Answer[];
  readonly weights: readonly number[];
  /** True where `answers` are all there are and `weights` their probabilities: then sums are exact. */
  readonly exact: boolean;
}
/** A held-out comparison with what policy and reference make of both answers. */
export interface ScoredComparison extends Comparison {
  readonly w: Scored;
  readonly l: Scored;
}
