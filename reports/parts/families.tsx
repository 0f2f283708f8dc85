import type { VNode } from "preact";
import type { Bounded } from "../findings/bounded.ts";
import type { Findings } from "../findings/findings.ts";
import { label } from "../findings/label.ts";
import type { TestbedRuns } from "../findings/runs.ts";
import { average, type MethodEstimate, type Standing } from "../findings/standings.ts";
import { Bar, Scale } from "./bar.tsx";
import { fixed, halfWidth, plural, plusMinus, rounded } from "./format.ts";

/** The testbeds of one benchmark as one column of a board, which opens to a column each. */

/** Boards with more columns than this begin with a column a family. */
const FEW = 12;

/** What a method has in a family, and on how many of its testbeds. */
export interface Figure extends Bounded {
  readonly over: "seeds" | "nothing";
  readonly testbeds: number;
}

interface Member {
  readonly testbed: TestbedRuns;
  readonly standing: Standing | undefined;
}
export interface Family<M extends Member> {
  readonly name: string;
  /** Among the board's families. */
  readonly index: number;
  readonly members: readonly M[];
  /** Of methods that have one; undefined where the family is shown testbed by testbed alone. */
  readonly figures: ReadonlyMap<string, Figure> | undefined;
  readonly scale: readonly [number, number];
  readonly better: "higher" | "lower" | "neither";
}

/** The columns of each benchmark, of few columns neighbours alone; `id` is the board's measure, or undefined for each testbed's own. */
export function families<M extends Member>(
  columns: readonly M[],
  found: Findings,
  id: string | undefined,
): Family<M>[] {
  const benchmarkOf = ({ testbed }: M) => testbed.benchmark;
  // What folds stands together wherever its testbeds stood in the plan.
  const groups = columns.length > FEW
    ? [...Map.groupBy(columns, benchmarkOf).values()]
    : neighbours(columns, benchmarkOf);
  const made = groups.map((members, index): Family<M> => {
    const folds = columns.length > FEW && members.length > 1;
    const figures = folds ? figuresOf(members, found, id) : undefined;
    return {
      name: members[0]!.testbed.benchmark,
      index,
      members,
      figures,
      scale: extent([...figures?.values() ?? []], id === undefined ? [0, 1] : []),
      better: id === undefined ? "higher" : found.measures.of(id).better,
    };
  });
  if (id !== undefined) return made;
  // Scores have one meaning everywhere, so that families can be compared.
  const scale = extent(made.flatMap(({ figures }) => [...figures?.values() ?? []]), [0, 1]);
  return made.map((family) => ({ ...family, scale }));
}

function neighbours<M>(columns: readonly M[], of: (column: M) => string): M[][] {
  const groups: M[][] = [];
  for (const column of columns) {
    const last = groups.at(-1);
    if (last && of(last[0]!) === of(column)) last.push(column);
    else groups.push([column]);
  }
  return groups;
}

/** Of headlines, the interquartile mean of scores, as over all testbeds; of a measure, the mean of its values. */
function figuresOf(
  members: readonly Member[],
  found: Findings,
  id: string | undefined,
): ReadonlyMap<string, Figure> {
  const keys = new Set(members.map(({ testbed }) => testbed.key));
  const rows = members.map(({ standing }) =>
    new Map(standing?.rows.map(({ method, estimate }) => [method, estimate]))
  );
  return new Map(found.methods.flatMap((method): [string, Figure][] => {
    if (id === undefined) {
      const all = found.overall().within(method, keys);
      if (all === undefined) return [];
      const { testbeds, iqm: { value, interval } } = all;
      const { low, high } = interval ?? { low: value, high: value };
      return [[method, {
        value,
        low,
        high,
        over: interval === undefined ? "nothing" : "seeds",
        testbeds,
      }]];
    }
    const estimates = rows.flatMap((row) => row.get(method) ?? []);
    return estimates.length === 0 ? [] : [[method, together(estimates)]];
  }));
}

/** The mean over testbeds, whose runs are independent: reaches add by the root of the sum of their squares. */
function together(estimates: readonly MethodEstimate[]): Figure {
  const value = average(estimates.map(({ value }) => value))!;
  const reach = (of: (estimate: MethodEstimate) => number) =>
    Math.hypot(...estimates.map(of)) / estimates.length;
  return {
    value,
    low: value - reach(({ value, low }) => value - low),
    high: value + reach(({ value, high }) => high - value),
    over: estimates.some(({ over }) => over === "nothing") ? "nothing" : "seeds",
    testbeds: estimates.length,
  };
}

/** Where all values lie, and intervals as far as they leave values apart: with two seeds some are wider than all else. */
function extent(figures: readonly Bounded[], also: readonly number[]): [number, number] {
  const values = [...figures.map(({ value }) => value), ...also];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = (most - least || 1) / 4;
  const ends = figures.flatMap(({ low, high }) => [
    Math.max(low, least - room),
    Math.min(high, most + room),
  ]);
  return [Math.min(least, ...ends), Math.max(most, ...ends, least + room)];
}

/** What a family's column is sorted by; no testbed is called so. */
export const sortKey = ({ name }: Family<Member>): string => `${name}/*`;

/** The heading over a family's column, from which it is sorted. */
export function FamilyHead({ family, lead, score }: {
  readonly family: Family<Member>;
  readonly lead: boolean;
  readonly score: boolean;
}): VNode {
  const { name, index, members, scale, better } = family;
  const down = better === "higher";
  return (
    <th
      scope="col"
      data-sort={sortKey(family)}
      data-column={`f${index}`}
      data-first={down ? "down" : "up"}
      aria-sort={lead ? down ? "descending" : "ascending" : undefined}
      class={lead ? "whole lead" : "whole"}
    >
      <button
        type="button"
        title={`${score ? "Scores" : "Means"} over ${plural(members.length, "testbed")} of ${
          label(name)
        }`}
      >
        {score ? "score" : "mean"}
      </button>
      <Scale scale={scale} shown repeated={false} />
    </th>
  );
}

/** What a method has in the family: its figure, and of how many testbeds where it lacks some. */
export function FamilyCell({ family, method, lead, score }: {
  readonly family: Family<Member>;
  readonly method: string;
  readonly lead: boolean;
  readonly score: boolean;
}): VNode {
  const { name, index, members, figures, scale } = family;
  const figure = figures?.get(method);
  const mark = lead ? "cell whole lead" : "cell whole";
  if (figure === undefined) {
    return <td class={`${mark} none`} data-column={`f${index}`}>–</td>;
  }
  const { value, over, testbeds } = figure;
  const spread = over === "seeds" && halfWidth(figure) > 0;
  const short = score ? fixed(value, 2) : spread ? rounded(figure, 1) : rounded(figure);
  return (
    <td
      class={mark}
      data-column={`f${index}`}
      data-value={value}
      title={`${label(method)} on ${testbeds} of ${plural(members.length, "testbed")} of ${
        label(name)
      }: ${score ? "interquartile mean of scores" : "mean"} ${spread ? plusMinus(figure) : short}`}
    >
      <Bar row={{ method, estimate: figure }} scale={scale} start={score ? 0 : undefined} />
      <span class="line">
        {testbeds < members.length && <span class="rank">{`${testbeds}/${members.length}`}</span>}
        <span class="value">{short}</span>
      </span>
    </td>
  );
}

/** What a board that folds says of it below. */
export function Folding({ found: { testbeds } }: { readonly found: Findings }): VNode | null {
  const some = new Set(testbeds.map(({ benchmark }) => benchmark)).size < testbeds.length;
  return testbeds.length > FEW && some
    ? (
      <>
        {" "}
        A family's name opens its testbeds. Folded it shows scores, 0 at the start policy and 1 at
        the best, by their interquartile mean over those of its testbeds that the method ran on
        (before it how many, if not all), or the mean of the measure that was chosen.
      </>
    )
    : null;
}
