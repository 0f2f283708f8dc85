/** A checkpoint of the user's own as the language model that learns from rows. */
import type { Answer, Prompt } from "../../core/mod.ts";
import type { Message } from "../../models/checkpoint/chat.ts";
import type { Checkpoint } from "../../models/checkpoint/checkpoint.ts";
import { hubFiles } from "../../models/export/files.ts";
import { OverLimit } from "../../models/checkpoint/limits.ts";
import { valueHead } from "../../models/transformer.ts";
import type { Base } from "../dataset.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { reasonOf } from "../../formats/mod.ts";
import { untold } from "./encode.ts";
import { type ReadOptions, readScorables } from "./read.ts";
import type { Dialogue, Scorable } from "./row.ts";

/** Most tokens that a prompt or an answer keeps, where the model's context has room for both. */
const mostTokens = 512;
/** Fine-tuning: a pre-trained model forgets what it knows at the small testbeds' rates. */
const rate = 1e-5;
/** Operations a parameter: as many as the text testbed's model has, so that as many tokens are read. */
const perParameter = 1.2e7;

/** The language model of a checkpoint: `dataset(file, baseOf(checkpoint))`. */
export function baseOf(checkpoint: Checkpoint): Base {
  const { directory, context, count, width } = checkpoint;
  const each = Math.min(mostTokens, Math.floor(context / 2));
  const tokenizer = tokenizerOf(checkpoint);
  return {
    tokenizer: () => Promise.resolve(tokenizer),
    async languageModel(_workshop, reach) {
      const start = { ...await checkpoint.load(), ...valueHead(width) };
      const { tokenizer: { json, specials }, chat } = checkpoint;
      const vocabulary = { json, specials, ...chat ? { chat: chat.source } : {} };
      return {
        model: checkpoint.model({ ...reach, valueHead: true }),
        start,
        tokenizer,
        files: (params, adapters) =>
          hubFiles(checkpoint.shape({ longest: reach.longest }), params, vocabulary, adapters),
      };
    },
    title: `the checkpoint in ${directory}`,
    limits: { prompt: each, answer: each },
    dialogue: dialogueOf(checkpoint),
    rate,
    flops: Math.ceil(perParameter * count),
    async describe() {
      const sha256 = await checkpoint.fingerprint();
      return {
        model: { directory, sha256 },
        notes: [
          `The start policy is the checkpoint in ${directory}: ${
            count.toLocaleString("en-GB")
          } parameters, SHA-256 ${sha256.slice(0, 12)}`,
          `Of its context of ${context} tokens, prompts may fill ${each} and answers ${each}`,
        ],
      };
    },
  };
}

/** The rows of a file whose answers a checkpoint can score, in order; errors as for `dataset`. */
export function scorables(
  file: string,
  checkpoint: Checkpoint,
  options: Omit<ReadOptions, "dialogue"> = {},
): AsyncGenerator<Scorable> {
  return readScorables(file, { ...options, dialogue: dialogueOf(checkpoint) });
}

/**
 * The answers of a row as the checkpoint reads them, whole; `end` adds the token that ends a text. As
 * in `dataset`, a stop token stands for a prompt of no text. A RangeError where the tokenizer makes
 * nothing of an answer that says something: it would count as certain.
 */
export function rowAnswers(
  { tokenizer }: Checkpoint,
  { prompt, answers, templated }: Scorable,
  end: boolean,
): Answer[] {
  const { opening, stop, encode, encodeAnswer } = tokenizer;
  const text = encode(prompt);
  // Who writes the first tokens in letters gets them once.
  const spelled = opening.every((id, i) => text[i] === id);
  const before = [...templated || spelled ? [] : opening, ...text];
  const shared: Prompt = { id: "", tokens: before.length > 0 ? before : [stop] };
  return answers.map((text) => {
    const own = encodeAnswer(text);
    if (own.length === 0 && text.trim() !== "") throw untold(text);
    const tokens = [...own, ...end && own.at(-1) !== stop ? [stop] : []];
    return { prompt: shared, tokens, length: tokens.length };
  });
}

export function tokenizerOf({ tokenizer, chat }: Checkpoint): Tokenizer {
  const { json, stop } = tokenizer;
  // Whatever decides which tokens a row becomes: entries of the cache depend on it.
  return { ...tokenizer, json: JSON.stringify([json, stop, chat?.source]), crosses: true };
}

/**
 * Messages by the checkpoint's chat template: the prompt ends where the template begins the reply.
 * The end token that the template writes after an answer is left off, as every answer gets one.
 */
export function dialogueOf({ directory, chat, tokenizer: { stopText } }: Checkpoint): Dialogue {
  if (!chat) return () => `must be a string: ${directory} has no chat template for messages`;
  return (prompt, answers, tools) => {
    let rendered: string[];
    try {
      const render = (messages: readonly Message[], reply: boolean) =>
        messages.length > 0 ? chat(messages, reply, tools) : "";
      rendered = [
        render(prompt, true),
        ...answers.map((answer) => render([...prompt, ...answer], false)),
      ];
    } catch (error) {
      if (error instanceof OverLimit) throw error;
      return `must suit the chat template: ${reasonOf(error)}`;
    }
    const [before = "", ...texts] = rendered;
    if (!texts.every((text) => text.startsWith(before))) {
      return "must go on from its prompt: the chat template writes the prompt otherwise once it is answered";
    }
    const found = texts.map((text) => unended(text.slice(before.length), stopText));
    const [lost] = answers.flatMap((answer, i) => leftOut(answer, found[i]!));
    if (lost !== undefined) return `must suit the chat template: it leaves out ${lost}`;
    const [unsaid] = leftOut(prompt, before);
    return {
      prompt: before,
      answers: found,
      templated: true,
      ...unsaid === undefined ? {} : { unsaid },
    };
  };
}

/** What a template did not write of messages: a system's words, an answer, calls of tools. */
function leftOut(messages: readonly Message[], text: string): string[] {
  const gone = (part: string) => {
    const words = part.trim();
    // Templates mend space and marks; what keeps its first word and its last is there.
    const [first = "", ...others] = words.split(/\s+/);
    return words !== "" && !(text.includes(first) && text.includes(others.at(-1) ?? ""));
  };
  return messages.flatMap(({ role, content, tool_calls: calls }) => [
    ...gone(spokenOf(content)) ? [`what ${JSON.stringify(role.slice(0, 40))} says`] : [],
    ...namesOf(calls).filter((name) => !text.includes(name)).map(() => "calls of tools"),
  ]);
}

/** What is said once thoughts are off, which templates take from all turns but the last. */
const spokenOf = (content: string) => content.replace(/^[^]*<\/think>/, "");

function namesOf(calls: unknown): string[] {
  if (!Array.isArray(calls)) return [];
  return calls.flatMap((call: { readonly function?: { readonly name?: unknown } } | null) => {
    const name = call?.function?.name;
    return typeof name === "string" ? [name] : [];
  });
}

function unended(text: string, stop: string): string {
  const end = text.trimEnd();
  return stop !== "" && end.endsWith(stop) ? end.slice(0, -stop.length) : text;
}
