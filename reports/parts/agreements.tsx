import type { VNode } from "preact";
import type { Findings } from "../findings/findings.ts";
import { count, fixed, plain, plural, plusMinus } from "./format.ts";
import { label } from "../findings/label.ts";
import { type Concord, FEWEST } from "../findings/opinions.ts";

/** People with themselves, each other, the truth and judges; judges with the truth. */
export function Agreements({ found }: { readonly found: Findings }): VNode {
  const { people, judges, voters, counts: { votes, skipped, lost }, strangers } = found.opinions!;
  const all = [...people, ...judges];
  return (
    <>
      <p>
        {votes + skipped + lost === 0
          ? "Nobody has voted yet."
          : `${plural(votes, "vote")} count, and ${plural(skipped, "pair")} ${
            skipped === 1 ? "was" : "were"
          } skipped.`} {lost > 0 &&
          `${plural(lost, "vote")} on answers that are not on record any more count for nothing. `}
        {voters !== undefined && (voters.alpha === undefined
          ? `The ${voters.n} voters have no two verdicts on one pair that could differ.`
          : `Krippendorff's α of all ${voters.n} voters is ${fixed(voters.alpha, 2)}.`)}{" "}
        {strangers > 0 &&
          `${plural(strangers, "judgement")} are of prompts or models that are not on record here.`}
      </p>
      {all.length === 0
        ? <p class="note">No two of them have judged the same pair.</p>
        : (
          <div class="scroll" tabindex={0} role="region" aria-label="Who agrees with whom">
            <table class="text">
              <caption>
                Each pair of answers is A better, B better or a tie, with sides by a coin. Chance
                agreement is 0 in the last three. Pairs of equal texts are left out, and intervals
                over fewer than {FEWEST} prompts
              </caption>
              <thead>
                <tr>
                  <th scope="col">Who</th>
                  <th scope="col">With</th>
                  {[
                    "Pairs",
                    "Same verdict",
                    "without ties",
                    "Cohen's κ",
                    "Krippendorff's α",
                    "Gwet's AC1",
                  ]
                    .map((head) => <th scope="col" class="number" key={head}>{head}</th>)}
                </tr>
              </thead>
              <tbody>
                {all.map((one, i) => <Agreement key={i} concord={one} />)}
              </tbody>
            </table>
          </div>
        )}
    </>
  );
}

function Agreement({ concord: { a, b, found, decided } }: { readonly concord: Concord }): VNode {
  const cell = (measure: "observed" | "kappa" | "alpha" | "ac1") => {
    const value = found[measure];
    if (value === undefined) {
      return <td class="number none" title="All verdicts are the same">not defined</td>;
    }
    const interval = "intervals" in found ? found.intervals[measure] : undefined;
    return (
      <td class="number">
        {interval === undefined
          ? plain(Number(value.toPrecision(2)))
          : plusMinus({ value, low: interval.low, high: interval.high })}
      </td>
    );
  };
  return (
    <tr>
      <th scope="row">
        <bdi>{label(a, 48)}</bdi>
      </th>
      <td>
        <bdi>{label(b, 48)}</bdi>
      </td>
      <td class="number">{count(found.n)}</td>
      {cell("observed")}
      <td class="number">
        {decided === undefined ? "no pair" : `${fixed(decided.share, 2)} of ${count(decided.n)}`}
      </td>
      {cell("kappa")}
      {cell("alpha")}
      {cell("ac1")}
    </tr>
  );
}
