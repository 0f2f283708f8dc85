import {
  type Answer,
  type Draw,
  type Measurement,
  type Policy,
  type Prompt,
  type Rng,
  same,
  type Scored,
  type ScoredComparison,
  type Subject,
  type Testbed,
} from "../core/mod.ts";
import type { Seated } from "./policy.ts";

/** Searches a prompt where answers can be counted. */
const SEARCHES = 32;

export interface Sitter {
  readonly policy: Policy;
  readonly reference: Policy;
  readonly testbed: Testbed;
  /** The same for every method and every moment, so that differences are not due to the draw. */
  readonly rng: Rng;
  readonly implied?: (y: Scored) => number;
  /** Answers drawn a prompt where they cannot be counted. */
  readonly samples: number;
  /** What is known already of the start policy, which is the same for every method. */
  readonly known?: Known;
}

/** The start policy's own answers, and its log-probabilities of the held-out comparisons. */
export interface Known {
  readonly baseline: readonly Draw[];
  readonly held: ReadonlyMap<Answer, number>;
}

/** A policy ready to be measured; each shared piece of work is done once, when first asked for. */
export function subject(sitter: Sitter): Subject {
  const { policy, reference, testbed, rng, implied, samples, known } = sitter;
  const searches = (policy as Seated).answer !== undefined;
  const draws = once(() => drawn(policy, testbed, rng, samples));
  return {
    policy,
    reference,
    testbed,
    rng,
    ...searches ? { searches } : {},
    ...implied ? { implied } : {},
    draws,
    baseline: once(async () =>
      known?.baseline ?? await drawn(reference, testbed, rng.split("baseline"), samples)
    ),
    comparisons: once(async () =>
      await scored(policy, known?.held ?? await held(reference, testbed), testbed)
    ),
  };
}

/** All answers with their probabilities where they can be counted, else samples. */
async function drawn(
  policy: Policy,
  testbed: Testbed,
  rng: Rng,
  samples: number,
): Promise<readonly Draw[]> {
  const prompts = testbed.prompts("test");
  if (testbed.answers) {
    const lists = prompts.map((prompt) => testbed.answers!(prompt));
    if ((policy as Seated).answer) return await shares(policy, prompts, lists, rng);
    const logps = await policy.logp(lists.flat());
    let at = 0;
    return prompts.map((prompt, i): Draw => {
      const answers = lists[i]!;
      const logs = logps.subarray(at, at += answers.length);
      const weights = Array.from(logs, Math.exp);
      // Single precision leaves the sum a hair off 1.
      const total = weights.reduce((a, b) => a + b, 0);
      return { prompt, answers, weights: weights.map((w) => w / total), exact: true };
    });
  }
  const repeated: Prompt[] = prompts.flatMap((prompt) => Array<Prompt>(samples).fill(prompt));
  const answers = await policy.sample(repeated, rng.split("answers"));
  return prompts.map((prompt, i): Draw => ({
    prompt,
    answers: answers.slice(i * samples, (i + 1) * samples),
    weights: Array<number>(samples).fill(1 / samples),
    exact: false,
  }));
}

/** How often each answer is given, where a policy that searches has no probabilities of its own. */
async function shares(
  policy: Policy,
  prompts: readonly Prompt[],
  lists: readonly (readonly Answer[])[],
  rng: Rng,
): Promise<readonly Draw[]> {
  const repeated = prompts.flatMap((prompt) => Array<Prompt>(SEARCHES).fill(prompt));
  const found = await policy.sample(repeated, rng.split("answers"));
  return prompts.map((prompt, i): Draw => {
    const some = found.slice(i * SEARCHES, (i + 1) * SEARCHES);
    const weights = lists[i]!.map((y) => some.filter((z) => same(y, z)).length / SEARCHES);
    return { prompt, answers: lists[i]!, weights, exact: false };
  });
}

/** A policy's log-probability of each answer among the held-out comparisons. */
export async function held(policy: Policy, testbed: Testbed): Promise<Map<Answer, number>> {
  const ys = [...new Set(testbed.heldOut().flatMap(({ chosen, rejected }) => [chosen, rejected]))];
  const logp = await policy.logp(ys);
  return new Map(ys.map((y, i) => [y, logp[i]!]));
}

async function scored(
  policy: Policy,
  reference: ReadonlyMap<Answer, number>,
  testbed: Testbed,
): Promise<readonly ScoredComparison[]> {
  const own = await held(policy, testbed);
  const read = (y: Answer): Scored => ({
    logp: own.get(y)!,
    reference: reference.get(y)!,
    length: y.length,
  });
  return testbed.heldOut().map((pair) => ({
    ...pair,
    w: read(pair.chosen),
    l: read(pair.rejected),
  }));
}

/** What every evaluator of a testbed says of a policy. */
export async function measured(sitter: Subject): Promise<{
  measures: { [id: string]: Measurement };
  absent: { [id: string]: string };
}> {
  const measures: { [id: string]: Measurement } = {};
  const absent: { [id: string]: string } = {};
  for (const evaluator of sitter.testbed.evaluators) {
    const found = sitter.searches && evaluator.probabilities
      ? { absent: "A policy that searches gives its answers no probabilities" }
      : await evaluator.measure(sitter);
    if ("absent" in found) absent[evaluator.id] = found.absent;
    else measures[evaluator.id] = found;
  }
  return { measures, absent };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}
