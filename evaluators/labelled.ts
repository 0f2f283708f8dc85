import type {
  Absent,
  Answer,
  Evaluator,
  Measure,
  Measurement,
  Policy,
  Scored,
  Subject,
} from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { accuracy, ONE_PROMPT, wilsonError } from "./estimate.ts";
import { share, TWO_PERCENT } from "./scales.ts";

/** An answer with a thumb up or down. */
export interface LabelledAnswer {
  readonly answer: Answer;
  readonly good: boolean;
}

const card = {
  better: "higher",
  within: share,
  ideal: { value: 1, of: "the truth" },
  margin: TWO_PERCENT,
  needs: ["labels", "preferences", "rewards"],
} as const;

/** The card of the order of rewards of single labelled answers. */
export const labelAuc: Measure = {
  id: "label-auc",
  title: "label AUC",
  idle: 0.5,
  means:
    "Probability that the method's implicit reward of a held-out answer labelled good exceeds that of one labelled bad",
  ...card,
};

/** The card of how often single labelled answers moved the right way. */
export const labelAccuracy: Measure = {
  id: "label-accuracy",
  title: "label accuracy",
  means:
    "Share of held-out labelled answers that became likelier where they are good, and no likelier where they are bad",
  ...card,
};

/**
 * How far the implicit reward agrees with labels of single answers, which no comparison need hold: an
 * answer's reward is the method's own where it has one, else the log-ratio to the start policy.
 * `label-accuracy` is the share of answers that became likelier where they are good, and no likelier
 * where they are bad; of a reward that is no policy's, those above and below 0. `label-auc` is the
 * probability that a good answer's reward exceeds a bad one's, to whichever prompts: ties are half.
 */
export function labelMeasures(held: readonly LabelledAnswer[]): readonly Evaluator[] {
  const ys = held.map(({ answer }) => answer);
  const references = new WeakMap<Policy, Promise<Float64Array>>();
  const known = new WeakMap<Subject, Promise<readonly Scored[]>>();
  const scored = (subject: Subject): Promise<readonly Scored[]> => {
    let found = known.get(subject);
    if (!found) {
      found = scoresOf(subject, ys, references);
      known.set(subject, found);
    }
    return found;
  };
  const measure = (
    card: Measure,
    of: (subject: Subject, scores: readonly Scored[]) => Measurement | Absent,
  ): Evaluator => ({
    ...card,
    async measure(subject) {
      if (held.length === 0) return { absent: "There are no held-out labels" };
      return of(subject, await scored(subject));
    },
  });
  return [
    measure(
      labelAuc,
      ({ implied = logRatio }, scores) => area(held, scores.map(implied)),
    ),
    measure(labelAccuracy, (_, scores) => {
      const risen = scores.map((y) => y.value ?? logRatio(y));
      // An answer beside itself: what is asked is which way it went.
      const ways = held.map(({ answer, good }, i) => ({
        chosen: answer,
        rejected: answer,
        strength: 1,
        way: good ? risen[i]! : -risen[i]!,
      }));
      return accuracy(ways, ({ way }) => way);
    }),
  ];
}

function area(held: readonly LabelledAnswer[], rewards: readonly number[]): Measurement | Absent {
  const odd = rewards.findIndex(Number.isNaN);
  if (odd >= 0) {
    return { absent: `Not finite: found NaN at prompt ${held[odd]!.answer.prompt.id}` };
  }
  const scores = held.map(({ answer, good }, i) => (
    { good, score: rewards[i]!, cluster: answer.prompt.id }
  ));
  const [good, bad] = [true, false].map((label) => scores.filter(({ good }) => good === label));
  if (good!.length === 0 || bad!.length === 0) {
    return { absent: "All held-out labels are the same" };
  }
  const prompts = new Set(scores.map(({ cluster }) => cluster)).size;
  if (prompts < 2) return { absent: ONE_PROMPT };
  const { value, stderr } = stats.areaUnderCurve(good!, bad!);
  const spread = value > 0 && value < 1 ? stderr : wilsonError(value, prompts);
  return { value, stderr: spread, n: held.length };
}

const logRatio = ({ logp, reference }: Scored): number => logp - reference;

async function scoresOf(
  { policy, reference, lacks }: Subject,
  ys: readonly Answer[],
  references: WeakMap<Policy, Promise<Float64Array>>,
): Promise<readonly Scored[]> {
  let before = references.get(reference);
  if (!before) {
    before = reference.logp(ys);
    references.set(reference, before);
  }
  const old = await before;
  const values = lacks.answers === undefined ? undefined : await policy.value(ys);
  const logps = values ? undefined : await policy.logp(ys);
  return ys.map(({ length }, i) => ({
    reference: old[i]!,
    length,
    ...values ? { logp: NaN, value: values[i]! } : { logp: logps![i]! },
  }));
}
