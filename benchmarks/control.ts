import {
  type Answer,
  type Benchmark,
  type Comparison,
  type Rng,
  samePrompt,
  type Setting,
  type Testbed,
  type Workshop,
} from "../core/mod.ts";
import { exploitability, without } from "../evaluators/mod.ts";
import regret from "../evaluators/regret.ts";
import { base, model, pool } from "./control/base.ts";
import { condorcet, cycle, transitive } from "./control/contests.ts";
import { exploitabilityBy, outcomes } from "./control/measures.ts";
import { movesIn, pathOf, placeOf, repliesTo, zonesDrawn } from "./control/path.ts";
import {
  errand,
  type HiddenTask,
  parking,
  returnOf,
  scaleOf,
  signalNames,
  signalsOf,
} from "./control/tasks.ts";
import { HORIZON, lattice, outcomeOf, prompts } from "./control/world.ts";
import type { Preferences } from "./exact.ts";
import { type Asked, costs, offers, read } from "./labelled.ts";

/** Of a task's labels, where 0 is what the start policy has and 1 the most that can be had. */
const TEMPERATURE = 0.1;
/** Answers drawn a prompt at the end. */
const SAMPLES = 32;

/** What is wanted: contests between the zones that episodes end in, or a task that is drawn. */
type Wanted = { readonly table: Preferences } | { readonly task: (draws: Rng) => HiddenTask };

/** Episodes are all as long, and of returns the best answers are too many to list. */
const common = without("steps").filter((measure) => measure !== regret);
const unscored = without("steps", "gold reward");
const ranking = { headline: "reward" };

/**
 * A mass on a lattice, pushed nine times, and five zones about it. The start policy, a perceptron of
 * what it observes, was cloned from who makes for a zone at random and slips.
 *
 * In the contests no reward is known: P(a beats b) goes by the zones that two episodes end in, and
 * as all states can be counted, exploitability is exact. Nothing but labels, and which episodes
 * meet, depends on the seed. A task is a hidden return that the seed draws, as what is claimed of
 * methods is to hold over tasks: there the gold reward is 0 for the start policy's mean and 1 for
 * the most that any moves have from a start, and P(a beats b) = σ((r(a) − r(b)) / 0.1).
 */
const control: Benchmark<Wanted> = {
  id: "control",
  summary:
    "A small perceptron pushes a mass over a lattice with five zones, nine times, from one " +
    "of nine starts; what is compared are whole episodes.",
  family: "control",
  settings: {
    transitive: contest(transitive, "Each zone has a worth, and the worthier one tends to win."),
    condorcet: contest(
      condorcet,
      "One zone beats each other one, most of them by a little; another loses to it alone and " +
        "crushes the rest, so that any reward fitted to the start policy's episodes puts it first.",
    ),
    cycle: contest(
      cycle,
      "Three zones beat each other in a circle: the Nash policy ends in each as often.",
    ),
    task: {
      summary: "By a hidden return: end in a zone at rest, with few pushes and away from one " +
        "side, which and how much drawn by the seed.",
      offers,
      ranking,
      budget: { flops: 8e9, queries: 2000 },
      with: { task: parking },
    },
    errand: {
      summary: "By a hidden return: be in one zone half-way and in another at the end, with few " +
        "pushes, which and how much drawn by the seed.",
      offers,
      ranking,
      budget: { flops: 8e9, queries: 2000 },
      with: { task: errand },
    },
  },
  measures: [exploitability, outcomes, ...common],
  headline: exploitability.id,
  budget: { flops: 3e9, queries: 8192 },
  stages: [[{ title: "Policy of control", make: base }]],
  open: async (wanted, draws, workshop) => await testbed(wanted, draws, workshop),
};
export default control;

function contest(table: Preferences, summary: string): Setting<Wanted> {
  return { summary, offers, with: { table } };
}

async function testbed(wanted: Wanted, seeded: Rng, workshop: Workshop): Promise<Testbed> {
  const start = await base(workshop);
  const { train, held } = await pool(workshop.policy(model, start));
  const shared = {
    model,
    start,
    optimiser: { rate: 1e-3, warmup: 10, batch: 32, clip: 1 },
    longest: HORIZON,
    samples: SAMPLES,
    prompts: () => prompts,
    costs,
    showSteps: movesIn,
    said: repliesTo,
    picture: (y: Parameters<NonNullable<Testbed["picture"]>>[0]) =>
      "prompt" in y ? pathOf(y) : zonesDrawn(lattice.begin(y)),
  };
  const from = (prompt: Parameters<Testbed["show"]>[0]) => `from ${placeOf(lattice.begin(prompt))}`;
  if ("table" in wanted) {
    const { table } = wanted;
    const ends = known(outcomeOf);
    const chance = (a: Answer, b: Answer) => table[ends(a)]![ends(b)]!;
    return {
      ...shared,
      ...compared(train, held, chance),
      evaluators: [exploitabilityBy(table), outcomes, ...unscored],
      show: from,
      truth: {},
    };
  }
  const task = wanted.task(seeded.split("task"));
  const scale = scaleOf(task, train);
  const reward = known((y) => {
    const { least, most } = scale[prompts.findIndex(({ id }) => id === y.prompt.id)]!;
    return (returnOf(y, task) - least) / (most - least);
  });
  const chance = (a: Answer, b: Answer) =>
    1 / (1 + Math.exp(-(reward(a) - reward(b)) / TEMPERATURE));
  return {
    ...shared,
    ...compared(train, held, chance),
    evaluators: [outcomes, ...common],
    reward: async (ys) => await Float64Array.from(ys, reward),
    signals: { names: signalNames, said: task.said, of: signalsOf },
    show: (prompt) => `${from(prompt)}: ${task.words}`,
    truth: { temperature: TEMPERATURE },
  };
}

/** One number an answer, found once. */
function known(of: (y: Answer) => number): (y: Answer) => number {
  const found = new WeakMap<Answer, number>();
  return (y) => {
    const value = found.get(y) ?? of(y);
    found.set(y, value);
    return value;
  };
}

/** What follows from how likely an answer beats another. Answers that meet are never an even match. */
function compared(
  train: readonly (readonly Answer[])[],
  held: readonly (readonly Answer[])[],
  beats: (a: Answer, b: Answer) => number,
): Pick<Testbed, "oracle" | "label" | "examples" | "heldOut"> {
  const chance = (a: Answer, b: Answer): number => {
    samePrompt(a, b);
    return beats(a, b);
  };
  const label = (a: Answer, b: Answer, draws: Rng): boolean => draws.uniform() < chance(a, b);

  /** Every prompt equally often, in an order of its own each time round. */
  function* askings(n: number, size: number, rng: Rng): Generator<Asked> {
    const [order, draws, labels] = [rng.split("starts"), rng.split("answers"), rng.split("labels")];
    for (let left = n; left > 0; left -= train.length) {
      for (const ys of order.shuffle(train).slice(0, left)) {
        let answers: readonly Answer[];
        do answers = Array.from({ length: size }, () => draws.pick(ys)); while (
          answers.every((y) => chance(y, answers[0]!) === 1 / 2)
        );
        yield { answers, label: (a, b) => label(a, b, labels), objective: () => 0 };
      }
    }
  }

  const comparisons = held.flatMap((ys) =>
    Array.from({ length: ys.length / 2 }, (_, k) => [ys[2 * k]!, ys[2 * k + 1]!] as const)
  ).flatMap(([a, b]): Comparison[] => {
    const p = chance(a, b);
    if (p === 1 / 2) return [];
    const [chosen, rejected] = p > 1 / 2 ? [a, b] : [b, a];
    return [{ chosen, rejected, strength: Math.max(p, 1 - p) }];
  });

  return {
    oracle: { id: "control truth", prefer: async (a, b) => await chance(a, b) },
    label: async (a, b, draws) => await label(a, b, draws),
    examples(kind, n, rng) {
      const others = rng.split("unrelated");
      const elsewhere = ({ prompt }: Answer): Answer => {
        const at = prompts.findIndex(({ id }) => id === prompt.id);
        const other = (at + 1 + others.below(train.length - 1)) % train.length;
        return { ...others.pick(train[other]!), prompt };
      };
      const ask = (many: number, size: number) => askings(many, size, rng);
      return read(kind, n, "control", ask, elsewhere);
    },
    heldOut: () => comparisons,
  };
}
