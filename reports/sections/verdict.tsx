import type { Section } from "./section.ts";
import { verdict } from "../text/verdict.ts";

export default {
  id: "verdict",
  title: "What came out",
  short: "Verdict",
  render(found) {
    const { lead, elsewhere } = verdict(found);
    return (
      <div class="verdict">
        <p class="lead">{lead.join(" ")}</p>
        {elsewhere.length > 0 && (
          <ul>
            {elsewhere.map((sentence, i) => <li key={i}>{sentence}</li>)}
          </ul>
        )}
      </div>
    );
  },
} satisfies Section;
