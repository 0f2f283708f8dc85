// Longer than an equation: generations of written rewards, each of which trains an agent from the start.
import {
  type Checks,
  type Lab,
  type Learner,
  perPrompt,
  type Policy,
  program,
  type Prompt,
  type Rng,
  same,
} from "../core/mod.ts";
import { advantages, type StepRollout, surrogate } from "./ddpo.ts";

/**
 * Rewards are programs: sums of up to four weighted signals of an episode. Each of a generation's
 * trains an agent from the start policy, all with as many operations; who labels sees an episode of
 * the best agent so far and of each other one, and the better stays; the next programs are its
 * program changed, crossed with the one before it, or new. The paper has a language model write them,
 * shown the best and the worst: here they are drawn from a grammar, and with `informed` what the
 * task's own words speak of is drawn four times as often as the rest, with its sign. That prior
 * stands for what a language model knows, and it may be all that helps. The winner trains on at the
 * end.
 */
export default program({
  id: "icpl",
  paper: {
    title: "Few-shot In-Context Preference Learning Using Large Language Models",
    arxiv: "2410.17233",
    year: 2024,
  },
  equation: String
    .raw`\pi_k=\arg\max_\pi E_\pi\Bigl[\textstyle\sum_{j\le4}w_{kj}\,\phi_j(y)\Bigr],\quad \pi^*\leftarrow\text{the one preferred of }\pi^*,\pi_1,\dots,\pi_K,\quad w_k\sim q(\cdot\mid w^*)`,
  taxonomy: [
    "data/feedback/list",
    "learning/paradigm/active",
    "constraint/reference/free",
    "applications/control",
  ],
  claim: {
    text:
      "Rewards that a language model writes, and mends by which agent people prefer, take far fewer preferences than fitted ones",
    on: "control/task",
    measure: "reward",
    against: ["pebble"],
    expect: "higher",
    untestable: "programs are drawn from a grammar here, and no language model writes them",
  },
  needs: ["labels", "signals"],
  hyper: {
    informed: 1,
    programs: 5,
    generations: 4,
    looks: 1,
    share: 0.8,
    clip: 0.2,
    prompts: 8,
    samples: 4,
    steps: 4,
  },
  roles: {
    informed: "1 draws programs by what the task's own words name, 0 evenly from all signals",
    programs: "programs a generation",
    generations: "times that programs are written",
    looks: "labels a pair of agents; 0 asks nobody, and whichever comes last is kept",
    share: "share of the operations for all generations; the winner has the rest",
    clip: "how far a step's ratio to the sampling policy may move before its gradient is cut",
    prompts: "prompts a round of an agent's training",
    samples: "answers to each, which are each other's baseline",
    steps: "optimiser steps on a round's answers",
  },
  limits: [
    { at: "one program of one generation", then: "an agent of a reward drawn blindly" },
    { at: "looks = 0", then: "a search without preferences: what the prior alone is worth" },
  ],
  search: { steps: [4, 8, 16], programs: [3, 5] },
  within: { informed: [0, 1], looks: [0, 15], share: [0.1, 0.95], steps: [1, 64] },
  async *run(lab, hyper) {
    const { informed, programs, generations, looks, share } = hyper;
    const { names, said } = lab.signals;
    const prior = { names, said: informed > 0 ? said : {} };
    lab.note("prior informed by the task's words", informed);
    let [best, before]: (Agent | undefined)[] = [];
    const all = programs * generations;
    for (let k = 0; k < all; k++) {
      const rng = lab.rng.split("program").split(k);
      const program: RewardProgram = k < programs
        ? fresh(prior, rng)
        : bred(best!, before, prior, rng);
      const agent: Agent = { program, learner: begun(lab, hyper) };
      for await (const policy of trained(lab, agent, hyper, rng, share * (k + 1) / all)) {
        yield (best?.learner.policy ?? policy);
      }
      const [prompt] = lab.prompts(1);
      if (!best || await preferred(lab, agent, best, prompt!, { looks, rng })) {
        [best, before] = [agent, best];
        lab.note("program that is kept", k + 1);
      }
    }
    yield* trained(lab, best!, hyper, lab.rng.split("winner"), Infinity);
  },
});

/** The weight of each signal that a reward counts. */
export type RewardProgram = ReadonlyMap<string, number>;
/** What programs are drawn from: all signals, and those that are spoken of, with their sign. */
export interface Prior {
  readonly names: readonly string[];
  readonly said: { readonly [name: string]: number };
}
interface Agent {
  readonly program: RewardProgram;
  readonly learner: Learner<StepRollout>;
}
type Training = { readonly [name in "clip" | "prompts" | "samples" | "steps"]: number };

/** Most signals of a program. */
const TERMS = 4;
/** How much likelier than others a signal is drawn that is spoken of. */
const NAMED = 4;

/** What an episode is worth by a program. */
export const worth = (program: RewardProgram, signals: Checks): number =>
  [...program].reduce((sum, [name, weight]) => sum + weight * signals[name]!, 0);

/** A signal that the program does not count, with a weight. */
function term({ names, said }: Prior, counted: ReadonlySet<string>, rng: Rng): [string, number] {
  const left = names.filter((name) => !counted.has(name));
  const lots = left.flatMap((name) => Array<string>(name in said ? NAMED : 1).fill(name));
  const name = rng.pick(lots);
  const sign = said[name] ?? (rng.uniform() < 0.5 ? 1 : -1);
  return [name, sign * Math.exp(0.5 * rng.normal())];
}

/** A program of two to four signals. */
export function fresh(prior: Prior, rng: Rng): RewardProgram {
  const program = new Map<string, number>();
  const terms = Math.min(2 + rng.below(TERMS - 1), prior.names.length);
  while (program.size < terms) {
    program.set(...term(prior, new Set(program.keys()), rng));
  }
  return program;
}

/** The program with other weights, four times in ten with a signal less, and six times with one more, where it has room. */
export function changed(parent: RewardProgram, prior: Prior, rng: Rng): RewardProgram {
  const program = new Map([...parent].map(([name, w]) => [name, w * Math.exp(0.4 * rng.normal())]));
  if (rng.uniform() < 0.4 && program.size > 1) program.delete(rng.pick([...program.keys()]));
  if (rng.uniform() < 0.6 && program.size < Math.min(TERMS, prior.names.length)) {
    program.set(...term(prior, new Set(program.keys()), rng));
  }
  return program;
}

/** Each term of either parent with even odds; the first parent's, where none or too many are drawn. */
export function crossed(one: RewardProgram, other: RewardProgram, rng: Rng): RewardProgram {
  const program = new Map([...other, ...one].filter(() => rng.uniform() < 0.5));
  return program.size > 0 && program.size <= TERMS ? program : one;
}

/** Seven times in ten the best one changed, twice crossed with the one before it, else a new one. */
function bred(best: Agent, before: Agent | undefined, prior: Prior, rng: Rng): RewardProgram {
  const draw = rng.uniform();
  if (draw < 0.1) return fresh(prior, rng);
  if (draw < 0.3 && before) return crossed(best.program, before.program, rng);
  return changed(best.program, prior, rng);
}

const begun = (lab: Lab, { clip }: Training): Learner<StepRollout> =>
  lab.learner<StepRollout>((scope) => surrogate(scope, clip));

/** Rounds in which an agent climbs its program, until so much is spent. */
async function* trained(
  lab: Lab,
  { program, learner }: Agent,
  { prompts, samples, steps }: Training,
  rng: Rng,
  until: number,
): AsyncGenerator<Policy, void> {
  for (let round = 0; lab.progress < until; round++) {
    const asked = lab.prompts(prompts);
    const drawn = await perPrompt(learner.policy, asked, samples, rng.split(round));
    const gains = advantages(
      drawn.map((ys) => ys.map((y) => worth(program, lab.signals.of(y)))),
    ).flat();
    const batch = drawn.flat().map((answer, i): StepRollout => (
      { answer, behaviour: answer.logps, advantage: gains[i]! }
    ));
    for (let k = 0; k < steps; k++) {
      await learner.step(batch);
      yield learner.policy;
    }
  }
}

/** Whether most labels are for the new agent's episodes; those that are the same are not asked about, and count for who is there. */
async function preferred(
  { oracle }: Lab,
  agent: Agent,
  best: Agent,
  prompt: Prompt,
  { looks, rng }: { readonly looks: number; readonly rng: Rng },
): Promise<boolean> {
  if (looks === 0) return true;
  const [mine, theirs] = await Promise.all(
    [agent, best].map(({ learner }, i) =>
      learner.policy.sample(Array<Prompt>(looks).fill(prompt), rng.split(`look ${i}`))
    ),
  );
  let won = 0;
  for (const [i, y] of mine!.entries()) {
    if (!same(y, theirs![i]!)) won += await oracle.prefer(y, theirs![i]!);
  }
  return won > looks / 2;
}
