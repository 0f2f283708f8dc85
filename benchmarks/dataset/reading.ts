import type { Answer } from "../../core/mod.ts";
import type { Checkpoint } from "../../models/checkpoint/checkpoint.ts";
import { dialogueOf, tokenizerOf } from "./checkpoint.ts";
import { encode, type Limits, sequence } from "./encode.ts";
import { type DatasetRow, type Dialogue, plainDialogue } from "./row.ts";

/** How rows of training were written, so that a question and its answer are read alike. */
export interface WritingStyle {
  /** As lists of messages, not as strings. */
  readonly messages: boolean;
  readonly limits: Limits;
}

/** A dialogue that notes in `seen` whether it was used. */
export function watched(dialogue: Dialogue = plainDialogue): {
  readonly dialogue: Dialogue;
  readonly seen: () => boolean;
} {
  let seen = false;
  return {
    dialogue(...asked) {
      seen = true;
      return dialogue(...asked);
    },
    seen: () => seen,
  };
}

/**
 * What a model reads of a conversation: the user's turns and the answers to them, the last of which
 * is the answer. One turn is a string if the rows of training were strings; otherwise it goes
 * through the chat template, or a plain one where there is none. A RangeError where the template
 * takes no such conversation.
 */
export function reading(
  checkpoint: Checkpoint,
  { messages, limits }: WritingStyle,
): (turns: readonly string[], answers: readonly string[]) => Promise<Answer> {
  const dialogue = checkpoint.chat ? dialogueOf(checkpoint) : plainDialogue;
  const tokenizer = tokenizerOf(checkpoint);
  return async (turns, answers) => {
    if (turns.length !== answers.length || turns.length === 0) {
      throw new RangeError(
        `Cannot read ${answers.length} answers to ${turns.length} turns: one each is needed`,
      );
    }
    const said = (content: string, role: string) => ({ role, content });
    const asked = turns.flatMap((turn, i) => [
      said(turn, "user"),
      ...i < turns.length - 1 ? [said(answers[i]!, "assistant")] : [],
    ]);
    const answer = answers.at(-1)!;
    const texts = messages || turns.length > 1
      ? dialogue(asked, [[said(answer, "assistant")]])
      : { prompt: turns[0]!, answers: [answer] };
    if (typeof texts === "string") {
      throw new RangeError(`Cannot read a conversation: the answer ${texts}`);
    }
    const read: DatasetRow = {
      kind: "unpaired",
      prompt: texts.prompt.toWellFormed(),
      completion: texts.answers[0]!.toWellFormed(),
      label: true,
      ...texts.templated ? { templated: true } : {},
      repaired: false,
    };
    const found = await encode(
      (async function* () {
        yield read;
      })(),
      tokenizer,
      limits,
    );
    const [prompt, tokens] = [sequence(found.prompts, 0), sequence(found.answers, 0)];
    return { prompt: { id: "", tokens: prompt }, tokens, length: tokens.length };
  };
}
