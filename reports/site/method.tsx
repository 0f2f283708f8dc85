import type { VNode } from "preact";
import { axis } from "../../core/mod.ts";
import { Bar } from "../parts/bar.tsx";
import { basis, outcomes, told } from "../parts/board.tsx";
import {
  fixed,
  halfWidth,
  plural,
  plusMinus,
  quantity,
  range,
  ranks,
  rounded,
} from "../parts/format.ts";
import { label } from "../findings/label.ts";
import { LossPlots } from "../parts/loss-curve.tsx";
import { Contents } from "../parts/contents.tsx";
import { Name } from "../parts/marks.tsx";
import { type TestbedRuns, why } from "../findings/runs.ts";
import { MethodCard } from "../sections/cards.tsx";
import type { Standing } from "../findings/standings.ts";
import { from, methodPage, state } from "./addresses.ts";
import type { Content } from "./content.ts";
import { HistoryTable } from "./history.tsx";
import type { PromptSet } from "./prompts.ts";
import { type Frame, SitePage } from "./shell.tsx";

/** A page a method: its card, where it stands on every testbed, its history, what it said. */

/** Whose loss is drawn beside a method's. */
const BESIDE = "dpo";

export function MethodPage({ frame, content, method, sets }: {
  readonly frame: Frame;
  readonly content: Content;
  readonly method: string;
  readonly sets: readonly PromptSet[];
}): VNode {
  const { exact, lines } = content;
  const path = methodPage(method);
  const card = exact.catalogue.methods.find(({ id }) => id === method);
  const runs = exact.records.filter((record) => record.method === method);
  const { lossCurves } = exact.catalogue;
  const [loss, dpo] = [lossCurves?.get(method), lossCurves?.get(BESIDE)];
  const lost = runs.filter(({ outcome }) => outcome !== "ok").length;
  const before = content.places.flatMap((place) =>
    (lines.get(place) ?? []).filter((line) => line.method === method).map((line) => ({
      place,
      line,
    }))
  );
  const said = sets.filter(({ names }) => names.includes(method));
  return (
    <SitePage
      frame={frame}
      path={path}
      title={label(method)}
      heading={[
        "Method",
        plural(runs.length, "run"),
        ...lost === 0 ? [] : [`${lost} did not finish`],
      ].join(" · ")}
    >
      <section aria-labelledby="method-title" class="method">
        <h2 id="method-title">
          <Name method={method} />
        </h2>
        <div class="cards single">
          <article>
            <MethodCard found={exact} method={method} />
          </article>
        </div>
        {loss !== undefined && (
          <LossPlots
            method={method}
            curve={loss}
            beside={dpo === undefined || method === BESIDE
              ? undefined
              : { method: BESIDE, curve: dpo }}
          />
        )}
        {content.verdicts !== undefined && card !== undefined &&
          content.verdicts.rows.some(({ id }) => id === method) && (
          <p>
            <a href={`${from(path, "claims.html")}#claim-${method.replace(/[^\w-]/g, "")}`}>
              Its claim beside all others
            </a>
          </p>
        )}
      </section>
      <Stands content={content} method={method} />
      {before.length > 0 && (
        <section aria-labelledby="history-title">
          <h2 id="history-title">Over suites</h2>
          <HistoryTable
            path={path}
            entries={before.map(({ place, line }) => ({ name: place.testbed.key, line }))}
            of="Testbed"
          />
        </section>
      )}
      {said.length > 0 && (
        <section aria-labelledby="said-title">
          <h2 id="said-title">What it said</h2>
          <ul class="plain">
            {said.map(({ key, title }) => (
              <li key={key}>
                <a href={`${from(path, "prompts.html")}${state({ set: key, by: method })}`}>
                  {label(title, 80)}
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
    </SitePage>
  );
}

function Stands({ content, method }: {
  readonly content: Content;
  readonly method: string;
}): VNode {
  const { exact, board } = content;
  return (
    <section aria-labelledby="stands-title">
      <h2 id="stands-title">Where it stands</h2>
      <div class="scroll" tabindex={0} role="region" aria-label="Table of testbeds">
        <table class="text stands">
          <caption class="unseen">{label(method)} on every testbed</caption>
          <thead>
            <tr>
              <th scope="col">Testbed</th>
              <th scope="col">Ranked by</th>
              <th scope="col" class="number">Rank</th>
              <th scope="col" class="number">Value</th>
              <th scope="col">Among all methods</th>
              <th scope="col" class="number">Seeds × prompts</th>
              {others(content).map((id) => (
                <th key={id} scope="col" class="number">{exact.measures.of(id).title}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {board.testbeds.map((testbed) => (
              <Row key={testbed.key} content={content} testbed={testbed} method={method} />
            ))}
          </tbody>
        </table>
      </div>
      <p class="note">
        The bar is the 95 % interval; grey ticks are the other methods, the dotted line is the start
        policy. A rank counts who is decidedly better and worse.
      </p>
    </section>
  );
}

/** Measures beside the ranking that testbeds have in common, in the order of a reader. */
const others = ({ exact }: Content): string[] =>
  ["reward", "kl", "length", "fluency", "ranking-accuracy", "calibration-error"].filter((id) =>
    exact.testbeds.some(({ measures }) => measures.includes(id))
  );

function Row({ content, testbed, method }: {
  readonly content: Content;
  readonly testbed: TestbedRuns;
  readonly method: string;
}): VNode | null {
  const { board, courts } = content;
  const standing = board.standing(testbed);
  const runs = testbed.runs.find((runs) => runs.method === method)!;
  const row = standing?.rows.find((row) => row.method === method);
  const court = courts.find((court) => court.testbed.key === testbed.key);
  const judged = court !== undefined;
  // A judge's column has no row for whom it did not judge, which is nobody's failure.
  if (judged && row === undefined) return null;
  const missing = row === undefined ? why(runs, standing?.measure.id) : undefined;
  return (
    <tr>
      <th scope="row">{label(court?.title ?? testbed.key, 60)}</th>
      <td>{standing === undefined ? "–" : label(axis(standing.measure), 60)}</td>
      <td class="number">
        {row?.rank === undefined || standing!.rows.length < 2
          ? "–"
          : `${ranks(row.rank.best, row.rank.worst)} of ${standing!.rows.length}`}
      </td>
      <td class="number" title={row === undefined ? label(missing!.long, 300) : told(row)}>
        {row === undefined ? <span class="none">{missing!.short}</span> : plusMinus(row.estimate)}
      </td>
      <td class="among">
        {row !== undefined && <Among standing={standing!} method={method} />}
      </td>
      <td class="number">
        {row === undefined ? "–" : basis(row.estimate)}
        {runs.finished.length < runs.records.length && (
          <span class="lost" title={label(outcomes(runs), 200)}>
            {` ${runs.finished.length}/${runs.records.length} finished`}
          </span>
        )}
      </td>
      {others(content).map((id) => {
        const found = judged
          ? undefined
          : board.standing(testbed, id)?.rows.find((row) => row.method === method)?.estimate;
        return (
          <td key={id} class="number">
            {found === undefined
              ? "–"
              : (
                <span title={halfWidth(found) > 0 ? `95 % interval ${range(found)}` : "exact"}>
                  {plusMinus(found)}
                </span>
              )}
          </td>
        );
      })}
    </tr>
  );
}

/** This method's interval on the scale of all, and where the others lie. */
function Among({ standing, method }: {
  readonly standing: Standing;
  readonly method: string;
}): VNode {
  const row = standing.rows.find((row) => row.method === method)!;
  const ends = [
    ...standing.rows.map(({ estimate }) => estimate.value),
    row.estimate.low,
    row.estimate.high,
    ...standing.start === undefined ? [] : [standing.start],
  ];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const margin = 0.03 * (high - low || Math.abs(high) || 1);
  const scale = [low - margin, high + margin] as const;
  const at = (x: number) => fixed(100 * (x - scale[0]) / (scale[1] - scale[0]), 1);
  const rest = standing.rows.filter((other) => other !== row).map(({ estimate }) =>
    `M${at(estimate.value)} 2V8`
  );
  return (
    <span class="among">
      <svg class="others" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <path d={rest.join("") || "M0 0"} />
      </svg>
      <Bar row={row} scale={scale} start={standing.start} />
    </span>
  );
}

/** A page that lists all methods with their papers. */
export function MethodsPage({ frame, content }: {
  readonly frame: Frame;
  readonly content: Content;
}): VNode {
  const path = "methods.html";
  const { exact } = content;
  const cards = new Map(exact.catalogue.methods.map((card) => [card.id, card]));
  const lead = exact.lead === undefined ? undefined : exact.standing(exact.lead);
  return (
    <SitePage
      frame={frame}
      path={path}
      title="Methods"
      heading={plural(exact.methods.length, "method")}
    >
      <section aria-labelledby="methods-title">
        <h2 id="methods-title">Methods</h2>
        <Contents found={exact} link={(method) => from(path, methodPage(method))} />
      </section>
      <section aria-labelledby="papers-title">
        <h2 id="papers-title">Their papers</h2>
        <div class="scroll" tabindex={0} role="region" aria-label="Table of methods">
          <table class="text" data-sortable="methods">
            <caption class="unseen">Methods and their papers</caption>
            <thead>
              <tr>
                <th scope="col">Method</th>
                <th scope="col">Paper</th>
                <th scope="col" class="number">Year</th>
                <th scope="col" class="number">Mean FLOPs a run</th>
                {lead !== undefined && (
                  <th scope="col" class="number">
                    {label(`${lead.measure.title} on ${exact.lead!.key}`, 48)}
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {exact.methods.map((method) => {
                const card = cards.get(method);
                const row = lead?.rows.find((row) => row.method === method);
                const spent = exact.records.filter((record) =>
                  record.method === method && record.spent !== undefined && record.steps > 0
                ).map(({ spent }) => spent!.flops);
                return (
                  <tr key={method}>
                    <th scope="row">
                      <a href={from(path, methodPage(method))}>
                        <Name method={method} />
                      </a>
                    </th>
                    <td>{card === undefined ? "–" : label(card.paper.title, 200)}</td>
                    <td class="number">{card === undefined ? "–" : card.paper.year}</td>
                    <td class="number">
                      {spent.length === 0
                        ? "–"
                        : quantity(spent.reduce((a, b) => a + b) / spent.length)}
                    </td>
                    {lead !== undefined && (
                      <td class="number">
                        {row === undefined ? "–" : rounded(row.estimate)}
                      </td>
                    )}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </section>
    </SitePage>
  );
}
