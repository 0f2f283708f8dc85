import type { VNode } from "preact";
import {
  type Audit,
  type AuditState,
  axis,
  type Judged,
  type JudgedEstimate,
} from "../../core/mod.ts";
import { Accuracies } from "../parts/accuracies.tsx";
import { stateWords } from "../text/audit.ts";
import { count, fixed, list, NOISE, plain, plural, plusMinus, ranged } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import { Name } from "../parts/marks.tsx";
import { Noise } from "../parts/noise.tsx";
import { WithPeople } from "../parts/people.tsx";
import { auditPage, from, modelPage, state } from "./addresses.ts";
import { subject } from "./board.tsx";
import type { Content } from "./content.ts";
import type { PromptSet } from "./prompts.ts";
import { Downloads, type Frame, SitePage } from "./shell.tsx";
import { type Court, measureOf, titleOf } from "./verdicts.ts";

/** Judges and the models that they judged. */

/** A page a model that answered for a judge and is no method of the runs. */
export function ModelPage({ frame, content, model, sets }: {
  readonly frame: Frame;
  readonly content: Content;
  readonly model: string;
  readonly sets: readonly PromptSet[];
}): VNode {
  const path = modelPage(model);
  const courts = content.courts.filter(({ testbed }) =>
    testbed.runs.some(({ method }) => method === model)
  );
  return (
    <SitePage
      frame={frame}
      path={path}
      title={label(model)}
      heading={`Model · ${plural(courts.length, "protocol run")}`}
    >
      <section aria-labelledby="model-title">
        <h2 id="model-title">
          <Name method={model} />
        </h2>
        {courts.map((court, i) => (
          <JudgedBy
            key={i}
            path={path}
            court={court}
            model={model}
            linked={sets.some(({ key }) => key === court.testbed.key)}
          />
        ))}
      </section>
    </SitePage>
  );
}

/** What one judge found of one model. */
function JudgedBy({ path, court, model, linked }: {
  readonly path: string;
  readonly court: Court;
  readonly model: string;
  readonly linked: boolean;
}): VNode {
  const { judged } = court.source;
  const row = judged.rows.find((row) => row.model === model)!;
  return (
    <article class="court">
      <h3>{label(court.title, 120)}</h3>
      <p class="note">
        Against <bdi>{label(judged.baseline)}</bdi>. {tally(court, model)}{" "}
        {linked && (
          <a href={`${from(path, "prompts.html")}${state({ set: court.testbed.key, by: model })}`}>
            Every prompt and verdict
          </a>
        )}
      </p>
      <Estimates court={court} of={row.estimates} exact={row.exact} absent={row.absent} />
    </article>
  );
}

function Estimates({ court, of, exact, absent }: {
  readonly court: Court;
  readonly of: { readonly [id: string]: JudgedEstimate };
  readonly exact?: { readonly [id: string]: JudgedEstimate } | undefined;
  readonly absent?: { readonly [id: string]: string } | undefined;
}): VNode {
  const { judged } = court.source;
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={`Estimates: ${label(court.title)}`}>
      <table class="text">
        <caption class="unseen">{label(court.title, 120)}</caption>
        <thead>
          <tr>
            <th scope="col">Measure</th>
            <th scope="col" class="number">Value</th>
            {exact !== undefined && <th scope="col" class="number">By the exact truth</th>}
            <th scope="col" class="number">n</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(of).map(([id, estimate]) => (
            <tr key={id}>
              <th scope="row">{label(axis(measureOf(judged, id)), 80)}</th>
              <td class="number">{figure(estimate)}</td>
              {exact !== undefined && (
                <td class="number">
                  {Object.hasOwn(exact, id) ? figure(exact[id]!) : "–"}
                </td>
              )}
              <td class="number">{count(estimate.n)}</td>
            </tr>
          ))}
          {Object.entries(absent ?? {}).map(([id, reason]) => (
            <tr key={id}>
              <th scope="row">{label(axis(measureOf(judged, id)), 80)}</th>
              <td colSpan={exact === undefined ? 2 : 3} class="none">{label(reason, 300)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function figure({ value, low, high }: JudgedEstimate): string {
  return low === undefined || high === undefined
    ? `${plain(value)}, no interval`
    : high - low < NOISE
    ? fixed(value, 3)
    : plusMinus({ value, low, high });
}

/** Somebody's leaderboard, apart from what was judged here. */
function Published({ of: { file, rows } }: {
  readonly of: NonNullable<Judged["published"]>;
}): VNode {
  const columns = [
    ["win-rate", "Win-rate"],
    ["discrete-win-rate", "Verdicts rounded"],
    ["lc-win-rate", "Length-controlled"],
    ["lc-stderr-published", "Its error as published"],
    ["length", "Length, characters"],
  ] as const;
  const by = ({ estimates }: typeof rows[number]) =>
    (estimates["lc-win-rate"] ?? estimates["win-rate"])?.value ?? -Infinity;
  return (
    <details>
      <summary>{plural(rows.length, "model")} published elsewhere</summary>
      <p class="note">
        From{" "}
        <bdi>{label(file, 80)}</bdi>, which does not say who judged them, on what or against whom:
        they are not to be ranked with the models above. Intervals are 95 % by the file's standard
        error; what it gives as the error of length control is no sampling error.
      </p>
      <div class="scroll" tabindex={0} role="region" aria-label={`Published in ${label(file, 80)}`}>
        <table class="text">
          <caption class="unseen">Published in {label(file, 80)}</caption>
          <thead>
            <tr>
              <th scope="col">Model</th>
              {columns.map(([id, title]) => <th scope="col" class="number" key={id}>{title}</th>)}
              <th scope="col" class="number">Questions</th>
            </tr>
          </thead>
          <tbody>
            {rows.toSorted((a, b) => by(b) - by(a)).map(({ model, mode, estimates }, i) => (
              <tr key={i}>
                <th scope="row">
                  <bdi>{label(model, 80)}</bdi>{" "}
                  {mode !== undefined && <small>{label(mode, 40)}</small>}
                </th>
                {columns.map(([id]) => {
                  const found = Object.hasOwn(estimates, id) ? estimates[id] : undefined;
                  return (
                    <td class={`number${found === undefined ? " none" : ""}`} key={id}>
                      {found === undefined
                        ? "–"
                        : id === "length"
                        ? count(Math.round(found.value))
                        : ranged(found)}
                    </td>
                  );
                })}
                <td class="number">{count(estimates["win-rate"]?.n ?? 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** "200 verdicts, 12 of them changed with the order; 3 failed: timeout 2, malformed 1." */
function tally({ source: { judged } }: Court, model?: string): string {
  const own = judged.judgements.filter((one) => model === undefined || one.model === model);
  const failed = new Map<string, number>();
  for (const { failure } of own) {
    if (failure) failed.set(failure.kind, (failed.get(failure.kind) ?? 0) + 1);
  }
  const lost = [...failed.values()].reduce((a, b) => a + b, 0);
  const flipped = own.filter(({ flipped }) => flipped === true).length;
  return [
    plural(own.length - lost, "verdict"),
    flipped === 0 ? "" : `, ${count(flipped)} of them changed with the order`,
    lost === 0
      ? ""
      : `; ${count(lost)} failed: ${list([...failed].map(([kind, n]) => `${kind} ${count(n)}`))}`,
    ".",
  ].join("");
}

/** Every audit, with its own page behind it. */
export function AuditsPage({ frame, content }: {
  readonly frame: Frame;
  readonly content: Content;
}): VNode {
  const path = "audits.html";
  const of = (audit: Audit, state: AuditState) =>
    list(
      audit.checks.filter((check) => check.state === state).map(({ title }) => label(title, 60)),
    ) ||
    "–";
  return (
    <SitePage
      frame={frame}
      path={path}
      title="Audits"
      heading={plural(content.audits.length, "audit")}
    >
      <section aria-labelledby="audits-title">
        <h2 id="audits-title">Can these judges be fooled?</h2>
        <div class="scroll" tabindex={0} role="region" aria-label="Table of audits">
          <table class="text">
            <caption class="unseen">Audits of judges</caption>
            <thead>
              <tr>
                <th scope="col">Judge</th>
                <th scope="col">Asked as by</th>
                <th scope="col">Verdict</th>
                <th scope="col">Failed</th>
                <th scope="col">Inconclusive</th>
                <th scope="col" class="number">Checks passed</th>
                <th scope="col">Judged here</th>
              </tr>
            </thead>
            <tbody>
              {content.audits.map((audit, i) => (
                <tr key={i}>
                  <th scope="row">
                    <a href={from(path, auditPage(audit))}>
                      <bdi>{label(audit.judge.id, 80)}</bdi>
                    </a>
                  </th>
                  <td>{audit.protocol === undefined ? "–" : label(audit.protocol)}</td>
                  <td>{stateWords[audit.verdict]}</td>
                  <td>{of(audit, "fail")}</td>
                  <td>{of(audit, "inconclusive")}</td>
                  <td class="number">
                    {audit.checks.filter(({ state }) => state === "pass").length} of{" "}
                    {audit.checks.length}
                  </td>
                  <td>
                    {list(
                      content.courts.filter(({ source: { judged } }) =>
                        judged.judge.fingerprint === audit.judge.fingerprint
                      ).map(({ title }) => label(title, 80)),
                    ) || "–"}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </SitePage>
  );
}

/** Every judged file: who judged what, at what cost, and which biases its verdicts show. */
export function JudgesPage({ frame, content }: {
  readonly frame: Frame;
  readonly content: Content;
}): VNode {
  const path = "judges.html";
  // Bias and noise are of a file's own answers, whatever board they stand on.
  const files = content.courts.flatMap((court) =>
    court.files.map((source): Court => ({ ...court, source, title: titleOf(source) }))
  );
  return (
    <SitePage
      frame={frame}
      path={path}
      title="Judges"
      heading={plural(files.length, "protocol run")}
    >
      <section aria-labelledby="judges-title">
        <h2 id="judges-title">Who judged what</h2>
        <Accuracies
          files={files.map(({ source }) => source.judged)}
          place="all data"
        />
        {files.map((court, i) => {
          const { judged, run } = court.source;
          const { judge } = judged;
          return (
            <article key={i} class="court">
              <h3>{label(court.title, 120)}</h3>
              <p class="note">{tally(court)}</p>
              <dl class="facts">
                <dt>Judge</dt>
                <dd>
                  <bdi>{label(judge.id, 80)}</bdi>, fingerprint{" "}
                  <code>{label(judge.fingerprint.slice(0, 16))}</code>
                </dd>
                <dt>Baseline</dt>
                <dd>
                  <bdi>{label(judged.baseline)}</bdi>
                </dd>
                <dt>Calls</dt>
                <dd>
                  {plural(judge.calls, "call")}, {count(judge.cached)} from the cache
                  {judge.tokens !== undefined &&
                    `; ${count(judge.tokens.prompt)} tokens read and ${
                      count(judge.tokens.completion)
                    } written`}
                  {judge.cost !== undefined && `; cost ${plain(judge.cost)}`}
                </dd>
                {judged.rows.length > 0 && (
                  <>
                    <dt>Models</dt>
                    <dd>
                      {judged.rows.map(({ model }, k) => (
                        <span key={k}>
                          {k > 0 && ", "}
                          <a href={from(path, subject(content, model))}>
                            <bdi>{label(model)}</bdi>
                          </a>
                        </span>
                      ))}
                    </dd>
                  </>
                )}
                <dt>From</dt>
                <dd>
                  <bdi>{label(run, 60)}</bdi>
                </dd>
              </dl>
              {Object.keys({ ...judged.bias, ...judged.absent }).length > 0 && (
                <>
                  <h4>What its verdicts show of the judge</h4>
                  <Estimates court={court} of={judged.bias} absent={judged.absent} />
                </>
              )}
              <Noise
                files={[{ name: judge.id, judged }]}
                place={label(court.title, 120)}
              />
              {judged.published && <Published of={judged.published} />}
              {judged.agreement && (
                <>
                  <h4>Agreement with people</h4>
                  <WithPeople of={judged.agreement} name={label(court.title, 120)} />
                </>
              )}
              <pre class="scroll" tabindex={0}><code>{judged.command.slice(0, 4000)}</code></pre>
            </article>
          );
        })}
        <Downloads path={path} name="judged" />
      </section>
    </SitePage>
  );
}
