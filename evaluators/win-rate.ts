import type { Answer, Draw, Evaluator, Subject } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { expectations, rewards } from "./drawn.ts";
import { overPrompts } from "./estimate.ts";
import { share, TWO_PERCENT } from "./scales.ts";

/**
 * The chance that the policy's answer beats the start policy's: Σᵢⱼ wᵢ vⱼ P(yᵢ beats yⱼ) at each
 * prompt.
 */
const winRate: Evaluator = {
  id: "win-rate",
  title: "win-rate",
  better: "higher",
  within: share,
  means:
    "Probability that an answer of the method is preferred to one of the start policy; the start policy itself has 0.5",
  margin: TWO_PERCENT,
  needs: ["true preferences", "answers"],
  async measure(subject) {
    const [draws, baseline] = [await subject.draws(), await subject.baseline()];
    draws.forEach(({ prompt }, i) => {
      if (baseline[i]?.prompt.id !== prompt.id) {
        throw new RangeError(
          `Cannot match answers to ${prompt.id} with answers to ${baseline[i]?.prompt.id}`,
        );
      }
    });
    const { reward, truth: { temperature } } = subject.testbed;
    const beats = reward && temperature !== undefined
      ? await beatsByReward(subject, temperature)
      : await beatsByOracle(subject, draws, baseline);
    const each = expectations(
      draws,
      beats.map((rows, i) => rows.map((row) => expectations([baseline[i]!], [row])[0]!)),
    );
    return overPrompts(draws, each, [...draws, ...baseline].every((draw) => draw.exact));
  },
};
export default winRate;

/** P(yᵢ beats yⱼ) as [prompt][i][j], one way or the other. */
type Beats = readonly (readonly (readonly number[])[])[];

async function beatsByReward(subject: Subject, temperature: number): Promise<Beats> {
  const { policy, start } = await rewards(subject);
  return policy.map((rows, i) =>
    rows.map((r) => start[i]!.map((s) => stats.beats(r - s, temperature)))
  );
}

async function beatsByOracle(
  { testbed }: Subject,
  draws: readonly Draw[],
  baseline: readonly Draw[],
): Promise<Beats> {
  const prefer = (a: Answer, b: Answer) => testbed.oracle!.prefer(a, b);
  return await Promise.all(
    draws.map((draw, i) =>
      Promise.all(
        draw.answers.map((a) => Promise.all(baseline[i]!.answers.map((b) => prefer(a, b)))),
      )
    ),
  );
}
