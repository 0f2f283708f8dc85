import { type Draw, type Evaluator, type Subject } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { expectations, rewards } from "./drawn.ts";
import { overPrompts } from "./estimate.ts";

/**
 * The chance that the policy's answer beats the start policy's: Σᵢⱼ wᵢ vⱼ P(yᵢ beats yⱼ) at each
 * prompt.
 */
const winRate: Evaluator = {
  id: "win-rate",
  title: "Win-rate",
  better: "higher",
  needs: ["answers"],
  async measure(subject) {
    const [draws, baseline] = [await subject.draws(), await subject.baseline()];
    draws.forEach(({ prompt }, i) => {
      if (baseline[i]?.prompt.id !== prompt.id) {
        throw new RangeError(
          `Cannot match answers to ${prompt.id} with answers to ${baseline[i]?.prompt.id}`,
        );
      }
    });
    const beats = await beatsByReward(subject) ?? await beatsByOracle(subject, draws, baseline);
    if (beats === undefined) return { absent: "Nobody knows the true preferences here" };
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

async function beatsByReward(subject: Subject): Promise<Beats | undefined> {
  const { temperature } = subject.testbed.truth;
  if (temperature === undefined) return undefined;
  const gold = await rewards(subject);
  // At temperature 0 the better answer always wins, and equals are even at any temperature.
  const chance = (difference: number) =>
    difference === 0 ? 0.5 : stats.sigmoid(difference / temperature);
  return gold?.policy.map((rows, i) => rows.map((r) => gold.start[i]!.map((s) => chance(r - s))));
}

async function beatsByOracle(
  { testbed }: Subject,
  draws: readonly Draw[],
  baseline: readonly Draw[],
): Promise<Beats | undefined> {
  const { oracle } = testbed;
  if (oracle === undefined) return undefined;
  return await Promise.all(
    draws.map((draw, i) =>
      Promise.all(
        draw.answers.map((a) => Promise.all(baseline[i]!.answers.map((b) => oracle.prefer(a, b)))),
      )
    ),
  );
}
