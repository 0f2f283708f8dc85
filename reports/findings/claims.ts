import { type Decided, pOf, type VerdictRow } from "../../core/mod.ts";
import { benjaminiHochberg } from "../../stats/mod.ts";

/** What verdicts come to together: how many by chance, and how many stand where all are asked at once. */
export interface ClaimTally {
  readonly counts: ReadonlyMap<Decided, number>;
  /** Of claims that have a direction: how many, how many of them were confirmed, and how many chance alone would confirm. */
  readonly directed: number;
  readonly directedConfirmed: number;
  readonly byChance: number;
  /** Ids of confirmed claims that do not stand at a false discovery rate of 5 % over all claims with a test. */
  readonly fallen: readonly string[];
}

/** Which share of what is called confirmed may be wrong. */
const RATE = 0.05;

export function claimTally(rows: readonly VerdictRow[]): ClaimTally {
  const counts = Map.groupBy(rows, ({ verdict }) => verdict);
  const directed = rows.filter(({ byChance }) => byChance !== undefined);
  const tested = rows.flatMap((row) => {
    const p = pOf(row);
    return p === undefined ? [] : [{ row, p }];
  });
  const adjusted = benjaminiHochberg(tested.map(({ p }) => p));
  return {
    counts: new Map([...counts].map(([verdict, rows]) => [verdict, rows.length])),
    directed: directed.length,
    directedConfirmed: directed.filter(holds).length,
    byChance: directed.reduce((sum, { byChance }) => sum + byChance!, 0),
    fallen: tested.filter(({ row }, i) => row.verdict === "confirmed" && adjusted[i]! > RATE)
      .map(({ row }) => row.id),
  };
}

/** The claim held, though controls may have passed it, too. */
const holds = ({ verdict }: VerdictRow): boolean =>
  verdict === "confirmed" || verdict === "not informative";
