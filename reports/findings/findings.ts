import type { Plan, RunRecord } from "../../core/mod.ts";
import { type Beside, beside } from "./beside.ts";
import { type Measures, measuresOf } from "./measures.ts";
import { type Opinions, opinions } from "./opinions.ts";
import { onceOverall, type Overall } from "./overall.ts";
import { type Catalogue, entrants, leading, type TestbedRuns, testbeds } from "./runs.ts";
import { type Standing, standing } from "./standings.ts";

/** What sections draw from: the records in order, and each standing computed once. */
export interface Findings {
  readonly plan: Plan;
  readonly records: readonly RunRecord[];
  readonly catalogue: Catalogue;
  readonly measures: Measures;
  /** Ids of all methods; a method's index here is its name in the page's data. */
  readonly methods: readonly string[];
  readonly testbeds: readonly TestbedRuns[];
  /** The one that the report opens with. */
  readonly lead: TestbedRuns | undefined;
  /** What people and judges said of the answers; undefined where neither was asked. */
  readonly opinions: Opinions | undefined;
  /** By one measure, or by what the testbed is ranked by; undefined where no finished run has it. */
  standing(testbed: TestbedRuns, measure?: string): Standing | undefined;
  /** Who is best in all. */
  overall(): Overall;
  /** What judges and people made of the methods there, beside the truth. */
  beside(testbed: TestbedRuns): Beside;
}

export function findings(
  plan: Plan,
  records: readonly RunRecord[],
  catalogue: Catalogue,
): Findings {
  const measures = measuresOf([plan], catalogue);
  const all = testbeds(plan, records, measures);
  const sides = new Map<TestbedRuns, Beside>();
  const methods = entrants(plan, records);
  const found: Findings = {
    plan,
    records,
    catalogue,
    measures,
    methods,
    testbeds: all,
    lead: leading(all),
    opinions: opinions(records, catalogue),
    standing: remembered(measures),
    overall: onceOverall(all, methods, measures),
    beside(testbed) {
      const known = sides.get(testbed) ?? beside(found, testbed);
      sides.set(testbed, known);
      return known;
    },
  };
  return found;
}

/** Standings, each computed once. */
export function remembered(measures: Measures): Findings["standing"] {
  const known = new Map<TestbedRuns, Map<string, Standing>>();
  return (testbed, id = testbed.headline) => {
    if (id === undefined || !testbed.measures.includes(id)) return undefined;
    const cache = known.get(testbed) ?? new Map<string, Standing>();
    known.set(testbed, cache);
    const found = cache.get(id) ?? standing(testbed, measures.of(id));
    cache.set(id, found);
    return found;
  };
}
