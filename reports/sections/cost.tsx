import type { VNode } from "preact";
import type { Findings } from "../findings/findings.ts";
import { count, plural, quantity } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import { Chart, Legend, Name, Panel, SmallChart } from "../parts/marks.tsx";
import type { TestbedRuns } from "../findings/runs.ts";
import type { Section } from "./section.ts";
import { average } from "../findings/standings.ts";

/** As in the page's script: with more curves most are pale. */
const MANY = 12;

export default {
  id: "cost",
  title: "What does it cost",
  short: "Cost",
  render(found) {
    const { methods } = found;
    return (
      <>
        <p class="note">
          Each curve is a method's training: dots at the measured shares of the budget, an arrow at
          its end, the bars there are 95 % intervals. The pale line joins what nobody beats at a
          lower price. A method that climbs by going right buys reward with divergence; one that
          drifts in the strips buys it with length or with gibberish.{methods.length > MANY &&
            " Of so many curves eight are in full colour: those that nobody beats at their price, then the best. A name below brings any other to the front."}
        </p>
        <Legend methods={methods} />
        <div class="row frontier">
          <Chart id="frontier" title="Reward against KL" tall />
          <Chart id="length" title="Against length" tall />
          <Chart id="fluency" title="Against fluency" tall />
        </div>
        <div class="row halves">
          <Chart id="learning" title="Learning curve">
            <label>
              Measure <select data-role="learning" autocomplete="off" />
            </label>
          </Chart>
          <Chart id="paying" title="KL over operations" />
        </div>
        <Multiples found={found} />
        <Answering found={found} />
      </>
    );
  },
} satisfies Section;

/** Families of more testbeds than this are folded, but for that of the testbed which the report opens with. */
const OPEN = 12;

/** Learning curves of all testbeds in little, family by family. */
function Multiples({ found }: { readonly found: Findings }): VNode | null {
  const { testbeds, lead } = found;
  if (testbeds.length < 2) return null;
  const families = Map.groupBy(testbeds, ({ benchmark }) => benchmark);
  return (
    <>
      <h3>Learning curves of every testbed</h3>
      <p class="note">
        What each is ranked by over operations, mean of the seeds, in the colours of above; a name
        shows its testbed in all charts.
      </p>
      {[...families].map(([benchmark, members]) => (
        <details
          key={benchmark}
          class="family"
          open={testbeds.length <= OPEN || benchmark === lead?.benchmark}
        >
          <summary>
            <bdi>{label(benchmark, 48)}</bdi> <small>{plural(members.length, "testbed")}</small>
          </summary>
          <div class="multiples">
            {members.map((testbed) => (
              <SmallChart
                key={testbed.key}
                testbed={testbeds.indexOf(testbed)}
                name={label(testbed.setting, 24)}
              />
            ))}
          </div>
        </details>
      ))}
    </>
  );
}

/** What one answer takes, of policies that do not simply draw it; nothing where all do. */
function Answering({ found }: { readonly found: Findings }): VNode | null {
  const all = found.testbeds.map((testbed) => ({ testbed, rows: answering(testbed) }));
  if (all.every(({ rows }) => rows.length === 0)) return null;
  return (
    <>
      <h3>What an answer takes</h3>
      {all.map(({ testbed, rows }, i) => (
        <Panel key={i} found={found} index={i}>
          {rows.length === 0
            ? (
              <p class="note">
                On <bdi>{label(testbed.key, 48)}</bdi> every policy that finished draws its answers.
              </p>
            )
            : (
              <>
                <p class="note">
                  On <bdi>{label(testbed.key, 48)}</bdi>{" "}
                  these policies search for an answer, or draw several. That costs again each time
                  somebody asks, after training and outside the budget, as all measuring is. The
                  other methods' policies draw their answers.
                </p>
                <div class="scroll" tabindex={0} role="region" aria-label="What an answer takes">
                  <table class="text">
                    <thead>
                      <tr>
                        <th scope="col">Method</th>
                        <th scope="col" class="number">FLOPs an answer</th>
                        <th scope="col" class="number">Least and most of a run</th>
                        {rows.some(({ queries }) => queries.length > 0) && (
                          <th scope="col" class="number">Checks, in labels</th>
                        )}
                        <th scope="col" class="number">Runs</th>
                      </tr>
                    </thead>
                    <tbody>
                      {rows.map(({ method, flops, queries }) => (
                        <tr key={method}>
                          <th scope="row">
                            <Name method={method} />
                          </th>
                          <td class="number">{quantity(average(flops)!)}</td>
                          <td class="number">
                            {`${quantity(Math.min(...flops))} to ${quantity(Math.max(...flops))}`}
                          </td>
                          {rows.some(({ queries }) => queries.length > 0) && (
                            <td class="number">
                              {queries.length > 0 ? quantity(average(queries)!) : "none"}
                            </td>
                          )}
                          <td class="number">{count(flops.length)}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              </>
            )}
        </Panel>
      ))}
    </>
  );
}

/** The costliest first. */
function answering(
  { runs }: TestbedRuns,
): { method: string; flops: readonly number[]; queries: readonly number[] }[] {
  return runs.map(({ method, finished }) => ({
    method,
    flops: finished.flatMap(({ answerFlops }) => answerFlops ?? []),
    queries: finished.flatMap(({ answerQueries }) => answerQueries ?? []),
  })).filter(({ flops }) => flops.length > 0)
    .sort((a, b) => average(b.flops)! - average(a.flops)!);
}
