import {
  type Chat,
  type ChatReply,
  type ChatRequest,
  type Compared,
  failed,
  type Failure,
} from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import { withoutThoughts } from "../thoughts.ts";
import type { Filled } from "./prompts.ts";
import { ASKED_AGAIN } from "./verdicts.ts";

/** Verdicts of one letter, whose probability the server may tell. */

const LETTERS = ["m", "M"] as const;
/** Less probability than this on both letters together says that the model meant to say something else. */
const LEAST = 0.5;

export const letterDemand = `Reply with one letter and nothing else: ${
  LETTERS[0]
} if answer A is better, ${LETTERS[1]} if answer B is better.`;

/**
 * Asks for a letter, and once more where the reply is none. It may have `longest` tokens: more than one
 * for models that think before.
 */
export async function byToken(
  chat: Chat,
  { system, user }: Filled,
  longest: number,
): Promise<Compared | Failure> {
  const opening = [{ role: "system", content: system }, { role: "user", content: user }] as const;
  const complete = (messages: ChatRequest["messages"]) =>
    chat.complete({ messages, longest, temperature: 0, alternatives: 5 });
  const first = await complete(opening);
  if (failed(first)) return first;
  const found = ofToken(first);
  if (!("absent" in found)) return { ...found, raw: first.text };
  // More of the same ends at the same limit.
  if (first.cut && longest > 1) {
    return { failure: "cut off", reason: found.absent, raw: first.text };
  }
  const again = await complete([
    ...opening,
    { role: "assistant", content: withoutThoughts(first.text).text },
    { role: "user", content: `Your reply is not what it must be. ${letterDemand}` },
  ]);
  if (failed(again)) return again;
  const repaired = ofToken(again);
  const raw = `${first.text}${ASKED_AGAIN}${again.text}`;
  if (!("absent" in repaired)) return { ...repaired, raw };
  const failure = again.cut ? "cut off" : "malformed";
  return { failure, reason: `${repaired.absent}, asked twice`, raw };
}

/**
 * P(first): the letter that the reply says, and where the server tells how likely each letter was,
 * their ratio. Both letters must then hold half of the probability between them.
 */
export function ofToken(
  { text, logprobs }: ChatReply,
): { readonly preference: number } | { readonly absent: string } {
  const [one, other] = LETTERS;
  const letter = letterIn(withoutThoughts(text).text);
  if (letter === undefined) return { absent: `The reply is neither ${one} nor ${other}` };
  const places = (logprobs ?? []).filter((place) => place.length > 0);
  if (places.length === 0) return { preference: letter === one ? 1 : 0 };
  const masses = places.map((place) => LETTERS.map((letter) => mass(place, letter)));
  // The letter is what a reply ends with; in thoughts before it the same letters are part of words.
  const found = masses.findLast(([a, b]) => a! + b! >= LEAST);
  if (!found) {
    const most = Math.max(...masses.map(([a, b]) => a! + b!));
    return {
      absent: `${one} and ${other} have ${
        (100 * most).toPrecision(2)
      } % of the probability: at least ${100 * LEAST} % is needed`,
    };
  }
  const [first, second] = found.map((p) => p > 0 ? Math.min(0, Math.log(p)) : undefined);
  const preference = stats.preferenceFromLogs(first, second);
  return preference === undefined ? { absent: "No letter has a probability" } : { preference };
}

/** The letter that a reply is, or ends with on a line of its own; undefined where another line is the other. */
function letterIn(text: string): string | undefined {
  const lines = text.split("\n").map(bare).filter(Boolean);
  const found = new Set(lines.filter((line) => LETTERS.some((letter) => letter === line)));
  const last = lines.at(-1);
  return found.size === 1 && last !== undefined && found.has(last) ? last : undefined;
}

type Place = NonNullable<ChatReply["logprobs"]>[number];

const mass = (place: Place, letter: string): number =>
  place.reduce(
    (sum, { token, logprob }) => bare(token) === letter ? sum + Math.exp(logprob) : sum,
    0,
  );

/** A letter without what may stand around it. */
const bare = (text: string): string => text.replaceAll(/^[\s"'`*(\[]+|[\s"'`*.)\]]+$/g, "");
