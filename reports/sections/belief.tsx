import type { VNode } from "preact";
import { Against } from "../parts/against.tsx";
import type { Findings } from "../findings/findings.ts";
import { count, fixed, list, plain, seeds } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import { Chart, Legend, Name, Panel } from "../parts/marks.tsx";
import type { TestbedRuns } from "../findings/runs.ts";
import type { Section } from "./section.ts";
import { detectable, needed } from "../findings/standings.ts";

export default {
  id: "belief",
  title: "Can I believe it",
  short: "Certainty",
  render(found) {
    return (
      <>
        {found.testbeds.map((testbed, i) => (
          <Panel key={i} found={found} index={i}>
            <Power found={found} testbed={testbed} />
            <Compared found={found} testbed={testbed} />
          </Panel>
        ))}
        <Legend methods={found.methods} />
        <div class="row halves">
          <Chart id="reliability" title="Implied preference against truth" tall />
          <Chart id="wins" title="Who beats whom" tall />
        </div>
        <Chart id="ledger" title="Where the operations went" />
        <h3>Runs that did not finish</h3>
        <Mishaps found={found} />
      </>
    );
  },
} satisfies Section;

/** How many pairs are decided, and what would be needed for the others. */
function Power({ found, testbed }: {
  readonly found: Findings;
  readonly testbed: TestbedRuns;
}): VNode {
  const standing = found.standing(testbed);
  if (standing === undefined) return <p>Nobody finished here, so there is nothing to compare.</p>;
  const { decisions, rows } = standing;
  if (rows.length < 2) return <p>One method finished here, so there is nothing to compare.</p>;
  const { title } = standing.measure;
  const decided = decisions.filter(({ winner }) => winner !== undefined).length;
  const least = detectable(standing);
  const more = needed(standing);
  return (
    <p>
      By {title}, <strong>{count(decided)} of {count(decisions.length)} pairs</strong>{" "}
      are told apart at 95 % after Holm's correction. {least === undefined
        ? "With one seed of exact runs no difference can be called found."
        : `A true difference of ${
          plain(Number(least.toPrecision(2)))
        } would be found four times in five (median pair, before the correction).`}{" "}
      {more !== undefined && Number.isFinite(more) && decided < decisions.length &&
        `If the differences seen are true, the median undecided pair needs about ${
          more < 10 ? fixed(Math.max(more, 1), 1) : count(Number(more.toPrecision(2)))
        } times as many seeds and prompts.`}
    </p>
  );
}

/** The pairs that readers ask about first. */
function Compared({ found, testbed }: {
  readonly found: Findings;
  readonly testbed: TestbedRuns;
}): VNode | null {
  const standing = found.standing(testbed);
  return standing === undefined || standing.decisions.length === 0
    ? null
    : <Against testbed={testbed} standing={standing} />;
}

/** Divergences and failures, one row a reason; then what could not be run. */
function Mishaps({ found }: { readonly found: Findings }): VNode {
  const groups = new Map<string, {
    readonly method: string;
    readonly testbed: string;
    readonly outcome: string;
    readonly reason: string | undefined;
    readonly seeds: number[];
  }>();
  for (const { method, benchmark, setting, outcome, reason, seed } of found.records) {
    if (outcome === "ok" || outcome === "unsupported") continue;
    const testbed = `${benchmark}/${setting}`;
    const key = JSON.stringify([method, testbed, outcome, reason]);
    const group = groups.get(key) ?? { method, testbed, outcome, reason, seeds: [] };
    group.seeds.push(seed);
    groups.set(key, group);
  }
  const unsupported = found.records.some(({ outcome }) => outcome === "unsupported");
  const missing = found.testbeds.flatMap(({ key, runs }) =>
    runs.filter(({ records }) => records.length === 0).map(({ method }) => ({ key, method }))
  );
  return (
    <>
      {groups.size === 0
        ? <p>All runs on record finished{unsupported ? " that could be run" : ""}.</p>
        : (
          <div
            class="scroll tall"
            tabindex={0}
            role="region"
            aria-label="Runs that did not finish"
          >
            <table data-sortable="mishaps" class="text">
              <caption class="unseen">Runs that did not finish</caption>
              <thead>
                <tr>
                  {["Method", "Testbed", "Outcome", "Seeds", "Reason"].map((head) => (
                    <th key={head} scope="col" data-sort={head.toLowerCase()}>
                      <button type="button">{head}</button>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {[...groups.values()].map((group, i) => (
                  <tr key={i}>
                    <th scope="row" data-value={group.method.slice(0, 64)}>
                      <Name method={group.method} />
                    </th>
                    <td data-value={group.testbed.slice(0, 64)}>
                      <bdi>{label(group.testbed, 48)}</bdi>
                    </td>
                    <td data-value={group.outcome}>{group.outcome}</td>
                    <td data-value={group.seeds.length}>{seeds(group.seeds)}</td>
                    <td data-value={(group.reason ?? "").slice(0, 64)}>
                      <bdi>{label(group.reason ?? "no reason on record", 300)}</bdi>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      {missing.length > 0 && (
        <p>
          No record exists of{" "}
          {list(missing.map(({ key, method }) => `${label(method)} on ${label(key, 48)}`), 6)}.
        </p>
      )}
      <Unsupported found={found} />
      <Absences found={found} />
    </>
  );
}

/** Pairs of method and testbed that do not fit, one row a reason: with all methods on all testbeds they are most. */
function Unsupported({ found }: { readonly found: Findings }): VNode | null {
  const reasons = new Map<string, { methods: Set<string>; testbeds: Set<string>; runs: number }>();
  for (const { method, benchmark, setting, outcome, reason = "" } of found.records) {
    if (outcome !== "unsupported") continue;
    const testbed = `${benchmark}/${setting}`;
    // Without the names it is the same for many.
    const why = reason.replace(`${method} on ${testbed}`, "it there");
    const whose = reasons.get(why) ?? { methods: new Set(), testbeds: new Set(), runs: 0 };
    whose.methods.add(method);
    whose.testbeds.add(testbed);
    whose.runs++;
    reasons.set(why, whose);
  }
  if (reasons.size === 0) return null;
  const rows = [...reasons].sort(([, a], [, b]) => b.runs - a.runs);
  return (
    <>
      <h3>Runs that could not be</h3>
      <div class="scroll tall" tabindex={0} role="region" aria-label="Runs that could not be">
        <table class="text">
          <caption class="unseen">Pairs of method and testbed that do not fit</caption>
          <thead>
            <tr>
              {["Reason", "Methods", "Testbeds", "Runs"].map((head) => (
                <th key={head} scope="col">{head}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([why, { methods, testbeds, runs }]) => (
              <tr key={why}>
                <th scope="row">
                  <bdi>{label(why || "no reason on record", 300)}</bdi>
                </th>
                <td>{list([...methods].map((method) => label(method)), 8)}</td>
                <td>{list([...testbeds].map((testbed) => label(testbed, 48)), 6)}</td>
                <td class="number">{count(runs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Measures that do not exist somewhere, why, and of whom. */
function Absences({ found }: { readonly found: Findings }): VNode | null {
  const reasons = new Map<string, { places: Set<string>; methods: Set<string> }>();
  for (const { benchmark, setting, method, absent } of found.records) {
    for (const [id, reason] of Object.entries(absent)) {
      const key = JSON.stringify([found.measures.of(id).title, label(reason, 300)]);
      const whose = reasons.get(key) ?? { places: new Set(), methods: new Set() };
      whose.places.add(`${benchmark}/${setting}`);
      whose.methods.add(method);
      reasons.set(key, whose);
    }
  }
  if (reasons.size === 0) return null;
  return (
    <details>
      <summary>Measures that do not exist here</summary>
      <ul>
        {[...reasons].map(([key, { places, methods }]) => {
          const [title, reason]: [string, string] = JSON.parse(key);
          return (
            <li key={key}>
              <strong>{title}</strong> on {list([...places].map((place) => label(place, 48)), 4)}:
              {" "}
              <bdi>{reason}</bdi>{" "}
              {methods.size < found.methods.length && (
                <span>({list([...methods].map((method) => label(method)), 8)})</span>
              )}
            </li>
          );
        })}
      </ul>
    </details>
  );
}
