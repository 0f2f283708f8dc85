import { z } from "zod";
import type { ChatReply, ChatRequest, Failure, FailureKind } from "../core/mod.ts";
import type { Usage } from "./meter.ts";
import type { Secrecy } from "./secrecy.ts";

/** What is sent to an OpenAI-compatible server, and what it replies. */

/** What came of asking once. */
export interface Attempt {
  readonly result: ChatReply | Failure;
  /** Whether another attempt may do better. */
  readonly again: boolean;
  readonly usage: Usage;
  /** Milliseconds after which the server wants to be asked again. */
  readonly wait?: number;
}

/** An attempt that costs nothing, and one that may have been billed. */
export const free = (result: Failure, again: boolean): Attempt => ({
  result,
  again,
  usage: "free",
});
export const lost = (result: Failure, again: boolean): Attempt => ({
  result,
  again,
  usage: "unknown",
});

/** A failure whose reason and reply show no key. */
export type Fail = (failure: FailureKind, reason: string, raw?: string) => Failure;
export const failing = (secret: Secrecy): Fail => (failure, reason, raw) => ({
  failure,
  reason: shorten(secret.hide(reason)),
  ...raw === undefined || !secret.hideable ? {} : { raw: shorten(secret.hide(raw), 2000) },
});

/** The body of a request; `body` are further fields of the user's own, which ours come after. */
export const requested = (
  { messages, longest, temperature, seed, alternatives }: ChatRequest,
  { model, body, longestField }: {
    readonly model: string;
    readonly body: { readonly [field: string]: string | number | boolean };
    readonly longestField: string;
  },
  probabilities: boolean,
): string =>
  JSON.stringify({
    ...body,
    model,
    messages,
    [longestField]: longest,
    temperature,
    stream: false,
    ...seed === undefined ? {} : { seed },
    ...probabilities ? { logprobs: true, top_logprobs: alternatives } : {},
  });

const logprob = z.object({ token: z.string(), logprob: z.number().max(1e-3) });
const completion = z.object({
  choices: z.array(z.object({
    message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
    finish_reason: z.string().nullish(),
    logprobs: z.object({
      content: z.array(logprob.extend({ top_logprobs: z.array(logprob).nullish() })).nullish(),
    }).nullish(),
  })).min(1),
  usage: z.object({
    prompt_tokens: z.int().min(0),
    completion_tokens: z.int().min(0).default(0),
  }).nullish(),
});

/** The reply of a server that accepted the request. */
export function accepted(
  text: string,
  { alternatives }: ChatRequest,
  fail: Fail,
  secret: Secrecy,
): Attempt {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return lost(fail("malformed", "The reply is not JSON", text), false);
  }
  const parsed = completion.safeParse(value);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    return lost(fail("malformed", `${path.join(".") || "The reply"}: ${message}`, text), false);
  }
  const { choices: [choice], usage: counted } = parsed.data;
  const usage = counted
    ? { tokens: { prompt: counted.prompt_tokens, completion: counted.completion_tokens } }
    : "unknown";
  const { message, finish_reason, logprobs } = choice!;
  const refused = (kind: FailureKind, reason: string): Attempt => ({
    result: fail(kind, reason, message.content ?? message.refusal ?? undefined),
    again: false,
    usage,
  });
  if (message.refusal) return refused("refusal", "The model refused to answer");
  if (finish_reason === "content_filter") {
    return refused("refusal", "The server's filter held the answer back");
  }
  // Who asks for a first token's alternatives reads them, however soon the reply ends.
  if (finish_reason === "length" && alternatives === undefined) {
    return refused("cut off", "The reply ended at the limit of its tokens");
  }
  if (!message.content) return refused("malformed", "The reply has no text");
  const result: ChatReply = {
    text: secret.hide(message.content),
    ...logprobs?.content && alternatives !== undefined
      ? { logprobs: logprobs.content.map((place) => [...alternativesOf(place)]) }
      : {},
    ...usage === "unknown" ? {} : { usage: usage.tokens },
  };
  return { result, again: false, usage };
}

/** The alternatives of one token, and the token itself where it is not among them. */
function* alternativesOf(
  { token, logprob, top_logprobs }: { token: string; logprob: number } & {
    top_logprobs?: { token: string; logprob: number }[] | null | undefined;
  },
) {
  const top = top_logprobs ?? [];
  yield* top;
  if (!top.some((other) => other.token === token)) yield { token, logprob };
}

/** What the server says is wrong, where it says so in the usual form. */
export function problem(text: string): string {
  const form = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) });
  try {
    const { data } = form.safeParse(JSON.parse(text));
    return typeof data?.error === "string" ? data.error : data?.error.message ?? "";
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function shorten(text: string, most = 300): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
