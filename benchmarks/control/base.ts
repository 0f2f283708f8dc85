/** The start policy of `control`, and its answers that labels are about. */
import {
  type Answer,
  type Model,
  type Params,
  perPrompt,
  type Policy,
  type Prompt,
  type Rng,
  rng,
  type Workshop,
} from "../../core/mod.ts";
import { agent } from "../../models/agent.ts";
import { readParams, writeParams } from "../../models/checkpoint/safetensors.ts";
import { HORIZON, lattice, type Mass, MOVES, OBSERVED, prompts, zones } from "./world.ts";

const shape = {
  moves: MOVES,
  observed: OBSERVED,
  horizon: HORIZON,
  width: 32,
  layers: 2,
  valueHead: true,
} as const;
export const model: Model = agent(lattice, shape);

const SCHEDULE = { steps: 400, rate: 1e-2, rows: 64 };
/** How often who is imitated makes any move. */
const SLIPS = 0.1;

/** The push that brings the mass nearest to a zone's middle, two moves on at the speed that it has then; the first of equals. */
function greedy(mass: Mass, [a, b]: readonly [number, number]): number {
  const far = Array.from({ length: MOVES }, (_, move) => {
    const { x, y, u, v } = lattice.step(mass, [move]);
    return Math.abs(x + 2 * u - a) + Math.abs(y + 2 * v - b);
  });
  return far.indexOf(Math.min(...far));
}

/** An episode of who makes for a zone, and slips. */
export function demonstrated(prompt: Prompt, zone: number, draws: Rng): Answer {
  const tokens: number[] = [];
  for (let mass = lattice.begin(prompt); !lattice.over(mass);) {
    const slips = draws.uniform() < SLIPS;
    const move = slips ? draws.below(MOVES) : greedy(mass, zones[zone]!);
    tokens.push(move);
    mass = lattice.step(mass, [move]);
  }
  return episode(prompt, tokens);
}

/** An answer of moves, each a turn. */
export const episode = (prompt: Prompt, tokens: readonly number[]): Answer => (
  { prompt, tokens, length: tokens.length, spans: tokens.map((_, t) => [t, t + 1] as const) }
);

/** Episodes to zones drawn evenly. */
function demonstrations(step: number): Answer[] {
  const draws = rng("control").split("demonstrations").split(step);
  return Array.from(
    { length: SCHEDULE.rows },
    () => demonstrated(draws.pick(prompts), draws.below(zones.length), draws),
  );
}

/** The parameters of the start policy, trained once and kept. */
export async function base(workshop: Workshop): Promise<Params> {
  // Some of what it is taught stands for all of it, so that other examples are another policy.
  const taught = demonstrations(0).map(({ prompt, tokens }) => [prompt.tokens, tokens]);
  const key = { shape, schedule: SCHEDULE, taught };
  const bytes = await workshop.cached("control policy", key, async () =>
    writeParams(
      await workshop.train({
        title: "Pre-training the policy of control",
        model,
        from: model.init(rng("control").split("init")),
        steps: SCHEDULE.steps,
        rate: SCHEDULE.rate,
        batch: demonstrations,
      }),
    ));
  return readParams(bytes);
}

/** Answers of the start policy, [prompt][answer], to compare in training and held out. */
export async function pool(start: Pick<Policy, "sample">): Promise<{
  readonly train: readonly (readonly Answer[])[];
  readonly held: readonly (readonly Answer[])[];
}> {
  const [train, held] = [360, 24];
  const drawn = await perPrompt(start, prompts, train + held, rng("control").split("pool"));
  const ys = drawn.map((all) => all.map(({ prompt, tokens }) => episode(prompt, tokens)));
  return { train: ys.map((all) => all.slice(0, train)), held: ys.map((all) => all.slice(train)) };
}
