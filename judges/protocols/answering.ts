import {
  type Chat,
  type ChatReply,
  type ChatRequest,
  failed,
  type Failure,
  fingerprint,
  type Json,
  type Question,
} from "../../core/mod.ts";
import { asSent } from "../as-sent.ts";
import { withoutThoughts } from "../thoughts.ts";
import type { Given } from "./options.ts";
import type { Files, UserFiles } from "./protocol-files.ts";

/** A model's answers to a protocol's questions, in the protocol's own form. */

/** What tells one protocol from another where models answer. */
export interface Answering {
  /** The questions of a user's file, each with the row that it stands in. */
  questions(path: string, given: Given, read: UserFiles): Promise<readonly Asked[]>;
  /** Tokens that an answer may have, and the temperature, where nobody says otherwise. */
  readonly tokens: number;
  readonly temperature: (question: Question) => number;
  /** The original's file of answers. */
  written(model: string, answers: readonly Answered[]): Files[string];
}

/** A question, and the row that it stands in. */
export interface Asked {
  readonly question: Question;
  /** Fields of the row that an answer to it repeats. */
  readonly row: { readonly [field: string]: Json };
}

/** One model's answer to every turn of a question. */
export interface Said {
  readonly turns: readonly string[];
  /** The model was cut off at its limit of tokens. */
  readonly cut?: boolean;
  /** Thoughts were taken off, or are in it. */
  readonly thoughts?: boolean;
}
/** A question with a model's answer. */
export interface Answered extends Asked, Said {}

/** Who answers, and how. */
export interface AnswerOptions {
  readonly chat: Chat;
  readonly tokens: number;
  readonly temperature: (question: Question) => number;
  readonly system?: string | undefined;
  readonly seed?: number | undefined;
  readonly keepThoughts: boolean;
}

/** SHA-256 of all that decides an answer but the question. */
export const answererOf = (
  { chat: { id, parameters }, tokens, temperature, system, seed, keepThoughts }: AnswerOptions,
  questions: readonly Question[],
): string =>
  fingerprint([
    id,
    parameters,
    tokens,
    questions.map(temperature),
    system ?? null,
    seed ?? null,
    keepThoughts,
  ]);

/** Asks turn by turn: each sees the answers before it, without their thoughts. */
export async function answered(
  { question }: Asked,
  { chat: model, tokens, temperature, system, seed, keepThoughts }: AnswerOptions,
): Promise<Said | Failure> {
  const chat = asSent(model);
  const messages: ChatRequest["messages"][number][] = system === undefined
    ? []
    : [{ role: "system", content: system }];
  const turns: string[] = [];
  let [cut, thoughts] = [false, false];
  for (const content of question.turns) {
    messages.push({ role: "user", content });
    const reply = await chat.complete({
      messages: [...messages],
      longest: tokens,
      temperature: temperature(question),
      ...seed === undefined ? {} : { seed },
      partial: true,
    });
    if (failed(reply)) return reply;
    const found = answerIn(reply);
    if (failed(found)) return found;
    messages.push({ role: "assistant", content: found.text });
    turns.push(keepThoughts ? reply.text : found.text);
    cut ||= found.cut;
    thoughts ||= found.thought;
  }
  return { turns, ...cut ? { cut } : {}, ...thoughts ? { thoughts } : {} };
}

function answerIn({ text: raw, cut, reasoned }: ChatReply) {
  const { text, thought, open } = withoutThoughts(raw);
  if (open && text === "") {
    const reason = "The reply has only thoughts, which do not end";
    return { failure: "cut off" as const, reason, raw };
  }
  return { text, cut: !!cut || open, thought: thought || !!reasoned };
}
