import type { VNode } from "preact";
import { headingsOf, leaves } from "../../core/mod.ts";
import type { Findings } from "../findings/findings.ts";
import { leaders, leadsOf } from "../findings/standings.ts";
import { dimensions } from "../findings/taxonomy.ts";
import { Name } from "./marks.tsx";

/** The survey's figure as the contents of the methods: each cell with its methods, and where they may be best. */
export function Contents({ found, link }: {
  readonly found: Findings;
  /** Where a method's name leads. */
  link(method: string): string;
}): VNode {
  const { methods, catalogue, testbeds } = found;
  const standings = testbeds.flatMap((testbed) => {
    const standing = found.standing(testbed);
    return standing === undefined || standing.rows.length < 2 ? [] : [standing];
  });
  const leads = leadsOf(standings);
  const tops = standings.map((standing) =>
    new Set(leaders(standing).map(({ method }) => ownId(method)))
  );
  const cards = new Map(catalogue.methods.map((card) => [card.id, card]));
  const rows = leaves.map(({ cell }) => ({
    cell,
    known: catalogue.methods.some(({ taxonomy }) => taxonomy.includes(cell)),
    inside: methods.filter((method) => cards.get(ownId(method))?.taxonomy.includes(cell))
      .toSorted((a, b) => (leads.get(b) ?? 0) - (leads.get(a) ?? 0)),
  }));
  return (
    <div class="scroll tall" tabindex={0} role="region" aria-label="Methods by the survey's cells">
      <table class="text contents">
        <caption>
          The survey's taxonomy (arXiv 2503.11701) with the methods of this report. A small number
          says on how many of {standings.length}{" "}
          testbeds a method may be best, the last column on how many some method of the cell may.
        </caption>
        <thead>
          <tr>
            <th scope="col">Cell</th>
            <th scope="col">Methods</th>
            <th scope="col" class="number">May be best on</th>
          </tr>
        </thead>
        {dimensions(rows).map(([{ title, section }, within]) => (
          <tbody key={title}>
            <tr>
              <th scope="rowgroup" class="dimension" colspan={3}>
                {section === undefined ? title : `${title} (§ ${section})`}
              </th>
            </tr>
            {within.map(({ cell, known, inside }) => (
              <tr key={cell}>
                <th scope="row">
                  {headingsOf(cell).slice(1).map(({ title }) => title).join(" · ")}
                </th>
                {inside.length === 0
                  ? <td class="none" colspan={2}>{known ? "not run here" : "no method yet"}</td>
                  : (
                    <>
                      <td>
                        <ul>
                          {inside.map((method) => (
                            <li key={method}>
                              <a href={link(method)}>
                                <Name method={method} />
                              </a>{" "}
                              {leads.has(method) && <small>{leads.get(method)}</small>}
                            </li>
                          ))}
                        </ul>
                      </td>
                      <td class="number">
                        {tops.filter((top) =>
                          inside.some((method) => top.has(ownId(method)))
                        )
                          .length}
                      </td>
                    </>
                  )}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

/** A method with other hyperparameters is named after itself: `dpo[beta=0.3]`. */
const ownId = (method: string): string => method.split("[")[0]!;
