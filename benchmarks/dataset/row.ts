/** One labelled comparison of two answers to a prompt. */
export interface Pair {
  readonly kind: "pair";
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}
/** One answer to a prompt, with a thumb up or down. */
export interface Unpaired {
  readonly kind: "unpaired";
  readonly prompt: string;
  readonly completion: string;
  readonly label: boolean;
}
/** A row as the model reads it: plain text, well formed. */
export type Row = (Pair | Unpaired) & {
  /** Half surrogate pairs, which only an escape in JSON can hold, became U+FFFD. */
  readonly repaired: boolean;
  /** Whether a chat template wrote the texts, which then begin as it has them begin. */
  readonly templated?: true;
};

/** One row of a file as it was found: a value, or why there is none. `at` is its line or row, from 1. */
export type Entry =
  | { readonly at: number; readonly value: unknown }
  | { readonly at: number; readonly problem: string };

/** The columns that are read; all others are ignored. */
export const fields = [
  "prompt",
  "chosen",
  "rejected",
  "completion",
  "label",
  "answer",
  "response",
] as const;
type Field = typeof fields[number];

export interface Message {
  readonly role: string;
  readonly content: string;
}
type Text = string | readonly Message[];

/** A prompt and the answers to it as text. */
export interface Texts {
  readonly prompt: string;
  readonly answers: readonly string[];
  readonly templated?: true;
}
/** Messages as text; or why they cannot be, to follow "field …". */
export type Dialogue = (
  prompt: readonly Message[],
  answers: readonly (readonly Message[])[],
) => Texts | string;

/** What reading a row found besides its texts, and how it reads messages. */
interface Findings {
  readonly problems: string[];
  readonly dialogue: Dialogue;
  repaired: boolean;
}

/**
 * Reads a row as TRL does: `prompt`, `chosen`, `rejected` or `prompt`, `completion`, `label`, each
 * text a string or a list of messages. A null field counts as absent, because a Parquet column is
 * null where a JSON line leaves the field out. Problems are added to `problems`, each naming its
 * field; then there is no row.
 *
 * Messages become text by `dialogue`.
 */
export function readRow(
  value: unknown,
  problems: string[],
  dialogue: Dialogue = plainDialogue,
): Row | undefined {
  if (!isRecord(value)) {
    problems.push(`row must be an object: current value is ${shown(value)}`);
    return undefined;
  }
  const has = (field: Field) => isPresent(value[field]);
  const findings = { problems, dialogue, repaired: false };
  if (has("chosen") || has("rejected")) return readPair(value, findings);
  if (has("completion") || has("label")) return readUnpaired(value, findings);
  problems.push(
    'row must have fields "chosen" and "rejected", or "prompt", "completion" and "label": ' +
      `current fields are ${shown(Object.keys(value))}`,
  );
  return undefined;
}

type Fields = { readonly [name: string]: unknown };

function readPair(value: Fields, findings: Findings): Row | undefined {
  const explicit = isPresent(value.prompt) ? readText(value, "prompt", findings) : null;
  const chosen = readText(value, "chosen", findings);
  const rejected = readText(value, "rejected", findings);
  if (explicit === undefined || chosen === undefined || rejected === undefined) return undefined;

  let texts: Texts | string | undefined;
  if (typeof chosen === "string" && typeof rejected === "string") {
    if (explicit === null) texts = splitStrings(chosen, rejected);
    else if (typeof explicit === "string") {
      texts = { prompt: explicit, answers: [chosen, rejected] };
    } else findings.problems.push(mismatch("chosen", "a list of messages", "prompt", value));
  } else if (typeof chosen !== "string" && typeof rejected !== "string") {
    texts = explicit === null || typeof explicit === "string"
      ? splitMessages(explicit, chosen, rejected, findings)
      : findings.dialogue(explicit, [chosen, rejected]);
  } else {
    const expected = typeof chosen === "string" ? "a string" : "a list of messages";
    findings.problems.push(mismatch("rejected", expected, "chosen", value));
  }
  const found = written(texts, "chosen", findings);
  if (!found) return undefined;
  const { answers: [w, l], ...rest } = found;
  return { kind: "pair", ...rest, chosen: w!, rejected: l!, repaired: findings.repaired };
}

/** The texts; or nothing, and the problem noted. */
function written(
  texts: Texts | string | undefined,
  field: Field,
  { problems }: Findings,
): Texts | undefined {
  if (typeof texts !== "string") return texts;
  problems.push(`field "${field}" ${texts}`);
  return undefined;
}

function readUnpaired(value: Fields, findings: Findings): Row | undefined {
  const texts = readAnswer(value, "completion", findings);
  const { label } = value;
  if (typeof label !== "boolean") {
    findings.problems.push(`field "label" must be true or false: ${current(label)}`);
  }
  if (!texts || typeof label !== "boolean") return undefined;
  const { answers: [answer], ...rest } = texts;
  return { kind: "unpaired", ...rest, completion: answer!, label, repaired: findings.repaired };
}

/** A prompt and one answer, both strings or both lists of messages. */
function readAnswer(value: Fields, field: Field, findings: Findings): Texts | undefined {
  const prompt = readText(value, "prompt", findings);
  const answer = readText(value, field, findings);
  if (prompt === undefined || answer === undefined) return undefined;
  if (typeof prompt === "string" && typeof answer === "string") {
    return { prompt, answers: [answer] };
  }
  if (typeof prompt !== "string" && typeof answer !== "string") {
    return written(findings.dialogue(prompt, [answer]), field, findings);
  }
  const expected = typeof prompt === "string" ? "a string" : "a list of messages";
  findings.problems.push(mismatch(field, expected, "prompt", value));
  return undefined;
}

/** Answers to be scored: one, or a chosen and a rejected one. */
export interface Scorable extends Texts {
  readonly kind: "answer" | "pair";
}
const answerFields = ["answer", "completion", "response"] as const;

/**
 * Reads a row whose answers need no label: `prompt` and `answer` (or `completion`, or `response`),
 * or `prompt`, `chosen`, `rejected`. Otherwise as `readRow`.
 */
export function readScorable(
  value: unknown,
  problems: string[],
  dialogue: Dialogue,
): Scorable | undefined {
  if (!isRecord(value)) {
    problems.push(`row must be an object: current value is ${shown(value)}`);
    return undefined;
  }
  const findings = { problems, dialogue, repaired: false };
  if (isPresent(value.chosen) || isPresent(value.rejected)) {
    const pair = readPair(value, findings);
    if (pair?.kind !== "pair") return undefined;
    const { prompt, chosen, rejected, templated } = pair;
    return {
      kind: "pair",
      prompt,
      answers: [chosen, rejected],
      ...templated ? { templated } : {},
    };
  }
  const present = answerFields.filter((field) => isPresent(value[field]));
  const [field] = present;
  if (!field || present.length > 1) {
    problems.push(
      'row must have fields "prompt" and one of "answer", "completion" and "response", or ' +
        `"prompt", "chosen" and "rejected": current fields are ${shown(Object.keys(value))}`,
    );
    return undefined;
  }
  const texts = readAnswer(value, field, findings);
  return texts && { kind: "answer", ...texts };
}

function readText(value: Fields, field: Field, findings: Findings): Text | undefined {
  const text = value[field];
  if (typeof text === "string") return wellFormed(text, findings);
  const fail = (path: string, expected: string, found: unknown) =>
    findings.problems.push(`field "${path}" must be ${expected}: ${current(found)}`);
  if (!Array.isArray(text)) {
    fail(field, "a string or a list of messages", text);
    return undefined;
  }
  if (text.length === 0) fail(field, "a string or a list of at least one message", text);
  const before = findings.problems.length;
  const messages = text.map((message: unknown, i): Message => {
    const path = `${field}[${i}]`;
    if (!isRecord(message)) {
      fail(path, 'a message with "role" and "content"', message);
      return { role: "", content: "" };
    }
    const part = (name: keyof Message) => {
      const found = message[name];
      if (typeof found === "string") return wellFormed(found, findings);
      fail(`${path}.${name}`, "a string", found);
      return "";
    };
    return { role: part("role"), content: part("content") };
  });
  return text.length > 0 && findings.problems.length === before ? messages : undefined;
}

/**
 * The prompt is what both texts begin with, as TRL's `extract_prompt` has it: a space before the
 * first difference goes to the answers, and neither answer is left empty.
 */
function splitStrings(chosen: string, rejected: string): Texts {
  const shortest = Math.min(chosen.length, rejected.length);
  let at = 0;
  while (at < shortest && chosen[at] === rejected[at]) at++;
  if (at === shortest) at = Math.max(0, at - 1);
  else if (chosen[at - 1] === " ") at--;
  // TRL counts code points: never cut a character of two UTF-16 units in half.
  if (at > 0 && /[\ud800-\udbff]/.test(chosen[at - 1]!)) at--;
  return { prompt: chosen.slice(0, at), answers: [chosen.slice(at), rejected.slice(at)] };
}

/**
 * The prompt is the messages that both begin with, all but the last one at most. TRL then drops a
 * prompt given as a string (it repeats the first message in the data sets that have one); here it
 * is kept, as the user's words, where the two share no message.
 */
function splitMessages(
  explicit: string | null,
  chosen: readonly Message[],
  rejected: readonly Message[],
  { dialogue }: Findings,
): Texts | string {
  const most = Math.min(chosen.length, rejected.length) - 1;
  let at = 0;
  while (
    at < most && chosen[at]!.role === rejected[at]!.role &&
    chosen[at]!.content === rejected[at]!.content
  ) at++;
  const prompt = at === 0 && explicit !== null
    ? [{ role: "user", content: explicit }]
    : chosen.slice(0, at);
  return dialogue(prompt, [chosen.slice(at), rejected.slice(at)]);
}

/**
 * A plain template, for a model that knows no other: a line `role: content` a message. The role of
 * whoever speaks in all of a row's answers ends the prompt (`user: Hi⏎assistant:`), so that an
 * answer is what that speaker says (` Hello`).
 */
export function plainDialogue(
  prompt: readonly Message[],
  answers: readonly (readonly Message[])[],
): Texts {
  const lines = (messages: readonly Message[]) =>
    messages.map(({ role, content }) => `${role}: ${content}\n`).join("");
  const speaker = answers[0]![0]!.role;
  const shared = answers.every(([first]) => first!.role === speaker);
  return {
    prompt: lines(prompt) + (shared ? `${speaker}:` : ""),
    answers: answers.map((answer) => lines(answer).slice(shared ? speaker.length + 1 : 0, -1)),
  };
}

function wellFormed(text: string, findings: Findings): string {
  if (text.isWellFormed()) return text;
  findings.repaired = true;
  return text.toWellFormed();
}

const isPresent = (value: unknown) => value !== undefined && value !== null;

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !ArrayBuffer.isView(value);
}

function mismatch(field: Field, expected: string, like: Field, value: Fields): string {
  return `field "${field}" must be ${expected} as "${like}" is: ${current(value[field])}`;
}

function current(value: unknown): string {
  if (value === undefined) return "it is missing";
  if (ArrayBuffer.isView(value)) return "current value is bytes that are not UTF-8";
  return `current value is ${shown(value)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, v: unknown) => typeof v === "bigint" ? Number(v) : v) ??
    String(value);
  return printable(text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text);
}

/** The text with control and direction characters as escapes, so that data cannot act on a terminal. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
}
