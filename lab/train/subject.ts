import {
  absence,
  type Answer,
  type Draw,
  type Measurement,
  plain,
  type Policy,
  type Prompt,
  type Respondent,
  type Rng,
  same,
  type Scored,
  type ScoredComparison,
  type Subject,
  type Testbed,
} from "../../core/mod.ts";

/** Answers a prompt of a policy that searches, where answers can be counted. */
const SEARCHES = 32;

export interface SubjectOptions {
  readonly respondent: Respondent;
  /** It reads the plain question. */
  readonly reference: Policy;
  readonly testbed: Testbed;
  /** The same for every method and every moment, so that differences are not due to the draw. */
  readonly rng: Rng;
  readonly implied?: Subject["implied"];
  readonly prefers?: Subject["prefers"];
  /** Answers drawn a prompt where they cannot be counted. */
  readonly samples: number;
  /** What is known already of the start policy, which is the same for every method. */
  readonly known?: KnownStart;
}

/** The start policy's own answers, and its log-probabilities of the held-out comparisons. */
export interface KnownStart {
  readonly baseline: readonly Draw[];
  readonly held: ReadonlyMap<Answer, number>;
}

/** A policy ready to be measured; each shared piece of work is done once, when first asked for. */
export function subject(options: SubjectOptions): Subject {
  const { respondent, reference, testbed, rng, implied, prefers, samples, known } = options;
  const { policy, lacks } = respondent;
  return {
    policy,
    reference,
    testbed,
    rng,
    lacks,
    ...implied ? { implied } : {},
    ...prefers ? { prefers } : {},
    draws: once(() => drawn(respondent, testbed, rng, samples)),
    baseline: once(async () =>
      known?.baseline ?? await drawn(plain(reference), testbed, rng.split("baseline"), samples)
    ),
    comparisons: once(() => scored(respondent, testbed, reference, known?.held)),
  };
}

/** All answers with their probabilities where they can be counted, else samples. */
async function drawn(
  { policy, answer, lacks }: Respondent,
  testbed: Testbed,
  rng: Rng,
  samples: number,
): Promise<readonly Draw[]> {
  if (lacks.answers !== undefined) throw new TypeError(`Cannot draw answers: ${lacks.answers}`);
  const prompts = testbed.prompts("test");
  const drawn = async (n: number) => {
    const found = await answer(prompts.flatMap((prompt) => Array<Prompt>(n).fill(prompt)), rng);
    return prompts.map((_, i) => found.slice(i * n, (i + 1) * n));
  };
  if (!testbed.answers) {
    const found = await drawn(samples);
    return prompts.map((prompt, i): Draw => ({
      prompt,
      answers: found[i]!,
      weights: Array<number>(samples).fill(1 / samples),
      exact: false,
    }));
  }
  const lists = prompts.map((prompt) => testbed.answers!(prompt));
  if (lacks.probabilities !== undefined) {
    const found = await drawn(SEARCHES);
    return prompts.map((prompt, i): Draw => {
      const weights = lists[i]!.map((y) => found[i]!.filter((z) => same(y, z)).length / SEARCHES);
      return { prompt, answers: lists[i]!, weights, exact: false };
    });
  }
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

/** A policy's log-probability of each answer among the held-out comparisons. */
export async function held(policy: Policy, testbed: Testbed): Promise<Map<Answer, number>> {
  const ys = compared(testbed);
  const logp = await policy.logp(ys);
  return new Map(ys.map((y, i) => [y, logp[i]!]));
}

const compared = (testbed: Testbed): Answer[] => [
  ...new Set(testbed.heldOut().flatMap(({ chosen, rejected }) => [chosen, rejected])),
];

/**
 * The held-out comparisons by a policy and its reference, both at what the policy reads; at plain
 * questions the reference's log-probabilities may be known.
 */
async function scored(
  { policy, read, judges }: Respondent,
  testbed: Testbed,
  reference: Policy,
  known: ReadonlyMap<Answer, number> | undefined,
): Promise<readonly ScoredComparison[]> {
  const ys = compared(testbed);
  const prompts = ys.map(({ prompt }) => read(prompt));
  const asked = ys.map((y, i) => ({ ...y, prompt: prompts[i]! }));
  const places = new Map(ys.map((y, i) => [y, i]));
  const plainly = known && ys.every(({ prompt }, i) => prompts[i] === prompt);
  const before = plainly
    ? Float64Array.from(ys, (y) => known.get(y)!)
    : await reference.logp(asked);
  const logps = judges ? undefined : await policy.logp(asked);
  const values = judges === "value" ? await policy.value(asked) : undefined;
  const vectors = judges === "vector" ? await policy.vectors(asked) : undefined;
  const found = (y: Answer): Scored => {
    const i = places.get(y)!;
    return {
      logp: logps ? logps[i]! : NaN,
      reference: before[i]!,
      length: y.length,
      ...values ? { value: values[i]! } : {},
      ...vectors ? { vector: vectors[i]! } : {},
    };
  };
  return testbed.heldOut().map((pair) => ({
    ...pair,
    w: found(pair.chosen),
    l: found(pair.rejected),
  }));
}

/** What every evaluator of a testbed says of a policy. */
export async function measured(found: Subject): Promise<{
  measures: { [id: string]: Measurement };
  absent: { [id: string]: string };
}> {
  const measures: { [id: string]: Measurement } = {};
  const absent: { [id: string]: string } = {};
  for (const evaluator of found.testbed.evaluators) {
    const missing = absence(evaluator, found);
    const value = missing === undefined ? await evaluator.measure(found) : { absent: missing };
    if ("absent" in value) absent[evaluator.id] = value.absent;
    else measures[evaluator.id] = value;
  }
  return { measures, absent };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}
