/** How labelled pairs of `sequences` read as each offer of feedback, and what each costs in labels. */
import type { Answer, Example, Feedback, Kind, Offer, Prompt, Rng } from "../../core/mod.ts";
import { ATTRIBUTES, criterionToken, type Heard, levels, STOP, whyAsked } from "./language.ts";
import { objectivesOf, REWARDS, type SequencesSetting, type Task, TEMPERATURE } from "./tasks.ts";
import { SHOTS } from "./base.ts";

export interface LabelledTask {
  readonly task: Task;
  readonly chosen: Answer;
  readonly rejected: Answer;
}

/** What a reading may use beside the pair. */
export interface Around {
  readonly say: (prompt: Prompt, telling: Heard) => Prompt;
  /** Other pairs that the same user labelled, in random order; those that are there. */
  readonly shots: (n: number) => readonly LabelledTask[];
  readonly elsewhere: (y: Answer) => Answer;
  /** Chance that is this pair's alone. */
  readonly rng: Rng;
}
interface Reading<E> {
  /** Whether a setting has the words and the facts for it; every setting by default. */
  readonly where?: (setting: SequencesSetting) => boolean;
  /** Labels that a pair takes. */
  readonly cost: number;
  read(labelled: LabelledTask, around: Around): readonly E[];
}
type KindOf<O extends Offer> = O extends Kind ? O
  : O extends `${infer K extends Kind} told ${string}` ? K
  : never;
type Readings = { readonly [O in Offer]?: Reading<Feedback[KindOf<O>]> };

/**
 * Labels that a rating costs: as many as a noisy rater would need for the same standard error.
 * A label that compares an answer with one as good, whose reward is known, says p(1 − p)/τ² = 1/4τ²
 * of Fisher's information on its reward, so n labels give it to ±2τ/√n.
 */
const RATING = 4;
/** The standard error of a rating of so many labels. */
const RATING_ERROR = 2 * TEMPERATURE / Math.sqrt(RATING);
/** Labels that a reason costs: a label is one bit at most, and a reason names one of so many criteria. */
const REASON = Math.ceil(Math.log2(2 * ATTRIBUTES));

/** A number as a rater gives it, who needed `RATING` labels to be as sure. */
const ratedAs = (exact: number, rng: Rng): number => exact + RATING_ERROR * rng.normal();

const again = (y: Answer, prompt: Prompt): Answer => ({ ...y, prompt });

/** A pair whose prompt says something more. */
const pairTold = ({ chosen, rejected }: LabelledTask, prompt: Prompt): Example<"pairs"> => ({
  chosen: again(chosen, prompt),
  rejected: again(rejected, prompt),
  strength: 1,
});

const readings: Readings = {
  pairs: { cost: 1, read: ({ chosen, rejected }) => [{ chosen, rejected, strength: 1 }] },
  points: {
    cost: 1,
    read: ({ chosen, rejected }, { elsewhere }) => [
      { answer: chosen, unrelated: elsewhere(chosen), good: 1 },
      { answer: rejected, unrelated: elsewhere(rejected), good: 0 },
    ],
  },
  // One sample of how often an answer beats another of its kind.
  scored: {
    cost: 1,
    read: ({ chosen, rejected }) => [
      { answer: chosen, score: 1 },
      { answer: rejected, score: 0 },
    ],
  },
  demonstrations: { cost: 1, read: ({ chosen }) => [{ answer: chosen }] },
  "pairs told criterion": {
    where: ({ wish }) => wish === "criterion",
    cost: 1,
    read: (labelled, { say }) => {
      const { known: { criterion }, prompt } = labelled.task;
      return [pairTold(labelled, say(prompt, { criterion: criterion! }))];
    },
  },
  "pairs told shots": {
    where: ({ wish }) => wish === "user",
    cost: 1,
    read(labelled, { say, shots }) {
      const shown = shots(SHOTS);
      if (shown.length < SHOTS) return [];
      return [pairTold(labelled, say(labelled.task.prompt, { shots: shown }))];
    },
  },
  "pairs told goal": {
    where: ({ wish, labels }) => wish === "question" && labels === "certain",
    // The pair's label, and a rating of each of its answers.
    cost: 1 + 2 * RATING,
    read(labelled, { say, rng }) {
      const { task: { prompt, reward }, chosen, rejected } = labelled;
      const to = (y: Answer) => say(prompt, { goal: shareOf(ratedAs(reward(y.tokens), rng)) });
      const turned = { ...labelled, chosen: rejected, rejected: chosen };
      return [pairTold(labelled, to(chosen)), pairTold(turned, to(rejected))];
    },
  },
  rationales: {
    where: ({ wish }) => wish === "question",
    cost: 1 + REASON,
    read({ task, chosen, rejected }) {
      const { id, tokens } = task.prompt;
      const prompt = { id, tokens: whyAsked(tokens.slice(0, -1), chosen, rejected) };
      const reason = [reasonOf(task, chosen, rejected), STOP];
      const why = { prompt, tokens: reason, length: reason.length };
      return [{ chosen, rejected, why, strength: 1 }];
    },
  },
  revisions: {
    cost: 1,
    read({ task: { prompt }, chosen, rejected }, { say }) {
      const after = (draft: Answer, y: Answer) => again(y, say(prompt, { draft }));
      return [{
        chosen,
        rejected,
        raised: after(rejected, chosen),
        lowered: after(chosen, rejected),
        keptChosen: after(chosen, chosen),
        keptRejected: after(rejected, rejected),
      }];
    },
  },
  rated: {
    where: ({ wish }) => wish === "weights",
    // Two answers, each rated for two objectives; which is the better follows.
    cost: 4 * RATING,
    read({ task: { prompt }, chosen, rejected }, { rng }) {
      return [chosen, rejected].map((answer) => {
        const [first, second] = objectivesOf(prompt.tokens, answer.tokens);
        return { answer, firstScore: ratedAs(first, rng), secondScore: ratedAs(second, rng) };
      });
    },
  },
};

/** How a setting's pairs read as this offer; undefined where it has no words or facts for it. */
export function readingOf<K extends Kind>(
  setting: SequencesSetting,
  offer: Offer,
): Reading<Example<K>> | undefined {
  const found = readings[offer] as Reading<Example<K>> | undefined;
  return found && (found.where?.(setting) ?? true) ? found : undefined;
}

/** What a setting's labels can be read as. */
export const offersOf = (setting: SequencesSetting): readonly Offer[] =>
  (Object.keys(readings) as Offer[]).filter((offer) => readingOf(setting, offer));

/** Labels that a pair takes, by offer. */
export const costs = Object.fromEntries(
  Object.entries(readings).map(([offer, { cost }]) => [offer, cost]),
) as { readonly [offer in Offer]?: number };

/** Where a reward stands between the least and the greatest; a rating beyond them is at the end. */
function shareOf(reward: number): number {
  const [least, greatest] = REWARDS;
  return Math.min(1, Math.max(0, (reward - least) / (greatest - least)));
}

/** The attribute that speaks most for the chosen answer, as the criterion that names it. */
function reasonOf({ wish }: Task, chosen: Answer, rejected: Answer): number {
  const [better, worse] = [levels(chosen.tokens), levels(rejected.tokens)];
  const gains = wish.map((weight, k) =>
    weight === 0 ? -Infinity : weight * (better[k]! - worse[k]!)
  );
  const most = gains.indexOf(Math.max(...gains));
  return criterionToken(most, wish[most]!);
}
