import assert from "node:assert/strict";
import { type ChatReply, type ChatRequest, failed, type Failure } from "../core/mod.ts";
import { asSent } from "../judges/as-sent.ts";
import { remote, type RemoteOptions } from "../judges/remote.ts";
import { type Fault, faultPlan, faults, scripted, type ScriptedOptions } from "./fake/openai.ts";

const KEY = "sk-Very/Secret+1234";
const ask = (content: string, more: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [{ role: "user", content }],
  longest: 20,
  temperature: 0,
  ...more,
});

/** A chat on a scripted server, with the waits that it would have made. */
function start(script: ScriptedOptions, options: Partial<RemoteOptions> = {}) {
  const server = scripted(script);
  const waits: number[] = [];
  const chat = remote({
    url: server.url,
    model: "toy",
    timeout: 300,
    clock: {
      now: () => Date.parse("2030-01-01T00:00:00Z"),
      sleep: (wait) => Promise.resolve(void waits.push(wait)),
    },
    ...options,
  });
  return { server, waits, chat };
}
const failure = (found: ChatReply | Failure): Failure => {
  assert.ok(failed(found), JSON.stringify(found));
  return found;
};
const once = (fault: Fault) => (_: unknown, nth: number) => nth === 0 ? fault : undefined;
const always = (fault: Fault) => () => fault;

Deno.test("a reply comes with its text, tokens and cost, and the request has what it should", async () => {
  const { server, chat } = start(
    { reply: () => ({ text: "[[A]]", usage: { prompt: 1000, completion: 50 } }), key: KEY },
    { key: KEY, prices: { prompt: 2, completion: 10 }, body: { top_p: 0.5 } },
  );
  await using _ = server;
  const reply = await chat.complete(ask("Which?", { seed: 7 }));
  assert.deepEqual(reply, { text: "[[A]]", usage: { prompt: 1000, completion: 50 } });
  assert.deepEqual(server.calls[0]!.asked, {
    top_p: 0.5,
    model: "toy",
    messages: [{ role: "user", content: "Which?" }],
    max_tokens: 20,
    temperature: 0,
    stream: false,
    seed: 7,
  });
  // 1000 · 2 / 10⁶ + 50 · 10 / 10⁶
  assert.deepEqual(chat.spent(), {
    requests: 1,
    tokens: { prompt: 1000, completion: 50 },
    unmetered: 0,
    cost: 0.0025,
  });
  assert.equal(chat.id, "remote:toy");
});

Deno.test("rate limits, server errors, lost connections and timeouts are tried again", async () => {
  for (const fault of ["rate limit", "server error", "broken off", "hang"] as const) {
    const { server, chat, waits } = start({ reply: () => "fine", fault: once(fault) });
    await using _ = server;
    const reply = await chat.complete(ask("a"));
    assert.equal("text" in reply && reply.text, "fine", fault);
    assert.equal(server.calls.length, 2, fault);
    assert.equal(waits.length, 1);
    // The first wait of our own is between half a second and one.
    if (fault === "rate limit") assert.equal(waits[0], 1000);
    else assert.ok(waits[0]! >= 500 && waits[0]! <= 1000, `${waits}`);
  }
});

Deno.test("Retry-After is honoured as seconds and as a date, and not for ever", async () => {
  for (
    const [header, wait] of [["7", 7000], ["Tue, 01 Jan 2030 00:00:30 GMT", 30_000], [
      "0",
      0,
    ]] as const
  ) {
    const { server, chat, waits } = start({
      reply: () => "fine",
      fault: once("rate limit"),
      retryAfter: header,
    });
    await using _ = server;
    await chat.complete(ask("a"));
    assert.deepEqual(waits, [wait]);
  }
  const { server, chat, waits } = start({
    reply: () => "fine",
    fault: once("rate limit"),
    retryAfter: "86400",
  });
  await using _ = server;
  assert.equal(failure(await chat.complete(ask("a"))).failure, "rate limit");
  assert.deepEqual(waits, []);
});

Deno.test("waits double, and what stays wrong is a failure of its kind with every attempt counted", async () => {
  for (
    const [fault, kind, calls] of [
      ["rate limit", "rate limit", 4],
      ["server error", "server error", 4],
      ["broken off", "no connection", 4],
      ["hang", "timeout", 4],
      ["cut off", "cut off", 1],
      ["malformed", "malformed", 1],
      ["refusal", "refusal", 1],
      ["echo", "refused request", 1],
    ] as const
  ) {
    const { server, chat, waits } = start(
      { reply: () => "some longer text", fault: always(fault) },
      { retries: 3, timeout: 60 },
    );
    await using _ = server;
    const found = failure(await chat.complete(ask("a")));
    assert.equal(found.failure, kind, fault);
    assert.equal(server.calls.length, calls, fault);
    if (calls === 4) assert.match(found.reason, /\(attempt 4\)$/);
    if (fault === "server error") {
      waits.forEach((wait, i) => assert.ok(wait >= 500 * 2 ** i && wait <= 1000 * 2 ** i));
    }
    if (fault === "cut off") assert.equal(found.raw, "some lon");
  }
});

Deno.test("a stop ends a request and a wait at once, and nothing is asked after it", async () => {
  const { server, chat } = start(
    { reply: () => "fine", fault: always("hang") },
    { timeout: 60_000, signal: AbortSignal.timeout(50) },
  );
  await using _ = server;
  assert.match(failure(await chat.complete(ask("under way"))).reason, /^Stopped$/);
  assert.match(failure(await chat.complete(ask("later"))).reason, /^Stopped$/);
  assert.equal(server.calls.length, 1);

  const stop = new AbortController();
  const waiting = start(
    { reply: () => "fine", fault: always("server error") },
    {
      signal: stop.signal,
      clock: {
        now: () => 0,
        sleep: (_, signal) => (stop.abort(), assert.ok(signal?.aborted), Promise.resolve()),
      },
    },
  );
  await using __ = waiting.server;
  assert.match(failure(await waiting.chat.complete(ask("a"))).reason, /^Stopped/);
  assert.equal(waiting.server.calls.length, 1);
});

Deno.test("nobody there is a lost connection, and an empty account is not asked again", async () => {
  const { server, chat } = start({ reply: () => "fine" }, { retries: 1 });
  await server[Symbol.asyncDispose]();
  assert.equal(failure(await chat.complete(ask("a"))).failure, "no connection");
  const poor = start({
    reply: () => Response.json({ error: { code: "insufficient_quota" } }, { status: 429 }),
  });
  await using _ = poor.server;
  assert.equal(failure(await poor.chat.complete(ask("a"))).failure, "rate limit");
  assert.equal(poor.server.calls.length, 1);
});

Deno.test("replies of a wrong form are malformed, and say where", async () => {
  for (
    const [reply, reason] of [
      [{ choices: [{ message: { content: 5 } }] }, /choices.0.message.content/],
      [{ choices: [{ message: { content: "" } }] }, /no text/],
      [{ choices: [{ message: { content: null, reasoning_content: "Hm" } }] }, /only thoughts/],
    ] as const
  ) {
    const { server, chat } = start({ reply: () => Response.json(reply) });
    await using _ = server;
    const found = failure(await chat.complete(ask("a")));
    assert.equal(found.failure, "malformed");
    assert.match(found.reason, reason);
    assert.equal(server.calls.length, 1);
  }
});

Deno.test("an error inside a reply that was accepted is what it says, and tried again where that helps", async () => {
  const fine = { choices: [{ message: { content: "fine" } }] };
  for (
    const [reply, kind, again] of [
      [{ error: { message: "Rate limit exceeded", code: 429 } }, "rate limit", true],
      [{ error: { message: "slow", type: "rate_limit_error" } }, "rate limit", true],
      [{ error: { message: "no money", code: "insufficient_quota" } }, "rate limit", false],
      [{ error: { message: "No such model", code: 404 } }, "refused request", false],
      [{ error: "upstream failed" }, "server error", true],
      [{ id: null, choices: null }, "server error", true],
      [{ choices: [] }, "server error", true],
      [{ choices: [{ message: { content: "" }, finish_reason: "error" }] }, "server error", true],
      [
        { choices: [{ message: { content: "" }, error: { code: 502, message: "bad" } }] },
        "server error",
        true,
      ],
    ] as const
  ) {
    const always = start({ reply: () => Response.json(reply) }, { retries: 1 });
    await using _ = always.server;
    const found = failure(await always.chat.complete(ask("a")));
    assert.equal(found.failure, kind, JSON.stringify(reply));
    assert.equal(always.server.calls.length, again ? 2 : 1, JSON.stringify(reply));
    let nth = 0;
    const once = start({ reply: () => Response.json(nth++ === 0 ? reply : fine) });
    await using __ = once.server;
    assert.equal("text" in await once.chat.complete(ask("a")), again, JSON.stringify(reply));
  }
  // A field that is there and empty says nothing.
  const none = start({ reply: () => Response.json({ ...fine, error: null }) });
  await using ___ = none.server;
  assert.ok("text" in await none.chat.complete(ask("a")));
});

Deno.test("what stands beside a reply's text never voids it", async () => {
  const message = { content: "m" };
  for (
    const [more, choice] of [
      [{ usage: { prompt_tokens: 10, completion_tokens: null } }, {}],
      [{ usage: {} }, {}],
      [{ usage: 5.5 }, {}],
      [{ usage: { prompt_tokens: -1, completion_tokens: 2 } }, {}],
      [{}, { logprobs: { content: [{ token: "m", logprob: null }] } }],
      [{}, { logprobs: { content: [{ token: "m", logprob: 2 }] } }],
      [{}, { logprobs: { tokens: ["m"], token_logprobs: [-0.1] } }],
      [{}, { logprobs: [] }],
      [{}, { finish_reason: 7 }],
      [{}, { message: { content: [{ type: "text", text: "m" }] } }],
    ] as const
  ) {
    const { server, chat } = start({
      reply: () => Response.json({ ...more, choices: [{ message, ...choice }] }),
    });
    await using _ = server;
    assert.deepEqual(await chat.complete(ask("a", { longest: 1, alternatives: 5 })), { text: "m" });
    assert.equal(chat.spent().unmetered, 1);
  }
});

Deno.test("fields of the user's own win over ours, and null leaves one of ours out", async () => {
  const sent = async (body: NonNullable<RemoteOptions["body"]>) => {
    const { server, chat } = start({ reply: () => "fine" }, { body });
    await using _ = server;
    await asSent(chat).complete(ask("a", { alternatives: 5 }));
    const { model: _m, messages: _s, stream: _t, ...rest } = server.calls[0]!.asked;
    return rest;
  };
  assert.deepEqual(await sent({ temperature: 1, max_completion_tokens: 9000, logprobs: false }), {
    ...{ temperature: 1, max_completion_tokens: 9000, logprobs: false, top_logprobs: 5 },
  });
  assert.deepEqual(
    await sent({ temperature: null, max_tokens: null, reasoning: { effort: "low" } }),
    {
      ...{ reasoning: { effort: "low" }, logprobs: true, top_logprobs: 5 },
    },
  );
  for (const field of ["messages", "model", "stream"]) {
    assert.throws(
      () => start({ reply: () => "" }, { body: { [field]: "x" } }),
      RegExp(`Cannot set "${field}" in the body`),
    );
  }
});

Deno.test("F6: a key in the body or the URL is refused, and one in log-probabilities is not kept", async () => {
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  for (
    const options of [
      { body: { api_key: "hunter2" } },
      { body: { extra: { headers: { Authorization: "hunter2" } } } },
      { body: { user: `sk-${"hunter2".repeat(3)}` } },
      { body: { note: `my ${KEY} hunter2` }, key: KEY },
      { url: `http://127.0.0.1/${encodeURIComponent(KEY)}/hunter2`, key: KEY },
      { url: "http://127.0.0.1/sk-hunter2hunter2/v1" },
    ]
  ) {
    assert.throws(
      () => remote({ url: "http://127.0.0.1/v1", model: "toy", clock, ...options }),
      (error: Error) => {
        assert.match(error.message, /holds a key/);
        assert.doesNotMatch(Deno.inspect(error), /hunter2|Secret/);
        return error instanceof RangeError;
      },
    );
  }
  // Fields that only sound alike are nobody's key.
  remote({
    ...{ url: "http://127.0.0.1/v1/chat/completions", model: "toy", clock },
    body: { max_tokens: 9, prompt_cache_key: "mine", stop: ["sk-"], user: "key" },
  });
  const long = remote({ url: "http://127.0.0.1/a1b2c3d4e5f6a7b8c9d0e1f2/v1", model: "toy", clock });
  assert.doesNotMatch(`${long.parameters["url"]}`, /a1b2c3d4e5f6/);

  const place = (token: string) => ({
    token,
    logprob: -0.1,
    top_logprobs: [{ token, logprob: -0.1 }, { token: `x${KEY}`, logprob: -3 }],
  });
  const reply = (content: string, tokens: readonly string[]) => () =>
    Response.json({
      choices: [{ message: { content }, logprobs: { content: tokens.map(place) } }],
    });
  for (const [content, tokens] of [["m", ["m"]], [KEY, [KEY.slice(0, 9), KEY.slice(9)]]] as const) {
    const { server, chat } = start({ reply: reply(content, tokens) }, { key: KEY });
    await using _ = server;
    const found = JSON.stringify(await chat.complete(ask("a", { alternatives: 2 })));
    assert.ok(!found.includes(KEY.slice(0, 9)), found);
    assert.match(found, /\[key\]/);
  }
});

Deno.test("a reply of any length is not read: four megabytes are the most", async () => {
  const { server, chat } = start({ reply: () => new Response("x".repeat(5 * 2 ** 20)) });
  await using _ = server;
  const found = failure(await chat.complete(ask("a")));
  assert.equal(found.failure, "malformed");
  assert.equal(found.raw, undefined);
});

Deno.test("the key is in no failure, reply or error, whatever a server repeats", async () => {
  const spellings = [KEY, encodeURIComponent(KEY), btoa(KEY), btoa(`Bearer ${KEY}`)];
  const clean = (value: unknown) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    for (const spelling of spellings) assert.ok(!text.includes(spelling), text);
    assert.ok(text.includes("[key]"), text);
  };
  const { server, chat } = start({ reply: () => "", fault: always("echo") }, { key: KEY });
  await using _ = server;
  const found = failure(await chat.complete(ask("a")));
  clean(found.reason);
  clean(found.raw);
  // As a reply, in an error of another form, and cut where the key stands.
  const said = spellings.join(" and ");
  for (
    const reply of [
      () => said,
      () => new Response(said, { status: 500 }),
      () => new Response(`${" ".repeat(290)}${said}`, { status: 400 }),
      () => new Response(said),
    ]
  ) {
    const other = start({ reply }, { key: KEY, retries: 0 });
    await using _ = other.server;
    clean(await other.chat.complete(ask("a")));
  }
  // Nothing is kept of what a server says where the key could not be told from other text.
  const short = start({ reply: () => "", fault: always("echo") }, { key: "abc" });
  await using __ = short.server;
  const kept = failure(await short.chat.complete(ask("a")));
  assert.equal(kept.reason, "400");
  assert.equal(kept.raw, undefined);
});

Deno.test("options that cannot be meant are errors that show neither URL nor key", () => {
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  const wrong = (options: Partial<RemoteOptions>, message: RegExp) =>
    assert.throws(
      () => remote({ url: "http://127.0.0.1/v1", model: "toy", clock, ...options }),
      (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hunter2/);
        return error instanceof RangeError;
      },
    );
  wrong({ url: "http://me:hunter2@127.0.0.1/v1" }, /user, password/);
  wrong({ url: "http://127.0.0.1/v1?key=hunter2" }, /user, password/);
  wrong({ url: "hunter2" }, /must begin with http/);
  wrong({ url: "file:///hunter2" }, /must begin with http/);
  wrong({ key: "hunter2\nX-Evil: 1" }, /printable ASCII/);
  wrong({ cap: { cost: 1 } }, /without the prices/);
});

Deno.test("a redirect is not followed, so that the key goes nowhere else", async () => {
  const elsewhere = scripted({ reply: () => "stolen" });
  await using _ = elsewhere;
  const { server, chat } = start({
    reply: () =>
      new Response(null, {
        status: 307,
        headers: { location: `${elsewhere.url}/chat/completions` },
      }),
  }, { key: KEY });
  await using __ = server;
  const found = failure(await chat.complete(ask("a")));
  assert.equal(found.failure, "refused request");
  assert.match(found.reason, /^307: the server sends elsewhere/);
  assert.equal(elsewhere.calls.length, 0);
});

Deno.test("log-probabilities come with the first token's alternatives, also at the limit of one token", async () => {
  const said = { text: "m or M", logprobs: { m: -0.2, M: -1.8 } };
  const { server, chat } = start({ reply: () => said, fault: always("cut off") });
  await using _ = server;
  const reply = await chat.complete(ask("a", { longest: 1, alternatives: 5 }));
  assert.deepEqual("text" in reply && [reply.text, reply.cut], ["m o", true]);
  assert.equal(failure(await chat.complete(ask("a"))).failure, "cut off");
  const whole = start({ reply: () => ({ text: "m", logprobs: { m: -0.2, M: -1.8 } }) });
  await using __ = whole.server;
  assert.deepEqual(await whole.chat.complete(ask("a", { longest: 1, alternatives: 5 })), {
    text: "m",
    logprobs: [[{ token: "m", logprob: -0.2 }, { token: "M", logprob: -1.8 }]],
    usage: { prompt: 1, completion: 1 },
  });
  assert.equal(whole.server.calls[0]!.asked.top_logprobs, 5);
});

Deno.test("a server that refuses log-probabilities is asked without them from then on", async () => {
  const { server, chat } = start({
    reply: ({ logprobs }) =>
      logprobs
        ? Response.json({ error: { message: "logprobs is not supported" } }, { status: 400 })
        : "m",
  });
  await using _ = server;
  for (const content of ["a", "b"]) {
    const reply = await chat.complete(ask(content, { longest: 1, alternatives: 5 }));
    assert.equal("text" in reply && reply.text, "m");
  }
  assert.equal(server.calls.length, 3);
});

Deno.test("no more requests are under way at one time than allowed", async () => {
  const { server, chat } = start({ reply: () => "fine" }, { concurrency: 3 });
  await using _ = server;
  await Promise.all(Array.from({ length: 20 }, (_, i) => chat.complete(ask(`${i}`))));
  assert.equal(server.calls.length, 20);
  assert.ok(server.busiest() <= 3, `${server.busiest()}`);
});

Deno.test("a cap in tokens or cost is never exceeded, and what is over it is not sent", async () => {
  // A request of 1 byte takes at most 1 + 8 + 64 prompt tokens and 20 of reply: 93; really 40.
  const said = { text: "fine", usage: { prompt: 30, completion: 10 } };
  for (
    const options of [
      { cap: { tokens: 200 } },
      // 30 · 1 + 10 · 2 = 50 a reply, at most 73 + 40 = 113: in the same units, 260 leaves room for three.
      { cap: { cost: 260e-6 }, prices: { prompt: 1, completion: 2 } },
    ]
  ) {
    const { server, chat } = start({ reply: () => said }, options);
    await using _ = server;
    const found = await Promise.all(
      ["a", "b", "c", "d", "e", "f"].map((x) => chat.complete(ask(x))),
    );
    const done = found.filter((reply) => !failed(reply)).length;
    const over = found.filter(failed);
    // Tokens: 0, 40 and 80 leave 93, 120 does not; cost: 0, 50 and 100 leave 113, 150 does not.
    assert.equal(done, 3);
    assert.equal(server.calls.length, 3);
    assert.ok(over.every(({ failure }) => failure === "over budget"));
    assert.match(over[0]!.reason, /this request may/);
  }
});

Deno.test("tokens that nobody counted are taken to be the most they can be", async () => {
  const { server, chat } = start(
    { reply: () => ({ text: "fine", usage: null }) },
    { cap: { tokens: 200 } },
  );
  await using _ = server;
  // 93 each: two fit.
  const found = [];
  for (const x of ["a", "b", "c"]) found.push(await chat.complete(ask(x)));
  assert.deepEqual(found.map(failed), [false, false, true]);
  assert.deepEqual(chat.spent().unmetered, 2);
});

Deno.test("with 30 % faults every request ends as a right reply or a failure, and the plan is the seed's", async () => {
  const kinds = faults.filter((fault) => fault !== "injected" && fault !== "hang");
  const run = async () => {
    const { server, chat } = start({
      reply: ({ messages }) => `echo of ${messages[0]!.content}`,
      fault: faultPlan(3, 0.3, kinds),
    });
    await using _ = server;
    const found = await Promise.all(
      Array.from({ length: 100 }, (_, i) => chat.complete(ask(`${i}`))),
    );
    found.forEach((reply, i) => failed(reply) || assert.equal(reply.text, `echo of ${i}`));
    const befallen = server.calls.filter(({ fault }) => fault).length / server.calls.length;
    return { befallen, kinds: found.map((reply) => failed(reply) ? reply.failure : "fine") };
  };
  const first = await run();
  assert.deepEqual(first, await run());
  assert.ok(Math.abs(first.befallen - 0.3) < 0.1, `${first.befallen}`);
  assert.ok(new Set(first.kinds).size >= 4, `${new Set(first.kinds)}`);
});
