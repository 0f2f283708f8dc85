import type { VNode } from "preact";
import type { Judged } from "../../core/mod.ts";
import type * as stats from "../../stats/mod.ts";
import type { Beside, BesideMeasure, Shifts } from "../findings/beside.ts";
import { count, fixed, list, NOISE, plain, plural, plusMinus, ranged } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import { Accuracies } from "../parts/accuracies.tsx";
import { Agreements } from "../parts/agreements.tsx";
import { Chart, Name, Panel } from "../parts/marks.tsx";
import { Noise } from "../parts/noise.tsx";
import { FEWEST, judgeName } from "../findings/opinions.ts";
import { WithPeople } from "../parts/people.tsx";
import type { TestbedRuns } from "../findings/runs.ts";
import type { Section } from "./section.ts";

export default {
  id: "judges",
  title: "Judges and people",
  short: "Judges",
  render(found) {
    if (found.opinions === undefined) {
      return (
        <p>
          Nobody but the truth has judged these answers. <code>deno task judge --run RUN</code>{" "}
          lets judges compare them by a protocol, <code>deno task vote RUN</code>{" "}
          lets people; both then stand here beside the truth.
        </p>
      );
    }
    const known = new Set(found.testbeds.map(({ key }) => key));
    const elsewhere = (found.catalogue.judged ?? []).filter(({ on, rows }) =>
      !known.has(on) && rows.length > 0
    );
    return (
      <>
        <Chart id="judges" title="Judges and people beside the truth" tall>
          <label>
            Measure <select data-role="judged" autocomplete="off" />
          </label>
        </Chart>
        {found.testbeds.map((testbed, i) => (
          <Panel key={i} found={found} index={i}>
            <Judging testbed={testbed} beside={found.beside(testbed)} />
          </Panel>
        ))}
        {elsewhere.length > 0 && (
          <p class="note">
            Not shown, as the testbed is not in this report: {list(
              elsewhere.map((file) => `${label(judgeName(file), 48)} on ${label(file.on, 48)}`),
              6,
            )}
            .
          </p>
        )}
        <h3>Who agrees with whom</h3>
        <Agreements found={found} />
        {(found.catalogue.judged ?? []).map((file, i) =>
          file.agreement && (
            <div key={i}>
              <h3>
                <bdi>{label(judgeName(file), 80)}</bdi> and people's votes on{" "}
                <bdi>{label(file.on, 80)}</bdi>
              </h3>
              <WithPeople of={file.agreement} name={label(judgeName(file), 80)} />
            </div>
          )
        )}
      </>
    );
  },
} satisfies Section;

/** What judges and people made of one testbed. */
function Judging({ testbed, beside }: {
  readonly testbed: TestbedRuns;
  readonly beside: Beside;
}): VNode {
  const { files, shifts } = beside;
  const place = label(testbed.key, 48);
  return (
    <>
      {files.length === 0 ? <p class="note">No judge was asked about {place}.</p> : (
        <>
          <Facts files={files} place={place} />
          <Noise
            files={files.map((judged) => ({ name: judgeName(judged), judged }))}
            place={place}
          />
        </>
      )}
      <Accuracies files={files} place={place} />
      {beside.measures.map((measure) => <Orders key={measure.id} measure={measure} />)}
      {shifts.length === 0
        ? (
          <p class="note">
            How far judges and people lie from the truth is not known on{" "}
            {place}: nobody compared answers with the start policy's whose rewards are on record.
          </p>
        )
        : (
          <>
            {shifts.map((one, i) => <Summary key={i} shifts={one} />)}
            <Differences shifts={shifts} methods={beside.methods} place={place} />
          </>
        )}
      {files.length > 0 && <Failures files={files} place={place} />}
    </>
  );
}

/** Whether a judge would have put the methods into the right order. */
function Orders({ measure: { title, sources, orders } }: {
  readonly measure: BesideMeasure;
}): VNode | null {
  const known = orders.flatMap(({ tau, n }, i) => tau === undefined ? [] : [{ tau, n, i }]);
  if (known.length === 0) return null;
  return (
    <p>
      Order of the methods by {title}{" "}
      against the exact order, Kendall's τ-b (1 is the same, 0 chance):{" "}
      {known.map(({ tau, n, i }, k) => (
        <span key={i}>
          {k > 0 && ", "}
          <bdi>{sources[i]}</bdi> {fixed(tau, 2)} over {plural(n, "method")}
        </span>
      ))}.
    </p>
  );
}

/** How far off a judge is, and which differences an interval tells from none. */
function Summary({ shifts: { name, by } }: { readonly shifts: Shifts }): VNode {
  const all = [...by.values()];
  const values = all.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const certain = all.flatMap(({ interval }) => interval ?? []);
  const apart = certain.filter(({ low, high }) => low > NOISE || high < -NOISE).length;
  return (
    <p>
      Win-rates by <bdi>{label(name, 48)}</bdi> lie {fixed(low, 3) === fixed(high, 3)
        ? `${signed(fixed(low, 3))} from the true one`
        : `between ${signed(fixed(low, 3))} and ${signed(fixed(high, 3))} of the true ones`}, over
      {" "}
      {plural(by.size, "method")}. {certain.length === 0
        ? `No method was judged on ${FEWEST} prompts, so nothing is told from no difference.`
        : `Of the ${plural(certain.length, "difference")} with an interval, ${count(apart)} ${
          apart === 1 ? "is" : "are"
        } told from none at 95 %, each by itself.`}
    </p>
  );
}

const signed = (text: string): string => /^(−|0(\.0*)?(\u00a0|$))/.test(text) ? text : `+${text}`;

/** "+0.043 ± 0.012"; without an interval "+0.04, n 7". */
const shown = ({ value, interval, n }: stats.DrawnMean): string =>
  interval === undefined
    ? `${signed(fixed(value, 2))}, n ${count(n)}`
    : interval.high - interval.low < NOISE
    ? signed(fixed(value, 3))
    : signed(plusMinus({ value, ...interval }));

function Differences({ shifts, methods, place }: {
  readonly shifts: readonly Shifts[];
  readonly methods: readonly string[];
  readonly place: string;
}): VNode {
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={`Judged less true, ${place}`}>
      <table class="text">
        <caption>
          Judged win-rate less the true one of the same answers, with 95 % intervals over prompts
          and seeds where there are {FEWEST}{" "}
          prompts at least: above 0, the method is liked better than it deserves
        </caption>
        <thead>
          <tr>
            <th scope="col">Method</th>
            {shifts.map(({ name, n }, i) => (
              <th scope="col" class="number" key={i}>
                <bdi>{label(name, 48)}</bdi>
                <br />
                <small>n {count(n)}</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {methods.filter((method) => shifts.some(({ by }) => by.has(method))).map((method) => (
            <tr key={method}>
              <th scope="row">
                <Name method={method} />
              </th>
              {shifts.map(({ by }, i) => {
                const mean = by.get(method);
                return mean === undefined
                  ? <td class="number none" key={i}>not judged</td>
                  : (
                    <td class="number" key={i} title={plural(mean.n, "prompt")}>
                      {shown(mean)}
                    </td>
                  );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Who judged, at what cost, and which way each leans. */
function Facts({ files, place }: {
  readonly files: readonly Judged[];
  readonly place: string;
}): VNode {
  const leanings = new Map<string, string>();
  for (const { bias, measures, absent = {} } of files) {
    for (const id of [...Object.keys(bias), ...Object.keys(absent)]) {
      const title = Object.hasOwn(measures, id) ? measures[id]!.title : id;
      if (!leanings.has(id)) leanings.set(id, title);
    }
  }
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={`Judges, ${place}`}>
      <table class="text">
        <caption>Judges on {place}, and which way each leans</caption>
        <thead>
          <tr>
            <th scope="col">Fact</th>
            {files.map((file, i) => (
              <th scope="col" class="number" key={i}>
                <bdi>{label(file.judge.id, 40)}</bdi>
                <br />
                <small>{label(file.protocol, 40)}</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...leanings].map(([id, title]) => (
            <tr key={id}>
              <th scope="row">{label(title, 80)}</th>
              {files.map(({ bias, absent = {} }, i) => {
                const found = Object.hasOwn(bias, id) ? bias[id] : undefined;
                const reason = Object.hasOwn(absent, id) ? absent[id]! : "not known";
                return found === undefined
                  ? <td class="number none" key={i}>{label(reason, 120)}</td>
                  : <td class="number" key={i} title={`n ${count(found.n)}`}>{ranged(found)}</td>;
              })}
            </tr>
          ))}
          <Row name="Judgements with a value" files={files}>
            {({ judgements }) =>
              `${count(judgements.filter(({ failure }) => failure === undefined).length)} of ${
                count(judgements.length)
              }`}
          </Row>
          <Row name="Calls, of them answered from the cache" files={files}>
            {({ judge }) => `${count(judge.calls)}, ${count(judge.cached)}`}
          </Row>
          <Row name="Tokens read and written" files={files}>
            {({ judge: { tokens } }) =>
              tokens && `${count(tokens.prompt)}, ${count(tokens.completion)}`}
          </Row>
          <Row name="Cost" files={files}>
            {({ judge: { cost } }) => cost === undefined ? undefined : plain(cost)}
          </Row>
          <Row name="Compared with" files={files}>{({ baseline }) => label(baseline, 40)}</Row>
          <Row name="Fingerprint" files={files}>
            {({ judge }) => label(judge.fingerprint.slice(0, 12), 12)}
          </Row>
        </tbody>
      </table>
    </div>
  );
}

function Row({ name, files, children }: {
  readonly name: string;
  readonly files: readonly Judged[];
  readonly children: (file: Judged) => string | undefined;
}): VNode {
  return (
    <tr>
      <th scope="row">{name}</th>
      {files.map((file, i) => {
        const text = children(file);
        return text === undefined
          ? <td class="number none" key={i}>not known</td>
          : <td class="number" key={i}>{text}</td>;
      })}
    </tr>
  );
}

/** Reasons listed; what is more is counted. */
const REASONS = 20;

function Failures({ files, place }: {
  readonly files: readonly Judged[];
  readonly place: string;
}): VNode {
  const groups = new Map<string, { file: Judged; kind: string; reason: string; n: number }>();
  for (const file of files) {
    for (const { failure } of file.judgements) {
      if (failure === undefined) continue;
      const { kind, reason } = failure;
      const key = JSON.stringify([files.indexOf(file), kind, reason]);
      const group = groups.get(key) ?? { file, kind, reason, n: 0 };
      group.n++;
      groups.set(key, group);
    }
  }
  if (groups.size === 0) return <p class="note">No judgement on {place} failed.</p>;
  const all = [...groups.values()].sort((a, b) => b.n - a.n);
  const total = all.reduce((sum, { n }) => sum + n, 0);
  const rest = all.slice(REASONS).reduce((sum, { n }) => sum + n, 0);
  return (
    <details>
      <summary>{plural(total, "judgement")} failed on {place}, and count for nothing</summary>
      <div class="scroll" tabindex={0} role="region" aria-label={`Failures, ${place}`}>
        <table class="text">
          <caption class="unseen">Judgements that failed on {place}</caption>
          <thead>
            <tr>
              {["Judge", "Failure", "How often", "Reason"].map((head) => (
                <th scope="col" key={head}>{head}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {all.slice(0, REASONS).map(({ file, kind, reason, n }, i) => (
              <tr key={i}>
                <th scope="row">
                  <bdi>{label(judgeName(file), 48)}</bdi>
                </th>
                <td>{kind}</td>
                <td class="number">{count(n)}</td>
                <td>
                  <bdi>{label(reason, 300)}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rest > 0 && <p class="note">{count(rest)} more for other reasons.</p>}
    </details>
  );
}
