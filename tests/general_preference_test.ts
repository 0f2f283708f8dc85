import assert from "node:assert/strict";
import { type Answer, type Example, input, type Model, type Params, rng } from "../core/mod.ts";
import { cpu, gradient, interpret } from "../engine/mod.ts";
import { learner, type LearnerSetup } from "../lab/train/learner.ts";
import { modelPolicy } from "../lab/train/policy.ts";
import { reference } from "../lab/train/reference.ts";
import gpm, { odds, turned } from "../methods/gpm.ts";
import { aimed, regression } from "../methods/gpo.ts";
import rewardModel from "../methods/reward-model.ts";
import { table } from "../models/table.ts";

const near = (x: number, y: number, within = 1e-12) =>
  assert.ok(Math.abs(x - y) <= within, `${x} is not ${y}`);

/** gpm's loss on one pair of vectors, with its slope by each number of them. */
function at(w: readonly number[], l: readonly number[], hyper: typeof gpm.hyper) {
  const [chosen, rejected] = ["chosen", "rejected"].map((name) => input(name, [1, w.length]));
  const value = gpm.loss(
    { pi: { vector: (x: unknown) => x }, chosen, rejected } as never,
    hyper,
  );
  const [chosenSlope, rejectedSlope] = gradient(value, [chosen!, rejected!]);
  const found = interpret(
    { value, chosen: chosenSlope!, rejected: rejectedSlope! },
    { chosen: [...w], rejected: [...l] },
  );
  return { value: found.value![0]!, chosen: [...found.chosen!], rejected: [...found.rejected!] };
}

Deno.test("GPM: what beats is beaten the other way round, by as much, and is level with itself", () => {
  const [v, u] = [[1, 2, 3, 4], [5, 6, 7, 8]];
  // Planes (1, 3) and (2, 4) against (5, 7) and (6, 8): 1·7 − 3·5 + 2·8 − 4·6.
  assert.deepEqual([odds(v, u, 2), odds(u, v, 2), odds(v, v, 2)], [-16, 16, 0]);
  const [a, b] = [input("a", [2, 4]), input("b", [2, 4])];
  const feeds = { a: [...v, ...u], b: [...u, ...u] };
  assert.deepEqual([...interpret({ out: turned(a, b, 2) }, feeds).out!], [-16, 0]);
  const scored = (vector: readonly number[]) => ({ logp: NaN, reference: 0, length: 1, vector });
  assert.equal(gpm.prefers!(scored(v), scored(u), { ...gpm.hyper, half: 2 }), -16);
});

Deno.test("GPM: its loss and slopes are −log σ of the score, with the other vector turned, and decay", () => {
  const one = { half: 1, decay: 0 };
  // s = 1·1 − 0·0 = 1: σ(−1) = 0.2689414.
  const found = at([1, 0], [0, 1], one);
  near(found.value, Math.log1p(Math.exp(-1)));
  const pull = 1 / (1 + Math.E);
  [...found.chosen, ...found.rejected].forEach((x, i) => near(x, [-pull, 0, 0, -pull][i]!));
  const held = at([1, 0], [0, 1], { half: 1, decay: 0.1 });
  near(held.value, found.value + 0.1);
  [...held.chosen, ...held.rejected].forEach((x, i) => near(x, [0.1 - pull, 0, 0, 0.1 - pull][i]!));
  // At 0 there is no way out; the head does not begin there.
  assert.deepEqual(at([0, 0], [0, 0], one), {
    value: Math.LN2,
    chosen: [-0, -0].map(Math.abs),
    rejected: [-0, -0].map(Math.abs),
  });
});

Deno.test("GPM: in one plane vectors (r, 1) are the Bradley–Terry model of reward r", () => {
  for (const [r, s] of [[0.3, -2], [1.5, 4]] as const) near(odds([r, 1], [s, 1], 1), r - s);
});

/** Three answers, each of which beats the next with these log-odds. */
const edge = Math.log(4);

Deno.test("GPM: one plane holds a circle of three exactly", () => {
  const radius = Math.sqrt(edge / Math.sin(2 * Math.PI / 3));
  const vectors = [0, 1, 2].map((i) => {
    const angle = 2 * Math.PI * i / 3;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
  for (const i of [0, 1, 2]) {
    near(odds(vectors[i]!, vectors[(i + 1) % 3]!, 1), edge);
    near(odds(vectors[i]!, vectors[(i + 2) % 3]!, 1), -edge);
  }
});

const engine = cpu({ threads: 1 });
const calls = { sampling: engine.call, scoring: engine.call };
const model = table({ contexts: 1, actions: 3, valueHead: true });
const answers = [0, 1, 2].map((a): Answer => (
  { prompt: { id: "0", tokens: [0] }, tokens: [a], length: 1 }
));
/** Of five labels an edge four say so. */
const circle = answers.flatMap((a, i): Example<"pairs">[] => {
  const next = answers[(i + 1) % 3]!;
  const label = (chosen: Answer, rejected: Answer) => ({ chosen, rejected, strength: 1 });
  return [...Array(4).fill(label(a, next)), label(next, a)];
});
async function fitted(loss: LearnerSetup<"pairs">["loss"], of: Model = model) {
  const from: Params = of.init(rng("start"));
  const made = learner<"pairs">({
    model: of,
    from,
    loss,
    reference: reference(modelPolicy(of, () => from, calls)),
    optimiser: { rate: 0.03, warmup: 0, batch: circle.length, clip: 1 },
    training: engine.call,
    calls,
    rng: rng("circle"),
    progress: () => 0,
  });
  for (let k = 0; k < 300; k++) await made.step(circle);
  return made;
}

Deno.test("GPM: trained on labels in a circle it gets their odds right, where a reward calls all even", async () => {
  const one = { half: 1, decay: 1e-4 };
  const general = await fitted((scope) => gpm.loss(scope, one));
  const vectors = await general.policy.vectors(answers);
  [0, 1, 2].forEach((i) => near(odds(vectors[i]!, vectors[(i + 1) % 3]!, 1), edge, 0.02));
  // log 2 less what a label of 4 in 5 tells.
  const entropy = -0.8 * Math.log(0.8) - 0.2 * Math.log(0.2);
  near(general.loss, entropy, 2e-3);
  const reward = await fitted((scope) => rewardModel.loss(scope, {}));
  const values = await reward.policy.value(answers);
  values.forEach((r) => near(r, values[0]!, 0.02));
  assert.ok(reward.loss >= Math.LN2 - 1e-6, `${reward.loss}`);
});

Deno.test("GPO: samples aim at η times their mean score, less what makes their weights average 1", () => {
  const [v, u] = [[1, 0], [0, 1]];
  // Scores: 1 of v over u, 0 of itself; means ½ and −½; at η = 2 the constant is log cosh 1.
  const [up, down] = aimed([v, u], 2, 1);
  near(up!, 1 - Math.log(Math.cosh(1)));
  near(down!, -1 - Math.log(Math.cosh(1)));
  near((Math.exp(up!) + Math.exp(down!)) / 2, 1);
  assert.deepEqual(aimed([v, v, v], 3, 1), [0, 0, 0]);
});

Deno.test("GPO: an even circle stays as it is, and what its favourite gains depends on who is there", () => {
  const radius = Math.sqrt(edge / Math.sin(2 * Math.PI / 3));
  const ring = [0, 1, 2].map((i) => {
    const angle = 2 * Math.PI * i / 3;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
  aimed(ring, 1, 1).forEach((x) => near(x, 0));
  // Two of the second: the first, who beats it, gains, and the third, whom it beats, loses.
  const [first, second, , third] = aimed([ring[0]!, ring[1]!, ring[1]!, ring[2]!], 1, 1);
  near(first! - second!, edge / 4);
  near(second! - third!, edge / 4);
});

Deno.test("GPO: its regression is u² at the last round's policy, with slopes −2u, and 0 where it has arrived", () => {
  const numbers = { pi: [-3], ref: [-3], aim: [0.5] };
  const [pi, ref, aim] = ["pi", "ref", "aim"].map((name) => input(name, [1]));
  const loss = regression(
    { pi: { logp: () => pi }, ref: { logp: () => ref }, answer: {}, aim } as never,
  );
  const outputs = { loss, slope: gradient(loss, [pi!])[0]! };
  const here = interpret(outputs, numbers);
  assert.deepEqual([here.loss![0], here.slope![0]], [0.25, -1]);
  const there = interpret(outputs, { ...numbers, pi: [-2.5] });
  assert.deepEqual([there.loss![0], there.slope![0]], [0, 0]);
});
