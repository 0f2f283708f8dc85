import { type Heading, headingsOf, leaves, rng, type TaxonomyCell } from "../../core/mod.ts";
import { crossedBootstraps, decide, type Decision, mean } from "../../stats/mod.ts";
import type { Catalogue, TestbedRuns } from "./runs.ts";
import { collect, type Standing } from "./standings.ts";

/** What methods in a cell of the survey's taxonomy reach, less what the others reach. */
export interface Effect {
  readonly cell: TaxonomyCell;
  /** Methods that finished on this testbed: in the cell, and not in it. */
  readonly inside: readonly string[];
  readonly outside: readonly string[];
  /** Undefined where one side is empty, or where no seed was finished by all. */
  readonly effect: Decision | undefined;
}

/** The survey's leaves that a card stands in, in its own order. */
export function cells({ methods }: Catalogue): TaxonomyCell[] {
  const held = new Set(methods.flatMap(({ taxonomy }) => taxonomy));
  return leaves.map(({ cell }) => cell).filter((cell) => held.has(cell));
}

/** Cells, or what is known of each, under the survey's dimensions. */
export function dimensions<T extends { readonly cell: TaxonomyCell }>(
  known: readonly T[],
): (readonly [Heading, readonly T[]])[] {
  return [...Map.groupBy(known, ({ cell }) => headingsOf(cell)[0]!)];
}

/**
 * The mean over the methods in a cell less the mean over the others, with the interval of the crossed
 * bootstrap; decided after Holm's correction over the cells. Methods were not dealt to cells at
 * random, so this describes these methods and explains nothing.
 */
export function effects(testbed: TestbedRuns, standing: Standing, catalogue: Catalogue): Effect[] {
  const { values } = collect(testbed.runs, standing.measure.id);
  const cards = new Map(catalogue.methods.map((card) => [card.id, card]));
  const methods = [...values.keys()].filter((method) => cards.has(method));
  const [first] = methods;
  const seeds = first === undefined
    ? []
    : [...values.get(first)!.keys()].filter((seed) =>
      methods.every((method) => values.get(method)!.has(seed))
    );
  const average = (group: readonly string[]) =>
    seeds.map((seed) => {
      const rows = group.map((method) => values.get(method)!.get(seed)!);
      return rows[0]!.map((_, prompt) => mean(rows.map((row) => row[prompt]!)));
    });
  const sides = cells(catalogue).map((cell) => {
    const inside = methods.filter((m) => cards.get(m)!.taxonomy.includes(cell));
    return { cell, inside, outside: methods.filter((m) => !inside.includes(m)) };
  });
  const parted = sides.filter(({ inside, outside }) =>
    inside.length > 0 && outside.length > 0 && seeds.length > 0
  );
  const contrasts = crossedBootstraps(
    parted.map(({ inside, outside }) => ({ inside: average(inside), outside: average(outside) })),
    { rng: rng("report").split(testbed.key).split("taxonomy") },
  ).map(({ pairs }) => pairs[0]!);
  const { better } = standing.measure;
  const decisions = decide(contrasts, better === "lower" ? "lower" : "higher");
  return sides.map((side) => ({ ...side, effect: decisions[parted.indexOf(side)] }));
}
