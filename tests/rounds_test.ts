import assert from "node:assert/strict";
import {
  type Answer,
  byGroup,
  contests,
  differing,
  type Example,
  extremes,
  gathered,
  inRounds,
  type Learner,
  perPrompt,
  type Policy,
  type Prompt,
  rng,
  type Rounds,
  type Sample,
  Spent,
} from "../core/mod.ts";

/** A lab on paper: a gathering takes `labels` and `operations` of it, a step `step`. */
function paper({ labels = 1 / 16, operations = 0.01, step = 0.02 } = {}) {
  let [asked, spent] = [0, 0];
  const pay = (share: number) => {
    if (spent + share > 1 + 1e-9) throw new Spent("flops", "no operations are left");
    spent += share;
  };
  const seen: number[][] = [];
  let gatherings = 0;
  const lab = {
    get labelled() {
      return asked;
    },
    get progress() {
      return spent;
    },
    rng: rng("rounds"),
  };
  const learner = {
    policy: {} as Policy,
    batch: 1,
    step(examples: readonly { readonly n: number }[]) {
      pay(step);
      seen.push(examples.map(({ n }) => n));
      return Promise.resolve();
    },
    rejoin: () => Promise.resolve(),
  } as unknown as Learner<{ readonly n: number }>;
  const gather = () => {
    if (asked + labels > 1 + 1e-9) throw new Spent("queries", "no labels are left");
    asked += labels;
    pay(operations);
    return Promise.resolve([{ n: gatherings++ }] as Example<{ readonly n: number }>[]);
  };
  return { lab, learner, gather, seen, spent: () => ({ asked, spent }) };
}

async function played(options: Rounds, world: ReturnType<typeof paper>): Promise<unknown> {
  try {
    for await (const _ of inRounds(world.lab, world.learner, options, world.gather));
    return undefined;
  } catch (error) {
    return error;
  }
}

Deno.test("rounds share labels and operations evenly, and the last goes on until the budget ends", async () => {
  const world = paper();
  const end = await played({ rounds: 4, asking: 0.4 }, world);
  assert.ok(end instanceof Spent && end.axis === "flops");
  // Four of sixteen gatherings a round, and no example of an earlier one.
  const rounds = [...new Set(world.seen.map((examples) => examples.join()))];
  assert.deepEqual(rounds, ["0,1,2,3", "4,5,6,7", "8,9,10,11", "12,13,14,15"]);
  const { asked, spent } = world.spent();
  assert.ok(Math.abs(asked - 1) < 1e-9 && spent > 0.97);
});

Deno.test("with keep earlier examples stay, and from leaves the beginning of the budget to others", async () => {
  const world = paper();
  world.learner.step([]);
  await played({ rounds: 2, asking: 0.4, keep: true, from: 0.5 }, world);
  const last = world.seen.at(-1)!;
  assert.deepEqual(last, last.toSorted((a, b) => a - b));
  assert.ok(last.includes(0) && last.length > world.seen[1]!.length);
  // The first round's steps end at three quarters of the budget.
  const first = world.seen.filter((examples) => examples.join() === world.seen[1]!.join()).length;
  assert.ok(first >= 28 && first <= 37, `${first}`);
});

Deno.test("a round asks no more once its operations are asked away, and goes on with what it has when labels end", async () => {
  const dear = paper({ labels: 0.001, operations: 0.05 });
  const found = await gathered(dear.lab, 0, { rounds: 2, asking: 0.4 }, dear.gather);
  assert.equal(found.length, 4);
  const few = paper({ labels: 0.4 });
  await gathered(few.lab, 1, { rounds: 2, asking: 1 }, few.gather);
  await assert.rejects(gathered(few.lab, 1, { rounds: 2, asking: 1 }, few.gather), Spent);
  // A whole run: the labels end in the second round, and it learns on from what there is.
  const run = paper({ labels: 0.4 });
  const end = await played({ rounds: 4, asking: 0.4 }, run);
  assert.ok(end instanceof Spent && end.axis === "flops");
  assert.equal(run.seen.at(-1)!.at(-1), 1);
});

Deno.test("where no labels are taken the operations alone end a gathering, or that there is enough", async () => {
  const options = { rounds: 4, asking: 0.38, unlabelled: true } as const;
  const world = paper();
  // With labels it would be four.
  assert.equal((await gathered(world.lab, 0, options, world.gather)).length, 10);
  const enough = paper();
  assert.equal((await gathered(enough.lab, 0, { ...options, most: 3 }, enough.gather)).length, 3);
});

Deno.test("answers are drawn together and grouped a prompt, pairs of equal ones are left where there are others, and extremes are the first of their kind", async () => {
  const prompts = ["a", "b", "c"].map((id): Prompt => ({ id, tokens: [1] }));
  let calls = 0;
  const policy = {
    sample: (asked: readonly Prompt[]) => {
      calls++;
      return Promise.resolve(asked.map((prompt, i): Sample => (
        { prompt, tokens: [i], length: 1, logps: [0] }
      )));
    },
  };
  const groups = await perPrompt(policy, prompts, 2, rng(1));
  assert.equal(calls, 1);
  assert.deepEqual(groups.map((group) => group.map((y) => `${y.prompt.id}${y.tokens}`)), [
    ["a0", "a1"],
    ["b2", "b3"],
    ["c4", "c5"],
  ]);
  assert.deepEqual(byGroup(groups, [1, 2, 3, 4, 5, 6]), [[1, 2], [3, 4], [5, 6]]);
  const [p, q] = groups[0]!;
  const pair = (chosen: Sample, rejected: Sample) => ({ chosen, rejected });
  assert.deepEqual(differing([pair(p!, p!), pair(q!, p!)]), [pair(q!, p!)]);
  assert.deepEqual(differing([pair(p!, p!), pair(q!, q!)]), [pair(p!, p!), pair(q!, q!)]);
  assert.deepEqual(extremes(["p", "q", "r", "s"], [1, 3, 3, 1]), { best: "q", worst: "p", gap: 2 });
});

Deno.test("in a contest each meets each once, and who says the same shares the win unasked", async () => {
  const prompt: Prompt = { id: "x", tokens: [0] };
  const y = (token: number): Answer => ({ prompt, tokens: [token], length: 1 });
  const asked: string[] = [];
  const oracle = {
    prefer(a: Answer, b: Answer) {
      asked.push(`${a.tokens}${b.tokens}`);
      return Promise.resolve(a.tokens[0]! > b.tokens[0]! ? 1 : 0);
    },
  };
  const wins = await contests(oracle, [[y(1), y(3), y(1), y(2)], [y(5)], []]);
  assert.deepEqual(wins, [[0.5, 3, 0.5, 2], [0], []]);
  assert.deepEqual(asked.toSorted(), ["13", "21", "21", "23", "31"]);
});
