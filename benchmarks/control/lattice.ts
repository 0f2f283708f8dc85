/** Every state that episodes of `control` can meet, and exact sums over them. */
import { type Answer, type Policy, written } from "../../core/mod.ts";
import {
  HORIZON,
  lattice,
  type Mass,
  MOVES,
  OUTCOMES,
  promptAt,
  prompts,
  zoneOf,
} from "./world.ts";

/** States after so many moves. */
interface Layer {
  readonly states: readonly Mass[];
  /** [state][move] number of the next state in the layer that follows; of the last layer empty. */
  readonly next: readonly (readonly number[])[];
}

let known: readonly Layer[] | undefined;
/** The layers from the starts on, which are the states of the first, in the order of `prompts`. */
export const layers = (): readonly Layer[] => known ??= explored();

function explored(): Layer[] {
  let states = prompts.map(lattice.begin);
  const found: Layer[] = [];
  for (let t = 0; t < HORIZON; t++) {
    const at = new Map<string, number>();
    const later: Mass[] = [];
    const next = states.map((state) =>
      Array.from({ length: MOVES }, (_, move) => {
        const after = lattice.step(state, [move]);
        const { id } = promptAt(after);
        const place = at.get(id) ?? later.length;
        if (place === later.length) {
          at.set(id, place);
          later.push(after);
        }
        return place;
      })
    );
    found.push({ states, next });
    states = later;
  }
  return [...found, { states, next: [] }];
}

/** Every move but the last in every state that is not the end, each as an answer of its own. */
const asked = (): readonly Answer[] =>
  layers().slice(0, -1).flatMap(({ states }) =>
    states.map(promptAt).flatMap((prompt) =>
      Array.from({ length: MOVES - 1 }, (_, move) => written(prompt, [move]))
    )
  );

/** [layer][state][move] probabilities of a policy. */
export type Chances = readonly (readonly (readonly number[])[])[];

/** What a policy does in every state; the last move has what the others leave. */
export async function chancesOf(policy: Pick<Policy, "logp">): Promise<Chances> {
  const logps = await policy.logp(asked());
  let at = 0;
  return layers().map(({ next }) =>
    next.map(() => {
      const some = Array.from({ length: MOVES - 1 }, () => Math.exp(logps[at++]!));
      return [...some, Math.max(0, 1 - some.reduce((sum, p) => sum + p, 0))];
    })
  );
}

/** For each start [prompt][outcome] how likely an episode ends there, by forward recursion. */
export function outcomesOf(chances: Chances): number[][] {
  const all = layers();
  return prompts.map((_, start) => {
    let mass = all[0]!.states.map((_, i): number => i === start ? 1 : 0);
    all.slice(0, -1).forEach(({ next }, t) => {
      const later = all[t + 1]!.states.map(() => 0);
      next.forEach((row, i) => {
        if (mass[i] === 0) return;
        row.forEach((to, move) => later[to]! += mass[i]! * chances[t]![i]![move]!);
      });
      mass = later;
    });
    const ends = Array<number>(OUTCOMES).fill(0);
    all.at(-1)!.states.forEach((state, i) => ends[zoneOf(state)]! += mass[i]!);
    return ends;
  });
}

/** The most that can be had from each start, by backward recursion, where an episode's return is a sum over its moves. */
export function bestOf(gain: Gain): number[] {
  const all = layers();
  let value = all.at(-1)!.states.map(() => 0);
  for (let t = HORIZON - 1; t >= 0; t--) {
    const [{ states, next }, { states: later }] = [all[t]!, all[t + 1]!];
    value = next.map((row, i) =>
      Math.max(...row.map((to, move) => gain(states[i]!, move, later[to]!) + value[to]!))
    );
  }
  return value;
}

/** What a move adds to the return of an episode. */
export type Gain = (before: Mass, move: number, after: Mass) => number;
