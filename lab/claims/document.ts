import {
  type Plan,
  type RunRecord,
  toRecord,
  type VerdictRow,
  type Verdicts,
} from "../../core/mod.ts";
import type { Choices } from "./arms.ts";
import { bare } from "./compare.ts";
import { recordsOf } from "./found.ts";
import { type ClaimOptions, validationSeed } from "./plans.ts";
import { type ClaimRegistries, TRIALS } from "./search.ts";
import { verdictRow } from "./verdicts.ts";

/** What one set of seeds came to: its searches, and a row a claim. */
export interface SeedSet {
  readonly seeds: readonly number[];
  readonly plan: Plan | undefined;
  readonly search: Verdicts["search"];
  readonly rows: VerdictRow[];
  readonly registries: ClaimRegistries;
}

/** The rows of all claims on these records; of the second look where there are more seeds than asked for. */
export function rowsOf(
  { topics, seeds }: ClaimOptions,
  choices: Choices,
  records: readonly RunRecord[],
  registries: ClaimRegistries,
  looks = 1,
): VerdictRow[] {
  const found = recordsOf(records, registries);
  return topics.map((topic) => ({
    ...verdictRow(
      topic,
      { choices, found, registries, records, looks },
      `deno task claims --methods ${topic.id} --seeds ${seeds.length} --first-seed ${seeds[0]}`,
    ),
    ...looks > 1 ? { looks } : {},
  }));
}

/** What a second, disjoint set of seeds came to: one run with the first, or of another time. */
export type SecondSet =
  & Pick<Verdicts, "search" | "rows">
  & Partial<Pick<Verdicts, "trials">>
  & { readonly seeds: readonly number[] };

/**
 * `claims.json`: the first set's rows with what the second says of each; nothing of claims that it does
 * not have, or had in other words.
 */
export function documentOf(
  { command, device, versions, ran }: ClaimOptions,
  { seeds, plan, search, rows, registries }: SeedSet,
  second: SecondSet | undefined,
): Verdicts {
  const theirs = new Map(second?.rows.map((row) => [row.id, row]));
  const named = new Set([
    ...rows.flatMap(({ measure, at, guard }) => [measure, at, guard?.measure]),
    ...search.map(({ measure }) => measure),
  ]);
  return {
    schema: 2,
    command,
    seeds: [...seeds],
    validation: validationSeed(seeds),
    ...second ? { secondSeeds: [...second.seeds] } : {},
    testbeds: plan ? testbedsOf(plan) : [],
    rows: rows.map((row) => {
      const other = theirs.get(row.id);
      if (!other || !sameClaim(row, other)) return row;
      const { guard, controls } = other;
      return { ...row, second: { ...bare(other), ...guard ? { guard } : {}, controls } };
    }),
    search,
    ...second ? { secondSearch: second.search } : {},
    trials: { ...TRIALS },
    ...second?.trials && !sameTrials(second.trials, TRIALS) ? { secondTrials: second.trials } : {},
    measures: toRecord([...named].flatMap((id) => registries.measures.get(id ?? "") ?? [])),
    device,
    versions,
    ran,
  };
}

const sameTrials = (a: Verdicts["trials"], b: Verdicts["trials"]): boolean =>
  a.first === b.first && a.growth === b.growth && a.repeat === b.repeat;

const sameClaim = (a: VerdictRow, b: VerdictRow): boolean =>
  (["text", "expect", "measure", "at"] as const).every((part) => a[part] === b[part]) &&
  `${a.on}` === `${b.on}` && `${rivalsOf(a)}` === `${rivalsOf(b)}`;
const rivalsOf = ({ rivals }: VerdictRow): string[] => rivals.map(({ method }) => method);

/** Where claims are put to the test, each testbed once at each budget. */
const testbedsOf = ({ cells }: Plan): Verdicts["testbeds"] => [
  ...new Map(
    cells.map(({ benchmark, setting, budget }) =>
      [`${benchmark}/${setting} ${budget.flops} ${budget.queries}`, {
        on: `${benchmark}/${setting}`,
        budget,
      }] as const
    ),
  ).values(),
];
