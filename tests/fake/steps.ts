/** A testbed of three moves a question, small enough to know all about: for tests of what programs do with steps. */
import {
  type Answer,
  type Environment,
  type Example,
  type Kind,
  type Offer,
  type Prompt,
  type Rng,
  rng,
  type Testbed,
} from "../../core/mod.ts";
import { agent } from "../../models/agent.ts";
import type { Opening } from "./lab.ts";

const [MOVES, HORIZON] = [3, 3];

interface Moved {
  readonly asked: number;
  readonly moves: readonly number[];
}
const world: Environment<Moved> = {
  begin: ({ tokens }) => ({ asked: tokens[0]!, moves: [] }),
  step: ({ asked, moves }, [move]) => ({ asked, moves: [...moves, move!] }),
  observe: ({ asked, moves }) =>
    [asked, ...moves].reduce(
      (seen, x, i) => {
        seen[i * MOVES + x] = 1;
        return seen;
      },
      Array<number>((1 + HORIZON) * MOVES).fill(0),
    ),
  over: ({ moves }) => moves.length === HORIZON,
};
const model = agent(world, {
  moves: MOVES,
  observed: (1 + HORIZON) * MOVES,
  horizon: HORIZON,
  width: 16,
  layers: 1,
  valueHead: true,
});
const prompts = [0, 1, 2].map((asked): Prompt => ({ id: `${asked}`, tokens: [asked] }));

/** An answer is right if its first move is what was asked and its last one is so too; the second is free. */
export const right = ({ prompt: { tokens: [asked] }, tokens: [first, , last] }: Answer): number =>
  first === asked && last === asked ? 1 : 0;

export const answer = (prompt: Prompt, ...tokens: readonly number[]): Answer => ({
  prompt,
  tokens,
  length: tokens.length,
  spans: tokens.map((_, t) => [t, t + 1] as const),
});
const drawn = (prompt: Prompt, draws: Rng) =>
  answer(prompt, ...prompts.map(() => draws.below(MOVES)));

const offers: readonly Offer[] = ["scored", "lists", "pairs"];
const example = (kind: Kind, prompt: Prompt, draws: Rng): object => {
  const [one, two] = [drawn(prompt, draws), drawn(prompt, draws)];
  if (kind === "scored") return { answer: one, score: right(one) };
  if (kind === "pairs") {
    return right(two) > right(one)
      ? { chosen: two, rejected: one, strength: 1 }
      : { chosen: one, rejected: two, strength: 1 };
  }
  const answers = [one, two, drawn(prompt, draws), drawn(prompt, draws)]
    .toSorted((a, b) => right(b) - right(a));
  return { answers, scores: answers.map(right) };
};

export const testbed: Testbed = {
  model,
  start: model.init(rng("steps")),
  optimiser: { rate: 0.001, warmup: 10, batch: 32, clip: 1 },
  evaluators: [],
  longest: HORIZON,
  prompts: () => prompts,
  check: (ys) => Promise.resolve(ys.map((y) => ({ solved: right(y) }))),
  examples: <K extends Kind>(kind: K, n: number, draws: Rng) =>
    Array.from(
      { length: n },
      (_, i) => example(kind, prompts[i % prompts.length]!, draws.split(i)) as Example<K>,
    ),
  heldOut: () => [],
  show: ({ id }) => id,
  showSteps: ({ tokens }) => tokens.map(String),
  truth: {},
};
export const opening: Opening = { testbed, offers };
