import { type Bandit, bandit, banditMeasures, banditTable } from "./bandit.ts";
import { logpOf, logs, type Path, type Table } from "./table.ts";
import { learners, type Learning, type Pair } from "./training.ts";
import { wordMeasures, type Words, words, wordTable } from "./words.ts";

/** Lessons: a world, three methods that learn from its pairs, and what is measured on the way. */

/** Values by name: of dials, of measures. */
export type Values = { readonly [name: string]: number };

/** A world that policies are compared in. */
export interface World {
  readonly reference: Float64Array;
  readonly pairs: readonly Pair[];
}

/** How a world is made and measured. */
interface Lesson<W extends World> {
  readonly table: Table;
  open(dials: Values): W;
  /** Of log-probabilities. */
  measures(world: W, table: Float64Array): Values;
}

export const banditLesson: Lesson<Bandit> = {
  table: banditTable,
  open: (dials) => bandit(labelsOf(dials)),
  measures: (world, table) => ({ ...banditMeasures(world, table) }),
};

export const wordLesson: Lesson<Words> = {
  table: wordTable,
  open: (dials) => words({ ...labelsOf(dials), verbosity: value(dials, "verbosity") }),
  measures: (world, table) => ({ ...wordMeasures(world, table) }),
};

const labelsOf = (dials: Values) => ({
  seed: value(dials, "seed"),
  pairs: value(dials, "pairs"),
  noise: value(dials, "noise"),
});

function value(dials: Values, name: string): number {
  const found = dials[name];
  if (found === undefined) throw new RangeError(`Cannot open a lesson without ${name}`);
  return found;
}

/** A lesson under way. */
export interface Course<W extends World> {
  readonly world: W;
  readonly learners: readonly Learning[];
  /** Measures of each method after each step; the first are of the start. */
  readonly history: readonly (readonly Values[])[];
  /** log π of each method as it stands. */
  policies(): Float64Array[];
  /** One step of each method. */
  advance(): void;
}

export function course<W extends World>(lesson: Lesson<W>, dials: Values): Course<W> {
  const world = lesson.open(dials);
  const all = learners(lesson.table, world.reference, world.pairs, {
    beta: value(dials, "beta"),
    scale: value(dials, "scale"),
    rate: value(dials, "rate"),
  });
  const onPairs = pairMeasures(lesson.table, world);
  const policies = () => all.map(({ standing }) => logs(lesson.table, standing.theta));
  const now = () =>
    policies().map((table) => ({ ...lesson.measures(world, table), ...onPairs(table) }));
  const history = [now()];
  return {
    world,
    learners: all,
    history,
    policies,
    advance() {
      for (const learner of all) learner.step();
      history.push(now());
    },
  };
}

/** Means over the pairs: of log π of either side, and of how much further apart they are than under the reference. */
function pairMeasures(
  { rows, choices }: Table,
  { pairs, reference }: World,
): (table: Float64Array) => Values {
  // The mean of log π is log π of the mean answer.
  const mean = (side: keyof Pair): Path => ({
    counts: Array.from(
      { length: rows * choices },
      (_, i) => pairs.reduce((sum, pair) => sum + pair[side].counts[i]!, 0) / pairs.length,
    ),
    length: pairs.reduce((sum, pair) => sum + pair[side].length, 0) / pairs.length,
  });
  const [won, lost] = [mean("chosen"), mean("rejected")];
  const start = logpOf(won, reference) - logpOf(lost, reference);
  return (table) => {
    const [chosen, rejected] = [logpOf(won, table), logpOf(lost, table)];
    return { chosen, rejected, margin: chosen - rejected - start };
  };
}
