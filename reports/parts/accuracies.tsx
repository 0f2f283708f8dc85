import type { VNode } from "preact";
import { type Judged, rng } from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import { count, fixed, pValue } from "./format.ts";
import { label } from "../findings/label.ts";

/** Which of several judges is right more often, by RewardBench on the same rows. */

const answered = ({ judgements }: Judged): stats.Answered[] =>
  judgements.flatMap(({ question, prompt, preference, failure }) =>
    preference === undefined || failure !== undefined
      ? []
      : [{ row: question, prompt: prompt ?? question, value: preference }]
  );

/** Nothing where no two files are of the same rows. */
export function Accuracies({ files, place }: {
  readonly files: readonly Judged[];
  readonly place: string;
}): VNode | null {
  const own = files.filter(({ protocol }) => protocol === "reward-bench").map((file) => ({
    name: file.judge.id,
    on: file.on,
    rows: answered(file),
  }));
  const pairs = own.flatMap((a, i) =>
    own.slice(i + 1).flatMap((b) => {
      const found = a.on === b.on
        ? stats.compareAccuracies(a.rows, b.rows, {
          rng: rng("report").split("accuracies").split(a.name).split(b.name),
        })
        : undefined;
      return found ? [{ a: a.name, b: b.name, on: a.on, found }] : [];
    })
  );
  if (pairs.length === 0) return null;
  const adjusted = stats.holm(pairs.map(({ found }) => found.p));
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={`Judges compared, ${place}`}>
      <table class="text">
        <caption>
          Which judge is right more often by RewardBench, on rows that both judged. p is McNemar's,
          exact; where rows share a prompt, of permutations of whole prompts; Holm's over all pairs
        </caption>
        <thead>
          <tr>
            <th scope="col">Judge</th>
            <th scope="col">Compared with</th>
            {[
              "Rows",
              "Only the first right",
              "Only the other",
              "Accuracy, difference",
              "p",
              "p, Holm",
            ]
              .map((head) => <th scope="col" class="number" key={head}>{head}</th>)}
          </tr>
        </thead>
        <tbody>
          {pairs.map(({ a, b, on, found }, i) => (
            <tr key={i}>
              <th scope="row">
                <bdi>{label(a, 48)}</bdi>
              </th>
              <td>
                <bdi>{label(b, 48)}</bdi> on {label(on, 48)}
              </td>
              <td class="number">{count(found.rows)}</td>
              <td class="number">{count(found.onlyA)}</td>
              <td class="number">{count(found.onlyB)}</td>
              <td class="number">
                {found.difference > 0 ? "+" : ""}
                {fixed(found.difference, 3)}
              </td>
              <td class="number" title={found.test}>{pValue(found.p)}</td>
              <td class="number">{pValue(adjusted[i]!)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
