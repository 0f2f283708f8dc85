import type { AskedQuestion } from "./row.ts";

/**
 * How dialogues lie in one text: by marks of who speaks. Of a row without a prompt, the question is
 * all up to the last mark of the assistant that its answers share; never what they happen to begin
 * with, which may be half of an answer.
 */

/** What stands before what the user says, and before what the assistant says. */
interface Marks {
  readonly user: RegExp;
  readonly assistant: RegExp;
}
const marks = (user: string, assistant: string): Marks => (
  { user: new RegExp(user, "g"), assistant: new RegExp(assistant, "g") }
);
/** Names at the beginning of a line. */
const named = (user: string, assistant: string): Marks => {
  const line = (name: string) => String.raw`(?:^|\n)[ \t]*(?:#+ *)?(?:${name}):`;
  return marks(line(user), line(assistant));
};

/** Those of known data sets and chat templates. */
const known: readonly Marks[] = [
  // Anthropic's HH, and what was made after it.
  named("Human", "Assistant|AI"),
  named("User|USER|Prompter", "Assistant|ASSISTANT|AI|Bot"),
  named("Question", "Answer"),
  named("Q", "A"),
  named("Instruction", "Response|Output|Answer"),
  // Vicuna's, on one line.
  marks(String.raw`\bUSER:`, String.raw`\bASSISTANT:`),
  // ChatML.
  marks(String.raw`<\|im_start\|>user\n`, String.raw`<\|im_start\|>assistant\n`),
  // Llama 3.
  marks(
    String.raw`<\|start_header_id\|>user<\|end_header_id\|>\n\n`,
    String.raw`<\|start_header_id\|>assistant<\|end_header_id\|>\n\n`,
  ),
  // Zephyr, Phi, Tülu; OpenAssistant.
  marks(String.raw`<\|(?:user|prompter)\|>\n?`, String.raw`<\|assistant\|>\n?`),
  // Llama 2, Mistral.
  marks(String.raw`\[INST\]`, String.raw`\[/INST\]`),
  // Gemma.
  marks(String.raw`<start_of_turn>user\n`, String.raw`<start_of_turn>model\n`),
  // DeepSeek.
  marks("<[|｜]User[|｜]>", "<[|｜]Assistant[|｜]>"),
  // gpt-oss.
  marks(
    String.raw`<\|start\|>user<\|message\|>`,
    String.raw`<\|start\|>assistant(?:<\|channel\|>\w+)?<\|message\|>`,
  ),
  // OpenChat.
  marks("GPT4 Correct User:", "GPT4 Correct Assistant:"),
];

/** A cheap sign that a text may hold marks. */
const maybe = /Human:|(?:[Uu]ser|USER|Question|Q|Instruction|[Pp]rompter)\b|\[INST\]/;

interface Dialogue {
  readonly marks: Marks;
  /** Where the first thing that the user says begins, and where it ends. */
  readonly from: number;
  readonly to: number;
}

/** The marks that a text begins to use first, and its first turn; nothing where it has none. */
function dialogueIn(text: string): Dialogue | undefined {
  if (!maybe.test(text)) return undefined;
  let first: (Dialogue & { readonly at: number }) | undefined;
  for (const marks of known) {
    const begin = found(marks.user, text, 0);
    if (!begin || (first && begin.at >= first.at)) continue;
    const end = found(marks.assistant, text, begin.to);
    if (end) first = { marks, at: begin.at, from: begin.to, to: end.at };
  }
  return first;
}

function found(mark: RegExp, text: string, from: number): { at: number; to: number } | undefined {
  mark.lastIndex = from;
  const match = mark.exec(text);
  return match ? { at: match.index, to: match.index + match[0].length } : undefined;
}

/** Where the last mark of the assistant ends that all texts share; nothing where they share none. */
export function answerStart(texts: readonly string[]): number | undefined {
  const shared = texts[0]!.slice(0, sharedLength(texts));
  const dialogue = dialogueIn(shared);
  if (!dialogue) return undefined;
  let last: number | undefined;
  for (let from = dialogue.to;;) {
    const next = found(dialogue.marks.assistant, shared, from);
    if (!next) return last;
    last = from = next.to;
  }
}

function sharedLength([first = "", ...others]: readonly string[]): number {
  return others.reduce((least, text) => {
    const most = Math.min(least, text.length);
    let at = 0;
    while (at < most && first.charCodeAt(at) === text.charCodeAt(at)) at++;
    return at;
  }, first.length);
}

/** What the user asks in a text with marks; nothing where it has none. */
export function askedIn(text: string): AskedQuestion | undefined {
  const dialogue = dialogueIn(text);
  if (!dialogue) return undefined;
  const { marks } = dialogue;
  let [from, to] = [dialogue.from, dialogue.to];
  for (let next = found(marks.user, text, to); next; next = found(marks.user, text, to)) {
    from = next.to;
    to = found(marks.assistant, text, from)?.at ?? text.length;
  }
  return {
    first: text.slice(dialogue.from, dialogue.to),
    last: text.slice(from, to),
    all: text.slice(dialogue.from),
  };
}
