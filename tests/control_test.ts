import assert from "node:assert/strict";
import {
  type Answer,
  budgetOn,
  type Feeds,
  type Graph,
  type Kind,
  type Method,
  nameOf,
  onFrom,
  type Policy,
  type Prompt,
  rng,
  type RunRecord,
  type Subject,
  type Tensors,
} from "../core/mod.ts";
import control from "../benchmarks/control.ts";
import { base, demonstrated, episode, model } from "../benchmarks/control/base.ts";
import * as contests from "../benchmarks/control/contests.ts";
import {
  bestOf,
  type Chances,
  chancesOf,
  layers,
  outcomesOf,
} from "../benchmarks/control/lattice.ts";
import { exploitabilityBy, outcomes } from "../benchmarks/control/measures.ts";
import { pathOf } from "../benchmarks/control/path.ts";
import {
  errand,
  type HiddenTask,
  parking,
  returnOf,
  signalsOf,
} from "../benchmarks/control/tasks.ts";
import {
  HORIZON,
  lattice,
  MOVES,
  NOWHERE,
  outcomeOf,
  promptAt,
  prompts,
  zoneOf,
  zones,
} from "../benchmarks/control/world.ts";
import { exploited, nash } from "../benchmarks/game/nash.ts";
import { cpu, type Engine, engine as of, gradient, web } from "../engine/mod.ts";
import { runner } from "../lab/train/run.ts";
import { methods } from "../methods/mod.ts";
import * as stats from "../stats/mod.ts";
import { allClose, close } from "./close.ts";
import { keeping } from "./fixtures/workshops.ts";

const [COAST, RIGHT, LEFT, UP, DOWN] = [0, 1, 2, 3, 4] as const;
const from = (x: number, y: number): Prompt => promptAt({ x, y, u: 0, v: 0, t: 0 });
/** An episode of these moves, and coasting to its end. */
const acted = (prompt: Prompt, ...moves: readonly number[]): Answer =>
  episode(prompt, [...moves, ...Array<number>(HORIZON - moves.length).fill(COAST)]);
/** What is at the end of an episode. */
const endOf = (y: Answer) => lattice.step(lattice.begin(y.prompt), y.tokens);

Deno.test("a push changes the velocity by one, which is one at most, and a wall stops the mass", () => {
  const { x, y, u, v, t } = endOf(episode(from(-1, 0), [RIGHT, UP, RIGHT, DOWN, LEFT]));
  assert.deepEqual([x, y, u, v, t], [3, 2, 0, 0, 5]);
  const wall = endOf(acted(from(0, 0), RIGHT));
  assert.deepEqual([wall.x, wall.u], [4, 0]);
  // Against a wall it may be pushed, and stays.
  assert.deepEqual(endOf(acted(from(0, 0), RIGHT, COAST, COAST, COAST, RIGHT)).u, 0);
  assert.throws(() => endOf(episode(from(0, 0), [5])), /Cannot make move 5: moves are 0 to 4/);
  assert.throws(() => lattice.begin({ id: "q", tokens: [1] }), /Cannot start at q/);
});

Deno.test("zones are nine places each, lie apart, and hold no start", () => {
  const places = Array.from({ length: 81 }, (_, i) => ({ x: i % 9 - 4, y: Math.floor(i / 9) - 4 }));
  const counts = Map.groupBy(places, zoneOf);
  assert.deepEqual(zones.map((_, zone) => counts.get(zone)!.length), [9, 9, 9, 9, 9]);
  assert.equal(prompts.length, 9);
  assert.ok(prompts.every((prompt) => zoneOf(lattice.begin(prompt)) === NOWHERE));
});

Deno.test("the layers hold every state that moves from the starts lead to, and no other", () => {
  const draws = rng("walks");
  const names = layers().map(({ states }) => new Set(states.map((state) => promptAt(state).id)));
  for (let k = 0; k < 200; k++) {
    let mass = lattice.begin(draws.pick(prompts));
    for (const known of names) {
      assert.ok(known.has(promptAt(mass).id));
      mass = lattice.step(mass, [draws.below(MOVES)]);
    }
  }
  for (const [t, { states, next }] of layers().slice(0, -1).entries()) {
    const reached = new Set(next.flat());
    assert.equal(reached.size, layers()[t + 1]!.states.length);
    assert.ok(states.every((state) => state.t === t));
  }
});

/** Chances of a policy that draws its first move, and then coasts. */
const first = (odds: readonly number[]): Chances =>
  layers().map(({ next }, t) => next.map(() => t === 0 ? odds : [1, 0, 0, 0, 0]));

Deno.test("outcomes by forward recursion: one push to the right or the left reaches a zone from two starts of three", () => {
  const found = outcomesOf(first([0, 0.25, 0.75, 0, 0]));
  prompts.forEach((prompt, i) => {
    const { y } = lattice.begin(prompt);
    // At the right wall 0 ≤ y ≤ 2 is zone A, at the left one zone C.
    allClose(found[i]!, y < 0 ? [0, 0, 0, 0, 0, 1] : [0.25, 0, 0.75, 0, 0, 0], 1e-12);
  });
});

Deno.test("the most that can be had, by backward recursion: a zone at the wall takes one push, or two from below", () => {
  const best = bestOf((_, move, after) =>
    (after.t === HORIZON && zoneOf(after) === 0 ? 1 : 0) - (move === COAST ? 0 : 0.1)
  );
  prompts.forEach((prompt, i) => {
    close(best[i], lattice.begin(prompt).y < 0 ? 0.8 : 0.9, 1e-12);
  });
});

const subjectOf = (chances: Chances): Subject => {
  const { logp } = playing(chances);
  return { policy: { logp } as Policy } as Subject;
};
/** A policy of given chances, that says how likely it makes single moves. */
function playing(chances: Chances): Pick<Policy, "logp"> {
  const at = new Map(
    layers().flatMap(({ states }, t) =>
      states.map((state, i) => [promptAt(state).id, chances[t]?.[i]] as const)
    ),
  );
  return {
    logp: async (ys) =>
      await Float64Array.from(ys, (y) => Math.log(at.get(y.prompt.id)![y.tokens[0]!]!)),
  };
}

Deno.test("exploitability and outcomes by hand: half in A and half in C", async () => {
  const even = subjectOf(first([0, 0.5, 0.5, 0, 0]));
  const [found, many] = [
    await exploitabilityBy(contests.cycle).measure(even),
    await outcomes.measure(even),
  ];
  assert.ok(!("absent" in found) && !("absent" in many));
  // C beats A at .85 and itself half the time; from below all end nowhere, which any zone beats at .98.
  const each = [0.85 / 2 + 0.5 / 2 - 0.5, 0.48];
  prompts.forEach((prompt, i) => {
    const below = lattice.begin(prompt).y < 0;
    close(found.each![i], below ? each[1]! : each[0]!, 1e-12);
    close(many.each![i], below ? 1 : 2, 1e-12);
  });
  close(found.value, (6 * each[0]! + 3 * each[1]!) / 9, 1e-12);
  assert.equal(found.stderr, 0);
});

Deno.test("contests: a favourite, a Condorcet winner beside a Borda winner, and a circle", () => {
  const { transitive, condorcet, cycle } = contests;
  for (const table of Object.values(contests)) {
    table.forEach((row, a) => row.forEach((p, b) => close(p + table[b]![a]!, 1, 1e-12)));
    assert.ok(zones.every((_, zone) => table[zone]![NOWHERE] === 0.98));
  }
  const third = 1 / 3;
  allClose(nash(transitive), [1, 0, 0, 0, 0, 0], 1e-9);
  allClose(nash(condorcet), [1, 0, 0, 0, 0, 0], 1e-9);
  allClose(nash(cycle), [third, third, third, 0, 0, 0], 1e-9);
  close(transitive[0]![1], 1 / (1 + Math.exp(-0.8)), 1e-12);
  // Against who ends in any zone the second wins more often than the first: .732 and .622.
  const even = [0.2, 0.2, 0.2, 0.2, 0.2, 0];
  const wins = (zone: number) => condorcet[zone]!.reduce((sum, p, b) => sum + p * even[b]!, 0);
  close(wins(0), 0.622, 1e-12);
  close(wins(1), 0.732, 1e-12);
  close(exploited(condorcet, [0, 1, 0, 0, 0, 0]), 0.25, 1e-12);
});

const parked: HiddenTask = parking(rng("parked"));

Deno.test("a return is the sum of what its moves gain, and the best moves of all have what bestOf says", () => {
  const toy: HiddenTask = {
    words: "",
    said: {},
    gain: (before, move, after) => 100 * before.t + 10 * move + after.x,
  };
  // Σ 100 t = 3600; two moves, 10 · (1 + 2); places 1, 1 and then at rest.
  assert.equal(returnOf(acted(from(0, 0), RIGHT, LEFT), toy), 3600 + 30 + 9);
  for (const task of [parked, errand(rng("errand"))]) {
    const best = bestOf(task.gain);
    // Greedy over what is left: the value of a state is the best of its moves.
    prompts.forEach((prompt, i) => {
      const tried = Array.from({ length: 400 }, (_, k) => {
        const draws = rng("tried").split(i).split(k);
        return returnOf(demonstrated(prompt, draws.below(zones.length), draws), task);
      });
      assert.ok(Math.max(...tried) <= best[i]! + 1e-9);
      assert.ok(stats.mean(tried) < best[i]! - 0.5);
    });
  }
});

Deno.test("signals say where an episode was and how it ended, by hand", () => {
  const found = signalsOf(acted(from(0, 0), RIGHT));
  // It is at x = 1, 2, 3, 4 and then stays; in zone A from 2 on.
  close(found["end 0"], 1);
  close(found["end 1"], 0);
  close(found.right, 8 / 9);
  close(found.left, 0);
  close(found.energy, 1 / 9);
  close(found.speed, 4 / 9 / 2);
  close(found["final speed"], 0);
  const away = [1, 2, 3, 4, 4, 4, 4, 4, 4].map((x) => Math.hypot(x - 3, 1));
  close(found["near 0"], 1 - stats.mean(away) / 4);
  assert.ok(Object.values(found).every((x) => Math.abs(x) <= 1));
  // What a task's words speak of are signals.
  for (const task of [parked, errand(rng("errand"))]) {
    assert.ok(Object.keys(task.said).every((name) => name in found), task.words);
    assert.ok(Object.keys(task.said).length >= 4);
  }
});

Deno.test("an episode is drawn over the zones, and said move by move with where it led", async () => {
  const { picture, showSteps, said, show } = await opened("condorcet");
  const y = acted(from(0, 1), RIGHT);
  const { view, marks } = picture!(y)!;
  assert.deepEqual(view, [10, 10]);
  assert.deepEqual(marks.map(({ kind }) => kind), [
    ...Array(5).fill("box"),
    "ring",
    "line",
    "plus",
  ]);
  assert.deepEqual(marks.slice(0, 5).map(({ ink }) => ink), [0, 1, 2, 3, 4]);
  // y grows downwards in pictures.
  assert.deepEqual(marks[5]!.at.slice(0, 2), [5, 4]);
  assert.deepEqual(marks[7]!.at.slice(0, 2), [9, 4]);
  assert.equal(pathOf(acted(from(0, 0))).marks.at(-1)!.kind, "cross");
  assert.deepEqual(picture!(y.prompt)!.marks, marks.slice(0, 6));
  const [moves, replies] = [showSteps(y), said!(y)];
  assert.deepEqual(moves.slice(0, 2), ["push right. ", "coast. "]);
  assert.deepEqual(replies.slice(0, 2), ["at 1, 1. ", "at 2, 1. "]);
  assert.equal(replies.at(-1), "ends at 4, 1, in zone A. ");
  assert.equal(said!(acted(from(0, 0))).at(-1), "ends at 0, 0, in no zone. ");
  assert.equal(show(y.prompt), "from 0, 1");
  assert.match((await opened("task")).show(y.prompt), /^from 0, 1: end in zone [A-E] at rest, /);
  // One that goes on from the middle is drawn from there.
  const rest = episode(onFrom(episode(from(0, 1), [RIGHT, COAST])), [LEFT]);
  assert.deepEqual(pathOf(rest).marks[5]!.at.slice(0, 2), [7, 4]);
});

const engine = cpu({ threads: 1 });
const workshop = keeping(engine);
const start = await base(workshop);
const policy = workshop.policy(model, start);
const opened = (setting: string, seed = 1) =>
  control.open(control.settings[setting]!.with, rng(seed), workshop);

Deno.test("exact outcomes of the start policy are those of its episodes, and a state's chances its own", async () => {
  const chances = await chancesOf(policy);
  chances.flat().forEach((row) => close(row.reduce((sum, p) => sum + p, 0), 1, 1e-9));
  const [step] = await policy.steps([acted(prompts[4]!, UP, UP)]);
  close(Math.exp(step![0]!), chances[0]![4]![UP]!, 1e-6);
  const n = 512;
  const ys = await policy.sample(prompts.flatMap((p) => Array<Prompt>(n).fill(p)), rng("ends"));
  outcomesOf(chances).forEach((row, i) =>
    row.forEach((p, zone) => {
      const share = ys.slice(i * n, (i + 1) * n).filter((y) => outcomeOf(y) === zone).length / n;
      close(share, p, 4 * Math.sqrt(p * (1 - p) / n) + 1e-3);
    })
  );
});

/** What a training step reads of a few episodes: steps, values and a reward, and slopes of all of them. */
async function read({ call }: Pick<Engine, "call">, ys: readonly Answer[]): Promise<Tensors> {
  const { feeds } = model.pack(ys, true);
  const graph: Graph = (all) => {
    const inputs = Object.fromEntries(
      Object.keys(start).map((name) => [name, all[`pi/${name}`]!]),
    ) as Feeds;
    const forward = model.forward(inputs, all);
    const found = { steps: forward.steps, values: forward.values(), value: forward.value() };
    const loss = found.steps.square().sum().add(found.values.square().sum())
      .add(found.value.sum()).add(forward.entropy().sum());
    const slopes = gradient(loss, Object.values(inputs));
    return {
      ...found,
      ...Object.fromEntries(Object.keys(inputs).map((name, i) => [`slope ${name}`, slopes[i]!])),
    };
  };
  const loud = Object.entries(start).map(([name, { shape, data }]) =>
    [`pi/${name}`, {
      shape,
      data: Float32Array.from(data, (x, i) => x + 0.1 * Math.sin(i)),
    }] as const
  );
  return await call(graph, { ...Object.fromEntries(loud), ...feeds });
}

Deno.test("the agent's values and slopes on Wasm are the CPU's, to 1e-4", async () => {
  const wasm = of(await web("wasm"));
  const ys = await policy.sample(prompts, rng("read"));
  const [want, got] = [await read(engine, ys), await read(wasm, ys)];
  for (const [name, { data }] of Object.entries(want)) {
    const most = Math.max(1, ...Array.from(data, Math.abs));
    data.forEach((x, i) => close(got[name]!.data[i]! / most, x / most, 1e-4));
    assert.ok(data.some((x) => Math.abs(x) > 1e-3), name);
  }
  await wasm.close();
});

Deno.test("the contests and the start do not depend on the seed, tasks and labels do", async () => {
  const [one, two] = [await opened("condorcet"), await opened("condorcet", 2)];
  assert.deepEqual(one.start, two.start);
  assert.deepEqual(one.heldOut(), two.heldOut());
  const pairs = (seed: number) => one.examples("pairs", 40, rng(seed));
  assert.deepEqual(pairs(1), pairs(1));
  assert.notDeepEqual(pairs(1), pairs(2));
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
  for (const draw of [parking, errand]) {
    assert.ok(new Set(seeds.map((seed) => draw(rng(seed)).words)).size >= 5);
  }
  const [first, second] = [await opened("task"), await opened("task", 2)];
  assert.notEqual(first.show(prompts[0]!), second.show(prompts[0]!));
});

Deno.test("labels follow the truth, and what meets is never an even match", async () => {
  for (const setting of ["cycle", "task"]) {
    const { examples, oracle, label, heldOut } = await opened(setting);
    let [expected, variance, right] = [0, 0, 0];
    for (const { chosen, rejected } of examples("pairs", 1500, rng("labels"))) {
      assert.equal(chosen.prompt, rejected.prompt);
      const p = await oracle!.prefer(chosen, rejected);
      assert.notEqual(p, 1 / 2);
      const better = Math.max(p, 1 - p);
      expected += better;
      variance += better * (1 - better);
      if (p > 1 / 2) right++;
    }
    close(right, expected, 4 * Math.sqrt(variance));
    for (const { chosen, rejected, strength } of heldOut()) {
      assert.ok(strength > 1 / 2);
      close(await oracle!.prefer(chosen, rejected), strength, 1e-12);
    }
    assert.ok(heldOut().length >= 40);
    const [one, other] = [acted(prompts[0]!), acted(prompts[1]!)];
    await assert.rejects(label!(one, other, rng(1)), /different prompts/);
  }
  const { examples, costs } = await opened("condorcet");
  for (const kind of control.settings.condorcet!.offers as readonly Kind[]) {
    assert.ok(examples(kind, 12 * (costs?.[kind] ?? 1), rng(1)).length >= 12, kind);
  }
});

Deno.test("a reward is 0 for the start policy's mean and 1 for the best moves there are", async () => {
  for (const setting of ["task", "errand"]) {
    const testbed = await opened(setting, 3);
    const n = 200;
    const ys = await policy.sample(prompts.flatMap((p) => Array<Prompt>(n).fill(p)), rng("zero"));
    const rewards = await testbed.reward!(ys);
    const spread = stats.sd([...rewards]);
    close(stats.mean([...rewards]), 0, 5 * spread / Math.sqrt(ys.length));
    assert.ok(Math.max(...rewards) <= 1 + 1e-9);
    assert.ok(spread > 0.2 && spread < 1, `${spread}`);
    assert.equal(testbed.checks, undefined);
    assert.ok(Object.keys(testbed.signals!.said).length >= 4);
  }
});

const run = runner(engine, workshop, 8);
function carried(id: string, setting: string, share = 1): Promise<RunRecord> {
  const { flops, queries } = budgetOn(control, setting);
  return run({
    method: methods.find((m) => m.id === id) as Method,
    benchmark: control,
    setting,
    seed: 1,
    budget: { flops: share * flops, queries },
    progress: () => {},
    ran: () => ({ at: "", seconds: 0, commit: "", host: "" }),
  });
}
const value = ({ measures }: Pick<RunRecord, "measures">, id: string) => measures[id]!.value;

// What a testbed must be like before any method is judged on it.

Deno.test("the start policy is exploited by .15 to .4 of .5, by its likeliest moves too, and its episodes end everywhere", async () => {
  const chances = await chancesOf(policy);
  const ends = outcomesOf(chances);
  const likeliest = outcomesOf(
    chances.map((rows) =>
      rows.map((row) => row.map((_, move) => move === row.indexOf(Math.max(...row)) ? 1 : 0))
    ),
  );
  for (const [name, table] of Object.entries(contests)) {
    const worst = stats.mean(ends.map((row) => exploited(table, row)));
    assert.ok(worst > 0.15 && worst < 0.4, `${name}: ${worst}`);
    const greedy = stats.mean(likeliest.map((row) => exploited(table, row)));
    assert.ok(greedy > 0.15, `${name}: ${greedy}`);
  }
  assert.ok(ends.flat().every((p) => p > 0.05));
});

Deno.test("condorcet: self-play finds the Nash zone, which no imitation and no fitted reward does", async () => {
  const [spo, sft, ppo] = [
    await carried("spo", "condorcet", 0.5),
    await carried("sft", "condorcet", 0.5),
    await carried("ppo", "condorcet", 0.5),
  ].map((record) => value(record, "exploitability"));
  assert.ok(spo! < 0.1, `${spo}`);
  assert.ok(sft! > 0.15, `${sft}`);
  assert.ok(ppo! > 0.15, `${ppo}`);
});

Deno.test("transitive: a fitted reward is climbed as it should be where there is one", async () => {
  const ppo = await carried("ppo", "transitive");
  assert.ok(value(ppo, "exploitability") < 0.1, `${value(ppo, "exploitability")}`);
});

Deno.test("tasks leave room: imitation of all data has less than .4 of it, and contrasts more", async () => {
  const [sft, dpo] = [await carried("sft", "task", 0.2), await carried("dpo", "task", 0.2)];
  assert.ok(Math.abs(sft.start.reward!.value) < 0.1);
  assert.ok(value(sft, "reward") < 0.4, `${value(sft, "reward")}`);
  assert.ok(value(dpo, "reward") > value(sft, "reward") + 0.2, `${value(dpo, "reward")}`);
});

Deno.test("methods for any policy run on episodes as they stand, and those that need more say so", async () => {
  for (const id of ["dpo", "kto", "lipo", "nash-md", "wpo"]) {
    const { outcome, reason, measures, samples } = await carried(id, "cycle", 0.03);
    assert.equal(outcome, "ok", `${id}: ${reason}`);
    assert.ok(measures.exploitability!.value < 0.5 && measures.outcomes!.value > 1);
    assert.ok(samples[0]!.end.picture!.marks.length > 6);
  }
  for (const id of ["rft", "ddpo"]) {
    const { outcome, reason } = await carried(id, "cycle", 0.03);
    assert.equal(outcome, "unsupported");
    assert.match(reason!, /no program/);
  }
  assert.equal(nameOf(acted(prompts[0]!)), Array(HORIZON).fill(0).join());
});
