import type { Expr } from "./expr.ts";
import type { Answer, Prompt } from "./answer.ts";
import type { Way } from "./answering.ts";
import type { Batch, Example, Kind, Shape, Telling, Told } from "./feedback.ts";
import type { Checks, Judge, Signals, Tried } from "./judge.ts";
import type { Likelihood, Policy, Scored } from "./policy.ts";
import type { Rng } from "./rng.ts";
import type { SearchPlace, Siblings } from "./search.ts";
import type { TaxonomyCell } from "./taxonomy.ts";

/** Where a method comes from. */
export interface Paper {
  readonly title: string;
  readonly arxiv?: string;
  readonly year: number;
}

/** A paper's headline, restated as an inequality the harness can test. */
export interface Claim {
  readonly text: string;
  /** `benchmark/setting`. */
  readonly on: string;
  /** An evaluator's id. */
  readonly measure: string;
  /** Ids of methods. */
  readonly against: readonly string[];
  readonly expect: Expectation;
  /** The smallest difference that matters, in the measure's unit; the measure's card has one. */
  readonly margin?: number;
  /**
   * A measure that must not be worse than the rival's by more than its margin, as who does nothing
   * has the lowest KL: the testbed's headline by default, where the claim's measure is no truth about
   * the policy's answers; "none" where there is nothing to lose.
   */
  readonly guard?: string;
  /**
   * A trade-off: the sides are compared where this measure is equal, along what each reached at its
   * checkpoints with these values of its own hyperparameters.
   */
  readonly at?: {
    readonly measure: string;
    readonly over: { readonly [method: string]: { readonly [name: string]: readonly number[] } };
  };
  /** False where it is no headline of the paper's but a mechanism, or a comparison of ours. */
  readonly headline?: false;
  /** Why nothing of the size that runs here could show it: then it is not run. */
  readonly untestable?: string;
}

/** How an effect is said to lie: to 0, or to the margin on one side of it or on both. */
export type Expectation = "higher" | "lower" | "equal" | "not lower" | "not higher";

/** What a loss becomes at an end of a hyperparameter. */
export interface Limit {
  readonly at: string;
  readonly then: string;
}

/** Hyperparameters by name. */
export type Hyper = { readonly [name: string]: number };

/** What a loss is given. `pi` learns; `ref` does not; `progress` runs from 0 to 1 and is a scalar. */
export type Scope<F extends Shape> = Batch<F> & {
  readonly pi: Likelihood;
  readonly ref: Likelihood;
  readonly progress: Expr;
  /** The scalars that the last step returned, or at first the objective's `memory`. */
  readonly memory: { readonly [name: string]: Expr };
  /** [B] drawn uniformly from (0, 1), anew at each step. */
  readonly noise: Expr;
};

/** What a loss with a memory returns: `memory` are scalars, the same names as the objective's. */
export interface Remembering {
  readonly loss: Expr;
  readonly memory: { readonly [name: string]: Expr };
}
/** What a loss returns: a scalar, or one with what it remembers. */
export type Loss = Expr | Remembering;

/** What a method may touch while it gathers data. Every capability is metered. */
export interface World<K extends Kind> {
  readonly policy: Policy;
  readonly reference: Policy;
  /** The testbed's own labelling process: each `prefer` costs one query and returns a drawn label, 0 or 1. */
  readonly oracle: Judge;
  /** What the testbed's programs say of answers, by name, at its price. */
  check(ys: readonly Answer[]): Promise<readonly Checks[]>;
  /** What a critic writes about an answer, at the testbed's price. */
  critique(y: Answer): Promise<Answer>;
  /** What a teacher writes after this prompt, at the testbed's price. */
  demonstrate(prompt: Prompt): Promise<Answer>;
  /** A program tried on a test, both of them any answers: free, as nobody who knows the truth is asked. */
  tried(program: Answer, test: Answer): Tried;
  /** What an answer comes to, such as a judgement's grade, right or wrong; undefined where it comes to nothing. Free: it says so itself. */
  conclusion(y: Answer): number | undefined;
  readonly offline: readonly Example<K>[];
  readonly rng: Rng;
  prompts(n: number): Prompt[];
}

/** What is said of a method, whatever it is made of. */
export interface Card<H extends Hyper = Hyper> {
  readonly id: string;
  readonly paper: Paper;
  /** The loss as TeX, in the paper's letters. */
  readonly equation: string;
  readonly taxonomy: readonly TaxonomyCell[];
  readonly claim: Claim;
  readonly hyper: H;
  /** What each hyperparameter does, a line each. */
  readonly roles?: { readonly [name in keyof H]: string };
  /** What the loss becomes at its ends: β → 0, β → ∞, π = π_ref. */
  readonly limits?: readonly Limit[];
  /** The values of its main hyperparameters that are tried before a verdict; and three learning rates beside. */
  readonly search?: { readonly [name in keyof H]?: readonly number[] };
  /** Between which values a hyperparameter makes sense, where that is not everywhere above 0: [least, most]. */
  readonly within?: { readonly [name in keyof H]?: readonly [number, number] };
  /** The reward this method says an answer has: P(a beats b) = σ(implied(a) − implied(b)). Absent: it says nothing. */
  implied?(y: Scored, hyper: NoInfer<H>): number;
  /** Of a general preference, which no reward need imply: the log-odds that it gives a over b. */
  prefers?(a: Scored, b: Scored, hyper: NoInfer<H>): number;
  /** What its policy is told beside the question, in the examples it learns from and at test; nothing by default. */
  readonly told?: keyof Told;
  /** How its policy answers at test, where that is not one draw: `revised(n)`, `valuing` for a reward, or `placing` for vectors. */
  answers?(hyper: H): Way;
  /** Factor on the testbed's learning rate; 1 by default. */
  readonly rate?: number;
  /** In place of the testbed's, where a user wants to know: nothing by default. */
  readonly training?: OwnTraining;
  /** It stands in for methods when their claims are judged: what it passes too says nothing of them. */
  readonly control?: true;
  /** At these factors on the learning rate that a search chose for it, it stands in for other methods likewise. */
  readonly detuned?: readonly number[];
  /** What it cannot do without; a testbed that lacks it refuses before anything is spent. */
  readonly needs?: readonly Need[];
}

/** What a user may set of how a method is trained: learning rate of AdamW, examples a step, steps of warm-up. */
export interface OwnTraining {
  readonly lr?: number;
  readonly batch?: number;
  readonly warmup?: number;
}

/**
 * A thing that not every testbed has: who labels anew; programs that check, that tell right answers
 * ("solved") or say what mending by a critique gains ("mended"); critics; teachers; tests to try;
 * conclusions to read; words for a draft beside a question; a world that answers back; results that
 * can be seen noised, however they came about; experts who mend answers; signals that answers show.
 */
export type Need =
  | "labels"
  | "checks"
  | "solved"
  | "mended"
  | "drafts"
  | "critiques"
  | "demonstrations"
  | "tests"
  | "conclusions"
  | "world"
  | "results"
  | "corrections"
  | "signals";

/** A method that is an equation over feedback. Without `collect` it reads the offline data. */
export interface Objective<
  K extends Kind = Kind,
  H extends Hyper = Hyper,
  L extends Loss = Loss,
> extends Card<H> {
  readonly feedback: K;
  /** Which policy `ref` is: the starting point (the default), the last round's iterate, or none. */
  readonly reference?: "start" | "previous" | "none";
  /** First values of the numbers that the loss keeps from step to step, such as a running mean. */
  readonly memory?: { readonly [name: string]: number };
  loss(scope: Scope<K>, hyper: H): L;
  /** One round of fresh data. Its presence makes the method online. */
  collect?(world: World<K>, hyper: H): Promise<Example<K>[]>;
}

/** A method that is a program: several learners, search, a reward model first. */
export interface Program<H extends Hyper = Hyper> extends Card<H> {
  /** Yields its policy after every step worth measuring, until a capability throws `Spent`. */
  run(lab: Lab, hyper: H): AsyncGenerator<Policy, void>;
}
/** A method: an equation, or a program. */
export type Method = Objective | Program;

/** One thing that a study runs. */
export interface Arm {
  /** Id of a method. */
  readonly method: string;
  /** `benchmark/setting`. */
  readonly on: string;
  /** In place of the method's own; those not named stay. */
  readonly hyper?: Hyper;
  /** Of what other arms may spend; 1 on both axes by default. */
  readonly share?: { readonly flops?: number; readonly queries?: number };
}

/**
 * What one seed's runs measured: of this arm, by the id of a measure, once the share `at` of its
 * operations was spent: 1, the end, by default; 0 is the start policy. Throws where there is no such measure.
 */
export type Reading<A extends string> = (arm: A, measure: string, at?: number) => number;

/** A paper that compares rather than proposes: named arms, and one number of them that its claim is about. */
export interface Study<A extends string = string> {
  readonly id: string;
  readonly paper: Paper;
  readonly taxonomy: readonly TaxonomyCell[];
  /** The effect, as a column's head: "reward online less reward offline". */
  readonly title: string;
  /** How the effect lies to 0; `margin` is the smallest effect that matters, 0 by default. */
  readonly claim: Pick<Claim, "text" | "expect" | "margin" | "headline" | "untestable">;
  readonly arms: { readonly [name in A]: Arm };
  effect(of: Reading<A>): number;
}

/** What a program may touch: the metered world, and learners. */
export interface Lab extends Omit<World<"pairs">, "offline" | "policy"> {
  /** Labelled examples, paid for on the first call; `told` beside their questions, if so asked. */
  offline<K extends Kind>(kind: K, told?: keyof Told): readonly Example<K>[];
  /** Share of the budget's operations spent so far, 0 to 1. */
  readonly progress: number;
  /** The same question with this said beside it. */
  told(prompt: Prompt, telling: Telling): Prompt;
  /** Share of the budget's labels spent so far, 0 to 1. */
  readonly labelled: number;
  /** What answers show by themselves, by name: free, as nobody is asked. */
  readonly signals: Signals;
  /** A learner of examples of a kind, or of a shape of the program's own, which is its type parameter. */
  learner<F extends Shape>(loss: (scope: Scope<F>) => Expr, options?: LearnerOptions): Learner<F>;
  /**
   * The policy whose every parameter array is the weighted sum of the parents', as they are now.
   * `weigh` is given the inner products of the parents' arrays, [parent][parent], one array after
   * another.
   */
  merged(
    parents: readonly Policy[],
    weigh: (products: number[][]) => readonly number[],
  ): Promise<Policy>;
  /** Puts a number on the run's record under this name, such as a reward model's accuracy; the last one counts. */
  note(name: string, value: number): void;
  /**
   * Puts a search and the pairs that were taken from it on the run's record, for a reader to see: of
   * the first two that gave pairs.
   */
  searched(root: SearchPlace, pairs: readonly Siblings[]): void;
  /**
   * The policy with another way of answering, such as a search, in place of one draw. Training it
   * stays its parameters' matter; its answers have no log-probabilities. To be measured costs it
   * nothing, as it costs no one, and what an answer takes is on record. It may ask for checks, which
   * are programs', and nobody else.
   */
  answering(policy: Policy, answer: Policy["sample"]): Policy;
}
/** How a learner differs from the testbed's usual one. */
export interface LearnerOptions {
  /** Where it starts; the testbed's start policy by default. */
  readonly from?: Policy;
  /** Under which heading its operations are billed; "training" by default. */
  readonly bill?: "training" | "reward model";
  /** Whose log-probabilities `ref` gives, as it is now; the testbed's start policy by default. */
  readonly reference?: Policy;
  /** Factor on the testbed's learning rate, asked anew at each step if it is a function; 1 by default. */
  readonly rate?: number | (() => number);
  /** Which of the parameters that the loss reaches are trained; all by default. */
  readonly trains?: (names: readonly string[]) => readonly string[];
  /** Whose optimiser it goes on with, moments and step count, so that a round does not warm up anew; a fresh one by default. */
  readonly continues?: AnyLearner;
}
/** A policy that learns from examples. */
export interface Learner<F extends Shape> {
  readonly policy: Policy;
  /** Examples a step. */
  readonly batch: number;
  /**
   * One optimiser step on a batch drawn from these examples, each seen once before any is seen again.
   * The gradient is taken at `at`, a policy of the same model, and moves this one; at itself by default.
   */
  step(examples: readonly Example<F>[], at?: Policy): Promise<void>;
  /** Stands where another learner of the same model stands: its parameters, its optimiser's moments, its steps. */
  rejoin(other: AnyLearner): Promise<void>;
}
/** A learner, whatever it learns from. */
export type AnyLearner = Pick<Learner<never>, "policy" | "batch">;

/** A method's hyperparameters as its runs' records have them: with what is not the testbed's own of its training. */
export const recordedHyper = ({ hyper, rate = 1, training = {} }: Method): Hyper => (
  { ...hyper, ...rate === 1 ? {} : { rate }, ...training }
);

/** Infers the types of an objective; adds nothing. */
export function method<K extends Kind, H extends Hyper, L extends Loss>(
  m: Objective<K, H, L>,
): Objective<K, H, L> {
  return m;
}
/** Infers the types of a program; adds nothing. */
export function program<H extends Hyper>(m: Program<H>): Program<H> {
  return m;
}
/** Infers the names of a study's arms; adds nothing. */
export function study<A extends string>(s: Study<A>): Study<A> {
  return s;
}
