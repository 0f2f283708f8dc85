import { type Checkpoint, dialogueOf, rowAnswers } from "../mod.ts";

/** Rows of strings as the turns of a conversation, as chat models are scored. */

type Row = Parameters<typeof rowAnswers>[1];

export const asItStands = (row: Row): Row => row;

/**
 * The same rows by the checkpoint's chat template, those that are messages already as they are. A
 * RangeError where it has none, or does not suit them.
 */
export function templated(checkpoint: Checkpoint): (row: Row) => Row {
  if (!checkpoint.chat) {
    throw new RangeError(`Cannot score by a template: ${checkpoint.directory} has none`);
  }
  const dialogue = dialogueOf(checkpoint);
  return (row) => {
    if (row.templated) return row;
    const texts = dialogue(
      [{ role: "user", content: row.prompt }],
      row.answers.map((content) => [{ role: "assistant", content }]),
    );
    const problem = typeof texts === "string"
      ? texts
      : texts.unsaid && `must suit the chat template: it leaves out ${texts.unsaid}`;
    if (typeof texts !== "string" && !problem) return { ...row, ...texts };
    throw new RangeError(`Cannot score ${JSON.stringify(row.prompt.slice(0, 40))}: it ${problem}`);
  };
}
