import type { Answer, Prompt } from "./answer.ts";
import type { Testbed } from "./benchmark.ts";
import type { Telling, Told } from "./feedback.ts";
import type { Lacks } from "./measure.ts";
import type { Policy } from "./policy.ts";
import type { Rng } from "./rng.ts";

/** How a method's policy is put to the test. Each way of answering wraps a plainer one. */

/** A policy under test. */
export interface Respondent {
  readonly policy: Policy;
  /** What it reads of a test prompt. */
  read(prompt: Prompt): Prompt;
  /** An answer to each test prompt, as often as the prompt is given. */
  answer(prompts: readonly Prompt[], rng: Rng): Promise<readonly Answer[]>;
  readonly lacks: Lacks;
  /** By which head it judges answers, of one that gives none. */
  readonly judges?: "value" | "vector";
}
/** A way of being put to the test: makes a respondent of a plainer one. */
export type Way = (plainer: Respondent, testbed: Words) => Respondent;
/** What may be said beside a testbed's questions. */
export type Words = Pick<Testbed, "told" | "known">;

/** One draw from the policy, which reads the plain question. */
export const plain = (policy: Policy): Respondent => ({
  policy,
  read: (prompt) => prompt,
  answer: (prompts, rng) => policy.sample(prompts, rng.split("answers")),
  lacks: {},
});

/** It is told what is known of the question; RangeError where nothing is. */
export const told = (what: keyof Told): Way => (plainer, testbed) => {
  const read = (prompt: Prompt): Prompt => {
    const known = testbed.known?.(prompt)[what];
    if (known === undefined) throw unsaid(what, prompt);
    return said(testbed, plainer.read(prompt), { [what]: known } as unknown as Telling);
  };
  return { ...plainer, read, answer: (prompts, rng) => plainer.answer(prompts.map(read), rng) };
};

/** So many times it is given its last answer as a draft to improve. */
export const revised = (times: number): Way => (plainer, testbed) => ({
  ...plainer,
  async answer(prompts, rng) {
    let answers = await plainer.answer(prompts, rng);
    for (let round = 0; round < times; round++) {
      const again = prompts.map((prompt, i) => said(testbed, prompt, { draft: answers[i]! }));
      answers = await plainer.policy.sample(again, rng.split("revisions").split(round));
    }
    return answers;
  },
});

const unlikely = "A policy that searches gives its answers no probabilities";
/** It finds its answers by a search or the like, and gives them no probabilities. */
export const searching = (answer: Policy["sample"]): Way => (plainer) => ({
  ...plainer,
  answer: (prompts, rng) => answer(prompts.map(plainer.read), rng.split("answers")),
  lacks: { probabilities: unlikely, preferences: unlikely },
});

const judging = (judges: "value" | "vector", why: string, lacks: Lacks = {}): Way => (plainer) => ({
  ...plainer,
  answer: () => Promise.reject(new TypeError(why)),
  lacks: { answers: why, probabilities: why, ...lacks },
  judges,
});

/** It values answers, by its scalar head, and gives none. */
export const valuing: Way = judging("value", "It learns a reward and no policy");
/** It says which of two answers is better, by their vectors, and gives none. */
export const placing: Way = judging("vector", "It learns preferences and no policy", {
  rewards: "It compares two answers and gives none a reward of its own",
});

function said(testbed: Words, prompt: Prompt, telling: Telling): Prompt {
  const found = testbed.told?.(prompt, telling);
  if (!found) throw unsaid(Object.keys(telling).join(), prompt);
  return found;
}

const unsaid = (what: string, { id }: Prompt) =>
  new RangeError(`Cannot say ${what} beside prompt ${id}`);
