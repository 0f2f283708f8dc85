import type { VNode } from "preact";
import type { Findings } from "../findings/findings.ts";
import { label } from "../findings/label.ts";
import { type BesideBaseline, besideBaseline } from "../findings/questions.ts";
import { leaders, type Standing } from "../findings/standings.ts";
import { list, plural, plusMinus } from "./format.ts";

/** Who may be best and who beats the baseline, a row a testbed: what one asks before all pairs. */
export function Questions({ found }: { readonly found: Findings }): VNode | null {
  const asked = found.testbeds.flatMap((testbed) => {
    const standing = found.standing(testbed);
    if (standing === undefined || standing.decisions.length === 0) return [];
    return [{ testbed, standing, beside: besideBaseline(standing, found.catalogue.methods) }];
  });
  if (asked.length === 0) return null;
  return (
    <details>
      <summary>Who may be best, and who beats the baseline</summary>
      <div class="scroll" tabindex={0} role="region" aria-label="Questions">
        <table class="text">
          <caption>
            By what each testbed is ranked by; each question is answered at 95 % for all its methods
            at once. The best is among those that may be best; ± is of each difference alone.
          </caption>
          <thead>
            <tr>
              {["Testbed", "May be best", "Better than the baseline", "Worse", "Undecided"]
                .map((head) => <th scope="col" key={head}>{head}</th>)}
            </tr>
          </thead>
          <tbody>
            {asked.map(({ testbed, standing, beside }) => (
              <tr key={testbed.key}>
                <th scope="row">
                  <bdi>{label(testbed.key, 48)}</bdi>
                </th>
                <td>{best(standing)}</td>
                <td>{better(beside)}</td>
                <td>{beside === undefined ? "–" : plural(beside.worse.length, "method")}</td>
                <td>{beside === undefined ? "–" : plural(beside.undecided.length, "method")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** Names told in full up to this many. */
const NAMED = 8;

function best(standing: Standing): string {
  const top = leaders(standing);
  return top.length === standing.rows.length && top.length > 2
    ? `any of ${top.length}`
    : list(top.map(({ method }) => label(method)), NAMED);
}

function better(beside: BesideBaseline | undefined): string {
  if (beside === undefined) return "no baseline here";
  const names = beside.better.map((one) =>
    `${label(one.method)} by ${plusMinus({ value: Math.abs(one.difference), ...reach(one) })}`
  );
  return `${label(beside.baseline)}: ${names.length === 0 ? "nobody" : list(names, NAMED)}`;
}

/** The interval of a difference's size. */
const reach = ({ difference, low, high }: BesideBaseline["better"][number]) =>
  difference < 0 ? { low: -high, high: -low } : { low, high };
