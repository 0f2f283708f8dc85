import { shown } from "../../formats/mod.ts";
import { type ColumnFields, isPresent, isRecord, type Said } from "./columns.ts";
import type { Message } from "../../models/checkpoint/chat.ts";
import type { Text } from "./row.ts";

/** Values of a row as strings and messages. */

/** What reading a row found besides its texts. */
export interface Findings {
  /** Each names its field. */
  readonly problems: string[];
  /** What a reader of a report must know of it: what follows "12 rows". */
  readonly remarks: string[];
  repaired: boolean;
  /** Images within messages, where anybody looks at images. */
  readonly images?: Said[];
}

/** Levels that a value may be nested: templates and writers of JSON follow each by a call. */
const DEEPEST = 64;

/** A string, or messages, in any of the wrappings that people know; or nothing, and the problem noted. */
export function readText({ path, value }: Said, findings: Findings): Text | undefined {
  if (typeof value === "string") {
    const inner = value.charCodeAt(0) === 0x5b ? unwrapped(value) : undefined;
    if (inner === undefined) return wellFormed(value, findings);
    if (typeof inner !== "string") return readMessages(path, inner, findings);
    findings.problems.push(`field "${path}" ${inner}: ${current(value)}`);
    return undefined;
  }
  if (Array.isArray(value)) return readMessages(path, value, findings);
  if (isRecord(value) && Array.isArray(value.role) && Array.isArray(value.content)) {
    return readMessages(path, zipped(value.role, value.content), findings);
  }
  if (isRecord(value) && speaker(value) !== undefined) {
    const message = readMessage(path, value, findings);
    return message && [message];
  }
  fail(findings, path, "a string or a list of messages", value);
  return undefined;
}

/** Messages as `datasets` once kept lists of them: a list of roles beside one of contents. */
const zipped = (roles: readonly unknown[], contents: readonly unknown[]): readonly unknown[] =>
  Array.from({ length: Math.max(roles.length, contents.length) }, (_, i) => (
    { role: roles[i], content: contents[i] }
  ));

/** Messages that somebody wrote as a string: a list, why it is none, or nothing where it is a text. */
function unwrapped(text: string): readonly unknown[] | string | undefined {
  if (/^\[\s*\{\s*'(role|from|content|value)'/.test(text)) {
    return "must be a list of messages: it is one as Python prints it; write it by json.dumps";
  }
  if (!/^\[\s*\{\s*"(role|from|content|value)"/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function readMessages(
  path: string,
  list: readonly unknown[],
  findings: Findings,
): readonly Message[] | undefined {
  if (list.length === 0) {
    fail(findings, path, "a string or a list of at least one message", list);
    return undefined;
  }
  const before = findings.problems.length;
  const messages = list.map((one, i) => {
    const at = `${path}[${i}]`;
    if (isRecord(one)) return readMessage(at, one, findings);
    fail(findings, at, 'a message with "role" and "content"', one);
    return undefined;
  });
  return findings.problems.length === before ? messages as Message[] : undefined;
}

/** Names of those who speak, in lower case; any other stands as it is. */
const roles: { readonly [from: string]: string } = {
  user: "user",
  assistant: "assistant",
  system: "system",
  tool: "tool",
  // ShareGPT's, and others'.
  human: "user",
  gpt: "assistant",
  chatgpt: "assistant",
  bot: "assistant",
  model: "assistant",
  function_call: "assistant",
  observation: "tool",
};

const speaker = ({ role, from }: ColumnFields): unknown => role ?? from;

function readMessage(path: string, message: ColumnFields, findings: Findings): Message | undefined {
  const sharegpt = isPresent(message.from) && !isPresent(message.role);
  const [whoField, whatField] = sharegpt ? ["from", "value"] : ["role", "content"];
  const who = message[whoField];
  if (typeof who !== "string") fail(findings, `${path}.${whoField}`, "a string", who);
  const content = readContent(`${path}.${whatField}`, message, whatField, findings);
  if (typeof who !== "string" || content === undefined) return undefined;
  const name = who.trim().toLowerCase();
  const role = Object.hasOwn(roles, name) ? roles[name]! : who;
  if (Object.keys(message).length === 2) return { role: wellFormed(role, findings), content };
  return { role: wellFormed(role, findings), content, ...extras(path, message, findings) };
}

function readContent(
  path: string,
  message: ColumnFields,
  field: string,
  findings: Findings,
): string | undefined {
  const content = message[field];
  if (typeof content === "string") return wellFormed(content, findings);
  if (Array.isArray(content)) return joined(path, content, findings);
  // A call of a tool says nothing beside it.
  const calls = Array.isArray(message.tool_calls) && message.tool_calls.length > 0;
  if (!isPresent(content) && calls) return "";
  fail(findings, path, "a string", content);
  return undefined;
}

/** The text of a message in parts; parts that are none are noted. */
function joined(path: string, parts: readonly unknown[], findings: Findings): string | undefined {
  const texts = parts.map((part, i) => {
    if (typeof part === "string") return part;
    if (isRecord(part) && showsImage(path, part, i, findings)) return "";
    if (isRecord(part) && typeof part.text === "string") return part.text;
    if (isRecord(part) && typeof part.type === "string" && part.type !== "text") {
      findings.remarks.push("with images or the like in their messages, which no model here reads");
      return "";
    }
    fail(findings, `${path}[${i}]`, 'a part with "type" and "text"', part);
    return undefined;
  });
  if (texts.includes(undefined)) return undefined;
  return wellFormed(texts.join(""), findings);
}

/** Whether a part is an image, which is noted with its place; one without a value stands in a column. */
function showsImage(path: string, part: ColumnFields, i: number, { images }: Findings): boolean {
  const { type, text: _, image, image_url: url, index: __, ...others } = part;
  if (!images || !["image", "image_url", "input_image"].includes(`${type}`)) return false;
  if (Object.values(others).some(isPresent)) return false;
  const value = image ?? url;
  if (isPresent(value)) images.push({ path: `${path}[${i}]`, value });
  return true;
}

/** What templates know of a message beside role and content. */
const known = ["tool_calls", "tool_call_id", "name", "reasoning_content"];
/** What changes nothing of what a message says. */
const idle = ["role", "from", "content", "value", "weight", "loss", "train", "id", "timestamp"];

function extras(path: string, message: ColumnFields, findings: Findings): ColumnFields {
  const found: { [name: string]: unknown } = {};
  for (const [name, value] of Object.entries(message)) {
    if (!isPresent(value) || idle.includes(name) || Array.isArray(value) && value.length === 0) {
      continue;
    }
    if (!known.includes(name)) {
      findings.remarks.push(`with "${name.slice(0, 40)}" in their messages, which is not read`);
    } else if (isShallow(value)) {
      found[name] = name === "tool_calls" ? called(value) : value;
    } else fail(findings, `${path}.${name}`, `nested at most ${DEEPEST} levels`, value);
  }
  return found;
}

/** Calls with their arguments as objects, which is how templates take them. */
function called(calls: unknown): unknown {
  if (!Array.isArray(calls)) return calls;
  return calls.map((call: unknown) => {
    if (!isRecord(call) || !isRecord(call.function)) return call;
    const { arguments: given } = call.function;
    if (typeof given !== "string") return call;
    try {
      return { ...call, function: { ...call.function, arguments: JSON.parse(given) } };
    } catch (error) {
      if (error instanceof SyntaxError) return call;
      throw error;
    }
  });
}

/** Tools that a row offers, as a list or as JSON of one; nothing where there are none. */
export function readTools(
  { path, value }: Said,
  findings: Findings,
): readonly unknown[] | undefined {
  if (!isPresent(value) || value === "") return undefined;
  let tools = value;
  if (typeof value === "string") {
    try {
      tools = JSON.parse(value);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  if (Array.isArray(tools) && isShallow(tools)) return tools.length > 0 ? tools : undefined;
  fail(findings, path, `a list of tools, nested at most ${DEEPEST} levels`, value);
  return undefined;
}

/** Whether a value can be followed to its ends. */
function isShallow(value: unknown, left = DEEPEST): boolean {
  if (typeof value !== "object" || value === null) return true;
  return left > 0 && Object.values(value).every((inner) => isShallow(inner, left - 1));
}

export function wellFormed(text: string, findings: Findings): string {
  if (text.isWellFormed()) return text;
  findings.repaired = true;
  return text.toWellFormed();
}

export function fail(findings: Findings, path: string, expected: string, found: unknown): void {
  findings.problems.push(`field "${path}" must be ${expected}: ${current(found)}`);
}

export function current(value: unknown): string {
  if (value === undefined) return "it is missing";
  if (ArrayBuffer.isView(value)) return "current value is bytes that are not UTF-8";
  return `current value is ${shown(value)}`;
}
