import type { Sample } from "./answer.ts";
import type { Example, Shape } from "./feedback.ts";
import { perPrompt } from "./groups.ts";
import { Spent } from "./ledger.ts";
import type { Expr } from "./expr.ts";
import type { Lab, Learner, Scope } from "./method.ts";
import type { Policy } from "./policy.ts";
import type { Rng } from "./rng.ts";

/** Rounds of gathering and learning, in equal shares of labels and operations. */

export interface Rounds {
  readonly rounds: number;
  /** Share of a round's operations after which it asks no more. */
  readonly asking: number;
  /** Whether earlier rounds' examples are kept; false by default. */
  readonly keep?: boolean;
  /** Progress at which the first round begins; 0 by default. */
  readonly from?: number;
  /** Its examples take no labels: operations alone say when a round stops gathering. */
  readonly unlabelled?: true;
  /** Examples after which a round gathers no more; no bound by default. */
  readonly most?: number;
}

/** The share of the budget's operations at which a round ends. */
export const endOf = (round: number, { rounds, from = 0 }: Rounds): number =>
  from + (1 - from) * (round + 1) / rounds;

/**
 * What one round gathers, until its share of the labels, or `asking` of its operations, is spent, or
 * there is enough of it. Where the labels run out it is what there is by then; throws `Spent` where that is nothing.
 */
export async function gathered<E>(
  lab: Pick<Lab, "labelled" | "progress" | "rng">,
  round: number,
  options: Rounds,
  gather: (rng: Rng) => Promise<readonly E[]>,
): Promise<E[]> {
  const { rounds, asking, from = 0, unlabelled, most = Infinity } = options;
  const until = from + (1 - from) * (round + asking) / rounds;
  const labels = unlabelled ? Infinity : Math.min(1, (round + 1) / rounds);
  const found: E[] = [];
  for (
    let k = 0;
    found.length < most && lab.labelled < labels && lab.progress < until || found.length === 0;
    k++
  ) {
    try {
      found.push(...await gather(lab.rng.split(round).split(k)));
    } catch (error) {
      if (!(error instanceof Spent && error.axis === "queries") || found.length === 0) throw error;
      break;
    }
  }
  return found;
}

/**
 * Gathers examples and takes steps on them, round by round; the last round's steps go on until the
 * budget ends. A round that finds no labels left learns from what earlier ones gathered.
 */
export async function* inRounds<F extends Shape>(
  lab: Pick<Lab, "labelled" | "progress" | "rng">,
  learner: Learner<F>,
  options: Rounds,
  gather: (rng: Rng, round: number) => Promise<readonly Example<F>[]>,
): AsyncGenerator<Policy, void> {
  let examples: readonly Example<F>[] = [];
  for (let round = 0;; round++) {
    try {
      const fresh = await gathered(lab, round, options, (rng) => gather(rng, round));
      examples = options.keep ? [...examples, ...fresh] : fresh;
    } catch (error) {
      if (!(error instanceof Spent && error.axis === "queries") || examples.length === 0) {
        throw error;
      }
    }
    do {
      await learner.step(examples);
      yield learner.policy;
    } while (round >= options.rounds - 1 || lab.progress < endOf(round, options));
  }
}

/**
 * Rounds in which a policy learns from what it does itself: each round gathers with the policy that the
 * last one ended with, and begins where that stands, with it as the reference and with its optimiser.
 * The last round's steps go on until the budget ends; a round that finds no labels left, or nothing to
 * learn from before they end, is none, and the one before goes on.
 */
export async function* iterated<F extends Shape>(
  lab: Pick<Lab, "learner" | "progress">,
  start: Policy,
  options: Rounds,
  loss: (scope: Scope<F>) => Expr,
  gather: (policy: Policy, round: number) => Promise<readonly Example<F>[]>,
): AsyncGenerator<Policy, void> {
  let policy = start;
  let last: { readonly learner: Learner<F>; readonly examples: readonly Example<F>[] } | undefined;
  for (let round = 0;; round++) {
    let now = last;
    try {
      const examples = await gather(policy, round);
      const continues = last ? { continues: last.learner } : {};
      const learner = lab.learner<F>(loss, { from: policy, reference: policy, ...continues });
      now = { learner, examples };
    } catch (error) {
      if (!(error instanceof Spent && error.axis === "queries") || !last) throw error;
    }
    const { learner, examples } = now!;
    do {
      await learner.step(examples);
      yield learner.policy;
    } while (round >= options.rounds - 1 || lab.progress < endOf(round, options));
    [policy, last] = [learner.policy, { learner, examples }];
  }
}

/** How many answers a round draws, and how often it learns from them. */
export interface OwnAnswers {
  readonly prompts: number;
  /** Answers to each prompt. */
  readonly answers: number;
  /** Times that a round's examples are learned from. */
  readonly epochs: number;
}

/**
 * Rounds without end, one after another as they come: answers of the policy as it is, [prompt][answer],
 * what `read` makes of them, and at least one step on that.
 */
export async function* onOwnAnswers<F extends Shape>(
  lab: Pick<Lab, "prompts" | "rng">,
  learner: Learner<F>,
  { prompts, answers, epochs }: OwnAnswers,
  read: (drawn: readonly (readonly Sample[])[]) => Promise<readonly Example<F>[]>,
): AsyncGenerator<Policy, never> {
  for (let round = 0;; round++) {
    const asked = lab.prompts(prompts);
    const examples = await read(
      await perPrompt(learner.policy, asked, answers, lab.rng.split(round)),
    );
    const steps = Math.round(epochs * Math.max(1, examples.length / learner.batch));
    for (let k = 0; k < steps; k++) {
      await learner.step(examples);
      yield learner.policy;
    }
  }
}
