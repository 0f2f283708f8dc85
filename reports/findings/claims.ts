import {
  type Decided,
  pOf,
  rankedPoints,
  type SearchOutcome,
  type VerdictRow,
  type Verdicts,
} from "../../core/mod.ts";
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

/** What both sides' searches say of whether other hyperparameters would have done it. */
export interface Swept {
  readonly rival: string;
  readonly measure: string;
  readonly best: number;
  readonly rivalsBest: number;
  /** Points whose runs all finished, and how many of them do as well as the rival's best. */
  readonly points: number;
  readonly reaching: number;
  /** Hyperparameters of which the best point has the least or the most that was tried. */
  readonly ends: readonly string[];
}

const way: { readonly [expect in VerdictRow["expect"]]: "higher" | "lower" | undefined } = {
  higher: "higher",
  "not lower": "higher",
  lower: "lower",
  "not higher": "lower",
  equal: undefined,
};

/**
 * One a rival that was searched as the row's method was, on the claim's own measure; none where that
 * was not measured or has no direction, or the row is compared along frontiers, or is a study.
 */
export function swept(row: VerdictRow, { search }: Pick<Verdicts, "search">): Swept[] {
  const [on] = row.on;
  const better = way[row.expect];
  const of = (method: string) => search.find((one) => one.method === method && one.on === on);
  const own = of(row.id);
  if (own === undefined || better === undefined || row.kind === "study" || row.at !== undefined) {
    return [];
  }
  // What a search did not go by it was not a search for: then its ends are no news.
  const sought = row.measure === own.measure;
  if (sought && better !== own.better) return [];
  const mine = onMeasure(own, row.measure, better);
  return row.rivals.flatMap(({ method }) => {
    const theirs = of(method);
    const [best] = mine;
    const [rivals] = theirs ? onMeasure(theirs, row.measure, better) : [];
    if (best === undefined || rivals === undefined) return [];
    const reaches = (value: number) =>
      better === "lower" ? value <= rivals.value : value >= rivals.value;
    return [{
      rival: method,
      measure: row.measure,
      best: best.value,
      rivalsBest: rivals.value,
      points: mine.length,
      reaching: mine.filter(({ value }) => reaches(value)).length,
      ends: sought ? endsOf(own, best.hyper) : [],
    }];
  });
}

/** A search's points by their means of a measure, the best first; none where it was not measured. */
function onMeasure(search: SearchOutcome, measure: string, better: "higher" | "lower") {
  const points = search.points.flatMap(({ claimed, ...point }) => {
    const value = measure === search.measure ? point.value : claimed?.[measure];
    return value === undefined ? [] : [{ ...point, value }];
  });
  return rankedPoints({ points, better });
}

function endsOf({ points }: SearchOutcome, best: SearchOutcome["chosen"]): string[] {
  return Object.entries(best).flatMap(([name, x]) => {
    const tried = points.flatMap(({ hyper }) => hyper[name] ?? []);
    const [least, most] = [Math.min(...tried), Math.max(...tried)];
    return least < most && (x === least || x === most) ? [name] : [];
  });
}

/** The claim held, though controls may have passed it, too. */
const holds = ({ verdict }: VerdictRow): boolean =>
  verdict === "confirmed" || verdict === "not informative";
