import { z } from "zod";
import type { ChatReply, ChatRequest, Failure, FailureKind, Json } from "../core/mod.ts";
import { longestFields } from "./as-sent.ts";
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

/** Fields of every request that are the user's own. */
export type ChatBody = { readonly [field: string]: Json };

/** The body of a request; the user's own fields win over ours, and one that is null is not sent. */
export function requested(
  { messages, longest, temperature, seed, alternatives }: ChatRequest,
  { model, body, longestField }: {
    readonly model: string;
    readonly body: ChatBody;
    readonly longestField: string;
  },
  probabilities: boolean,
): string {
  const own = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
  return JSON.stringify({
    ...longestFields.some((field) => Object.hasOwn(body, field)) ? {} : { [longestField]: longest },
    ...temperature === undefined ? {} : { temperature },
    ...seed === undefined ? {} : { seed },
    ...probabilities ? { logprobs: true, top_logprobs: alternatives } : {},
    ...own,
    model,
    messages,
    stream: false,
  });
}

const text = z.string();
/** A reply's text, in parts as well; parts that are no text are no part of it. */
const content = z.union([
  text,
  z.array(z.looseObject({ type: z.string().optional(), text: text.optional() }))
    .transform((parts) => parts.map(({ text = "" }) => text).join("")),
], { error: "a text" });
const completion = z.object({
  choices: z.array(z.object({
    message: z.object({
      content: content.nullish(),
      refusal: text.nullish(),
      // Both names are in use for what a model thought before its answer.
      reasoning_content: z.unknown().optional(),
      reasoning: z.unknown().optional(),
    }),
    finish_reason: z.unknown().optional(),
    // What is beside the text never voids it: these are read apart.
    logprobs: z.unknown().optional(),
    error: z.unknown().optional(),
  })).min(1),
  usage: z.unknown().optional(),
});

/** The reply of a server that accepted the request. */
export function accepted(
  text: string,
  request: ChatRequest,
  fail: Fail,
  secret: Secrecy,
): Attempt {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return lost(fail("malformed", "The reply is not JSON", text), false);
  }
  const wrong = errorIn(value);
  if (wrong) return free(fail(wrong.kind, wrong.reason, text), wrong.again);
  const parsed = completion.safeParse(value);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    const reason = `${path.join(".") || "The reply"}: ${message}`;
    // No choices at all is what a relay says whose own server failed.
    const empty = path.join() === "choices";
    return lost(fail(empty ? "server error" : "malformed", reason, text), empty);
  }
  const usage = usageIn(parsed.data.usage);
  const choice = parsed.data.choices[0]!;
  const broken = errorIn(choice) ??
    (choice.finish_reason === "error" ? serverError("The server says that it failed") : undefined);
  if (broken) return { result: fail(broken.kind, broken.reason, text), again: broken.again, usage };
  return { ...repliedBy(choice, request, fail, secret, usage), again: false, usage };
}

type Choice = z.infer<typeof completion>["choices"][number];

function repliedBy(
  { message, finish_reason, logprobs }: Choice,
  { alternatives, partial }: ChatRequest,
  fail: Fail,
  secret: Secrecy,
  usage: Usage,
): Pick<Attempt, "result"> {
  const failure = (kind: FailureKind, reason: string) => ({
    result: fail(kind, reason, message.content ?? message.refusal ?? undefined),
  });
  if (message.refusal) return failure("refusal", "The model refused to answer");
  if (finish_reason === "content_filter") {
    return failure("refusal", "The server's filter held the answer back");
  }
  const cut = finish_reason === "length";
  const reasoned = [message.reasoning_content, message.reasoning].some((one) => !!one);
  // Who asks for a letter reads what there is, however soon the reply ends.
  if (cut && alternatives === undefined && !partial) {
    return failure("cut off", "The reply ended at the limit of its tokens");
  }
  if (!message.content) {
    return failure(
      cut ? "cut off" : "malformed",
      `The reply has no text${reasoned ? ", only thoughts" : ""}${
        cut ? ": it ended at the limit of its tokens" : ""
      }`,
    );
  }
  const places = alternatives === undefined
    ? undefined
    : placesIn(logprobs, secret, message.content);
  return {
    result: {
      text: secret.hide(message.content),
      ...places ? { logprobs: places } : {},
      ...typeof usage === "object" ? { usage: usage.tokens } : {},
      ...cut ? { cut } : {},
      ...reasoned ? { reasoned } : {},
    },
  };
}

const count = z.int().min(0);
const counted = z.object({ prompt_tokens: count, completion_tokens: count.default(0) });

function usageIn(value: unknown): Usage {
  const { data } = counted.safeParse(value);
  return data
    ? { tokens: { prompt: data.prompt_tokens, completion: data.completion_tokens } }
    : "unknown";
}

// Rounding may leave a certain token a little above 0.
const logprob = z.object({ token: text, logprob: z.number().max(1e-3) });
const places = z.object({
  content: z.array(logprob.extend({ top_logprobs: z.array(logprob).nullish() })),
});

/** The alternatives of each token, and the token itself where it is not among them; undefined where the server tells none in the usual form. */
function placesIn(value: unknown, secret: Secrecy, said: string): ChatReply["logprobs"] {
  const { data } = places.safeParse(value);
  // A key may be spelled over several tokens, of which none is the key.
  if (!data || secret.hide(said) !== said) return undefined;
  return data.content.map(({ token, logprob, top_logprobs }) => {
    const top = top_logprobs ?? [];
    const all = top.some((other) => other.token === token) ? top : [...top, { token, logprob }];
    return all.map((one) => ({ token: secret.hide(one.token), logprob: one.logprob }));
  });
}

interface Wrong {
  readonly kind: FailureKind;
  readonly reason: string;
  readonly again: boolean;
}
const serverError = (reason: string): Wrong => ({ kind: "server error", reason, again: true });

const error = z.union([
  text.min(1),
  z.looseObject({
    message: text.optional(),
    code: z.union([text, z.number()]).nullish(),
    type: text.nullish(),
  }),
]);
const errorForm = z.object({ error });
const problemForm = z.object({
  error: error.optional(),
  detail: z.union([text, z.array(z.looseObject({ msg: text }))]).optional(),
  message: text.optional(),
});

/** What a server that accepted a request says went wrong with it all the same. */
function errorIn(value: unknown): Wrong | undefined {
  const { data } = errorForm.safeParse(value);
  if (!data) return undefined;
  const { error } = data;
  const reason = typeof error === "string" ? error : error.message ?? "The server names no reason";
  const words = typeof error === "string"
    ? error
    : [error.code, error.type, error.message].filter((one) => one != null).join(" ");
  const status = Number(/^\d{3}\b/.exec(words)?.[0] ?? NaN);
  if (/insufficient_quota/.test(words)) return { kind: "rate limit", reason, again: false };
  if (status === 429 || /rate.?limit|too many requests|\boverloaded/i.test(words)) {
    return { kind: "rate limit", reason, again: true };
  }
  if (
    status >= 400 && status < 500 && status !== 408 || /invalid_request|authentication/.test(words)
  ) {
    return { kind: "refused request", reason, again: false };
  }
  return serverError(reason);
}

/** What the server says is wrong, where it says so in one of the usual forms. */
export function problem(text: string): string {
  try {
    const { data } = problemForm.safeParse(JSON.parse(text));
    const { error, detail, message } = data ?? {};
    if (typeof error === "string") return error;
    const said = error?.message ?? (typeof detail === "string" ? detail : detail?.[0]?.msg);
    return said ?? message ?? "";
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function shorten(text: string, most = 300): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
