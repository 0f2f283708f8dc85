import assert from "node:assert/strict";
import { benchmarks } from "../benchmarks/mod.ts";
import {
  type Benchmark,
  budgetOn,
  type Expr,
  type Lab,
  type LearnerOptions,
  type Method,
  type Objective,
  placing,
  plain,
  type Policy,
  rng,
  type RunRecord,
  type Scope,
  type Shape,
  valuing,
} from "../core/mod.ts";
import { cpu, interpret } from "../engine/mod.ts";
import { axesOf, trials } from "../lab/claims/search.ts";
import { probe, type ProbeBatch } from "../lab/train/probe.ts";
import { runner } from "../lab/train/run.ts";
import { methods } from "../methods/mod.ts";
import { studies } from "../studies/mod.ts";
import { away, bandit } from "./fixtures/away.ts";
import { keeping } from "./fixtures/workshops.ts";
import { far, whole } from "./probed.ts";

/** A test of the table that a method does not take, with the reason. */
interface Skip {
  readonly test: string;
  readonly methods: readonly string[];
  readonly reason: string;
}
const programs = methods.filter((method) => "run" in method).map(({ id }) => id);
const judges = methods.filter(({ answers, hyper }) => {
  const way = answers?.(hyper);
  return way === valuing || way === placing;
}).map(({ id }) => id);
const skips: readonly Skip[] = [
  ...[
    "its loss at the start is finite, with a gradient",
    "ref is not read where the method says there is none",
    "its loss and slopes at the start and 120 nats from it are finite, in ONNX as in double precision",
  ].flatMap((test) => [
    { test, methods: programs, reason: "a program has no single loss" },
    {
      test,
      methods: ["rationale-dpo", "srpo"],
      reason: "its prompts say more than a pair's; conditional_losses_test.ts has its numbers",
    },
    {
      test,
      methods: judges,
      reason:
        "it reads a head of its own; conditional_losses_test.ts and general_preference_test.ts have the numbers",
    },
  ]),
  {
    test: "some 200 steps on the smallest testbed gain more than 2 standard errors of win-rate",
    methods: judges,
    reason: "a reward model gives no answers; its accuracy is measured instead",
  },
  ...[
    "its loss at the start is finite, with a gradient",
    "the same seed gives the same record, and another seed another",
  ].map((test) => ({
    test,
    methods: ["idle", "idle-revised"],
    reason: "it learns nothing, whatever the seed",
  })),
  {
    test: "spends its budget and no more",
    methods: ["simulated-search"],
    reason: "it searches when it is asked, and learns nothing before",
  },
];

/** Every property, once for every method. */
function each(test: string, check: (method: Method) => void | Promise<void>): void {
  for (const method of methods) {
    const skip = skips.find((entry) => entry.test === test && entry.methods.includes(method.id));
    const ignore = skip !== undefined;
    Deno.test({
      name: `${method.id}: ${test}${ignore ? ` (skipped: ${skip!.reason})` : ""}`,
      ignore,
      fn: () => check(method),
    });
  }
}

const objective = (method: Method) => method as Objective;

for (const [folder, list] of [["methods", methods], ["studies", studies]] as const) {
  Deno.test(`files, ids and the list of ${folder} agree, in alphabetical order`, () => {
    const files = [...Deno.readDirSync(new URL(`../${folder}`, import.meta.url))]
      .map(({ name }) => name.replace(/\.ts$/, "")).filter((name) => !["all", "mod"].includes(name))
      .toSorted();
    assert.deepEqual(list.map(({ id }) => id), files);
  });
}

for (const { id, arms, claim, effect } of studies) {
  Deno.test(`${id}: its arms name methods, hyperparameters and testbeds, and its effect reads measures, that exist`, () => {
    for (const { method, on, hyper = {} } of Object.values(arms)) {
      const known = methods.find((m) => m.id === method);
      assert.ok(known, method);
      for (const name of Object.keys(hyper)) assert.ok(name in known.hyper, name);
      const [benchmark, setting] = on.split("/");
      assert.ok(setting! in benchmarks.find((b) => b.id === benchmark)!.settings, on);
    }
    const read = new Set<string>();
    const value = effect((arm, measure, at = 1) => {
      const [benchmark] = arms[arm]!.on.split("/");
      const { measures } = benchmarks.find((b) => b.id === benchmark)!;
      assert.ok(measures.some(({ id }) => id === measure), measure);
      read.add(arm);
      return read.size + at;
    });
    assert.ok(Number.isFinite(value));
    // An arm that nobody reads is run for nothing.
    assert.deepEqual([...read].toSorted(), Object.keys(arms).toSorted());
    assert.ok(claim.expect !== "equal" || claim.margin! > 0, "an equivalence needs a margin");
  });
}

Deno.test("every skip names a test of the table and methods that exist", () => {
  const ids = methods.map(({ id }) => id);
  for (const skip of skips) {
    assert.ok(skip.methods.every((id) => ids.includes(id)) && skip.reason.length > 0, skip.test);
  }
});

each("a method that revises its answers says that it needs words for a draft", async (method) => {
  const prompt = { id: "q", tokens: [1] };
  const drawn = { prompt, tokens: [1], length: 1, logps: [0] };
  const policy = { sample: () => Promise.resolve([drawn]) } as unknown as Policy;
  const way = method.answers?.(method.hyper as never);
  if (way === undefined || way === valuing || way === placing) return;
  const asked = way(plain(policy), {}).answer([prompt], rng("ways"));
  const needs = method.needs?.includes("drafts") ?? false;
  const revises = await asked.then(() => false, (error) => /say draft/.test(`${error}`));
  assert.equal(revises, needs);
});

each("its claim names a testbed, a measure and methods that exist", ({ id, claim }) => {
  const [benchmark, setting] = claim.on.split("/");
  const found = benchmarks.find((b) => b.id === benchmark);
  assert.ok(found && setting! in found.settings, claim.on);
  const measures = found.measures.map(({ id }) => id);
  assert.ok(measures.includes(claim.measure), claim.measure);
  if (claim.guard !== undefined && claim.guard !== "none") {
    assert.ok(measures.includes(claim.guard), claim.guard);
  }
  assert.ok(claim.against.length > 0 && !claim.against.includes(id));
  for (const rival of claim.against) assert.ok(methods.some((m) => m.id === rival), rival);
});

each(
  "a trade-off spans both sides by as many values, of hyperparameters that they have",
  (method) => {
    const { at, against, on } = method.claim;
    if (!at) return;
    const measures = benchmarks.find((b) => b.id === on.split("/")[0])!.measures;
    assert.ok(measures.some(({ id }) => id === at.measure), at.measure);
    assert.deepEqual(Object.keys(at.over).toSorted(), [method.id, ...against].toSorted());
    const sizes = Object.entries(at.over).map(([id, over]) => {
      const { hyper } = methods.find((m) => m.id === id)!;
      for (const name of Object.keys(over)) assert.ok(Object.hasOwn(hyper, name), name);
      return Object.values(over).reduce((product, values) => product * values.length, 1);
    });
    assert.equal(new Set(sizes).size, 1, "who has more points has the better frontier by luck");
  },
);

/** Points of its own axes, without the learning rate. */
const points = (method: Method) =>
  Object.values(method.search ?? {}).reduce((product, values) => product * values!.length, 1);

each(
  "its search has at most 18 points, its own among them, and it names its hyperparameters",
  (method) => {
    assert.ok(trials(method).length >= 1 && points(method) <= 18, `${points(method)}`);
    const { roles = {}, search = {}, within = {}, limits = [] } = method;
    for (const name of [...Object.keys(roles), ...Object.keys(search), ...Object.keys(within)]) {
      assert.ok(Object.hasOwn(method.hyper, name), name);
    }
    if (method.roles) assert.deepEqual(Object.keys(method.roles), Object.keys(method.hyper));
    for (const { at, then } of limits) assert.ok(at.length > 0 && then.length > 0);
    for (const [name, values] of Object.entries(search)) {
      const [least, most] = (within as { [name: string]: readonly [number, number] })[name] ??
        [-Infinity, Infinity];
      assert.ok(values!.every((x) => x >= least && x <= most), name);
    }
  },
);

/** Hyperparameters that share a letter with a rival's and no scale. */
const scales: { readonly [method: string]: readonly [name: string, reason: string] } = {
  "cal-dpo": ["beta", "it sets targets of 1/2β nats, where DPO's scales a margin"],
  "d3po": ["clip", "it cuts nats, and its rival's a ratio about 1"],
  "dpo-mean": ["beta", "it scales means over tokens, and its rival's sums"],
  "inpo": ["eta", "it divides, where SPPO's multiplies"],
  "ipo-mean": ["tau", "it scales means over tokens, and its rival's sums"],
  "oreo": ["beta", "it prices a nat in rewards from 0 to 1, and its rival's scales a margin"],
  "simpo": ["beta", "it scales means over tokens, and its rival's sums"],
  "tpo-l": ["beta", "it scales means over tokens, and its rival's sums"],
};

each("what it shares with a rival it searches over all values that its rival does", (method) => {
  for (const id of method.claim.against) {
    const [mine, theirs] = [axesOf(method), axesOf(methods.find((m) => m.id === id)!)];
    for (const name of Object.keys(mine)) {
      if (!theirs[name] || scales[method.id]?.[0] === name) continue;
      const left = theirs[name].filter((x) => !mine[name]!.includes(x));
      assert.deepEqual(left, [], `${name} of ${id}`);
    }
  }
});

const tokens: ProbeBatch = {
  chosen: [[-1.5, -0.5], [-0.7]],
  rejected: [[-0.25], [-2, -1, -0.5]],
  ref_chosen: [[-1.5, -0.5], [-0.7]],
  ref_rejected: [[-0.25], [-2, -1, -0.5]],
  unrelated: [[-1], [-0.5, -3]],
  ref_unrelated: [[-1], [-0.5, -3]],
};
const start: ProbeBatch = { ...tokens, ...whole(tokens) };

each("its loss at the start is finite, with a gradient", (method) => {
  const { value, gradient } = probe(objective(method), start);
  const slopes = Object.values(gradient).flat(2);
  assert.ok(Number.isFinite(value) && slopes.every(Number.isFinite));
  assert.ok(slopes.some((slope) => Math.abs(slope) > 1e-9));
});

each("ref is not read where the method says there is none", (method) => {
  const alone = Object.fromEntries(Object.entries(start).filter(([name]) => !/^ref_/.test(name)));
  const { value } = probe(objective(method), alone as unknown as ProbeBatch);
  assert.equal(Number.isNaN(value), objective(method).reference !== "none");
});

const engine = cpu({ threads: 1 });
const run = runner(
  engine,
  keeping(engine),
  // Here methods come one after the other, and the seeds of each in a row.
  32,
);
each(
  "its loss and slopes at the start and 120 nats from it are finite, in ONNX as in double precision",
  async (method) => {
    for (const batch of [start, far]) {
      let asked: Parameters<typeof interpret> | undefined;
      probe(objective(method), batch, method.hyper, (...both) => interpret(...asked = both));
      const [outputs, inputs] = asked!;
      const leaves = Object.values(outputs).flatMap((x) => leavesOf(x));
      const feeds = Object.fromEntries(leaves.map(({ attributes: { name }, shape }) => {
        return [name, { shape, data: Float32Array.from(inputs[name]!) }];
      }));
      const want = interpret(outputs, inputs);
      const got = await engine.call(() => outputs, feeds);
      for (const [name, values] of Object.entries(want)) {
        const most = Math.max(1, ...values.map(Math.abs));
        values.forEach((x, i) => {
          assert.ok(Number.isFinite(x), name);
          assert.ok(
            Math.abs(got[name]!.data[i]! - x) <= 1e-4 * most,
            `${name}: ${got[name]!.data[i]}, ${x}`,
          );
        });
      }
    }
  },
);

function leavesOf(x: Expr, seen = new Set<Expr>()): Expr<"input">[] {
  if (seen.has(x)) return [];
  seen.add(x);
  if (x.op === "input") return [x as Expr<"input">];
  return x.inputs.flatMap((y) => leavesOf(y, seen));
}

const still = { at: "", seconds: 0, commit: "", host: "" };
/** Enough for some 200 steps of an offline method. */
const budget = { flops: bandit.budget.flops / 6, queries: bandit.budget.queries };

/** Where labels are too few for what a method's examples cost, the property is tried where there are more. */
const elsewhere: { readonly [id: string]: string } = { "rationale-dpo": "sequences/clean" };
/** Programs on labels that pass by once, which the survey's authors file as online. */
const streams = ["cofs-dpo", "ofs-dpo", "stream-dpo"];
/** Programs whose reference is the policy that a round began with, by log-probabilities taken then. */
const recorded = ["agent-q", "dno", "egpo", "inpo"];
/** Programs whose policy answers the questions of the examples that they are given, and no others. */
const answering = ["seppo", "spin", "spin-diffusion"];
/** Programs whose prompts a teacher answers, and not the policy. */
const pupils = ["hsft"];
/** Programs whose policy's answers say when to stop, and nothing is learned from them. */
const looking = ["rpo-harmonic"];
/** By program: prompts that it asked for, to be answered, and the references of its own choice. */
const noted = new Map(programs.map((id) => [id, { prompts: 0, references: new Set<Policy>() }]));

/** The method itself; of a program, one of which is noted what it asks of its lab. */
function watched(method: Method): Method {
  if ("loss" in method) return method;
  const notes = noted.get(method.id)!;
  const watching = (lab: Lab): Lab => {
    const learner = <F extends Shape>(
      loss: (scope: Scope<F>) => Expr,
      options?: LearnerOptions,
    ) => {
      if (options?.reference) notes.references.add(options.reference);
      return lab.learner<F>(loss, options);
    };
    const prompts: Lab["prompts"] = (n) => {
      notes.prompts += n;
      return lab.prompts(n);
    };
    const own = { learner, prompts };
    return new Proxy(lab, {
      get: (_, key: keyof Lab) => key in own ? own[key as keyof typeof own] : lab[key],
    });
  };
  return { ...method, run: (lab, hyper) => method.run(watching(lab), hyper) };
}

/** Whose first round, or what it imitates first, takes its policy apart, which the rest mends: they are given the whole budget. */
const slow = ["m-kto", "opa-dpo"];

function fresh(
  method: Method,
  setting: string,
  seed: number,
  benchmark = bandit,
  share = 1,
): Promise<RunRecord> {
  const task = { method: watched(method), seed, progress: () => {}, ran: () => still };
  if (!away(method)) return run({ ...task, benchmark, setting, budget });
  // It runs where its claim is made, with labels for what it buys.
  const [id, claimed] = (elsewhere[method.id] ?? method.claim.on).split("/") as [string, string];
  const home = benchmarks.find((one) => one.id === id)!;
  const { flops, queries } = budgetOn(home, claimed);
  return run({
    ...task,
    benchmark: home,
    setting: claimed,
    // Part of it shows a gain, and every property of a run.
    budget: {
      flops: share * flops / (slow.includes(method.id) ? 1 : home.headline === "win-rate" ? 2 : 4),
      // Checks are many as it is.
      queries: home.headline === "win-rate" ? 8 * queries : queries,
    },
  });
}

const known = new Map<string, Promise<RunRecord>>();
/** The same run once for all tests of the table. */
const trained: typeof fresh = (method, setting, seed, benchmark = bandit) => {
  const key = `${method.id} ${benchmark.id}/${setting}/${seed}`;
  const found = known.get(key) ?? fresh(method, setting, seed, benchmark);
  known.set(key, found);
  return found;
};

each("its taxonomy says online and which reference as its behaviour does", async (method) => {
  const cells: readonly string[] = method.taxonomy;
  const paradigms = cells.filter((cell) => cell.startsWith("learning/paradigm/"));
  assert.equal(paradigms.length, 1);
  const says = {
    online: paradigms[0] !== "learning/paradigm/offline",
    free: cells.includes("constraint/reference/free"),
    dynamic: cells.includes("constraint/reference/dynamic"),
  };
  if ("loss" in method) {
    const { id, collect, reference } = method;
    return assert.deepEqual(says, {
      online: collect !== undefined,
      // A reward has no policy that could stray from a reference.
      free: reference === "none" && !judges.includes(id),
      dynamic: reference === "previous",
    });
  }
  // What a program does is told by what it asks of its lab, and by its bill.
  const { spent } = await trained(method, "clean", 1);
  const { prompts, references } = noted.get(method.id)!;
  assert.deepEqual(says, {
    online: prompts > 0 && ![...pupils, ...looking].includes(method.id) ||
      [...streams, ...answering].includes(method.id),
    free: spent!.by.reference === 0 && spent!.by.training > 0 && !recorded.includes(method.id),
    dynamic: references.size > 1 || recorded.includes(method.id),
  });
});

each(
  "some 200 steps on the smallest testbed gain more than 2 standard errors of win-rate",
  async (method) => {
    const gains: number[] = [];
    for (const seed of [1, 2, 3]) {
      const { measures, start } = await trained(method, "clean", seed);
      gains.push(measures["win-rate"]!.value - start["win-rate"]!.value);
    }
    const mean = gains.reduce((a, b) => a + b) / gains.length;
    // What stands in for methods has nothing to gain by; to answer twice may lose.
    if (method.control) {
      return assert.ok(mean < 0.01 && (mean > -0.01 || method.answers), `${gains}`);
    }
    const sd = Math.sqrt(gains.reduce((sum, g) => sum + (g - mean) ** 2, 0) / (gains.length - 1));
    assert.ok(mean > 0.01 && mean > 2 * sd / Math.sqrt(gains.length), `${gains}`);
  },
);

each("the same seed gives the same record, and another seed another", async (method) => {
  // Where a run takes long a quarter of it, twice, is less than the whole again.
  const short = () => away(method) ? fresh(method, "clean", 1, bandit, 1 / 4) : undefined;
  const first = await (short() ?? trained(method, "clean", 1));
  assert.equal(first.outcome, "ok", first.reason);
  assert.deepEqual(await (short() ?? fresh(method, "clean", 1)), first);
  const [one, other] = [await trained(method, "clean", 1), await trained(method, "clean", 2)];
  assert.notDeepEqual(other.measures, one.measures);
});

/** Settings whose labels can be read in every way that the first one's can. */
const alike = ({ settings }: Benchmark): string[] => {
  const [first] = Object.values(settings);
  const all = (name: string) => first!.offers.every((o) => settings[name]!.offers.includes(o));
  return Object.keys(settings).filter(all);
};

/**
 * Settings differ by numbers, so methods take turns at them, each at one; those that ask for labels
 * as they go are held to the first setting too.
 */
function settingsFor(method: Method, settings: readonly string[]): Set<string> {
  const turn = settings[methods.indexOf(method) % settings.length]!;
  return new Set("loss" in method && !method.collect ? [turn] : [settings[0]!, turn]);
}

each("spends its budget and no more", async (method) => {
  // On others a step alone costs more than all that is given here.
  const small = away(method) ? [bandit] : benchmarks.filter(({ budget }) => budget.flops <= 1e8);
  for (const benchmark of small) {
    const settings = away(method) ? ["clean"] : settingsFor(method, alike(benchmark));
    for (const setting of settings) {
      const record = await trained(method, setting, 1, benchmark);
      const { spent, outcome, reason, steps, budget: given } = record;
      if (outcome === "unsupported" && benchmark !== bandit) {
        assert.match(reason!, /feedback is scores/, "what the bandit alone gives");
        continue;
      }
      assert.equal(outcome, "ok", reason);
      assert.ok(spent && steps > 0);
      assert.ok(spent.flops <= given.flops && spent.queries <= given.queries);
      const total = Object.values(spent.by).reduce((a, b) => a + b);
      assert.ok(Math.abs(total - spent.flops) < 1e-6 * total);
      const left = Math.min(1 - spent.flops / given.flops, 1 - spent.queries / given.queries);
      assert.ok(left <= 0.02, `${left} of the binding axis is left on ${benchmark.id}/${setting}`);
    }
  }
});
