import type { ComponentChildren, ComponentProps, VNode } from "preact";
import type { VerdictRow, Verdicts } from "../../core/mod.ts";
import { claimTally } from "../findings/claims.ts";
import { setsText, sweptText, tallyText, togetherText } from "../text/claims.ts";
import type { Assets } from "../parts/assets.ts";
import { Document, type Linked } from "../parts/document.tsx";
import { count, plain, plural, quantity, seeds } from "../parts/format.ts";
import { Mixed } from "../parts/mixed.tsx";
import { Searches } from "../parts/searches.tsx";
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
  const { rows, secondSeeds } = verdicts;
  const { counts } = claimTally(rows);
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
        `seeds ${seeds(verdicts.seeds)}${secondSeeds ? ` and ${seeds(secondSeeds)}` : ""}`,
        plural(new Set(verdicts.testbeds.map(({ on }) => on)).size, "testbed"),
      ].join(" · ")}
      unscripted="Only the choice of verdicts and of the theme needs JavaScript."
      assets={assets}
    >
      <section id="verdict" aria-labelledby="verdict-title">
        <h2 id="verdict-title">What papers claim, and what came out</h2>
        <p class="tally">{tallyText(rows)}</p>
        <Together rows={rows} />
        {secondSeeds && <p>{setsText(verdicts)}</p>}
        <Mixed of={verdicts.mixed} />
      </section>
      <section id="claims" aria-labelledby="claims-title">
        <h2 id="claims-title">Verdicts</h2>
        <div class="tools" role="group" aria-label="Show claims">
          <button type="button" data-show="" aria-pressed="true">all {rows.length}</button>
          {decisions.filter((verdict) => counts.has(verdict)).map((verdict) => (
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
                <th scope="col">Effect, both sides tuned</th>
                {secondSeeds && <th scope="col">Second set of seeds</th>}
                <th scope="col" class="number">Seeds</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row
                  key={row.id}
                  row={row}
                  verdicts={verdicts}
                  measures={measures}
                />
              ))}
            </tbody>
          </table>
        </div>
        <p class="note">
          An effect is the method's measure less its rival's (of a study, the number named), paired
          by seed. The bar is its 95 % interval (97.5 % where there may be a second look), the thick
          line no effect, the grey band what is too small to matter. Of several rivals the weakest
          comparison is shown. The share is of the way from the start policy to the best mean that
          any run reached on that testbed.
        </p>
      </section>
      <section id="search" aria-labelledby="search-title">
        <h2 id="search-title">What the searches tried</h2>
        <Searches verdicts={verdicts} measures={measures} />
      </section>
      <section id="measured" aria-labelledby="measured-title">
        <h2 id="measured-title">How this was measured</h2>
        <Protocol verdicts={verdicts} />
      </section>
    </Document>
  );
}

/** What all verdicts together are worth. */
function Together({ rows }: { readonly rows: readonly VerdictRow[] }): VNode | null {
  const text = togetherText(rows);
  return text === undefined ? null : <p>{text}</p>;
}

function Row({ row, verdicts, measures }: {
  readonly row: VerdictRow;
  readonly verdicts: Verdicts;
  readonly measures: Measures;
}): VNode {
  const { id, verdict, paper, text, effect, share, second, headline } = row;
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
        {!headline && (
          <small>No headline of the paper's: a mechanism, or a comparison of ours</small>
        )}
        <Evidence row={row} verdicts={verdicts} measures={measures} />
      </th>
      <td class="effect">
        <Plot judged={row} {...second ? { like: second } : {}} />
        <span>
          <Figure {...row} />
          {share !== undefined && <small>{percent(share)} of the way from start to best</small>}
        </span>
      </td>
      {verdicts.secondSeeds && (
        <td class="effect" data-head="Second set:">
          {second && (
            <>
              <Plot judged={second} like={row} />
              <span>
                <Figure {...second} />
                {second.verdict !== verdict && <small>{words[second.verdict]}</small>}
              </span>
            </>
          )}
        </td>
      )}
      <td class="number" data-head="Seeds:">
        {effect === undefined ? "–" : count(effect.seeds)}
        {effect !== undefined && effect.seeds > verdicts.seeds.length && <small>second look</small>}
      </td>
    </tr>
  );
}

/** All comparisons behind a verdict, what was run, and how to repeat it. */
function Evidence({ row, verdicts, measures }: {
  readonly row: VerdictRow;
  readonly verdicts: Verdicts;
  readonly measures: Measures;
}): VNode {
  const { rivals, arms, byChance, command, second, further, looks } = row;
  return (
    <details>
      <summary>Rivals, controls, arms, command</summary>
      <ul>
        {rivals.length > 1 && rivals.map((rival) => (
          <li key={rival.method}>
            against {label(rival.method)}: {words[rival.verdict]},{" "}
            <Figure {...rival} looks={looks} />
          </li>
        ))}
        <Beside of={row} measures={measures} looks={looks} />
        {second && <Beside of={second} measures={measures} set="second set: " />}
        {sweptText(row, verdicts, measures).map((said, i) => <li key={i}>searches: {said}</li>)}
        {further && <li>its second look saw seeds {seeds(further)}, too</li>}
        {byChance !== undefined && (
          <li>would be confirmed by chance {plain(100 * byChance)} times in a hundred</li>
        )}
      </ul>
      <ul>
        {arms.map((arm, i) => (
          <li key={i}>
            {label(arm.name, 60)}: {label(arm.method)} on {label(arm.on, 48)} with{" "}
            {settings(arm.hyper)} ({origins[arm.from]})
          </li>
        ))}
      </ul>
      <pre class="scroll" tabindex={0}><code>{command.slice(0, 1000)}</code></pre>
    </details>
  );
}

/** What must not be lost, and what stood in for the method. */
function Beside({ of: { guard, controls = [] }, measures, looks, set = "" }: {
  readonly of: Pick<NonNullable<VerdictRow["second"]>, "guard" | "controls">;
  readonly measures: Measures;
  /** Of the guard; controls are looked at once. */
  readonly looks?: number | undefined;
  readonly set?: string;
}): VNode {
  return (
    <>
      {guard && (
        <li>
          {set}
          {measures.of(guard.measure).title} meanwhile: <Figure {...guard} looks={looks} />
        </li>
      )}
      {controls.map((control, i) => (
        <li key={i}>
          {set}
          {label(control.name, 60)} in its place: {words[control.verdict]}, <Figure {...control} />
        </li>
      ))}
    </>
  );
}

const percent = (share: number): string => `${plain(Math.round(100 * share))} %`;

const origins = {
  own: "its own",
  search: "chosen by its search",
  frontier: "a point of its frontier",
  study: "as the study says",
  control: "a control",
} as const;

function Protocol({ verdicts }: { readonly verdicts: Verdicts }): VNode {
  const { command, testbeds, device, versions, ran, validation, rows, trials } = verdicts;
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
          “Not lower” and “not higher” are confirmed when the interval lies beyond the margin on the
          other side of 0: no loss that matters. A claim on a measure that says nothing of how good
          answers are, such as KL, entropy or a log-ratio, has a{" "}
          <em>guard</em>: what its testbed is ranked by must not be worse than the rival's by more
          than its margin, as who learns nothing has the lowest KL. A trade-off is compared where
          the other measure is equal: between the frontiers that each side's checkpoints draw over
          some values of its hyperparameters, on average over what both reach, and nothing is
          extrapolated.
        </li>
        <li>
          With every claim run{" "}
          <em>controls</em>: what learns nothing, what learns from labels by coin, and DPO at a
          third and at three times the learning rate that was chosen for it. A claim that one of
          them passes in place of its method is <em>not informative</em>.
        </li>
        <li>
          Against several rivals a claim needs every comparison, each at 95 % (an intersection–union
          test needs no correction for that); any of them refutes it, at Bonferroni's level. What
          chance would confirm is counted by turning the seeds' differences round in all ways.
        </li>
        <li>
          Every method was searched alike: {trials.first}{" "}
          runs on each testbed at the budget that is judged, over its own grid and three learning
          rates, its own hyperparameters first and then points drawn at random; {trials.growth}{" "}
          more go beyond the end of the grid where the best point lies there, and to further seeds
          of the best two where it does not
          {trials.repeat > 0 &&
            `; the best ${trials.repeat} then ran once more, and only a point that ran from two seeds was chosen`}.
          Seeds begin at{" "}
          {count(validation)}. A third of the test prompts is kept for this and is not judged on;
          where a testbed's test prompts are all trained on, as in a table, only seeds and their
          labels are disjoint. All searches go by what the testbed is ranked by, never by the
          claim's own measure; those of a reward, which does not answer, by the accuracy that it
          has. A study's arms run as the study says.
        </li>
        {rows.some(({ looks }) => looks !== undefined) && (
          <li>
            Where the first seeds do not decide, more are run and looked at once again: as these are
            two looks, the intervals of both are at 97.5 %.
          </li>
        )}
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
