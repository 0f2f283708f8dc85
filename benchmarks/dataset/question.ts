import { shown, shownNames } from "../../formats/mod.ts";
import type { Columns, Said } from "./columns.ts";
import { answerStart, askedIn } from "./markers.ts";
import type { Message } from "../../models/checkpoint/chat.ts";
import type { AskedQuestion, Dialogue, RowTexts, Text } from "./row.ts";
import { looksLikeQuestion } from "./unread.ts";
import { fail, type Findings, readText, readTools, wellFormed } from "./text.ts";
import { questionOf, type ReadRow } from "./shapes/mod.ts";

/** A row's prompt and its answers as text, wherever the question lies: in a column, or in the answers. */

export interface WrittenRow extends RowTexts {
  readonly asked?: AskedQuestion;
}

/** Nothing where it cannot be told, and the problem noted. */
export function written(
  reading: ReadRow,
  row: Columns,
  dialogue: Dialogue,
  findings: Findings,
): WrittenRow | undefined {
  const [answer] = reading.answers;
  if (!answer) {
    findings.problems.push("row must have an answer: its list of answers is empty");
    return undefined;
  }
  const own = reading.question ?? questionOf(row);
  // A conversation that is judged as a whole holds its own question.
  const said = reading.answers.some(({ path }) => path === own?.path) ? undefined : own;
  const question = said && readText(said, findings);
  const answers = reading.answers.map((answer) => readText(answer, findings));
  if (said && question === undefined) return undefined;
  if (!answers.every((answer) => answer !== undefined)) return undefined;
  const read: Read = {
    question,
    named: said?.path ?? "prompt",
    answers,
    at: answer.path,
    system: systemOf(row, findings),
    begun: reading.begun && begunOf(reading.begun, findings),
  };
  const strings = typeof question !== "object" &&
    answers.every((answer) => typeof answer === "string");
  const tools = strings ? undefined : toolsOf(reading, row, findings);
  if (findings.problems.length > 0) return undefined;
  return strings
    ? ofStrings(read as Read<string>, row, findings)
    : ofMessages(read, row, tools, dialogue, findings);
}

interface Read<T extends Text = Text> {
  readonly question: T | undefined;
  /** What an error calls the question, and the answers. */
  readonly named: string;
  readonly answers: readonly T[];
  readonly at: string;
  readonly system: string;
  /** Text that the answers go on from. */
  readonly begun: string | undefined;
}

function systemOf(row: Columns, findings: Findings): string {
  const name = ["system", "system_prompt"].find((name) => row.has(name));
  if (name === undefined) return "";
  const { path, value } = row.said(name);
  if (typeof value === "string") return wellFormed(value, findings);
  fail(findings, path, "a string", value);
  return "";
}

function begunOf({ path, value }: Said, findings: Findings): string {
  if (typeof value === "string") return wellFormed(value, findings);
  fail(findings, path, "a string", value);
  return "";
}

function toolsOf({ tools }: ReadRow, row: Columns, findings: Findings) {
  const said = tools ?? (row.has("tools") ? row.said("tools") : undefined);
  return said && readTools(said, findings);
}

/** Characters of a prompt that answers do not begin with by chance. */
const leastRepeated = 12;

function ofStrings(read: Read<string>, row: Columns, findings: Findings): WrittenRow | undefined {
  const { system, answers, begun } = read;
  const question = read.question;
  const blank = question === undefined || question.trim() === "";
  const cut = blank ? answerStart(answers) : undefined;
  if (cut !== undefined) {
    const prompt = answers[0]!.slice(0, cut);
    if (question === undefined && !checked(row, prompt, findings)) return undefined;
    return { prompt: before(system, prompt), answers: answers.map((text) => text.slice(cut)) };
  }
  if (question === undefined) {
    findings.problems.push(unknownQuestion(row));
    return undefined;
  }
  const repeated = answers.length > 1 && question.trim().length >= leastRepeated &&
    answers.every((text) => text.startsWith(question) && text.length > question.length);
  if (repeated) findings.remarks.push(`with "prompt" again before every answer, taken off them`);
  return {
    prompt: before(system, begun === undefined ? question : `${question}\n${begun}`),
    answers: repeated ? answers.map((text) => text.slice(question.length)) : answers,
    ...system === "" && begun === undefined
      ? {}
      : { asked: askedIn(question) ?? { first: question, last: question, all: question } },
  };
}

const before = (system: string, prompt: string): string =>
  system.trim() === "" || prompt.startsWith(system) ? prompt : `${system}\n\n${prompt}`;

function unknownQuestion(row: Columns): string {
  const suspects = [...row.rest()].filter(looksLikeQuestion).map(({ path }) => path);
  const named = suspects[0] ?? "COLUMN";
  return "row must have its question in a field of its own, or before a mark as " +
    `"\\n\\nAssistant:" that all its answers share: ${
      suspects.length > 0
        ? `field ${shown(suspects[0])} may be it`
        : `current fields are ${shownNames(row.names())}`
    }; say --columns prompt=${named}, or --columns prompt= where there is none`;
}

/** A question found in the answers, though a column that looks like one stands unread. */
function checked(row: Columns, prompt: string, findings: Findings): boolean {
  const other = [...row.rest()].find((said) =>
    looksLikeQuestion(said) && !prompt.includes(`${said.value}`.trim())
  );
  if (!other) return true;
  findings.problems.push(
    `field ${shown(other.path)} must be read or not be there, as it looks like the question, ` +
      `which was found in the answers: current value is ${shown(other.value)}; ` +
      `say --columns prompt=${other.path}`,
  );
  return false;
}

const say = (role: string, content: string): Message => ({ role, content });
const equal = (a: Message, b: Message | undefined): boolean =>
  a.role === b?.role && a.content === b.content &&
  JSON.stringify(a.tool_calls) === JSON.stringify(b.tool_calls);

function ofMessages(
  read: Read,
  row: Columns,
  tools: readonly unknown[] | undefined,
  dialogue: Dialogue,
  findings: Findings,
): WrittenRow | undefined {
  const answers = read.answers.map((answer) =>
    typeof answer === "string" ? [say("assistant", answer)] : answer
  );
  const split = splitMessages(read, answers, findings);
  const opening = split.answers[0]![0]!.role;
  if (
    read.question !== undefined && split.answers.every(([first]) => first!.role === opening) &&
    ["user", "system"].includes(opening)
  ) {
    findings.problems.push(
      `field "${read.at}" must go on from "${read.named}", or be the whole conversation in every ` +
        `answer: its first message is the ${opening}'s, and the answers share none`,
    );
    return undefined;
  }
  if (read.question === undefined && split.prompt.length === 0) {
    findings.problems.push(unknownQuestion(row));
    return undefined;
  }
  const text = split.prompt.map(({ content }) => content).join("\n");
  if (read.question === undefined && !checked(row, text, findings)) return undefined;
  const prompt = withSystem(read.system, split.prompt);
  const found = dialogue(prompt, split.answers, tools);
  if (typeof found === "string") {
    findings.problems.push(`field "${read.at}" ${found}`);
    return undefined;
  }
  const { unsaid, ...texts } = found;
  if (unsaid !== undefined) {
    findings.remarks.push(`with ${unsaid} in their prompt, which the chat template leaves out`);
  }
  return { ...texts, prompt: texts.prompt + (read.begun ?? ""), asked: askedOf(split.prompt) };
}

/**
 * The prompt and what answers it. Answers that are whole conversations are cut where they part, but
 * never inside an answer: what follows a prompt is the assistant's.
 */
function splitMessages(
  { question }: Read,
  answers: readonly (readonly Message[])[],
  findings: Findings,
): { prompt: readonly Message[]; answers: readonly (readonly Message[])[] } {
  const whole = answers.every(([first]) => first!.role !== "assistant");
  if (question !== undefined && !whole) {
    const prompt = typeof question === "string" ? [say("user", question)] : question;
    return { prompt, answers };
  }
  const [first] = answers;
  const most = Math.min(...answers.map(({ length }) => length)) - 1;
  let at = 0;
  while (at < most && answers.every((answer) => equal(first![at]!, answer[at]))) at++;
  // A single conversation, or ones that are alike, end in an answer.
  while (at > 0 && first![at]!.role !== "assistant") at--;
  const asked = first!.slice(0, at);
  const rest = answers.map((answer) => answer.slice(at));
  if (question === undefined) return { prompt: asked, answers: rest };
  const given = typeof question === "string" ? [say("user", question)] : question;
  if (at === 0) return { prompt: given, answers };
  const texts = asked.map(({ content }) => content.trim());
  if (
    typeof question !== "string" &&
    given.every((message) => asked.some((one) => equal(one, message)))
  ) {
    findings.remarks.push(`with "prompt" again before every answer, taken off them`);
  } else if (!given.every(({ content }) => texts.some((text) => text.includes(content.trim())))) {
    findings.remarks.push(
      'with another text in "prompt" than in the conversations of their answers, which were read',
    );
  }
  return { prompt: asked, answers: rest };
}

function withSystem(system: string, prompt: readonly Message[]): readonly Message[] {
  if (system.trim() === "") return prompt;
  const [first, ...others] = prompt;
  if (first?.role !== "system") return [say("system", system), ...prompt];
  if (first.content.includes(system)) return prompt;
  return [say("system", `${system}\n\n${first.content}`), ...others];
}

function askedOf(prompt: readonly Message[]): AskedQuestion {
  const told = prompt.filter(({ role }) => role !== "system");
  const user = told.find(({ role }) => role === "user") ?? told[0];
  const last = told.findLast(({ role }) => role === "user") ?? user;
  return {
    first: user?.content ?? "",
    last: last?.content ?? "",
    all: told.map(({ role, content }) => `${role}: ${content}`).join("\n"),
  };
}
