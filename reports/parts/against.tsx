import type { VNode } from "preact";
import { minimalDetectableEffect, probabilityOfImprovement } from "../../stats/mod.ts";
import { count, fixed, plain, plusMinus, pValue } from "./format.ts";
import { label } from "../findings/label.ts";
import { Name } from "./marks.tsx";
import type { TestbedRuns } from "../findings/runs.ts";
import { between, collect, type Standing } from "../findings/standings.ts";

/** The method that stands first against each other one, with what each comparison could have found. */
export function Against({ testbed, standing }: {
  readonly testbed: TestbedRuns;
  readonly standing: Standing;
}): VNode {
  const { measure, rows } = standing;
  const first = rows[0]!.method;
  const sign = measure.better === "lower" ? -1 : 1;
  const { measurements } = collect(testbed.runs, measure.id);
  const runsOf = (method: string) =>
    (measurements.get(method) ?? []).map(({ value }) => sign * value);
  const own = runsOf(first);
  const found = rows.slice(1).flatMap(({ method }) => {
    const pair = between(standing, first, method);
    if (pair === undefined) return [];
    const theirs = runsOf(method);
    return [{
      ...pair,
      method,
      detectable: Number.isFinite(pair.stderr) && pair.stderr > 0
        ? minimalDetectableEffect(pair.stderr, 1)
        : undefined,
      improvement: probabilityOfImprovement(own, theirs),
      runs: own.length * theirs.length,
    }];
  });
  return (
    <details>
      <summary>{label(first)} against each other method on {label(testbed.key, 48)}</summary>
      <div class="scroll" tabindex={0} role="region" aria-label="The first against each other">
        <table class="text">
          <caption>
            {measure.title}: difference with its 95 % interval, paired, by Student's t with the
            spread between seeds that pairs share; p after Holm's correction over all pairs; the
            true difference that is found four times in five, before that correction and by the
            normal distribution; and how often a run of {label(first)}{" "}
            is better than one of the other, a tie counting half
          </caption>
          <thead>
            <tr>
              <th scope="col">Against</th>
              {["Difference", "Holm's p", "Detectable", "P(better run)"].map((head) => (
                <th scope="col" class="number" key={head}>{head}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.map((
              { method, difference, winner, adjusted, detectable, improvement, runs },
            ) => (
              <tr key={method}>
                <th scope="row">
                  <Name method={method} />
                </th>
                <td class="number">
                  {Number.isFinite(difference.low)
                    ? plusMinus(difference)
                    : `${plain(Number(difference.value.toPrecision(2)))}, no interval`}
                  {winner === undefined && ", undecided"}
                </td>
                <td class="number">{Number.isFinite(adjusted) ? pValue(adjusted) : "not known"}</td>
                <td class="number">
                  {detectable === undefined
                    ? "not known"
                    : plain(Number(detectable.toPrecision(2)))}
                </td>
                <td class="number">
                  {fixed(improvement, 2)} of {count(runs)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
