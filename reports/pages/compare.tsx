import type { VNode } from "preact";
import type { GateReport, GateRow, GateState, Moved } from "../../gate/mod.ts";
import type { Assets } from "../parts/assets.ts";
import { Document } from "../parts/document.tsx";
import { count, list, plain, plural, seeds } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import type { ShownMeasure } from "../findings/measures.ts";
import { Drawing, Textures } from "../parts/picture.tsx";
import {
  allowed,
  change,
  evidence,
  headline,
  marks,
  measureOf,
  remark,
  sorted,
  states,
} from "../text/gate.ts";

/** The page of a comparison: each interval against its margin, and the prompts that moved most. */

export function ComparePage({ report, assets }: {
  readonly report: GateReport;
  readonly assets: Assets;
}): VNode {
  const { rows } = report;
  const of = (state: GateState) => rows.filter((row) => row.state === state).length;
  return (
    <Document
      title={`prefbench gate: ${report.state}`}
      skip={{ to: "rows", text: "Skip to the measures" }}
      bar={{
        links: (
          <>
            <a href="#rows">Measures</a>
            <a href="#measured">Method</a>
          </>
        ),
      }}
      heading={[
        plural(rows.length, "measure"),
        plural(new Set(rows.map(({ on }) => on)).size, "testbed"),
        ...rows.some((row) => row.seeds.length > 0)
          ? [`seeds ${seeds(rows.flatMap((row) => row.seeds))}`]
          : [],
      ].join(" · ")}
      unscripted="Only the choice of states and of the theme needs JavaScript."
      assets={assets}
    >
      <section id="verdict" aria-labelledby="verdict-title">
        <h2 id="verdict-title">
          <Mark state={report.state} /> {report.state}
        </h2>
        <p class="tally">{headline(report)}</p>
        <Facts report={report} />
      </section>
      <section id="rows" aria-labelledby="rows-title">
        <h2 id="rows-title">What changed</h2>
        <div class="tools" role="group" aria-label="Show measures">
          <button type="button" data-show="" aria-pressed="true">all {count(rows.length)}</button>
          {states.filter((state) => of(state) > 0).map((state) => (
            <button type="button" key={state} data-show={state} aria-pressed="false">
              <Mark state={state} /> {state} {count(of(state))}
            </button>
          ))}
        </div>
        <div class="scroll" tabindex={0} role="region" aria-label="Measures">
          <table class="text verdicts gated">
            <caption class="unseen">Gated measures with their states</caption>
            <thead>
              <tr>
                <th scope="col">State</th>
                <th scope="col">Measure</th>
                <th scope="col">Candidate less baseline</th>
                <th scope="col">Allowed</th>
                <th scope="col">Baseline</th>
                <th scope="col">Candidate</th>
              </tr>
            </thead>
            <tbody>
              {sorted(rows).map((row, i) => (
                <Row
                  key={i}
                  row={row}
                  known={measureOf(report, row)}
                />
              ))}
            </tbody>
          </table>
        </div>
        <p class="note">
          The bar reaches from one one-sided bound of the difference to the other, the thick line is
          no difference, and the grey ground is loss beyond the margin: a bar that keeps out of it
          passes. Of the prompts that moved most, those are shown whose answers are on record, if
          any are.
        </p>
      </section>
      <Textures />
      <section id="measured" aria-labelledby="measured-title">
        <h2 id="measured-title">How this was decided</h2>
        <Method report={report} />
      </section>
    </Document>
  );
}

function Mark({ state }: { readonly state: GateState }): VNode {
  return <span class={`mark ${state}`} aria-hidden="true">{marks[state]}</span>;
}

/** Facts that differ though they must not, and notes. */
function Facts({ report: { checks, notes } }: { readonly report: GateReport }): VNode | null {
  const lines = [...checks.flatMap(({ reason }) => reason ?? []), ...notes];
  if (lines.length === 0) return null;
  return (
    <ul class="prose">
      {lines.map((line, i) => (
        <li key={i}>
          <bdi>{label(line, 400)}</bdi>
        </li>
      ))}
    </ul>
  );
}

function Row({ row, known }: {
  readonly row: GateRow;
  readonly known: ShownMeasure;
}): VNode {
  const note = remark(row);
  return (
    <tr data-verdict={row.state}>
      <td>
        <span class="decided">
          <Mark state={row.state} /> {row.state}
        </span>
      </td>
      <th scope="row" class="claim">
        <strong>
          <bdi>{label(row.method)}</bdi>
        </strong>{" "}
        {known.title} on <bdi>{label(row.on, 60)}</bdi>
        <small>
          {row.better} is better{known.unit === undefined ? "" : `, in ${known.unit}`}
          {row.state === "incomparable" ? "" : `; ${evidence(row)}`}
        </small>
        {note !== "" && (
          <small>
            <bdi>{note}</bdi>
          </small>
        )}
        {row.moved.length > 0 && (
          <details>
            <summary>Prompts that moved most</summary>
            <ol class="moved">{row.moved.map((one, i) => <Prompt key={i} moved={one} />)}</ol>
          </details>
        )}
      </th>
      <td class="effect">
        <Plot row={row} />
        <span>{row.difference === undefined ? <span class="none">none</span> : change(row)}</span>
        {row.detectable !== undefined && row.detectable > 0 && (
          <small>a loss of {plain(Number(row.detectable.toPrecision(2)))} would be seen</small>
        )}
      </td>
      <td data-head="Allowed:">
        {row.tier === "deterministic" ? "no change" : allowed(row)}
      </td>
      <td class="number" data-head="Baseline:">
        {row.baseline === undefined ? "–" : plain(row.baseline)}
      </td>
      <td class="number" data-head="Candidate:">
        {row.candidate === undefined ? "–" : plain(row.candidate)}
      </td>
    </tr>
  );
}

function Prompt({ moved }: { readonly moved: Moved }): VNode {
  const { seed, index, prompt, baseline, candidate, answers } = moved;
  return (
    <li>
      <p>
        {prompt === undefined ? `Prompt ${count(index + 1)}` : <bdi>{label(prompt, 600)}</bdi>}
        {seed === undefined ? "" : `, seed ${seed}`}: {plain(baseline)} → {plain(candidate)} (
        {candidate > baseline ? "+" : ""}
        {plain(Number((candidate - baseline).toPrecision(3)))})
      </p>
      {answers && (
        <dl>
          {(["baseline", "candidate"] as const).map((side) => (
            <>
              <dt>{side}</dt>
              <dd>
                {answers[side].picture && (
                  <Drawing picture={answers[side].picture} words={label(answers[side].text, 300)} />
                )}
                <bdi>{label(answers[side].text, 1000)}</bdi>
                {answers[side].reward === undefined
                  ? ""
                  : ` (reward ${plain(answers[side].reward)})`}
              </dd>
            </>
          ))}
        </dl>
      )}
    </li>
  );
}

/** The bounds about no difference, on a ground that is grey beyond the margin. */
function Plot({ row }: { readonly row: GateRow }): VNode | null {
  const { difference, low, high, margin, better, state } = row;
  if (difference === undefined || low === undefined || high === undefined) return null;
  const most = 1.05 * Math.max(Math.abs(low), Math.abs(high), 1.5 * margin);
  const at = (x: number) => Math.round(500 * (1 + x / most)) / 10;
  const edge = at(better === "higher" ? -margin : margin);
  const [from, to] = better === "higher" ? [0, edge] : [edge, 100];
  return (
    <svg
      class={`interval ${state}`}
      viewBox="0 0 100 12"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect class="band" x={from} y="0" width={Math.round(10 * (to - from)) / 10} height="12" />
      <path class="zero" d="M50 0V12" />
      <rect x={at(low)} y="4" width={Math.max(at(high) - at(low), 0.5)} height="4" />
      <path class="at" d={`M${at(difference)} 1V11`} />
    </svg>
  );
}

function Method({ report }: { readonly report: GateReport }): VNode {
  const { baseline, candidate, looks } = report;
  const side = ({ sources, commits, hosts }: GateReport["baseline"]) =>
    [
      list(sources.map((source) => label(source, 120))),
      ...commits.length > 0 ? [`commit ${list(commits.map((commit) => label(commit, 12)))}`] : [],
      ...hosts.length > 0 ? [`on ${list(hosts.map((host) => label(host, 60)))}`] : [],
    ].join(", ");
  return (
    <>
      <ul class="prose">
        <li>
          Values are paired by seed and prompt. Both sides train from the same start policy on the
          same data at the same seed, so what differs is the code alone. The same code gives the
          same value to the last digit; a change that should not matter, such as another order of a
          sum, may still send training another way. The interval says where the mean difference lies
          over all seeds that might have been run and, where a run answers some prompts out of many,
          over all such prompts.
        </li>
        <li>
          Its bounds are one-sided. Where every answer is summed exactly they are Student's t over
          seeds; where answers are sampled, those of a bootstrap that draws seeds and prompts, or
          Student's t where that is wider.
        </li>
        <li>
          <em>Pass</em>: the bound on the loss lies inside the margin; no difference that was merely
          not found passes.{" "}
          <em>Fail</em>: the loss is beyond the margin and told from no loss after Holm's correction
          for all rows. <em>Inconclusive</em>: neither.{" "}
          <em>Incomparable</em>: data, settings, seeds or runs are not the same or not there. A loss
          that “would be seen” is told from none four times in five.
        </li>
      </ul>
      <dl class="facts">
        <dt>Baseline</dt>
        <dd>
          <bdi>{side(baseline)}</bdi>
        </dd>
        <dt>Candidate</dt>
        <dd>
          <bdi>{side(candidate)}</bdi>
        </dd>
        {looks.length > 1 && (
          <>
            <dt>Looks</dt>
            <dd>
              {list(
                looks.map(({ seeds, alpha }) =>
                  `${plural(seeds, "seed")} at level ${plain(alpha)}`
                ),
              )}
            </dd>
          </>
        )}
      </dl>
    </>
  );
}
