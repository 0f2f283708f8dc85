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
};

/** One row of a file as it was found: a value, or why there is none. `at` is its line or row, from 1. */
export type Entry =
  | { readonly at: number; readonly value: unknown }
  | { readonly at: number; readonly problem: string };

/** The columns that are read; all others are ignored. */
export const fields = ["prompt", "chosen", "rejected", "completion", "label"] as const;
type Field = typeof fields[number];

interface Message {
  readonly role: string;
  readonly content: string;
}
type Text = string | readonly Message[];

/** What reading a row found besides its texts. */
interface Findings {
  readonly problems: string[];
  repaired: boolean;
}

/**
 * Reads a row as TRL does: `prompt`, `chosen`, `rejected` or `prompt`, `completion`, `label`, each
 * text a string or a list of messages. A null field counts as absent, because a Parquet column is
 * null where a JSON line leaves the field out. Problems are added to `problems`, each naming its
 * field; then there is no row.
 *
 * Messages become text by a plain template, as the base model knows no other: a line
 * `role: content` a message. The role of whoever speaks in all of a row's answers ends the prompt
 * (`user: Hi⏎assistant:`), so that an answer is what that speaker says (` Hello`).
 */
export function readRow(value: unknown, problems: string[]): Row | undefined {
  if (!isRecord(value)) {
    problems.push(`row must be an object: current value is ${shown(value)}`);
    return undefined;
  }
  const has = (field: Field) => isPresent(value[field]);
  const findings = { problems, repaired: false };
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

  let texts: Texts | undefined;
  if (typeof chosen === "string" && typeof rejected === "string") {
    if (explicit === null) texts = splitStrings(chosen, rejected);
    else if (typeof explicit === "string") {
      texts = { prompt: explicit, answers: [chosen, rejected] };
    } else findings.problems.push(mismatch("chosen", "a list of messages", "prompt", value));
  } else if (typeof chosen !== "string" && typeof rejected !== "string") {
    texts = explicit === null || typeof explicit === "string"
      ? splitMessages(explicit, chosen, rejected)
      : dialogue(explicit, [chosen, rejected]);
  } else {
    const expected = typeof chosen === "string" ? "a string" : "a list of messages";
    findings.problems.push(mismatch("rejected", expected, "chosen", value));
  }
  if (!texts) return undefined;
  const [w, l] = texts.answers;
  return {
    kind: "pair",
    prompt: texts.prompt,
    chosen: w!,
    rejected: l!,
    repaired: findings.repaired,
  };
}

function readUnpaired(value: Fields, findings: Findings): Row | undefined {
  const prompt = readText(value, "prompt", findings);
  const completion = readText(value, "completion", findings);
  const { label } = value;
  if (typeof label !== "boolean") {
    findings.problems.push(`field "label" must be true or false: ${current(label)}`);
  }
  if (prompt === undefined || completion === undefined || typeof label !== "boolean") {
    return undefined;
  }
  if (typeof prompt !== typeof completion) {
    const expected = typeof prompt === "string" ? "a string" : "a list of messages";
    findings.problems.push(mismatch("completion", expected, "prompt", value));
    return undefined;
  }
  const texts = typeof prompt === "string" || typeof completion === "string"
    ? { prompt: `${prompt}`, answers: [`${completion}`] }
    : dialogue(prompt, [completion]);
  return {
    kind: "unpaired",
    prompt: texts.prompt,
    completion: texts.answers[0]!,
    label,
    repaired: findings.repaired,
  };
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

interface Texts {
  readonly prompt: string;
  readonly answers: readonly string[];
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
): Texts {
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

function dialogue(prompt: readonly Message[], answers: readonly (readonly Message[])[]): Texts {
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
