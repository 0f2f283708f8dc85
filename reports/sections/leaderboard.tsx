import { Board } from "../parts/board.tsx";
import { Folding } from "../parts/families.tsx";
import { Questions } from "../parts/questions.tsx";
import { Mixed } from "../parts/mixed.tsx";
import { Packed } from "../parts/packed.tsx";
import { OverallTable } from "../parts/overall-table.tsx";
import type { Section } from "./section.ts";

export default {
  id: "leaderboard",
  title: "Who is where",
  short: "Leaderboard",
  render(found) {
    const link = (method: string) => `#method-${found.methods.indexOf(method)}`;
    const measures = [...new Set(found.testbeds.flatMap(({ measures }) => measures))];
    const headings = [
      ...new Set(
        found.testbeds.flatMap(({ headline }) => headline === undefined ? [] : [headline]),
      ),
    ].map((id) => found.measures.of(id).title);
    return (
      <>
        <Mixed of={found.plan.mixed} />
        <div class="tools">
          <label>
            Measure{" "}
            <select id="measure" autocomplete="off">
              <option value="">
                {headings.length === 0 ? "none" : `headline: ${headings.join(", ")}`}
              </option>
              {measures.map((id) => (
                <option key={id} value={id}>{found.measures.of(id).title}</option>
              ))}
            </select>
          </label>
        </div>
        <div class="scroll tall board" tabindex={0} role="region" aria-label="Leaderboard">
          <Board found={found} id={undefined} link={link} />
        </div>
        <p class="note">
          Bars are 95 % intervals on a common scale, the dotted line is the start policy. Before
          each value stands the rank that decided comparisons leave open (Holm, all pairs); bold: it
          may be best, and Leads counts where. In the sorted column a rule parts methods that are
          told apart, each from each; its last figures are seeds × prompts.<Folding found={found} />
        </p>
        <Questions found={found} />
        <OverallTable found={found} link={link} />
        {measures.map((id) => (
          <Packed key={id} measure={id}>
            <Board found={found} id={id} link={link} />
          </Packed>
        ))}
      </>
    );
  },
} satisfies Section;
