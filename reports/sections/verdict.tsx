import { plural } from "../parts/format.ts";
import type { Section } from "./section.ts";
import { verdict } from "../text/verdict.ts";

/** So many sentences of other testbeds stand in sight. */
const IN_SIGHT = 6;

export default {
  id: "verdict",
  title: "What came out",
  short: "Verdict",
  render(found) {
    const { lead, elsewhere } = verdict(found);
    // Nobody unfolds a single one.
    const shown = elsewhere.length > IN_SIGHT + 1 ? IN_SIGHT : elsewhere.length;
    return (
      <div class="verdict">
        <p class="lead">{lead.join(" ")}</p>
        {elsewhere.length > 0 && (
          <div>
            <ul>
              {elsewhere.slice(0, shown).map((sentence, i) => <li key={i}>{sentence}</li>)}
            </ul>
            {shown < elsewhere.length && (
              <details>
                <summary>{plural(elsewhere.length - shown, "more sentence")}</summary>
                <ul>
                  {elsewhere.slice(shown).map((sentence, i) => <li key={i}>{sentence}</li>)}
                </ul>
              </details>
            )}
          </div>
        )}
      </div>
    );
  },
} satisfies Section;
