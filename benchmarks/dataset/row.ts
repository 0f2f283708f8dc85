import type { Message } from "../../models/checkpoint/chat.ts";

/** One labelled comparison of two answers to a prompt. */
export interface PairRow {
  readonly kind: "pair";
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  /** P(chosen beats rejected), where the row says it. */
  readonly strength?: number;
  /** By how much it is better, on a scale of the file's own. */
  readonly gap?: number;
}
/** Three answers to a prompt or more, best first, each with a score on a scale of the file's own. */
export interface ListRow {
  readonly kind: "list";
  readonly prompt: string;
  readonly answers: readonly string[];
  readonly scores: readonly number[];
}
/** One answer to a prompt, with a thumb up or down. */
export interface UnpairedRow {
  readonly kind: "unpaired";
  readonly prompt: string;
  readonly completion: string;
  readonly label: boolean;
}
/** One answer to a prompt, with a score; other rows have other answers to it. */
export interface ScoredAnswerRow {
  readonly kind: "scored";
  readonly prompt: string;
  readonly completion: string;
  readonly score: number;
}
/** A row as the model reads it: plain text, well formed. */
export type DatasetRow = (PairRow | ListRow | UnpairedRow | ScoredAnswerRow) & {
  /** Half surrogate pairs, which only an escape in JSON can hold, became U+FFFD. */
  readonly repaired: boolean;
  /** Whether a chat template wrote the texts, which then begin as it has them begin. */
  readonly templated?: true;
  /** What the user asked, where that is not all of the prompt; by it rows are kept together. */
  readonly asked?: AskedQuestion;
  /** What whoever reads the row made of its image, where it has one. */
  readonly image?: Uint8Array;
};

/** A question in a conversation: the user's first turn and last, and all of it. */
export interface AskedQuestion {
  readonly first: string;
  readonly last: string;
  readonly all: string;
}

export type Text = string | readonly Message[];

/** A prompt and the answers to it as text. */
export interface RowTexts {
  readonly prompt: string;
  readonly answers: readonly string[];
  readonly templated?: true;
  /** What of the prompt a template left out. */
  readonly unsaid?: string;
}
/** Messages as text; or why they cannot be, to follow "field …". */
export type Dialogue = (
  prompt: readonly Message[],
  answers: readonly (readonly Message[])[],
  tools?: readonly unknown[],
) => RowTexts | string;

/** Answers to be scored: one, or a chosen and a rejected one. */
export interface Scorable extends RowTexts {
  readonly kind: "answer" | "pair";
}

/**
 * A plain template, for a model that knows no other: a line `role: content` a message, tools and
 * calls of them as JSON. The role of whoever speaks in all of a row's answers ends the prompt
 * (`user: Hi⏎assistant:`), so that an answer is what that speaker says (` Hello`).
 */
export function plainDialogue(
  prompt: readonly Message[],
  answers: readonly (readonly Message[])[],
  tools?: readonly unknown[],
): RowTexts {
  const lines = (messages: readonly Message[]) =>
    messages.map((message) => `${message.role}: ${spoken(message)}\n`).join("");
  const speaker = answers[0]![0]!.role;
  const shared = answers.every(([first]) => first!.role === speaker);
  const offered = tools ? `tools: ${JSON.stringify(tools)}\n` : "";
  return {
    prompt: offered + lines(prompt) + (shared ? `${speaker}:` : ""),
    answers: answers.map((answer) => lines(answer).slice(shared ? speaker.length + 1 : 0, -1)),
  };
}

function spoken({ content, tool_calls: calls, reasoning_content: thoughts }: Message): string {
  return [
    ...typeof thoughts === "string" ? [`<think>${thoughts}</think>`] : [],
    ...content === "" && calls ? [] : [content],
    ...calls ? [JSON.stringify(calls)] : [],
  ].join("\n");
}
