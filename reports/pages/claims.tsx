import type { ComponentChildren, ComponentProps, VNode } from "preact";
import type { Decided, VerdictRow, Verdicts } from "../../core/mod.ts";
import type { Assets } from "../parts/assets.ts";
import { Document, type Linked } from "../parts/document.tsx";
import { count, list, plain, plural, quantity, seeds } from "../parts/format.ts";
import { Mixed } from "../parts/mixed.tsx";
import { label } from "../findings/label.ts";
import { decisions, Figure, inequality, Mark, Plot, settings, words } from "../parts/judged.tsx";
import type { Measures } from "../findings/measures.ts";

/** The page of verdicts: what each paper claims, what came out, and how to repeat it. */

export function ClaimsPage({ verdicts, measures, assets, bar }: {
  readonly verdicts: Verdicts;
  readonly measures: Measures;
  readonly assets: Assets | Linked;
  /** In place of links to the page's own sections. */
  readonly bar?: ComponentProps<typeof Document>["bar"];
}): VNode {
  const { rows } = verdicts;
  const counts = new Map(
    decisions.map((verdict) => [verdict, rows.filter((row) => row.verdict === verdict).length]),
  );
  return (
    <Document
      title={`prefbench: ${plural(rows.length, "claim")} put to the test`}
      skip={{ to: "claims", text: "Skip to the verdicts" }}
      bar={bar ?? {
        links: (
          <>
            <a href="#claims">Verdicts</a>
            <a href="#search">Search</a>
            <a href="#measured">Protocol</a>
          </>
        ),
      }}
      heading={[
        plural(rows.length, "claim"),
        `seeds ${seeds(verdicts.seeds)}`,
        plural(new Set(verdicts.testbeds.map(({ on }) => on)).size, "testbed"),
      ].join(" · ")}
      unscripted="Only the choice of verdicts and of the theme needs JavaScript."
      assets={assets}
    >
      <section id="verdict" aria-labelledby="verdict-title">
        <h2 id="verdict-title">What papers claim, and what came out</h2>
        <p class="tally">{tally(rows, counts)}</p>
        <Mixed of={verdicts.mixed} />
      </section>
      <section id="claims" aria-labelledby="claims-title">
        <h2 id="claims-title">Verdicts</h2>
        <div class="tools" role="group" aria-label="Show claims">
          <button type="button" data-show="" aria-pressed="true">all {rows.length}</button>
          {decisions.filter((verdict) => counts.get(verdict)! > 0).map((verdict) => (
            <button type="button" key={verdict} data-show={verdict} aria-pressed="false">
              <Mark verdict={verdict} /> {words[verdict]} {counts.get(verdict)}
            </button>
          ))}
        </div>
        <div class="scroll" tabindex={0} role="region" aria-label="Table of verdicts">
          <table class="text verdicts">
            <caption class="unseen">Claims with their verdicts</caption>
            <thead>
              <tr>
                <th scope="col">Verdict</th>
                <th scope="col">Claim</th>
                <th scope="col">Effect, tuned</th>
                <th scope="col">Untuned</th>
                <th scope="col" class="number">Seeds</th>
              </tr>
            </thead>
            <tbody>{rows.map((row) => <Row key={row.id} row={row} measures={measures} />)}</tbody>
          </table>
        </div>
        <p class="note">
          An effect is the method's measure less its rival's (of a study, the number named), paired
          by seed. The bar is its 95 % interval, the thick line no effect, the grey band what is too
          small to matter. Of several rivals the weakest comparison is shown.
        </p>
      </section>
      <section id="search" aria-labelledby="search-title">
        <h2 id="search-title">What the searches tried</h2>
        <Search verdicts={verdicts} measures={measures} />
      </section>
      <section id="measured" aria-labelledby="measured-title">
        <h2 id="measured-title">How this was measured</h2>
        <Protocol verdicts={verdicts} />
      </section>
    </Document>
  );
}

function tally(rows: readonly VerdictRow[], counts: ReadonlyMap<Decided, number>): string {
  if (rows.length === 0) return "No claim was put to the test.";
  const parts = decisions.filter((verdict) => counts.get(verdict)! > 0).map((verdict) =>
    `${count(counts.get(verdict)!)} ${words[verdict]}`
  );
  return `Of ${plural(rows.length, "claim")}: ${list(parts)}.`;
}

function Row({ row, measures }: {
  readonly row: VerdictRow;
  readonly measures: Measures;
}): VNode {
  const { id, verdict, paper, text, effect, untuned, command } = row;
  return (
    <tr data-verdict={verdict} id={`claim-${id.replace(/[^\w-]/g, "")}`}>
      <td>
        <span class="decided">
          <Mark verdict={verdict} /> {words[verdict]}
        </span>
      </td>
      <th scope="row" class="claim">
        <strong>
          <bdi>{label(id)}</bdi>
        </strong>{" "}
        {label(text, 400)}
        <small>{inequality(row, measures)}</small>
        <small>
          <cite>{label(paper.title, 200)}</cite>, {paper.year}
          {paper.arxiv !== undefined && `, arXiv ${label(paper.arxiv)}`}
        </small>
        <details>
          <summary>Arms, rivals, command</summary>
          {row.rivals.length > 1 && (
            <ul>
              {row.rivals.map((rival) => (
                <li key={rival.method}>
                  against {label(rival.method)}: {words[rival.verdict]}, <Figure {...rival} />
                </li>
              ))}
            </ul>
          )}
          <ul>
            {row.arms.map((arm) => (
              <li key={arm.name}>
                {label(arm.name)}: {label(arm.method)} on {label(arm.on, 48)} with{" "}
                {settings(arm.hyper)} ({origins[arm.from]})
              </li>
            ))}
          </ul>
          <pre class="scroll" tabindex={0}><code>{command.slice(0, 1000)}</code></pre>
        </details>
      </th>
      <td class="effect">
        <Plot judged={row} {...untuned ? { like: untuned } : {}} />
        <span>
          <Figure {...row} />
        </span>
      </td>
      <td class="effect" data-head="Untuned:">
        {untuned === undefined ? <span class="none">as the study says</span> : (
          <>
            <Plot judged={untuned} like={row} />
            <span>
              <Figure {...untuned} />
              {untuned.verdict !== verdict && <small>{words[untuned.verdict]}</small>}
            </span>
          </>
        )}
      </td>
      <td class="number" data-head="Seeds:">{effect === undefined ? "–" : count(effect.seeds)}</td>
    </tr>
  );
}

const origins = {
  own: "its own",
  search: "chosen by its search",
  study: "as the study says",
} as const;

function Search({ verdicts: { search }, measures }: {
  readonly verdicts: Verdicts;
  readonly measures: Measures;
}): VNode {
  if (search.length === 0) {
    return <p>No method here has a grid to search: all ran with their own hyperparameters.</p>;
  }
  const total = (axis: "flops" | "queries") =>
    quantity(search.reduce((sum, one) => sum + one.spent[axis], 0));
  return (
    <>
      <p>
        {plural(search.length, "search", "searches")}, {total("flops")} FLOPs and {total("queries")}
        {" "}
        labels in all, where a search that two measures were read from counts twice.
      </p>
      <details>
        <summary>Every point</summary>
        <div class="scroll" tabindex={0} role="region" aria-label="Searches">
          <table class="text">
            <caption class="unseen">Searches</caption>
            <thead>
              <tr>
                <th scope="col">Method</th>
                <th scope="col">Testbed</th>
                <th scope="col">Goes by</th>
                <th scope="col">Mean of the runs at each point; chosen in bold</th>
                <th scope="col" class="number">Runs</th>
                <th scope="col" class="number">FLOPs</th>
                <th scope="col" class="number">Labels</th>
              </tr>
            </thead>
            <tbody>
              {search.map((one, i) => (
                <tr key={i}>
                  <th scope="row">{label(one.method)}</th>
                  <td>{label(one.on, 48)}</td>
                  <td>{measures.of(one.measure).title}</td>
                  <td>
                    {one.points.map((point, k) => {
                      const text = `${settings(point.hyper)}: ${
                        point.value === undefined ? "no run finished" : plain(point.value)
                      }`;
                      const chosen = settings(point.hyper) === settings(one.chosen);
                      return (
                        <span key={k} class="point">{chosen ? <strong>{text}</strong> : text}</span>
                      );
                    })}
                  </td>
                  <td class="number">{one.points.reduce((sum, { runs }) => sum + runs, 0)}</td>
                  <td class="number">{quantity(one.spent.flops)}</td>
                  <td class="number">{quantity(one.spent.queries)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

function Protocol({ verdicts }: { readonly verdicts: Verdicts }): VNode {
  const { command, testbeds, device, versions, ran, validation } = verdicts;
  return (
    <>
      <p>The command that repeats it:</p>
      <pre class="scroll" tabindex={0}><code>{command.slice(0, 4000)}</code></pre>
      <ul class="prose">
        <li>
          Both sides of a claim have the same budget and, seed for seed, the same data. The
          difference is taken seed by seed. Its 95 % interval is Student's t over seeds and, where a
          run draws answers to some prompts out of many, over prompts: the wider of the two. Where
          runs give no value a prompt, their own standard errors are added as if independent.
        </li>
        <li>
          “Higher” is <em>confirmed</em> when the interval lies above 0. It is <em>refuted</em>{" "}
          when the interval lies below 0, or reaches no effect that matters: below the margin and
          not above 0. “Lower” is the mirror. “Equal” is confirmed when the interval lies within the
          margin on both sides (two one-sided tests at 2.5 % each), and refuted when it lies
          outside. Anything else is{" "}
          <em>undecided</em>; the seeds that would decide it are those at which such an effect is
          found four times in five.
        </li>
        <li>
          Against several rivals a claim needs every comparison, each at 95 % (an intersection–union
          test needs no correction for that); any of them refutes it, at Bonferroni's level. There
          is no correction over papers: each row is a question of its own, so of twenty true nulls
          one is expected to come out wrong.
        </li>
        <li>
          Every method was searched alike: at most six runs on each testbed at the budget that is
          judged, spread evenly over the points of its own grid, its own hyperparameters among them.
          Seeds begin at{" "}
          {count(validation)}. A third of the test prompts is kept for this and is not judged on;
          where a testbed's test prompts are all trained on, as in a table, only seeds and their
          labels are disjoint. A search goes by the claim's measure if that has a better side, else
          by what the testbed is ranked by. A study's arms run as the study says.
        </li>
      </ul>
      <dl class="facts">
        <Fact name="Budgets">
          {testbeds.map(({ on, budget }) =>
            `${label(on, 48)}: ${quantity(budget.flops)} FLOPs, ${quantity(budget.queries)} labels`
          ).join("; ")}
        </Fact>
        <Fact name="Device">{label(device)}</Fact>
        <Fact name="Machine">{label(ran.host, 120)}</Fact>
        <Fact name="Started">{label(ran.at)}</Fact>
        <Fact name="Versions">
          {Object.entries(versions).map(([name, version]) =>
            `${label(name, 48)} ${label(version, 48)}`
          ).join(", ")}
        </Fact>
      </dl>
    </>
  );
}

function Fact({ name, children }: {
  readonly name: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <bdi>{children}</bdi>
      </dd>
    </>
  );
}
