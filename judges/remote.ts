import pLimit from "p-limit";
import {
  type Chat,
  type ChatReply,
  type ChatRequest,
  failed,
  type Failure,
  fingerprint,
  rng,
} from "../core/mod.ts";
import {
  accepted,
  type Attempt,
  type ChatBody,
  type Fail,
  failing,
  free,
  lost,
  problem,
  requested,
} from "./completion.ts";
import { type Cap, type JudgeSpending, meter, type Prices } from "./meter.ts";
import { holdsSecret, looksSecret, type Secrecy, secrecy } from "./secrecy.ts";

/** A server, and how it is asked. */
export interface RemoteOptions {
  /** What `/chat/completions` is appended to, as `http://127.0.0.1:8000/v1`; it holds no secrets. */
  readonly url: string;
  readonly model: string;
  readonly key?: string;
  /** Fields of every request, as `{ top_p: 1 }`, which win over ours; null leaves one of ours out. */
  readonly body?: ChatBody;
  /** The field that says how long a reply may be: some servers have a name of their own for it. */
  readonly longestField?: "max_tokens" | "max_completion_tokens";
  /** Milliseconds after which an attempt is given up; 120,000 by default. */
  readonly timeout?: number;
  /** Attempts after the first; 5 by default. */
  readonly retries?: number;
  /** Requests at one time; 8 by default. */
  readonly concurrency?: number;
  readonly prices?: Prices;
  readonly cap?: Cap;
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

/** A server as a chat. */
export interface RemoteChat extends Chat {
  spent(): JudgeSpending;
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
  const { model, clock, retries = 5, concurrency = 8, signal, body = {} } = options;
  const secret = secrecy(options.key);
  const url = endpoint(options.url, secret);
  checkBody(body, secret);
  const post = poster(url, options, secret);
  const { reserve, spent } = meter(options.prices, options.cap);
  const limit = pLimit(concurrency);
  const jitter = rng("waits between attempts");

  async function complete(request: ChatRequest): Promise<ChatReply | Failure> {
    for (let attempt = 0;; attempt++) {
      const place = await reserve(request);
      if ("failure" in place) return place;
      const { result, again, usage, wait } = await post(request);
      place.settle(usage);
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
    parameters: { ...body, url: named(url) },
    complete: (request) => limit(() => complete(request)),
    spent,
  };
}

/** Asks once. */
function poster(
  url: string,
  { model, key, clock, timeout = 120_000, signal, ...options }: RemoteOptions,
  secret: Secrecy,
): (request: ChatRequest) => Promise<Attempt> {
  const { longestField = "max_tokens", body = {} } = options;
  const fail = failing(secret);
  // Set once the server has refused a request for log-probabilities as such.
  let unable = false;

  return async (request) => {
    const probabilities = request.alternatives !== undefined && !unable;
    const found = await sent(url, {
      method: "POST",
      redirect: "manual",
      headers: {
        "content-type": "application/json",
        ...key === undefined ? {} : { authorization: `Bearer ${key}` },
      },
      body: requested(request, { model, body, longestField }, probabilities),
    }, { timeout, signal, fail });
    if ("result" in found) return found;
    const { response, text } = found;
    if (response.ok) return accepted(text, request, fail, secret);
    if (response.status >= 300 && response.status < 400) {
      const why = `${response.status}: the server sends elsewhere, where no request is sent on`;
      return free(fail("refused request", why, text), false);
    }
    // What a refused request says may name the key in ways that cannot be foreseen.
    const said = secret.hideable ? problem(text) : "";
    const status = `${response.status}${said ? `: ${said}` : ""}`;
    const wait = () => after(response.headers.get("retry-after"), clock.now());
    if (response.status === 429) {
      // No waiting fills an empty account.
      const again = !/insufficient_quota/.test(text);
      return { ...free(fail("rate limit", status, text), again), ...wait() };
    }
    if (response.status >= 500 || response.status === 408) {
      return { ...free(fail("server error", status, text), true), ...wait() };
    }
    if (probabilities && /log_?prob/i.test(text)) {
      unable = true;
      return { ...free(fail("refused request", status, text), true), wait: 0 };
    }
    return free(fail("refused request", status, text), false);
  };
}

/** The server's reply, or what came of there being none. */
async function sent(
  url: string,
  request: RequestInit,
  { timeout, signal, fail }: {
    readonly timeout: number;
    readonly signal: AbortSignal | undefined;
    readonly fail: Fail;
  },
): Promise<{ readonly response: Response; readonly text: string } | Attempt> {
  const cancel = new AbortController();
  const alarm = setTimeout(() => cancel.abort(), timeout);
  try {
    const response = await fetch(url, {
      ...request,
      signal: signal ? AbortSignal.any([signal, cancel.signal]) : cancel.signal,
    });
    const text = await readUpTo(response, LARGEST);
    return text === undefined
      ? lost(fail("malformed", `The reply is longer than ${LARGEST} bytes`), false)
      : { response, text };
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
}

function endpoint(text: string, secret: Secrecy): string {
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
  if (secret.hide(url.href) !== url.href || url.pathname.split("/").some(looksSecret)) {
    throw new RangeError("Cannot use the judge's URL: it holds a key; give the key by itself");
  }
  return `${url.href.replace(/\/+$/, "").replace(/\/chat\/completions$/, "")}/chat/completions`;
}

/** The URL as it is kept: a part that might be a secret stands as its hash. */
const named = (url: string): string =>
  url.split("/").map((part, i) =>
    i > 2 && /^(?=.*\d)[\w.~-]{20,}$/.test(part) ? `sha256-${fingerprint(part).slice(0, 16)}` : part
  ).join("/");

/** Fields that every request has by what is asked. */
const reserved = ["messages", "model", "stream"];

/** A RangeError, without any value, for fields that cannot be a user's, or are kept with each reply and hold a key. */
function checkBody(body: ChatBody, secret: Secrecy): void {
  const ours = reserved.find((field) => Object.hasOwn(body, field));
  if (ours !== undefined) {
    throw new RangeError(
      `Cannot set "${ours}" in the body of a judge's requests: it is not a setting`,
    );
  }
  if (secret.hide(JSON.stringify(body)) !== JSON.stringify(body) || holdsSecret(body)) {
    throw new RangeError(
      "Cannot use the body of a judge's requests: it holds a key, and is kept with each reply; give the key by itself",
    );
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
