import type { Absent, Draw, Evaluator, Measure, Measurement, Prompt } from "../../core/mod.ts";
import { expectations } from "../../evaluators/drawn.ts";
import { overPrompts } from "../../evaluators/estimate.ts";
import { share, TWO_PERCENT } from "../../evaluators/scales.ts";
import type { Preferences } from "../exact.ts";

export const worstRater: Measure = {
  id: "worst-rater",
  title: "win-rate by the worst-off group",
  better: "higher",
  within: share,
  means: "Win-rate against the start policy as the group of raters sees it that likes it least",
  margin: TWO_PERCENT,
  needs: ["answers"],
};

/** The lowest of the win-rates against the start policy that the groups of raters see; `groups` gives each one's table. */
export function worstRaterBy(groups: (prompt: Prompt) => readonly Preferences[]): Evaluator {
  return {
    ...worstRater,
    async measure(subject) {
      const [draws, baseline] = [await subject.draws(), await subject.baseline()];
      const count = draws[0] ? groups(draws[0].prompt).length : 0;
      const seen = Array.from({ length: count }, (_, k) => {
        const each = draws.map((draw, i) => won(groups(draw.prompt)[k]!, draw, baseline[i]!));
        return overPrompts(draws, each, [...draws, ...baseline].every(({ exact }) => exact));
      });
      return seen.reduce<Measurement | Absent>(
        (worst, x) => "absent" in x || (!("absent" in worst) && worst.value <= x.value) ? worst : x,
        seen[0] ?? { absent: "There are no test prompts" },
      );
    },
  };
}

function won(beats: Preferences, draw: Draw, start: Draw): number {
  const rows = draw.answers.map((a) =>
    expectations([start], [start.answers.map((b) => beats[a.tokens[0]!]![b.tokens[0]!]!)])[0]!
  );
  return expectations([draw], [rows])[0]!;
}
