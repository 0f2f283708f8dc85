import type { VNode } from "preact";
import type { Verdicts } from "../../core/mod.ts";
import { label } from "../findings/label.ts";
import type { Measures } from "../findings/measures.ts";
import { plain, plural, quantity } from "./format.ts";
import { settings } from "./judged.tsx";

/** What searches of hyperparameters tried, point by point. */
export function Searches({ verdicts: { search: first, secondSearch = [] }, measures }: {
  readonly verdicts: Verdicts;
  readonly measures: Measures;
}): VNode {
  const search = [...first, ...secondSearch];
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
        labels in all.
      </p>
      <Points search={first} measures={measures} title="Every point" />
      {secondSearch.length > 0 && (
        <Points
          search={secondSearch}
          measures={measures}
          title="Every point of the second set's searches"
        />
      )}
    </>
  );
}

function Points({ search, measures, title }: {
  readonly search: Verdicts["search"];
  readonly measures: Measures;
  readonly title: string;
}): VNode {
  return (
    <details>
      <summary>{title}</summary>
      <div class="scroll" tabindex={0} role="region" aria-label={title}>
        <table class="text">
          <caption class="unseen">{title}</caption>
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
  );
}
