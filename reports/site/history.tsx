import { h, type VNode } from "preact";
import { render } from "preact-render-to-string";
import { axis } from "../../core/mod.ts";
import { Bar } from "../parts/bar.tsx";
import { list, plain, plural, plusMinus, range } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import { Name } from "../parts/marks.tsx";
import { Mixed } from "../parts/mixed.tsx";
import { why } from "../findings/runs.ts";
import { from, methodPage } from "./addresses.ts";
import type { Content } from "./content.ts";
import { Downloads, type Frame, SitePage } from "./shell.tsx";
import type { HistoryLine, HistoryPoint, Place } from "./sources.ts";

/** The same method on the same testbed, over suites. */

const PATH = "history.html";

/** Places with a history, in their order. */
export const told = ({ places, lines }: Content): Place[] =>
  places.filter((place) => (lines.get(place) ?? []).length > 0);

export function HistoryPage({ frame, content, fragments }: {
  readonly frame: Frame;
  readonly content: Content;
  /** Address of the table of each testbed, by its key. */
  readonly fragments: ReadonlyMap<string, string>;
}): VNode {
  const all = told(content);
  const lead = all.find(({ testbed }) => testbed === content.exact.lead) ?? all[0]!;
  return (
    <SitePage
      frame={frame}
      path={PATH}
      title="History"
      heading={`${plural(content.runs.length, "suite")} · ${
        plural(all.length, "testbed")
      } that several ran`}
      unscripted="The choice of testbed needs JavaScript; all of its data are in the files below."
      data={{
        fragments: Object.fromEntries(
          all.map(({ testbed: { key } }, i) => [`t${i}`, { id: key, address: fragments.get(key) }]),
        ),
      }}
    >
      <section aria-labelledby="history-title">
        <h2 id="history-title">Over suites</h2>
        <div class="tools filters">
          <label>
            Testbed{" "}
            <select id="history" autocomplete="off" data-lead={`t${all.indexOf(lead)}`}>
              {all.map((place, i) => (
                <option key={i} value={`t${i}`} selected={place === lead}>
                  {label(place.testbed.key, 60)}
                </option>
              ))}
            </select>
          </label>
          <p class="note" id="history-note" role="status" />
        </div>
        <div id="history-table">
          <Table content={content} place={lead} />
        </div>
        <p class="note">
          A change is from the suite before, paired by seed and prompt where both have them, with
          its 95 % interval; bold where it is decided after Holm's correction over all pairs of
          suites of that method. Whatever else changed between two suites changed with it: commit,
          machine and device are in the plans of the suites below.
        </p>
        <Downloads path={PATH} name="history" />
      </section>
      <section aria-labelledby="suites-title">
        <h2 id="suites-title">Suites</h2>
        <Suites content={content} />
      </section>
    </SitePage>
  );
}

export const fragment = (content: Content, place: Place): string =>
  render(h(Table, { content, place }));

function Table({ content, place }: {
  readonly content: Content;
  readonly place: Place;
}): VNode {
  return (
    <HistoryTable
      path={PATH}
      of="Method"
      entries={content.lines.get(place)!.map((line) => ({ name: line.method, line }))}
    />
  );
}

/** One row a run of a line; lines of one testbed, or of one method. */
export function HistoryTable({ path, entries, of }: {
  readonly path: string;
  readonly entries: readonly { readonly name: string; readonly line: HistoryLine }[];
  readonly of: "Method" | "Testbed";
}): VNode {
  return (
    <div class="scroll" tabindex={0} role="region" aria-label="Table of suites">
      <table class="history">
        <caption class="unseen">History by {of.toLowerCase()}</caption>
        <thead>
          <tr>
            <th scope="col">{of}</th>
            <th scope="col">Suite</th>
            <th scope="col">Commit</th>
            <th scope="col" class="number">Value</th>
            <th scope="col">95 % interval</th>
            <th scope="col" class="number">Change</th>
            <th scope="col" class="number">Seeds</th>
          </tr>
        </thead>
        {entries.map(({ name, line }, i) => (
          <tbody key={i}>
            {line.points.map(({ run, runs, commit, change }, k) => {
              const row = line.standing?.rows.find(({ method }) => method === run.name);
              const missing = row === undefined ? why(runs, line.standing?.measure.id) : undefined;
              return (
                <tr key={k}>
                  {k === 0 && (
                    <th scope="rowgroup" rowSpan={line.points.length}>
                      {of === "Method"
                        ? (
                          <a href={from(path, methodPage(name))}>
                            <Name method={name} />
                          </a>
                        )
                        : label(name, 60)}
                      {line.standing !== undefined && (
                        <small>{label(axis(line.standing.measure), 60)}</small>
                      )}
                    </th>
                  )}
                  <td>
                    <bdi>{label(run.name, 40)}</bdi>{" "}
                    <small>{label(run.plan.ran.at.slice(0, 10), 10)}</small>
                  </td>
                  <td>
                    <code>{label(commit.slice(0, 10), 24)}</code>
                  </td>
                  <td class="number" title={missing && label(missing.long, 300)}>
                    {row === undefined
                      ? <span class="none">{missing!.short}</span>
                      : plusMinus(row.estimate)}
                  </td>
                  <td class="among">
                    {row !== undefined && (
                      <span class="among">
                        <Bar
                          row={{ ...row, method: of === "Method" ? name : line.method }}
                          scale={scale(line)}
                          start={undefined}
                        />
                      </span>
                    )}
                  </td>
                  <td class="number">
                    {change === undefined ? "–" : <Change {...change} />}
                  </td>
                  <td class="number">{runs.finished.length}</td>
                </tr>
              );
            })}
          </tbody>
        ))}
      </table>
    </div>
  );
}

/** From one suite to the next; two exact runs have a difference and no interval. */
function Change({ difference, winner }: NonNullable<HistoryPoint["change"]>): VNode {
  if (!(Number.isFinite(difference.low) && Number.isFinite(difference.high))) {
    return <span title="No interval from one seed">{signed(plain(difference.value))}</span>;
  }
  const text = signed(plusMinus(difference));
  const interval = `95 % interval ${range(difference)}`;
  return winner === undefined
    ? <span title={`${interval}, undecided`}>{text}</span>
    : <strong title={interval}>{text}</strong>;
}

const signed = (text: string): string => /^[−0]$|^−/.test(text) ? text : `+${text}`;

function scale({ standing }: HistoryLine): readonly [number, number] {
  const ends = standing!.rows.flatMap(({ estimate }) => [estimate.low, estimate.high]);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const margin = 0.08 * (high - low || Math.abs(high) || 1);
  return [low - margin, high + margin];
}

/** Every suite that was published, with what it ran and how to repeat it. */
export function Suites({ content: { runs } }: { readonly content: Content }): VNode {
  return (
    <ul class="suites">
      {runs.map(({ name, plan, records }) => (
        <li key={name}>
          <strong>
            <bdi>{label(name, 60)}</bdi>
          </strong>{" "}
          {label(plan.ran.at, 40)}, {plural(records.length, "run")}, {label(plan.preset, 60)},{" "}
          {label(plan.device, 40)}, {label(plan.ran.host, 120)}
          <small>
            {list(
              Object.entries(plan.versions).map(([thing, version]) =>
                `${label(thing, 48)} ${label(version, 48)}`
              ),
              12,
            )}
          </small>
          <Mixed of={plan.mixed} />
          <pre class="scroll" tabindex={0}><code>{plan.command.slice(0, 4000)}</code></pre>
        </li>
      ))}
    </ul>
  );
}
