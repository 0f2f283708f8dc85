import type { VNode } from "preact";
import { axis } from "../../core/mod.ts";
import type { Findings } from "../findings/findings.ts";
import { count, list, plural, quantity, seeds } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import type { Section } from "./section.ts";

export default {
  id: "measured",
  title: "How this was measured",
  short: "Protocol",
  render(found) {
    const { plan, records, testbeds } = found;
    const measures = [...new Set(testbeds.flatMap(({ measures }) => measures))];
    return (
      <>
        <p>The command that repeats it:</p>
        <pre class="scroll" tabindex={0}><code>{plan.command.slice(0, 4000)}</code></pre>
        <dl class="facts">
          <Fact name="Preset">{label(plan.preset)}</Fact>
          <Fact name="Seeds">{seeds(plan.seeds)}</Fact>
          <Fact name="Runs on record">{count(records.length)}</Fact>
          <Fact name="Device">{label(plan.device)}</Fact>
          <Fact name="Machine">{label(plan.ran.host, 120)}</Fact>
          <Fact name="Started">{label(plan.ran.at)}</Fact>
          <ComputedBy found={found} />
          {plan.dataset !== undefined && (
            <>
              <Fact name="Dataset">
                {`${label(plan.dataset.file, 120)}, ${count(plan.dataset.rows)} rows, SHA-256 ${
                  label(plan.dataset.sha256, 64)
                }`}
              </Fact>
              {plan.dataset.notes.map((note, i) => (
                <Fact key={i} name="Note">{label(note, 600)}</Fact>
              ))}
            </>
          )}
          <Fact name="Versions">
            {Object.entries(plan.versions).map(([name, version]) =>
              `${label(name, 48)} ${label(version, 48)}`
            ).join(", ")}
          </Fact>
          <Fact name="Charts by">
            Chart.js with chartjs-chart-error-bars, chartjs-chart-matrix and
            chartjs-plugin-annotation, all under the MIT licence
          </Fact>
        </dl>
        <h3>Testbeds and budgets</h3>
        <Budgets found={found} />
        <h3>Statistics</h3>
        <ul class="prose">
          <li>
            Budgets are the same for every method: operations of every graph that is run (training,
            reference passes, sampling, reward models) and labels, whether they came ready-made or
            were asked for. Measuring is free and equal for all.
          </li>
          <li>
            Values are means over seeds and prompts with 95 % intervals of the two-way bootstrap,
            which draws seeds and prompts anew, each apart; below five seeds Student's interval over
            seeds is kept where it is wider. Quantities that a testbed sums exactly vary with the
            seed alone. Where a run gives no value a prompt, its own standard error is added. ± is
            half of an interval.
          </li>
          <li>
            Two methods are told apart when their difference, paired by seed and prompt, is not zero
            at 95 % after Holm's correction over all pairs of a testbed. Pairs share what they tell
            of the spread between seeds: the variance of a pair is squeezed to that of all pairs
            (moderated t), as three seeds alone say little; a method that varies as no other does
            goes by its own. To that comes the spread between prompts where answers are sampled.
            With one seed, prompts alone are resampled.
          </li>
          <li>
            Each question has its own correction, at 95 %. A rank interval counts the methods
            decidedly better and worse, of all pairs. <em>May be best</em>{" "}
            leaves out whom somebody betters when all are held against it at once (Hsu), so that the
            best is among the rest. <em>Beats</em> the baseline holds all against one (Dunnett).
          </li>
          <li>
            In the matrix of who beats whom, Student's t of the win-rate less one half is taken over
            seeds and, where answers are sampled, over prompts; the wider interval counts.
          </li>
          <li>
            Bands of learning curves run from the lowest to the highest seed. Resampling is seeded,
            so the same records give the same report to the byte.
          </li>
          <li>
            Samples come from the lowest seed on record; their prompts were drawn at random before
            training, never by score.
          </li>
        </ul>
        {measures.length > 0 && (
          <details>
            <summary>What the measures mean</summary>
            <dl class="facts">
              {measures.map((id) => {
                const known = found.measures.of(id);
                return <Fact key={id} name={axis(known)}>{known.means}</Fact>;
              })}
            </dl>
          </details>
        )}
      </>
    );
  },
} satisfies Section;

/** What the runs were computed by, as far as it is recorded. */
function ComputedBy({ found: { plan, records } }: { readonly found: Findings }): VNode {
  const commits = [...new Set(records.map(({ ran }) => ran.commit))];
  const { provenance } = plan;
  return (
    <>
      {commits.length > 0 && (
        <Fact name={commits.length === 1 ? "Commit" : "Commits"}>
          {list(commits.map((commit) => label(commit, 48)), 12)}
        </Fact>
      )}
      <Fact name="Processor">{label(provenance?.cpu ?? "not recorded", 120)}</Fact>
      <Fact name="Sources">
        {plan.mixed !== undefined
          ? "a mixture, see above the board"
          : provenance === undefined
          ? "not recorded"
          : `${
            plural(Object.keys(provenance.sources).length, "module")
          }, each with its digest in plan.json`}
      </Fact>
      {provenance !== undefined && (
        <Fact name="Packages">
          {Object.entries(provenance.packages).map(([name, version]) =>
            `${label(name, 60)} ${label(version, 48)}`
          ).join(", ")}
        </Fact>
      )}
    </>
  );
}

function Fact({ name, children }: {
  readonly name: string;
  readonly children: VNode | string | readonly string[];
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

function Budgets({ found: { testbeds } }: { readonly found: Findings }): VNode {
  return (
    <div class="scroll" tabindex={0} role="region" aria-label="Testbeds and budgets">
      <table class="text">
        <caption class="unseen">Testbeds and budgets</caption>
        <thead>
          <tr>
            <th scope="col">Testbed</th>
            <th scope="col" class="number">FLOPs a run</th>
            <th scope="col" class="number">Labels a run</th>
            <th scope="col">What it is</th>
          </tr>
        </thead>
        <tbody>
          {testbeds.map(({ key, budget, summary }) => (
            <tr key={key}>
              <th scope="row">
                <bdi>{label(key, 48)}</bdi>
              </th>
              <td class="number">{quantity(budget.flops)}</td>
              <td class="number">{quantity(budget.queries)}</td>
              <td>
                <bdi>{label(summary, 600)}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
