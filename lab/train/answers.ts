import type {
  Answer,
  Draw,
  Duel,
  Policy,
  Rng,
  RunRecord,
  Seen,
  Shown,
  Testbed,
} from "../../core/mod.ts";
import { Diverged } from "./learner.ts";
import { promptPicture, seenBySteps, seenWhole, wordsOf } from "./seen.ts";

/** What a record keeps of answers: a few to be read, many to be judged, and what duels follow from. */

/** Test prompts whose answers a reader is shown. */
const SHOWN = 6;
/** Test prompts whose answers are kept for judges and people to read. */
const ANSWERED = 128;

/** What all methods of a testbed begin from. */
export interface Begun {
  readonly testbed: Testbed;
  readonly start: Policy;
  /** The start policy's answers to the test prompts. */
  readonly baseline: readonly Draw[];
  readonly rng: Rng;
}

/** Six digits, which is what is kept of numbers a prompt. */
export const digits = (x: number): number => Number(x.toPrecision(6));

/** What the win-rate against any other policy follows from. */
export async function duel(testbed: Testbed, draws: readonly Draw[]): Promise<{ duel?: Duel }> {
  const { oracle, reward, truth: { temperature } } = testbed;
  if (oracle && testbed.answers) {
    const faces = await Promise.all(
      draws.map(({ answers, weights }) =>
        Promise.all(answers.map(async (a) => {
          const wins = await Promise.all(answers.map((b) => oracle.prefer(a, b)));
          return digits(wins.reduce((sum, p, j) => sum + p * weights[j]!, 0));
        }))
      ),
    );
    return { duel: { plays: draws.map(({ weights }) => weights.map(digits)), faces } };
  }
  if (!reward || temperature === undefined) return {};
  const rewards = await reward.call(testbed, draws.flatMap(({ answers }) => answers));
  let at = 0;
  return {
    duel: {
      temperature,
      rewards: draws.map(({ answers }) => answers.map(() => digits(rewards[at++]!))),
    },
  };
}

/** A few answers before and after, to prompts chosen by the seed alone and never by score. */
export async function shown(
  { testbed, start, baseline, rng }: Begun,
  policy: Policy,
  draws: readonly Draw[],
): Promise<RunRecord["samples"]> {
  const chosen = rng.split("shown").shuffle(draws.map((_, i) => i)).slice(0, SHOWN);
  const pick = ({ answers, weights }: Draw, i: number) => {
    let left = rng.split("shown").split(i).uniform();
    return answers.find((_, k) => (left -= weights[k]!) < 0) ?? answers.at(-1)!;
  };
  const pairs = chosen.map((i) => [pick(baseline[i]!, i), pick(draws[i]!, i)] as const);
  const ys = pairs.flat();
  const [now, before] = [await policy.steps(ys), await start.steps(ys)];
  const rewards = testbed.reward && await testbed.reward(ys);
  const show = (k: number): Shown => ({
    steps: [...testbed.showSteps(ys[k]!)],
    logRatios: Array.from(now[k]!, (logp, t) => digits(finite(logp - before[k]![t]!))),
    ...rewards ? { reward: digits(rewards[k]!) } : {},
    ...seenBySteps(testbed, ys[k]!),
  });
  return pairs.map(([y], i) => ({
    prompt: testbed.show(y.prompt),
    ...promptPicture(testbed, y.prompt),
    start: show(2 * i),
    end: show(2 * i + 1),
  }));
}

/** A log-ratio to the start policy; the policy has diverged where its numbers have none. */
function finite(logRatio: number): number {
  if (Number.isFinite(logRatio)) return logRatio;
  throw new Diverged(`An answer's log-ratio to the start policy is ${logRatio}`);
}

/** The first draw of each of the first test prompts, by the start policy and by this one. */
export async function answered(
  { testbed, baseline }: Begun,
  draws: readonly Draw[],
): Promise<Pick<RunRecord, "answers">> {
  if (testbed.answers) return {};
  const pairs = draws.slice(0, ANSWERED).map((draw, i) =>
    [baseline[i]!.answers[0]!, draw.answers[0]!] as const
  );
  const rewards = testbed.reward && await testbed.reward(pairs.flat());
  const seen = (both: readonly [Answer, Answer], i: number) => {
    const [start, end] = both.map((y): Seen => {
      const whole = seenWhole(testbed, y);
      const { frames: _, tree: __, ...result } = whole;
      // How answers came about is most of what there is to keep.
      return i < SHOWN ? whole : result;
    });
    const any = [start, end].some((one) => Object.keys(one!).length > 0);
    return any ? { seen: { start: start!, end: end! } } : {};
  };
  return {
    answers: pairs.map(([start, end], i) => ({
      prompt: testbed.show(baseline[i]!.prompt),
      ...promptPicture(testbed, baseline[i]!.prompt),
      start: wordsOf(testbed, start),
      end: wordsOf(testbed, end),
      ...seen([start, end], i),
      ...rewards ? { rewards: [digits(rewards[2 * i]!), digits(rewards[2 * i + 1]!)] } : {},
    })),
  };
}
