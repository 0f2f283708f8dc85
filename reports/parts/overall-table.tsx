import type { VNode } from "preact";
import type * as stats from "../../stats/mod.ts";
import { json } from "./assets.ts";
import { Bar } from "./bar.tsx";
import type { Findings } from "../findings/findings.ts";
import { fixed, list, plain, plural, ranks } from "./format.ts";
import { label } from "../findings/label.ts";
import { Name } from "./marks.tsx";
import type { Improvement, Overall, OverallRow } from "../findings/overall.ts";
import { Raw } from "./raw.tsx";

/** Who is best over all testbeds: the part of a leaderboard that its columns do not show. */

/** What the page's script puts into the last column when another rival is chosen. */
export interface Rivals {
  /** Indexes of the methods with a row. */
  readonly methods: readonly number[];
  /** [i][j − i − 1] for i < j, by place in `methods`: [value, low, high, testbeds], low and high null without an interval. */
  readonly better:
    readonly (readonly (readonly [number, number | null, number | null, number] | null)[])[];
}

/** Nothing where fewer than two testbeds have a scale. */
export function OverallTable({ found, link }: {
  readonly found: Findings;
  /** Where a method's name leads. */
  link(method: string): string;
}): VNode | null {
  const all = found.overall();
  const { scales, rows } = all;
  const rival = rows[0]?.method;
  if (scales.length < 2 || rival === undefined) return null;
  const scale = extent(rows);
  const partial = rows.findIndex(({ testbeds }) => testbeds < scales.length);
  return (
    <section id="overall" aria-labelledby="overall-title">
      <h3 id="overall-title">Over all {scales.length} testbeds</h3>
      <p class="note">
        A run scores 0 where the start policy is and 1 where the best is. The interquartile mean is
        that of the middle half of a method's runs on all testbeds together, so that neither a lucky
        run nor one hopeless testbed decides it. Intervals (95 %) draw runs anew within each testbed
        and say nothing of other testbeds or prompts; ranks are those that intervals without overlap
        leave open. Wins against: how often a run of this row's beats one of the other method, the
        mean over the testbeds that both have. A run that diverged or failed has no score and is
        missing from <em>Runs</em>; one that spent its budget is measured where it stood.
      </p>
      <div class="scroll tall" tabindex={0} role="region" aria-label="Over all testbeds">
        <table class="overall" data-sortable="overall">
          <Head found={found} rows={rows} rival={rival} scale={scale} />
          <tbody>
            {rows.map((row, i) => (
              <Row
                key={row.method}
                all={all}
                row={row}
                index={found.methods.indexOf(row.method)}
                cut={i === partial && i > 0}
                link={link}
                rival={rival}
                scale={scale}
              />
            ))}
          </tbody>
        </table>
      </div>
      {partial >= 0 && (
        <p class="note">
          {plural(rows.length - partial, "method")} without scores on some testbed{" "}
          {rows.length - partial === 1 ? "stands" : "stand"}{" "}
          below the rule and without a rank: other testbeds are harder or easier, so that only “Wins
          against” compares, on those in common.
        </p>
      )}
      <details>
        <summary>Where 0 and 1 lie</summary>
        <Scales all={all} />
      </details>
      <Raw
        tag="script"
        type="application/json"
        id="rivals"
        text={json(rivals(all, found.methods))}
      />
    </section>
  );
}

function Head({ found, rows, rival, scale }: {
  readonly found: Findings;
  readonly rows: readonly OverallRow[];
  readonly rival: string;
  readonly scale: readonly [number, number];
}): VNode {
  return (
    <thead>
      <tr>
        <th scope="col" data-sort="method">
          <button type="button">Method</button>
        </th>
        <th scope="col" class="number">Rank</th>
        <th
          scope="col"
          data-sort="iqm"
          data-first="down"
          aria-sort="descending"
          class="gauge"
        >
          <button type="button">Interquartile mean</button>
          <Ends of={scale} />
        </th>
        <th scope="col" class="number" data-sort="testbeds" data-first="down">
          <button type="button">Testbeds</button>
        </th>
        <th scope="col" class="number">Runs</th>
        <th scope="col" data-sort="better" data-first="down" class="gauge">
          <button type="button">Wins against</button>{" "}
          <select id="rival" aria-label="Wins against" autocomplete="off">
            {rows.map(({ method }) => (
              <option
                key={method}
                value={found.methods.indexOf(method)}
                selected={method === rival}
              >
                {label(method)}
              </option>
            ))}
          </select>
          <Ends of={[0, 1]} />
        </th>
      </tr>
    </thead>
  );
}

function Row({ all, row, index, cut, link, rival, scale }: {
  readonly all: Overall;
  readonly row: OverallRow;
  /** The method's, in the page's data. */
  readonly index: number;
  readonly cut: boolean;
  link(method: string): string;
  readonly rival: string;
  readonly scale: readonly [number, number];
}): VNode {
  const { scales } = all;
  return (
    <tr
      class={cut ? "cut" : undefined}
      data-method={index}
    >
      <th scope="row" data-value={row.method.slice(0, 64)}>
        <a href={link(row.method)}>
          <Name method={row.method} />
        </a>
      </th>
      <td class="number">{row.rank && ranks(row.rank.best, row.rank.worst)}</td>
      <Figure
        method={row.method}
        found={row.iqm}
        scale={scale}
        whole={row.testbeds === scales.length}
      />
      <td class="number" data-value={row.testbeds}>
        {row.testbeds === scales.length ? row.testbeds : `${row.testbeds} of ${scales.length}`}
      </td>
      <td class="number" title={losses(row)}>
        {row.runs.scored === row.runs.all
          ? row.runs.all
          : <span class="warn">{`${row.runs.scored} of ${row.runs.all}`}</span>}
      </td>
      <Better
        method={row.method}
        found={row.method === rival ? undefined : all.improvement(row.method, rival)}
        of={row.method === rival ? "–" : "nothing in common"}
      />
    </tr>
  );
}

function Ends({ of }: { readonly of: readonly [number, number] }): VNode {
  return (
    <small class="ends" aria-hidden="true">
      {of.map((end, i) => <span key={i}>{plain(Number(end.toFixed(2)))}</span>)}
    </small>
  );
}

/** An interquartile mean; of a method that lacks a testbed it has no place in the order. */
function Figure({ method, found: { value, interval }, scale, whole }: {
  readonly method: string;
  readonly found: OverallRow["iqm"];
  readonly scale: readonly [number, number];
  readonly whole: boolean;
}): VNode {
  return (
    <td
      class={whole ? "cell gauge" : "cell gauge none"}
      data-value={whole ? value : undefined}
      data-group={whole ? "all" : "some"}
    >
      <Bar row={{ method, estimate: estimate(value, interval) }} scale={scale} start={0} />
      <span class="value">{fixed(value, 2)}</span> <span class="reach">{reach(interval)}</span>
    </td>
  );
}

/** A chance; the page's script writes another rival's into the same elements. */
function Better({ method, found, of }: {
  readonly method: string;
  readonly found: Improvement | undefined;
  /** Said where there is nothing to show. */
  readonly of: string;
}): VNode {
  const { value, interval } = found ?? { value: 0.5, interval: undefined };
  return (
    <td
      class={found === undefined ? "cell gauge better nothing" : "cell gauge better"}
      data-value={found?.value}
    >
      <Bar
        row={{ method, estimate: { ...estimate(value, interval), over: "seeds" } }}
        scale={[0, 1]}
        start={0.5}
      />
      <span class="value">{found === undefined ? of : fixed(value, 2)}</span>{" "}
      <span class="reach">{found === undefined ? "" : reach(interval)}</span>{" "}
      <span class="reach">{found === undefined ? "" : `on ${found.testbeds}`}</span>
    </td>
  );
}

const estimate = (value: number, interval: stats.Interval | undefined) =>
  ({
    value,
    low: interval?.low ?? value,
    high: interval?.high ?? value,
    over: interval === undefined ? "nothing" : "seeds",
  }) as const;

const reach = (interval: stats.Interval | undefined): string =>
  interval === undefined
    ? "no interval from one run"
    : `${fixed(interval.low, 2)} to ${fixed(interval.high, 2)}`;

/** "2 diverged, 1 failed", with reasons. */
function losses({ lost, runs }: OverallRow): string | undefined {
  const said = [...new Set(lost.map(({ outcome }) => outcome))].map((outcome) => {
    const those = lost.filter((record) => record.outcome === outcome);
    const reason = those.find(({ reason }) => reason !== undefined)?.reason;
    return `${those.length} ${outcome}${reason === undefined ? "" : `: ${reason}`}`;
  });
  const unmeasured = runs.all - runs.scored - lost.length;
  if (unmeasured > 0) said.push(`${unmeasured} without the testbed's measure`);
  return said.length === 0 ? undefined : label(said.join("; "), 300);
}

/** Everything that intervals reach, 0 and 1. */
function extent(rows: readonly OverallRow[]): readonly [number, number] {
  const ends = rows.flatMap(({ iqm: { value, interval } }) =>
    interval === undefined ? [value] : [interval.low, interval.high]
  );
  return [Math.min(0, ...ends), Math.max(1, ...ends)];
}

function Scales({ all: { scales, left } }: { readonly all: Overall }): VNode {
  return (
    <>
      <div class="scroll" tabindex={0} role="region" aria-label="Where 0 and 1 lie">
        <table class="text">
          <thead>
            <tr>
              <th scope="col">Testbed</th>
              <th scope="col">By</th>
              <th scope="col" class="number">0</th>
              <th scope="col" class="number">1</th>
              <th scope="col">1 is</th>
            </tr>
          </thead>
          <tbody>
            {scales.map(({ testbed, measure, zero, one, best }) => (
              <tr key={testbed.key}>
                <th scope="row">
                  <bdi>{label(testbed.key, 48)}</bdi>
                </th>
                <td>{measure.title}</td>
                <td class="number">{plain(zero)}</td>
                <td class="number">{plain(one)}</td>
                <td>
                  {best.exact ? `exact: ${best.of}` : (
                    <>
                      the best mean here, of <bdi>{label(best.method)}</bdi>: the truth's is unknown
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="note">
        0 is the start policy: as it was measured, or even odds where the measure is of a reward and
        a start policy implies none. Where 1 is the best mean here it depends on which methods ran.
        {left.length > 0 &&
          ` Without a scale: ${
            list(left.map(({ testbed, reason }) => `${label(testbed.key, 48)} (${reason})`))
          }.`}
      </p>
    </>
  );
}

function rivals(all: Overall, methods: readonly string[]): Rivals {
  const digits = (x: number) => Number(x.toFixed(3));
  return {
    methods: all.rows.map(({ method }) => methods.indexOf(method)),
    better: all.rows.map(({ method }, i) =>
      all.rows.slice(i + 1).map((rival) => {
        const found = all.improvement(method, rival.method);
        if (found === undefined) return null;
        const { value, interval, testbeds } = found;
        return interval === undefined
          ? [digits(value), null, null, testbeds]
          : [digits(value), digits(interval.low), digits(interval.high), testbeds];
      })
    ),
  };
}
