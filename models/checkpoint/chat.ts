import { join } from "node:path";
import { Template } from "@huggingface/jinja";
import { readJson, readText } from "./files.ts";
import { type Allowance, limits as usual } from "./limits.ts";
import { apart } from "./template.ts";
import { isRecord } from "./tokenizer.ts";

/** Templates may know more of it: calls of tools, thoughts. */
export interface Message {
  readonly role: string;
  readonly content: string;
  readonly [extra: string]: unknown;
}

/**
 * The text of messages by a checkpoint's own template; `reply` adds what comes before the model's
 * answer, `tools` are told where the template tells them. Throws what the template throws, and an
 * OverLimit where it takes more than it may.
 */
export interface ChatTemplate {
  (messages: readonly Message[], reply: boolean, tools?: readonly unknown[]): string;
  /** The template. */
  readonly source: string;
}

/** The checkpoint's chat template, if it has one; `specials` are its special tokens by name. */
export async function openChat(
  directory: string,
  specials: { readonly [name: string]: string },
  limits: Allowance = usual,
): Promise<ChatTemplate | undefined> {
  const own = await readText(directory, "chat_template.jinja");
  const source = own ?? templateOf(await readJson(directory, "tokenizer_config.json"));
  if (source === undefined) return undefined;
  // A text that depends on the day would differ between two equal runs: templates see no clock.
  const whole = `{% set strftime_now = there_is_no_clock %}\n${source}`;
  try {
    new Template(whole);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : `${cause}`;
    throw new SyntaxError(`Cannot read the chat template of ${join(directory)}: ${why}`, { cause });
  }
  const file = own === undefined ? "tokenizer_config.json" : "chat_template.jinja";
  const template = apart(whole, join(directory, file), limits);
  const render = (messages: readonly Message[], reply: boolean, tools?: readonly unknown[]) =>
    template({
      ...specials,
      messages,
      add_generation_prompt: reply,
      ...tools ? { tools } : {},
    });
  return Object.assign(render, { source });
}

/** A string, or a list of named ones. */
function templateOf(config: unknown): string | undefined {
  const found = isRecord(config) ? config.chat_template : undefined;
  if (typeof found === "string") return found;
  if (!Array.isArray(found)) return undefined;
  const named: unknown = found.find((one: unknown) => isRecord(one) && one.name === "default");
  return isRecord(named) && typeof named.template === "string" ? named.template : undefined;
}
