/** How labelled pairs of `sequences` read as each kind of feedback. */
import type { Answer, Example, Kind, Prompt, Telling } from "../../core/mod.ts";
import { criterionToken, levels, STOP, whyAsked } from "./language.ts";
import { objectivesOf, REWARDS, type Setting, type Task } from "./tasks.ts";
import { SHOTS } from "./base.ts";

export interface Labelled {
  readonly task: Task;
  readonly chosen: Answer;
  readonly rejected: Answer;
}

/** What a reading may use beside the pair. */
export interface Around {
  readonly setting: Setting;
  readonly say: (prompt: Prompt, telling: Telling) => Prompt;
  /** Other pairs that the same user labelled, in random order; those that are there. */
  readonly shots: (n: number) => readonly Labelled[];
  readonly elsewhere: (y: Answer) => Answer;
}
type Readings = {
  readonly [K in Kind]?: (labelled: Labelled, around: Around) => readonly Example<K>[];
};

const again = (y: Answer, prompt: Prompt): Answer => ({ ...y, prompt });

/** A pair whose prompt says something more. */
const pairTold = ({ chosen, rejected }: Labelled, prompt: Prompt): Example<"pairs"> => ({
  chosen: again(chosen, prompt),
  rejected: again(rejected, prompt),
  strength: 1,
});

/** Kinds that a setting has no words for read as nothing. */
export const readings: Readings = {
  pairs: ({ chosen, rejected }) => [{ chosen, rejected, strength: 1 }],
  points: ({ chosen, rejected }, { elsewhere }) => [
    { answer: chosen, unrelated: elsewhere(chosen), good: 1 },
    { answer: rejected, unrelated: elsewhere(rejected), good: 0 },
  ],
  // One sample of how often an answer beats another of its kind.
  scored: ({ chosen, rejected }) => [
    { answer: chosen, score: 1 },
    { answer: rejected, score: 0 },
  ],
  demonstrations: ({ chosen }) => [{ answer: chosen }],
  criteria(labelled, { say }) {
    const { known: { criterion }, prompt } = labelled.task;
    return criterion ? [pairTold(labelled, say(prompt, { criterion }))] : [];
  },
  shots(labelled, { setting, say, shots }) {
    const shown = setting.wish === "user" ? shots(SHOTS) : [];
    if (shown.length < SHOTS) return [];
    return [pairTold(labelled, say(labelled.task.prompt, { shots: shown }))];
  },
  // A score says more than a label; where labels are certain, the two at least never disagree.
  goals(labelled, { setting, say }) {
    if (setting.labels !== "certain" || setting.wish !== "question") return [];
    const { task: { prompt, reward }, chosen, rejected } = labelled;
    const to = (y: Answer) => say(prompt, { goal: shareOf(reward(y.tokens)) });
    const turned = { ...labelled, chosen: rejected, rejected: chosen };
    return [pairTold(labelled, to(chosen)), pairTold(turned, to(rejected))];
  },
  rationales({ task, chosen, rejected }, { setting }) {
    if (setting.wish !== "question") return [];
    const { id, tokens } = task.prompt;
    const prompt = { id, tokens: whyAsked(tokens.slice(0, -1), chosen, rejected) };
    const reason = [reasonOf(task, chosen, rejected), STOP];
    const why = { prompt, tokens: reason, length: reason.length };
    return [{ chosen, rejected, why, strength: 1 }];
  },
  revisions({ task: { prompt }, chosen, rejected }, { say }) {
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
  rated({ task: { prompt }, chosen, rejected }, { setting }) {
    if (setting.wish !== "weights") return [];
    return [chosen, rejected].map((answer) => {
      const [firstScore, secondScore] = objectivesOf(prompt.tokens, answer.tokens);
      return { answer, firstScore, secondScore };
    });
  },
};

/** Where a reward stands between the least and the greatest. */
function shareOf(reward: number): number {
  const [least, greatest] = REWARDS;
  return (reward - least) / (greatest - least);
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
