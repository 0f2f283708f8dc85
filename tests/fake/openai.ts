import { rng } from "../../core/mod.ts";

/**
 * A scripted OpenAI-compatible server: real HTTP on this machine, with faults on order.
 */

/** What may go wrong with a request. */
export const faults = [
  /** 429 with Retry-After. */
  "rate limit",
  "server error",
  /** No reply until the server closes. */
  "hang",
  /** The connection ends in the middle of the body. */
  "broken off",
  /** finish_reason "length" after half of the text. */
  "cut off",
  /** 200 with half of its JSON. */
  "malformed",
  /** A well-formed reply whose text is `ScriptedOptions.injected`. */
  "injected",
  /** message.refusal in place of a text. */
  "refusal",
  /** 400 that repeats the request's headers. */
  "echo",
] as const;
export type Fault = typeof faults[number];

/** The body of a request, as our client writes it. */
export interface Asked {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly max_tokens?: number;
  readonly temperature: number;
  readonly seed?: number;
  readonly logprobs?: boolean;
  readonly top_logprobs?: number;
  readonly [field: string]: unknown;
}

export interface Said {
  readonly text: string;
  /** Log-probabilities of the first token's alternatives, given where the request wants them. */
  readonly logprobs?: { readonly [token: string]: number };
  /** Tokens; counted by words otherwise, and left out where null. */
  readonly usage?: { readonly prompt: number; readonly completion: number } | null;
}

export interface ScriptedOptions {
  reply(asked: Asked): Said | string | Response;
  /** What befalls the nth equal request, from 0; nothing by default. */
  readonly fault?: (asked: Asked, nth: number) => Fault | undefined;
  /** What an injected reply says. */
  injected?(asked: Asked): string;
  /** Requests without it are refused. */
  readonly key?: string;
  /** Seconds that a 429 asks for; 1 by default. */
  readonly retryAfter?: string;
}

export interface Scripted extends AsyncDisposable {
  /** What a client's URL must be. */
  readonly url: string;
  /** Every request in the order of its coming, with what befell it. */
  readonly calls: { readonly asked: Asked; readonly fault?: Fault }[];
  /** The most requests that were open at one time. */
  busiest(): number;
}

export function scripted(options: ScriptedOptions): Scripted {
  const calls: { asked: Asked; fault?: Fault }[] = [];
  const seen = new Map<string, number>();
  const closing = new AbortController();
  let [open, busiest] = [0, 0];

  async function answer(request: Request): Promise<Response> {
    if (request.method !== "POST" || new URL(request.url).pathname !== "/v1/chat/completions") {
      return problem(404, "no such path");
    }
    if (
      options.key !== undefined &&
      request.headers.get("authorization") !== `Bearer ${options.key}`
    ) {
      return problem(401, "wrong key");
    }
    const body = await request.text();
    const asked = JSON.parse(body) as Asked;
    const nth = seen.get(body) ?? 0;
    seen.set(body, nth + 1);
    const fault = options.fault?.(asked, nth);
    calls.push({ asked, ...fault ? { fault } : {} });
    if (fault === "rate limit") {
      return problem(429, "slow down", { "retry-after": options.retryAfter ?? "1" });
    }
    if (fault === "server error") return problem(500, "something broke");
    if (fault === "echo") {
      return problem(400, `bad headers: ${JSON.stringify([...request.headers])}`);
    }
    if (fault === "hang") {
      await new Promise((resolve) => closing.signal.addEventListener("abort", resolve));
      return problem(503, "closing");
    }
    const reply = options.reply(asked);
    if (reply instanceof Response) return reply;
    const said = typeof reply === "string" ? { text: reply } : reply;
    const text = fault === "injected" ? options.injected!(asked) : said.text;
    const json = JSON.stringify(completion(asked, { ...said, text }, fault));
    const headers = { "content-type": "application/json" };
    if (fault === "malformed") {
      return new Response(json.slice(0, json.length / 2), { headers });
    }
    if (fault !== "broken off") return new Response(json, { headers });
    const half = new TextEncoder().encode(json.slice(0, json.length / 2));
    return new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(half);
        },
        pull(controller) {
          controller.error(new Error("broken off"));
        },
      }),
      { headers },
    );
  }

  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {}, onError: (error) => problem(500, `${error}`) },
    async (request) => {
      busiest = Math.max(busiest, ++open);
      try {
        return await answer(request);
      } finally {
        open--;
      }
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/v1`,
    calls,
    busiest: () => busiest,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.shutdown();
    },
  };
}

/** The body of a reply. */
function completion(asked: Asked, { text, logprobs, usage }: Said, fault: Fault | undefined) {
  const shown = fault === "cut off" ? text.slice(0, text.length / 2) : text;
  const probabilities = asked.logprobs && logprobs;
  return {
    id: "1",
    object: "chat.completion",
    model: asked.model,
    choices: [{
      index: 0,
      message: {
        role: "assistant",
        content: fault === "refusal" ? null : shown,
        ...fault === "refusal" ? { refusal: "I will not" } : {},
      },
      finish_reason: fault === "cut off" ? "length" : "stop",
      ...probabilities ? { logprobs: { content: [tokenOf(probabilities)] } } : {},
    }],
    ...usage === null ? {} : {
      usage: {
        prompt_tokens: usage?.prompt ??
          words(asked.messages.map(({ content }) => content).join(" ")),
        completion_tokens: usage?.completion ?? words(shown),
      },
    },
  };
}

/** Befalls this share of requests, evenly with one of `kinds`, by a draw from seed and request. */
export function faultPlan(
  seed: number,
  share: number,
  kinds: readonly Fault[],
): (asked: Asked, nth: number) => Fault | undefined {
  return (asked, nth) => {
    const draw = rng(seed).split(JSON.stringify([asked.messages, asked.seed, nth]));
    return draw.uniform() < share ? draw.pick(kinds) : undefined;
  };
}

function tokenOf(logprobs: { readonly [token: string]: number }) {
  const top = Object.entries(logprobs).map(([token, logprob]) => ({ token, logprob }))
    .sort((a, b) => b.logprob - a.logprob);
  return { ...top[0]!, top_logprobs: top };
}

const words = (text: string) => text.split(/\s+/).filter(Boolean).length;

const problem = (status: number, message: string, headers: HeadersInit = {}) =>
  Response.json({ error: { message } }, { status, headers });
