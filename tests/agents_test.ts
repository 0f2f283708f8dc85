import assert from "node:assert/strict";
import {
  type Answer,
  type Answers,
  type Environment,
  input,
  type Likelihood,
  type Prompt,
  rng,
  type Sample,
  type Scope,
  type SearchNode,
  type Testbed,
} from "../core/mod.ts";
import { gradient, interpret } from "../engine/mod.ts";
import { ledger } from "../lab/train/ledger.ts";
import { MeteredLab } from "../lab/train/metered-lab.ts";
import agentQ, { contested } from "../methods/agent-q.ts";
import { type Contest, matched } from "../methods/dno.ts";
import { inWorld } from "../models/episodes.ts";
import { transformer } from "../models/transformer.ts";
import { engine, lending, played, testbed } from "./fake/lab.ts";

const near = (a: number, b: number, within = 1e-6) =>
  assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);

/** A turn that was drawn with these log-probabilities of its tokens. */
function turn(tokens: readonly number[], logps: readonly number[]): SearchNode {
  const prompt: Prompt = { id: "p", tokens: [1] };
  const step: Sample = { prompt, tokens, length: tokens.length, logps };
  return { at: prompt, step, over: true, visits: 1, won: 1, next: new Map() };
}

Deno.test("Agent Q: DPO's loss with the log-probabilities that turns were drawn with in the reference's place", () => {
  const [better, worse] = [turn([2, 3], [-2, -4]), turn([4], [-4.5])];
  const { left, right, before, strength } = contested({ better, worse });
  assert.deepEqual([left, right], [better.step, worse.step]);
  near(before, -1.5);
  /** −log σ(β·(π − before)) and its slopes, where π gives the turns these log-probabilities. */
  const at = (pi: readonly [number, number], beta: number) => {
    const leaves = ["better", "worse"].map((name) => input(name, [1]));
    const answers = leaves.map((length): Answers => ({ length, packed: {} }));
    const logp = (y: Answers) => leaves[answers.indexOf(y)]!;
    const scope = {
      pi: { logp } as Partial<Likelihood>,
      left: answers[0],
      right: answers[1],
      before: input("before", [1]),
      strength: input("strength", [1]),
    } as Scope<Contest>;
    const value = matched(scope, { eta: beta });
    const [w, l] = gradient(value, leaves);
    const found = interpret(
      { value, w: w!, l: l! },
      { better: [pi[0]], worse: [pi[1]], before: [before], strength: [strength] },
    );
    return [found.value![0]!, found.w![0]!, found.l![0]!] as const;
  };
  // The catalogue's vector, Δ = ½; then as they were drawn, whatever β is; then β → ∞ beyond the margin.
  const [value, w, l] = at([-5, -4], 0.1);
  near(value, 0.668460);
  near(w, -0.04875026);
  near(l, 0.04875026);
  at([-6, -4.5], 0.3).forEach((x, i) => near(x, [Math.LN2, -0.15, 0.15][i]!));
  assert.ok(at([-5, -4], 100)[0] < 1e-20);
});

/** Two turns of one token each, of which the world repeats the first; the first decides: 5, 6 and 7 are right. */
const echo: Environment<readonly number[]> = {
  begin: () => [],
  step: (moves, [move]) => [...moves, move!],
  observe: (moves) => moves.slice(-1),
  over: (moves) => moves.length === 2,
};
const right = ({ tokens }: Answer) => tokens[0]! >= 5 ? 1 : 0;
const shape = { vocabulary: 8, layers: 1, width: 8, heads: 2, positions: "rotary" } as const;
const tokens = Array.from({ length: 8 }, (_, token) => token);
const model = inWorld(
  transformer({ ...shape, context: 8, longest: 1, stop: 0, pauses: tokens }),
  echo,
);
const world: Testbed = {
  ...testbed,
  model,
  start: model.init(rng("echo")),
  optimiser: { rate: 5e-4, warmup: 1, batch: 32, clip: 1 },
  prompts: () => tokens.map((token) => ({ id: `${token}`, tokens: [token] })),
  check: (ys) => Promise.resolve(ys.map((y) => ({ solved: right(y) }))),
};

Deno.test("Agent Q: pairs are single turns from one place, the better by how its episodes end, and keep what they were drawn with", async () => {
  const account = ledger({ flops: 2e8, queries: 4096 });
  const setup = { engine, testbed: world, start: world.start, where: "echo", offers: [] };
  const own = { ...setup, method: agentQ, account, rng: rng("agent") };
  const { lab, lent } = lending(new MeteredLab(own).lab(agentQ));
  await played(agentQ.run(lab, agentQ.hyper));
  assert.equal(lent.length, 1);
  // The pairs of the first round stay in the second.
  const [first, both] = lent[0]!.lists as readonly (readonly Contest[])[];
  assert.equal(lent[0]!.lists.length, 2);
  assert.ok(first!.length > 50 && both!.length > first!.length);
  assert.deepEqual(both!.slice(0, first!.length), first);
  for (const { left, right: other, strength } of both!) {
    assert.deepEqual([left.length, other.length, strength], [1, 1, 1]);
    assert.deepEqual(left.prompt.tokens, other.prompt.tokens);
  }
  // By the first turn alone an episode is right or wrong, so no second turns are told apart.
  for (const { left, right: other } of both!) {
    assert.equal(left.prompt.begun, undefined);
    assert.deepEqual([right(left), right(other)], [1, 0]);
  }
  // Drawn by the start policy in the first round, and in the second by another.
  const gaps = async (pairs: readonly Contest[]) => {
    const [left, right] = [
      await lab.reference.logp(pairs.map((pair) => pair.left)),
      await lab.reference.logp(pairs.map((pair) => pair.right)),
    ];
    return pairs.map(({ before }, i) => Math.abs(left[i]! - right[i]! - before));
  };
  const { spent } = account;
  assert.equal(spent.by.reference, 0);
  assert.equal(spent.queries, 4096);
  account.charge = () => {};
  assert.ok((await gaps(first!)).every((gap) => gap < 1e-4));
  const later = await gaps(both!.slice(first!.length));
  assert.ok(later.filter((gap) => gap > 0.1).length > 0.9 * later.length);
});
