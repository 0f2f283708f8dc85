import pLimit from "p-limit";
import { z } from "zod";
import {
  type Chat,
  type ChatReply,
  type ChatRequest,
  failed,
  type Failure,
  type FailureKind,
  rng,
} from "../core/mod.ts";
import { type Metered, type Prices, purse, type Spent } from "./purse.ts";
import { secrecy } from "./secrecy.ts";

export interface RemoteOptions {
  /** What `/chat/completions` is appended to, as `http://127.0.0.1:8000/v1`; it holds no secrets. */
  readonly url: string;
  readonly model: string;
  readonly key?: string;
  /** Further fields of every request, as `{ top_p: 1 }`. */
  readonly body?: { readonly [field: string]: string | number | boolean };
  /** The field that says how long a reply may be: some servers have a name of their own for it. */
  readonly longestField?: "max_tokens" | "max_completion_tokens";
  /** Milliseconds after which an attempt is given up; 120,000 by default. */
  readonly timeout?: number;
  /** Attempts after the first; 5 by default. */
  readonly retries?: number;
  /** Requests at one time; 8 by default. */
  readonly concurrency?: number;
  readonly prices?: Prices;
  /** What may be spent at most, in tokens or in the prices' currency. */
  readonly cap?: { readonly tokens?: number; readonly cost?: number };
  readonly clock: Clock;
  /** Once it aborts nothing is asked or waited for any more, and what is under way is given up. */
  readonly signal?: AbortSignal;
}

/** Time in milliseconds, and waiting for it to pass. */
export interface Clock {
  now(): number;
  /** Resolves early once the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export interface RemoteChat extends Chat {
  spent(): Spent;
}

/** Longer waits than this, asked for by a server, are not waited for. */
const PATIENCE = 10 * 60_000;
/** Bytes that a reply may have. */
const LARGEST = 4 * 2 ** 20;

/**
 * A model behind an OpenAI-compatible server. Rate limits, server errors, lost connections and
 * timeouts are tried again, after as long as the server asks or twice as long each time; what is
 * still wrong then is a failure. The key stands in no reply, failure or error. A RangeError for
 * options that cannot be meant.
 */
export function remote(options: RemoteOptions): RemoteChat {
  const { model, clock, timeout = 120_000, retries = 5, concurrency = 8, signal } = options;
  const { longestField = "max_tokens", body = {} } = options;
  const url = endpoint(options.url);
  const secret = secrecy(options.key);
  const money = purse(options.prices, options.cap);
  const limit = pLimit(concurrency);
  const jitter = rng("waits between attempts");
  // Set once the server has refused a request for log-probabilities as such.
  let unable = false;

  const fail = (failure: FailureKind, reason: string, raw?: string): Failure => ({
    failure,
    reason: shorten(secret.hide(reason)),
    ...raw === undefined || !secret.hideable ? {} : { raw: shorten(secret.hide(raw), 2000) },
  });

  async function post(request: ChatRequest): Promise<Attempt> {
    const probabilities = request.alternatives !== undefined && !unable;
    const cancel = new AbortController();
    const alarm = setTimeout(() => cancel.abort(), timeout);
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method: "POST",
        redirect: "manual",
        signal: signal ? AbortSignal.any([signal, cancel.signal]) : cancel.signal,
        headers: {
          "content-type": "application/json",
          ...options.key === undefined ? {} : { authorization: `Bearer ${options.key}` },
        },
        body: JSON.stringify({
          ...body,
          model,
          messages: request.messages,
          [longestField]: request.longest,
          temperature: request.temperature,
          stream: false,
          ...request.seed === undefined ? {} : { seed: request.seed },
          ...probabilities ? { logprobs: true, top_logprobs: request.alternatives } : {},
        }),
      });
      const read = await readUpTo(response, LARGEST);
      if (read === undefined) {
        return lost(fail("malformed", `The reply is longer than ${LARGEST} bytes`), false);
      }
      text = read;
    } catch (error) {
      if (signal?.aborted) return lost(fail("no connection", "Stopped"), false);
      if (cancel.signal.aborted) {
        return lost(fail("timeout", `No reply within ${timeout} ms`), true);
      }
      const { message } = error as Error;
      return lost(fail("no connection", message), true);
    } finally {
      clearTimeout(alarm);
    }
    if (response.ok) return accepted(text, request);
    // What a refused request says may name the key in ways that cannot be foreseen.
    const said = secret.hideable ? problem(text) : "";
    const status = `${response.status}${said ? `: ${said}` : ""}`;
    if (response.status === 429) {
      // No waiting fills an empty account.
      const again = !/insufficient_quota/.test(text);
      return {
        ...free(fail("rate limit", status, text), again),
        ...after(response.headers.get("retry-after"), clock.now()),
      };
    }
    if (response.status >= 500 || response.status === 408) {
      return {
        ...free(fail("server error", status, text), true),
        ...after(response.headers.get("retry-after"), clock.now()),
      };
    }
    if (probabilities && /log_?prob/i.test(text)) {
      unable = true;
      return { ...free(fail("refused request", status, text), true), wait: 0 };
    }
    return free(fail("refused request", status, text), false);
  }

  function accepted(text: string, { alternatives }: ChatRequest): Attempt {
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
    const { choices: [choice], usage } = parsed.data;
    const metered = usage
      ? { tokens: { prompt: usage.prompt_tokens, completion: usage.completion_tokens } }
      : "unknown";
    const { message, finish_reason, logprobs } = choice!;
    const refused = (kind: FailureKind, reason: string): Attempt => ({
      result: fail(kind, reason, message.content ?? message.refusal ?? undefined),
      again: false,
      metered,
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
    const reply: ChatReply = {
      text: secret.hide(message.content),
      ...logprobs?.content && alternatives !== undefined
        ? { logprobs: logprobs.content.map((place) => [...alternativesOf(place)]) }
        : {},
      ...metered === "unknown" ? {} : { usage: metered.tokens },
    };
    return { result: reply, again: false, metered };
  }

  async function complete(request: ChatRequest): Promise<ChatReply | Failure> {
    for (let attempt = 0;; attempt++) {
      const place = await money.reserve(request);
      if ("failure" in place) return place;
      const { result, again, metered, wait } = await post(request);
      place.settle(metered);
      if (!failed(result)) return result;
      if (!again || signal?.aborted || attempt >= retries || (wait ?? 0) > PATIENCE) {
        const tries = attempt === 0 ? "" : ` (attempt ${attempt + 1})`;
        return { ...result, reason: `${result.reason}${tries}` };
      }
      await clock.sleep(
        wait ?? Math.min(60_000, 1000 * 2 ** attempt) * (0.5 + jitter.uniform() / 2),
        signal,
      );
    }
  }

  return {
    id: `remote:${model}`,
    parameters: { ...body, url },
    complete: (request) => limit(() => complete(request)),
    spent: money.spent,
  };
}

interface Attempt {
  readonly result: ChatReply | Failure;
  /** Whether another attempt may do better. */
  readonly again: boolean;
  readonly metered: Metered;
  /** Milliseconds after which the server wants to be asked again. */
  readonly wait?: number;
}

/** An attempt that costs nothing, and one that may have been billed. */
const free = (result: Failure, again: boolean): Attempt => ({ result, again, metered: "free" });
const lost = (result: Failure, again: boolean): Attempt => ({ result, again, metered: "unknown" });

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

function endpoint(text: string): string {
  // The text itself stays out of the errors: somebody may have put a key into it.
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new RangeError("Cannot use the judge's URL: it must begin with http:// or https://");
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new RangeError(
      "Cannot use the judge's URL: it must have no user, password, ? or #; give the key by itself",
    );
  }
  return `${url.href.replace(/\/+$/, "")}/chat/completions`;
}

/** What the server says is wrong, where it says so in the usual form. */
function problem(text: string): string {
  const form = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) });
  try {
    const { data } = form.safeParse(JSON.parse(text));
    return typeof data?.error === "string" ? data.error : data?.error.message ?? "";
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** What a Retry-After header asks for, seconds or a date. */
function after(header: string | null, now: number): { wait?: number } {
  if (header === null) return {};
  const wait = /^\s*\d+(\.\d+)?\s*$/.test(header)
    ? 1000 * Number(header)
    : Date.parse(header) - now;
  return Number.isNaN(wait) ? {} : { wait: Math.max(0, wait) };
}

/** The body as text; undefined where it is longer than `most` bytes. */
async function readUpTo(response: Response, most: number): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let [size, text] = [0, ""];
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > most) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function shorten(text: string, most = 300): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
