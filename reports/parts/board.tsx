import type { VNode } from "preact";
import { axis } from "../../core/mod.ts";
import type { Findings } from "../findings/findings.ts";
import { count, halfWidth, plusMinus, range, ranks, rounded } from "./format.ts";
import { label } from "../findings/label.ts";
import { Name } from "./marks.tsx";
import type { ShownMeasure } from "../findings/measures.ts";
import { look } from "./palette.ts";
import { type MethodRuns, type Reason, type TestbedRuns, why } from "../findings/runs.ts";
import { leaders, type MethodEstimate, type Row, type Standing } from "../findings/standings.ts";

/** The leaderboard as a table: of a report, and of a site. */

/** A testbed's column: its standing by the board's measure, and the scale its bars share. */
interface Column {
  readonly testbed: TestbedRuns;
  readonly index: number;
  readonly standing: Standing | undefined;
  readonly scale: readonly [number, number];
}

/** One row a method, one column a testbed; `id` is a measure, or undefined for each testbed's own. */
export function Board({ found, id, link, missing = why }: {
  readonly found: Findings;
  readonly id: string | undefined;
  /** Where a method's name leads. */
  link(method: string): string;
  /** What stands where there is no value. */
  missing?(runs: MethodRuns, measure: string | undefined, testbed: TestbedRuns): Reason;
}): VNode {
  const columns = scaled(
    found.testbeds.map((testbed, index) => ({
      testbed,
      index,
      standing: found.standing(testbed, ...id === undefined ? [] : [id]),
    })).filter(({ testbed, standing }) => standing !== undefined || id === undefined && testbed),
  );
  const lead = columns.find(({ testbed }) => testbed === found.lead) ?? columns[0];
  const order = [
    ...lead?.standing?.rows.map(({ method }) => method) ?? [],
    ...found.methods.filter((method) => !lead?.standing?.rows.some((row) => row.method === method)),
  ];
  const counted = columns.filter(({ standing }) =>
    standing !== undefined && standing.rows.length > 1 && standing.measure.better !== "neither"
  );
  let group: number | undefined;
  return (
    <table data-sortable="board">
      <caption class="unseen">
        Leaderboard by{" "}
        {id === undefined ? "each testbed's headline measure" : found.measures.of(id).title}
      </caption>
      <Head columns={columns} lead={lead} counted={counted.length} />
      <tbody>
        {order.map((method) => {
          const row = lead?.standing?.rows.find((row) => row.method === method);
          const cut = group !== undefined && row !== undefined && row.group !== group;
          group = row?.group;
          const leads = counted.filter(({ standing }) =>
            standing !== undefined && leaders(standing).some((row) => row.method === method)
          ).length;
          return (
            <tr
              key={method}
              class={cut ? "cut" : undefined}
              data-method={found.methods.indexOf(method)}
            >
              <th scope="row" data-value={method.slice(0, 64)}>
                <a href={link(method)}>
                  <Name method={method} />
                </a>
              </th>
              {counted.length > 1 && (
                <td class="number leads" data-value={leads}>{leads || "–"}</td>
              )}
              {columns.map((column) => (
                <BoardCell
                  key={column.index}
                  column={column}
                  runs={column.testbed.runs.find((runs) => runs.method === method)!}
                  lead={column === lead}
                  missing={missing}
                />
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Head({ columns, lead, counted }: {
  readonly columns: readonly Column[];
  readonly lead: Column | undefined;
  /** Columns on which somebody may lead. */
  readonly counted: number;
}): VNode {
  return (
    <thead>
      <tr>
        <th rowSpan={2} scope="col" data-sort="method">
          <button type="button">Method</button>
        </th>
        {counted > 1 && (
          <th rowSpan={2} scope="col" data-sort="leads" class="number">
            <button
              type="button"
              title={`Of the ${counted} testbeds here, those on which it may be best`}
            >
              Leads
            </button>
          </th>
        )}
        {benchmarks(columns).map(({ name, measures, span }, i) => (
          <th key={i} scope="colgroup" colSpan={span} class="group">
            <bdi>{label(name, 24)}</bdi>
            {measures.map((one) => <small key={one.id}>{described(one)}</small>)}
          </th>
        ))}
      </tr>
      <tr>
        {columns.map((column, i) => (
          <th
            key={column.index}
            scope="col"
            data-sort={column.testbed.key}
            data-column={column.index}
            data-first={column.standing?.measure.better === "higher" ? "down" : "up"}
            aria-sort={column === lead && column.standing !== undefined
              ? column.standing.measure.better === "higher" ? "descending" : "ascending"
              : undefined}
            class={column === lead ? "lead" : undefined}
          >
            <button type="button" title={label(column.testbed.key, 120)}>
              <bdi>{label(column.testbed.setting, 18)}</bdi>
            </button>
            <Scale
              column={column}
              repeated={i > 0 && same(column.scale, columns[i - 1]!.scale)}
            />
          </th>
        ))}
      </tr>
    </thead>
  );
}

function BoardCell({ column, runs, lead, missing }: {
  readonly column: Column;
  readonly runs: MethodRuns;
  readonly lead: boolean;
  missing(runs: MethodRuns, measure: string | undefined, testbed: TestbedRuns): Reason;
}): VNode {
  const { standing, scale, testbed, index } = column;
  const row = standing?.rows.find((row) => row.method === runs.method);
  const mark = lead ? "cell lead" : "cell";
  if (standing === undefined || row === undefined) {
    const reason = missing(runs, standing?.measure.id, testbed);
    return (
      <td class={`${mark} none`} data-column={index} title={label(reason.long, 300)}>
        {reason.short}
      </td>
    );
  }
  const { estimate, rank, mayBeBest } = row;
  const lost = runs.records.length - runs.finished.length;
  return (
    <td
      class={`${mark}${mayBeBest && standing.rows.length > 1 ? " best" : ""}`}
      data-column={index}
      data-value={estimate.value}
      data-group={rank === undefined ? undefined : row.group}
      title={`${label(runs.method)} on ${label(testbed.key, 48)}: ${told(row)}`}
    >
      <Bar row={row} scale={scale} start={standing.start} />
      <span class="line">
        <span class="rank">
          {rank === undefined || standing.rows.length < 2 ? "" : ranks(rank.best, rank.worst)}
        </span>
        {lost > 0 && (
          <span class="lost" title={label(outcomes(runs), 200)}>
            {`${runs.finished.length}/${runs.records.length}`}
            <span class="unseen">seeds finished</span>
          </span>
        )}
        <span class="value brief">{rounded(estimate, 1)}</span>
        <span class="value more">{rounded(estimate)}</span>
        <span class="more">
          {estimate.over === "nothing"
            ? unsure(estimate)
            : halfWidth(estimate) === 0
            ? "exact"
            : plusMinus(estimate).slice(rounded(estimate).length)}
        </span>
        <span class="more units">{basis(estimate)}</span>
      </span>
    </td>
  );
}

/** An estimate in full, with what its interval spans. */
export function told({ estimate, rank }: Row): string {
  const place = rank === undefined ? "" : `, rank ${ranks(rank.best, rank.worst)}`;
  return estimate.over === "nothing"
    ? `${rounded(estimate)}, ${unsure(estimate)}${place}`
    : `${rounded(estimate)}, 95 % interval ${range(estimate)} over ${estimate.over} (${
      basis(estimate, " seeds")
    })${place}`;
}

export function outcomes({ records }: MethodRuns): string {
  return records.filter(({ outcome }) => outcome !== "ok").map(({ seed, outcome, reason }) =>
    `seed ${seed} ${outcome}${reason === undefined ? "" : `: ${reason}`}`
  ).join("; ");
}

const unsure = ({ seeds }: MethodEstimate): string =>
  seeds === 0 ? "no interval" : "no interval from one seed";

/** What a mean averages: seeds × prompts, or questions alone where nothing was trained. */
export const basis = ({ seeds, n }: MethodEstimate, of = ""): string =>
  seeds === 0 ? count(n) : `${count(seeds)}${of} × ${count(n)}`;

/** The interval behind a number; 0 to 100 across, stretched to the cell. */
export function Bar({ row, scale: [from, to], start }: {
  readonly row: {
    readonly method: string;
    readonly estimate: Pick<MethodEstimate, "value" | "low" | "high" | "over">;
  };
  readonly scale: readonly [number, number];
  readonly start: number | undefined;
}): VNode {
  const at = (x: number) => Math.round(1000 * (x - from) / (to - from)) / 10;
  const { low, high, value, over } = row.estimate;
  const { colour } = look(row.method);
  return (
    <svg
      class={`bar c${colour}`}
      viewBox="0 0 100 10"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {start !== undefined && <path class="start" d={`M${at(start)} 0V10`} />}
      {over !== "nothing" && (
        <rect
          x={at(low)}
          y="0"
          width={Math.max(Math.round(10 * (at(high) - at(low))) / 10, 0)}
          height="10"
        />
      )}
      <path class="at" d={`M${at(value)} 7V10`} />
    </svg>
  );
}

const same = (a: Column["scale"], b: Column["scale"]) => a[0] === b[0] && a[1] === b[1];

/** The ends of a column's scale; a repetition of its neighbour's shows only while it leads. */
function Scale({ column: { standing, scale: [from, to] }, repeated }: {
  readonly column: Column;
  readonly repeated: boolean;
}): VNode {
  const end = (value: number) => rounded({ value, low: 0, high: (to - from) / 4 });
  return (
    <small class={repeated ? "ends again" : "ends"} aria-hidden="true">
      {standing !== undefined && <span>{end(from)}</span>}
      {standing !== undefined && <span>{end(to)}</span>}
    </small>
  );
}

/**
 * Measures that are bounded above share one scale over all testbeds, so that columns can be compared;
 * others have one a column.
 */
function scaled(columns: readonly Omit<Column, "scale">[]): Column[] {
  const extent = (standings: readonly (Standing | undefined)[]): [number, number] => {
    const values = standings.flatMap((standing) =>
      standing === undefined ? [] : [
        ...standing.rows.flatMap(({ estimate }) => [estimate.low, estimate.high]),
        ...standing.start === undefined ? [] : [standing.start],
      ]
    );
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const margin = 0.04 * (high - low || Math.abs(high) || 1);
    const { least = -Infinity, most = Infinity } =
      standings.find((standing) => standing !== undefined)?.measure.within ?? {};
    return [Math.max(low - margin, least), Math.min(high + margin, most)];
  };
  return columns.map((column) => {
    const { measure } = column.standing ?? {};
    const shared = measure?.within?.most !== undefined;
    return {
      ...column,
      scale: extent(
        shared
          ? columns.map(({ standing }) => standing).filter((s) => s?.measure.id === measure?.id)
          : [column.standing],
      ),
    };
  });
}

function benchmarks(columns: readonly Column[]) {
  const groups: { name: string; measures: ShownMeasure[]; span: number }[] = [];
  for (const { testbed, standing } of columns) {
    const last = groups[groups.length - 1];
    const group = last?.name === testbed.benchmark
      ? last
      : { name: testbed.benchmark, measures: [], span: 0 };
    if (group !== last) groups.push(group);
    group.span++;
    const found = standing?.measure;
    if (found !== undefined && !group.measures.some(({ id }) => id === found.id)) {
      group.measures.push(found);
    }
  }
  return groups;
}

const described = (one: ShownMeasure) => axis({ ...one, title: label(one.title) });
