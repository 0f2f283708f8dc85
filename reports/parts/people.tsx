import type { VNode } from "preact";
import type { JudgedAgreement } from "../../core/mod.ts";
import { count, plural, ranged } from "./format.ts";
import { label } from "../findings/label.ts";

const measures = [
  ["observed", "Same verdict"],
  ["kappa", "Cohen's κ"],
  ["alpha", "Krippendorff's α"],
  ["ac1", "Gwet's AC1"],
] as const;

/** How far a judge agrees with the votes that were given beside its file, and people with each other. */
export function WithPeople({ of, name }: {
  readonly of: JudgedAgreement;
  readonly name: string;
}): VNode {
  const { files, people, votes, joined, authors, judged, failed, voted, rows } = of;
  return (
    <>
      <p>
        {plural(people, "person", "people")} cast {plural(votes, "vote")} in{" "}
        <bdi>{label(files, 80)}</bdi>; {count(joined)} are on something that was judged.{" "}
        {authors > 0 && `Votes by the benchmark's authors, which do not count: ${count(authors)}. `}
        Pairs judged: {count(judged)}, with a vote {count(voted)}, failed {count(failed)}.
      </p>
      <div class="scroll" tabindex={0} role="region" aria-label={`Agreement with people, ${name}`}>
        <table class="text">
          <caption>
            A judge has one verdict a pair, a tie unless it names the same winner in both orders,
            and meets every vote on the pair. Chance agreement is 0 in the last three columns;
            intervals are 95 % over questions where there are ten
          </caption>
          <thead>
            <tr>
              <th scope="col">Who</th>
              <th scope="col">Turn</th>
              <th scope="col">Ties</th>
              <th scope="col" class="number">Pairs of verdicts</th>
              {measures.map(([id, title]) => <th scope="col" class="number" key={id}>{title}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ who, turn, ties, pairs, estimates, absent }, i) => (
              <tr key={i}>
                <th scope="row">
                  {who === "judge" ? "Judge with people" : "People with each other"}
                </th>
                <td>{turn === undefined ? "all" : count(turn)}</td>
                <td>{ties ? "count" : "left out"}</td>
                <td class="number">{count(pairs)}</td>
                {measures.map(([id]) => {
                  const found = Object.hasOwn(estimates, id) ? estimates[id] : undefined;
                  return found === undefined
                    ? (
                      <td class="number none" key={id} title={label(absent[id] ?? "", 200)}>
                        {pairs === 0 ? "no pair" : "not defined"}
                      </td>
                    )
                    : <td class="number" key={id}>{ranged(found)}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
