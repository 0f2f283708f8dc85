import {
  type Chat,
  type ChatRequest,
  type Compared,
  failed,
  type Failure,
  fingerprint,
  type Question,
  type TextJudge,
} from "../../core/mod.ts";
import { asSent } from "../as-sent.ts";
import { withoutThoughts } from "../thoughts.ts";
import { fill, type Filled, type Prompts, type Quoted, type Wording } from "./prompts.ts";
import { byToken, letterDemand } from "./token.ts";
import {
  ASKED_AGAIN,
  GRADES,
  readReply,
  resemblesVerdict,
  type Verdict,
  type Wanted,
} from "./verdicts.ts";

/** How a judge is asked in words. */
export interface WordedOptions {
  readonly prompts: Prompts;
  /** What two answers are given. */
  readonly pair: Wanted;
  /** One token whose probabilities are the verdict, where the server tells them. */
  readonly token?: boolean;
  /** Tokens that a reply may have; by default 2,048, or where one is the verdict that one. */
  readonly longest?: number | undefined;
}

/** Tokens that a reply may have. */
const LONGEST = 2048;

/**
 * A judge of text that asks a model in words. A verdict must stand at the reply's end in the form
 * asked for; if it does not, it is asked for once more. Where an answer holds what resembles a
 * verdict, the judge's own must carry this request's mark, which nobody who wrote an answer knows.
 */
export function worded(
  model: Chat,
  { prompts, pair, token = false, longest: most }: WordedOptions,
): TextJudge {
  const chat = asSent(model);
  const longest = most ?? (token ? 1 : LONGEST);
  const compare: TextJudge["compare"] = async ({ question, first, second }) => {
    const wording = choose(prompts, question, "pair");
    const answers = [...quotedTurns("answer-a", first), ...quotedTurns("answer-b", second)];
    if (token) {
      const messages = filled(wording, question, answers, () => letterDemand);
      return await byToken(chat, messages, longest);
    }
    const found = await byText({ chat, prompts, longest }, wording, pair, question, answers);
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
      longest,
      reading: 2,
    }),
    compare,
    ...prompts.single
      ? {
        async grade({ question, answer }) {
          const wording = choose(prompts, question, "single");
          const quoted = quotedTurns("answer", answer);
          const found = await byText(
            { chat, prompts, longest: most ?? LONGEST },
            wording,
            GRADES,
            question,
            quoted,
          );
          return failed(found) ? found : { grade: found.verdict as number, raw: found.raw };
        },
      }
      : {},
  };
}

function choose(prompts: Prompts, question: Question, kind: "pair" | "single"): Wording {
  const { category = "", references } = question;
  const own = prompts.categories && Object.hasOwn(prompts.categories, category)
    ? prompts.categories[category]
    : undefined;
  const [wording] = [own, prompts].flatMap((some) =>
    (references ? some?.[`${kind}Referenced`] : undefined) ?? some?.[kind] ?? []
  );
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

interface Asked {
  readonly chat: Chat;
  readonly prompts: Prompts;
  readonly longest: number;
}

async function byText(
  { chat, prompts, longest }: Asked,
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
  const read = (text: string) => readReply(text, wanted, { mark: doubtful ? mark : undefined });

  const opening = [{ role: "system", content: system }, { role: "user", content: user }] as const;
  const complete = (messages: ChatRequest["messages"]) =>
    chat.complete({ messages, longest, temperature: 0 });
  const first = await complete(opening);
  if (failed(first)) return first;
  const found = read(first.text);
  if ("verdict" in found) return { verdict: found.verdict, raw: first.text };

  const again = await complete([
    ...opening,
    // Without its thoughts, which chat templates take off as well.
    { role: "assistant", content: withoutThoughts(first.text).text },
    {
      role: "user",
      content: `Your reply does not end as it must. Reply with one line that holds only ${
        form(mark)
      }, where VERDICT is ${values}${quotes}, and nothing else.`,
    },
  ]);
  if (failed(again)) return again;
  const raw = `${first.text}${ASKED_AGAIN}${again.text}`;
  const repaired = read(again.text);
  if ("verdict" in repaired) return { verdict: repaired.verdict, raw };
  return { failure: "malformed", reason: `${repaired.absent}, asked twice`, raw };
}

const meaning = (labels: readonly string[]): string =>
  labels.includes("C")
    ? " (A is better, B is better, or C for a tie)"
    : " (from A far better, over A better, a tie and B better, to B far better)";
