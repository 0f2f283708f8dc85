import {
  type Absent,
  type Answer,
  type Draw,
  type Evaluator,
  type Measurement,
  Pointless,
  type Policy,
  type Prompt,
  type Rng,
  same,
  type Scored,
  type ScoredComparison,
  type Subject,
  type Telling,
  type Testbed,
  type Told,
} from "../../core/mod.ts";
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
  /** What the policy is told of each prompt; the reference is asked the plain ones. */
  readonly asks?: keyof Told;
  /** How many times the policy revises its answers; 0 by default. */
  readonly revisions?: number;
  /** Whether only its `value` is to be measured; false by default. */
  readonly judges?: boolean;
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
  const { asks, revisions = 0, judges = false } = sitter;
  const draws = once(async () => {
    if (judges) throw new Pointless("It learns a reward and no policy");
    const first = await drawn(policy, testbed, rng, samples, asks);
    return revisions > 0 ? await revised(policy, testbed, rng, first, revisions) : first;
  });
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
      await scored(
        policy,
        testbed,
        asks === undefined ? known?.held ?? await held(reference, testbed) : reference,
        asks,
        judges,
      )
    ),
  };
}

/** All answers with their probabilities where they can be counted, else samples. */
async function drawn(
  policy: Policy,
  testbed: Testbed,
  rng: Rng,
  samples: number,
  asks?: keyof Told,
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
  const repeated: Prompt[] = prompts.flatMap((prompt) =>
    Array<Prompt>(samples).fill(told(testbed, prompt, asks))
  );
  const answers = await policy.sample(repeated, rng.split("answers"));
  return prompts.map((prompt, i): Draw => ({
    prompt,
    answers: answers.slice(i * samples, (i + 1) * samples),
    weights: Array<number>(samples).fill(1 / samples),
    exact: false,
  }));
}

/** The question as a policy is asked it that is told this of it. */
function told(testbed: Testbed, prompt: Prompt, asks: keyof Told | undefined): Prompt {
  if (asks === undefined) return prompt;
  const known = testbed.known?.(prompt)[asks];
  return said(testbed, prompt, { [asks]: known } as unknown as Telling, known !== undefined);
}

function said(testbed: Testbed, prompt: Prompt, telling: Telling, known = true): Prompt {
  const found = known ? testbed.told?.(prompt, telling) : undefined;
  if (!found) {
    throw new RangeError(`Cannot say ${Object.keys(telling)} beside prompt ${prompt.id}`);
  }
  return found;
}

/** The same draws after so many rounds, in each of which every answer is the draft of the next. */
async function revised(
  policy: Policy,
  testbed: Testbed,
  rng: Rng,
  first: readonly Draw[],
  rounds: number,
): Promise<readonly Draw[]> {
  let draws = first;
  for (let round = 0; round < rounds; round++) {
    const prompts = draws.flatMap(({ prompt, answers }) =>
      answers.map((draft) => said(testbed, prompt, { draft }))
    );
    const answers = await policy.sample(prompts, rng.split("revisions").split(round));
    let at = 0;
    draws = draws.map((draw) => ({
      ...draw,
      answers: answers.slice(at, at += draw.answers.length),
    }));
  }
  return draws;
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
  const ys = compared(testbed);
  const logp = await policy.logp(ys);
  return new Map(ys.map((y, i) => [y, logp[i]!]));
}

const compared = (testbed: Testbed): Answer[] => [
  ...new Set(testbed.heldOut().flatMap(({ chosen, rejected }) => [chosen, rejected])),
];

/** The held-out comparisons by a policy and its reference, or what is known of the reference at the plain prompts. */
async function scored(
  policy: Policy,
  testbed: Testbed,
  reference: Policy | ReadonlyMap<Answer, number>,
  asks: keyof Told | undefined,
  judges: boolean,
): Promise<readonly ScoredComparison[]> {
  const ys = compared(testbed);
  const read = ys.map((y) => ({ ...y, prompt: told(testbed, y.prompt, asks) }));
  const places = new Map(ys.map((y, i) => [y, i]));
  const frozen = "logp" in reference ? await reference.logp(read) : undefined;
  const before = (y: Answer, i: number): number =>
    frozen ? frozen[i]! : (reference as ReadonlyMap<Answer, number>).get(y)!;
  const now = judges ? await policy.value(read) : await policy.logp(read);
  const found = (y: Answer): Scored => {
    const i = places.get(y)!;
    const { length } = y;
    if (!judges) return { logp: now[i]!, reference: before(y, i), length };
    return {
      get logp(): number {
        throw new Pointless("It learns a reward and no policy");
      },
      reference: before(y, i),
      length,
      value: now[i]!,
    };
  };
  return testbed.heldOut().map((pair) => ({
    ...pair,
    w: found(pair.chosen),
    l: found(pair.rejected),
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
      : await measureOf(evaluator, sitter);
    if ("absent" in found) absent[evaluator.id] = found.absent;
    else measures[evaluator.id] = found;
  }
  return { measures, absent };
}

async function measureOf(
  evaluator: Evaluator,
  sitter: Subject,
): Promise<Measurement | Absent> {
  try {
    return await evaluator.measure(sitter);
  } catch (error) {
    if (error instanceof Pointless) return { absent: error.message };
    throw error;
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}
