import { Fragment, type VNode } from "preact";
import { axis } from "../../core/mod.ts";
import type { Findings } from "../findings/findings.ts";
import { Bar, Scale } from "./bar.tsx";
import { families, type Family, FamilyCell, FamilyHead } from "./families.tsx";
import { count, halfWidth, list, plusMinus, range, ranks, rounded } from "./format.ts";
import { label } from "../findings/label.ts";
import { Name } from "./marks.tsx";
import type { ShownMeasure } from "../findings/measures.ts";
import { type MethodRuns, type Reason, type TestbedRuns, why } from "../findings/runs.ts";
import { leadsOf, type MethodEstimate, type Row, type Standing } from "../findings/standings.ts";

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
  const groups = families(columns, found, id);
  const first = columns.find(({ testbed }) => testbed === found.lead) ?? columns[0];
  const [folded] = groups.filter(({ figures, members }) =>
    figures !== undefined && first !== undefined && members.includes(first)
  );
  // While its family is folded nobody sees the testbed's own column, so the family's leads.
  const lead = folded === undefined ? first : undefined;
  const known = folded === undefined
    ? first?.standing?.rows.map(({ method }) => method) ?? []
    : byFigure(folded);
  const order = [...known, ...found.methods.filter((method) => !known.includes(method))];
  const counted = columns.filter(({ standing }) =>
    standing !== undefined && standing.rows.length > 1 && standing.measure.better !== "neither"
  );
  const leads = leadsOf(counted.map(({ standing }) => standing!));
  const score = id === undefined;
  let group: number | undefined;
  return (
    <table data-sortable="board">
      <caption class="unseen">
        Leaderboard by {score ? "each testbed's headline measure" : found.measures.of(id).title}
      </caption>
      <Head groups={groups} lead={lead} folded={folded} counted={counted.length} score={score} />
      <tbody>
        {order.map((method) => {
          const row = lead?.standing?.rows.find((row) => row.method === method);
          const cut = group !== undefined && row !== undefined && row.group !== group;
          group = row?.group;
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
                <td class="number leads" data-value={leads.get(method) ?? 0}>
                  {leads.get(method) ?? "–"}
                </td>
              )}
              {groups.map((family) => (
                <Fragment key={family.index}>
                  {family.figures && (
                    <FamilyCell
                      family={family}
                      method={method}
                      lead={family === folded}
                      score={score}
                    />
                  )}
                  {family.members.map((column) => (
                    <BoardCell
                      key={column.index}
                      column={column}
                      runs={column.testbed.runs.find((runs) => runs.method === method)!}
                      lead={column === lead}
                      folded={family.figures !== undefined}
                      missing={missing}
                    />
                  ))}
                </Fragment>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Methods that have a figure in a family, the best first. */
const byFigure = ({ figures, better }: Family<Column>): string[] =>
  [...figures!].sort(([, a], [, b]) => better === "higher" ? b.value - a.value : a.value - b.value)
    .map(([method]) => method);

function Head({ groups, lead, folded, counted, score }: {
  readonly groups: readonly Family<Column>[];
  /** The column, or the family, that the board is sorted by. */
  readonly lead: Column | undefined;
  readonly folded: Family<Column> | undefined;
  /** Columns on which somebody may lead. */
  readonly counted: number;
  /** Whether families show scores, as a board of headlines does. */
  readonly score: boolean;
}): VNode {
  const columns = groups.flatMap(({ members }) => members);
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
        {groups.map((family) => <GroupHead key={family.index} family={family} />)}
      </tr>
      <tr>
        {groups.map((family) => (
          <Fragment key={family.index}>
            {family.figures && (
              <FamilyHead
                family={family}
                lead={family === folded}
                score={score}
              />
            )}
            {family.members.map((column) => (
              <ColumnHead
                key={column.index}
                column={column}
                lead={column === lead}
                folded={family.figures !== undefined}
                repeated={repeats(column, columns)}
              />
            ))}
          </Fragment>
        ))}
      </tr>
    </thead>
  );
}

/** A family's name over its columns, by which it is opened where it is folded. */
function GroupHead({ family }: { readonly family: Family<Column> }): VNode {
  const { name, index, members, figures } = family;
  const measures = [
    ...new Map(
      members.flatMap(({ standing }) =>
        standing === undefined ? [] : [[standing.measure.id, standing.measure] as const]
      ),
    ).values(),
  ].map((one) => <small key={one.id}>{described(one)}</small>);
  return (
    <th
      scope="colgroup"
      colSpan={figures === undefined ? members.length : 1}
      data-span={figures === undefined ? undefined : members.length + 1}
      class={figures === undefined ? "group" : "group folding"}
    >
      {figures === undefined ? <bdi>{label(name, 24)}</bdi> : (
        <button
          type="button"
          data-fold={index}
          aria-expanded="false"
          title={list(members.map(({ testbed }) => label(testbed.setting, 24)))}
        >
          <bdi>{label(name, 24)}</bdi> <small>{members.length}</small>
        </button>
      )}
      {measures}
    </th>
  );
}

function ColumnHead({ column, lead, folded, repeated }: {
  readonly column: Column;
  readonly lead: boolean;
  readonly folded: boolean;
  readonly repeated: boolean;
}): VNode {
  const { testbed, index, standing, scale } = column;
  const down = standing?.measure.better === "higher";
  return (
    <th
      scope="col"
      data-sort={testbed.key}
      data-column={index}
      data-first={down ? "down" : "up"}
      aria-sort={lead && standing !== undefined ? down ? "descending" : "ascending" : undefined}
      class={[...lead ? ["lead"] : [], ...folded ? ["folded"] : []].join(" ") || undefined}
    >
      <button type="button" title={label(testbed.key, 120)}>
        <bdi>{label(testbed.setting, 18)}</bdi>
      </button>
      <Scale scale={scale} shown={standing !== undefined} repeated={repeated} />
    </th>
  );
}

const repeats = (column: Column, columns: readonly Column[]): boolean => {
  const before = columns[columns.indexOf(column) - 1];
  return before !== undefined && same(column.scale, before.scale);
};

function BoardCell({ column, runs, lead, folded, missing }: {
  readonly column: Column;
  readonly runs: MethodRuns;
  readonly lead: boolean;
  /** Whether it is hidden until its family is opened. */
  readonly folded: boolean;
  missing(runs: MethodRuns, measure: string | undefined, testbed: TestbedRuns): Reason;
}): VNode {
  const { standing, scale, testbed, index } = column;
  const row = standing?.rows.find((row) => row.method === runs.method);
  const mark = lead ? "cell lead" : folded ? "cell folded" : "cell";
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

const same = (a: Column["scale"], b: Column["scale"]) => a[0] === b[0] && a[1] === b[1];

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

const described = (one: ShownMeasure) => axis({ ...one, title: label(one.title) });
