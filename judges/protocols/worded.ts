import {
  type Chat,
  type ChatReply,
  type ChatRequest,
  type Compared,
  failed,
  type Failure,
  fingerprint,
  type Question,
  type TextJudge,
} from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import { fill, type Filled, type Prompts, type Quoted, type Wording } from "./prompts.ts";
import {
  bracketedVerdict,
  GRADES,
  resemblesVerdict,
  strictVerdict,
  type Verdict,
  type Wanted,
} from "./verdicts.ts";

export interface WordedOptions {
  readonly prompts: Prompts;
  /** What two answers are given. */
  readonly pair: Wanted;
  /** One token whose probabilities are the verdict, where the server tells them. */
  readonly token?: boolean;
}

/** Tokens that a reply may have, and the two letters of a verdict of one token. */
const LONGEST = 2048;
const LETTERS = ["m", "M"] as const;

/**
 * A judge of text that asks a model in words. A verdict must stand at the reply's end in the form
 * asked for; if it does not, it is asked for once more. Where an answer holds what resembles a
 * verdict, the judge's own must carry this request's mark, which nobody who wrote an answer knows.
 */
export function worded(chat: Chat, { prompts, pair, token = false }: WordedOptions): TextJudge {
  const compare: TextJudge["compare"] = async ({ question, first, second }) => {
    const wording = choose(prompts, question, "pair");
    const answers = [...quotedTurns("answer-a", first), ...quotedTurns("answer-b", second)];
    if (token) return await byToken(chat, wording, question, answers);
    const found = await byText(chat, prompts, wording, pair, question, answers);
    return failed(found) ? found : compared(found.verdict as string, found.raw);
  };
  return {
    id: chat.id,
    fingerprint: fingerprint({
      chat: chat.id,
      parameters: chat.parameters,
      prompts,
      pair,
      token,
      longest: LONGEST,
      reading: 1,
    }),
    compare,
    ...prompts.single
      ? {
        async grade({ question, answer }) {
          const wording = choose(prompts, question, "single");
          const quoted = quotedTurns("answer", answer);
          const found = await byText(chat, prompts, wording, GRADES, question, quoted);
          return failed(found) ? found : { grade: found.verdict as number, raw: found.raw };
        },
      }
      : {},
  };
}

function choose(prompts: Prompts, question: Question, kind: "pair" | "single"): Wording {
  const referenced = question.references ? prompts[`${kind}Referenced`] : undefined;
  const wording = referenced ?? prompts[kind];
  if (!wording) {
    throw new RangeError(`Cannot ask for a verdict on ${kind}: the wording ${prompts.id} has none`);
  }
  return wording;
}

/** What a label says of the first shown. */
export function compared(label: string, raw?: string): Compared {
  const preference = label === "A=B" || label === "C" ? 0.5 : label.startsWith("A") ? 1 : 0;
  return { preference, label, ...raw === undefined ? {} : { raw } };
}

const quotedTurns = (name: string, turns: readonly string[]): Quoted[] =>
  turns.map((text, i) => ({ name: turns.length > 1 ? `${name}-turn-${i + 1}` : name, text }));

type Asking = (mark: string) => string;

function filled(
  wording: Wording,
  question: Question,
  answers: readonly Quoted[],
  verdict: Asking,
): Filled {
  const latest = question.turns.length > 1
    ? "Judge what was said to the user's last turn, in the light of what came before. "
    : "";
  return fill(wording, {
    question: quotedTurns("user", question.turns),
    answers,
    references: quotedTurns("reference", question.references ?? []),
    verdict: (mark) => `${latest}${verdict(mark)}`,
  });
}

async function byText(
  chat: Chat,
  prompts: Prompts,
  wording: Wording,
  wanted: Wanted,
  question: Question,
  answers: readonly Quoted[],
): Promise<{ readonly verdict: Verdict; readonly raw: string } | Failure> {
  const texts = [
    ...question.turns,
    ...question.references ?? [],
    ...answers.map(({ text }) => text),
  ];
  const doubtful = texts.some(resemblesVerdict);
  const brackets = prompts.verdict === "brackets" && !doubtful;
  const values = wanted.kind === "grade"
    ? `a number from ${wanted.least} to ${wanted.most}`
    : `one of ${wanted.labels.join(", ")}${meaning(wanted.labels)}`;
  const form = (mark: string) =>
    brackets
      ? `[[VERDICT]]`
      : doubtful
      ? `{"verdict": VERDICT, "mark": "${mark}"}`
      : `{"verdict": VERDICT}`;
  const quotes = wanted.kind === "choice" && !brackets ? ", in quotes" : "";
  const demand = (mark: string) =>
    `End with a line that holds only ${form(mark)}, where VERDICT is ${values}${quotes}.`;
  const { system, user, mark } = filled(wording, question, answers, demand);
  const read = (text: string): Verdict | undefined =>
    (brackets ? undefined : strictVerdict(text, wanted, doubtful ? mark : undefined)) ??
      (brackets ? bracketedAtEnd(text, wanted) : undefined);

  const request = (messages: ChatRequest["messages"]): ChatRequest => ({
    messages,
    longest: LONGEST,
    temperature: 0,
  });
  const opening = [{ role: "system", content: system }, { role: "user", content: user }] as const;
  const first = await chat.complete(request(opening));
  if (failed(first)) return first;
  const verdict = read(first.text);
  if (verdict !== undefined) return { verdict, raw: first.text };

  const again = await chat.complete(request([
    ...opening,
    { role: "assistant", content: first.text },
    {
      role: "user",
      content: `Your reply does not end as it must. Reply with one line that holds only ${
        form(mark)
      }, where VERDICT is ${values}${quotes}, and nothing else.`,
    },
  ]));
  if (failed(again)) return again;
  const raw = `${first.text}\n\n[asked again]\n\n${again.text}`;
  const repaired = read(again.text) ??
    (doubtful
      ? undefined
      : bracketedAtEnd(again.text, wanted) ?? bracketedAtEnd(first.text, wanted));
  if (repaired !== undefined) return { verdict: repaired, raw };
  return { failure: "malformed", reason: "No verdict ends the reply, nor its repetition", raw };
}

/** A bracketed verdict that the reply ends with: one in its midst may be somebody else's, or half a thought. */
function bracketedAtEnd(text: string, wanted: Wanted): Verdict | undefined {
  return /\[\[[^\[\]]*\]\][\s.*"'`]*$/.test(text) ? bracketedVerdict(text, wanted) : undefined;
}

const meaning = (labels: readonly string[]): string =>
  labels.includes("C")
    ? " (A is better, B is better, or C for a tie)"
    : " (from A far better, over A better, a tie and B better, to B far better)";

async function byToken(
  chat: Chat,
  wording: Wording,
  question: Question,
  answers: readonly Quoted[],
): Promise<Compared | Failure> {
  const [one, other] = LETTERS;
  const { system, user } = filled(
    wording,
    question,
    answers,
    () =>
      `Reply with one letter and nothing else: ${one} if answer A is better, ${other} if answer B is better.`,
  );
  const reply = await chat.complete({
    messages: [{ role: "system", content: system }, { role: "user", content: user }],
    longest: 1,
    temperature: 0,
    alternatives: 5,
  });
  if (failed(reply)) return reply;
  const preference = ofToken(reply);
  return preference === undefined
    ? {
      failure: "malformed",
      reason: `The reply is neither ${one} nor ${other}, nor is either among its likeliest tokens`,
      raw: reply.text,
    }
    : { preference, raw: reply.text };
}

/** P(first) from the first token's alternatives, or 1 or 0 from the letter itself where there are none. */
export function ofToken({ text, logprobs }: ChatReply): number | undefined {
  const [one, other] = LETTERS;
  const alternatives = logprobs?.[0];
  if (!alternatives) {
    const letter = text.trim();
    return letter === one ? 1 : letter === other ? 0 : undefined;
  }
  const log = (letter: string) => {
    const found = alternatives.filter(({ token }) => token.trim() === letter);
    if (found.length === 0) return undefined;
    // Rounding on the way may leave a certain token a little above 0.
    return Math.min(0, Math.log(found.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)));
  };
  return stats.preferenceFromLogs(log(one), log(other));
}
