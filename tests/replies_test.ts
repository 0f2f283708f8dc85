import assert from "node:assert/strict";
import { join } from "node:path";
import type { Chat, ChatReply, ChatRequest, Failure } from "../core/mod.ts";
import { cached, replyKey } from "../judges/cached.ts";
import { replay } from "../judges/replay.ts";
import { readReplies, replyFile } from "../lab/judging/replies.ts";
import { temporary } from "./fake/directory.ts";

const ask = (content: string, more: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [{ role: "user", content }],
  longest: 5,
  temperature: 0,
  ...more,
});

/** A chat that counts its calls, and fails at "bad". */
function counting(id = "remote:toy", parameters: Chat["parameters"] = {}) {
  const asked: string[] = [];
  const complete = ({ messages, repeat }: ChatRequest): Promise<ChatReply | Failure> => {
    const { content } = messages[0]!;
    asked.push(content);
    return Promise.resolve(
      content === "bad"
        ? { failure: "timeout", reason: "late" }
        : { text: `${id} says ${content} ${repeat ?? 0}`, usage: { prompt: 1, completion: 2 } },
    );
  };
  return { asked, chat: { id, parameters, complete } satisfies Chat };
}

const silent = () => {};

Deno.test("an equal request is asked once, also after the process ended and while it is under way", async () => {
  const path = join(await temporary(), "replies.jsonl");
  const { asked, chat } = counting();
  const first = cached(chat, await replyFile(path, silent));
  const both = await Promise.all([first.complete(ask("a")), first.complete(ask("a"))]);
  assert.deepEqual(both[0], both[1]);
  assert.deepEqual(first.calls, { made: 1, cached: 1 });
  const second = cached(chat, await replyFile(path, silent));
  assert.deepEqual(await second.complete(ask("a", { repeat: 0 })), both[0]);
  assert.deepEqual(asked, ["a"]);
});

Deno.test("whatever decides a reply is part of its key", () => {
  const { chat } = counting("remote:toy", { top_p: 1, url: "u" });
  const key = replyKey(chat, ask("a"));
  assert.equal(replyKey({ ...chat, parameters: { url: "u", top_p: 1 } }, ask("a")), key);
  const others = [
    replyKey({ ...chat, id: "remote:other" }, ask("a")),
    replyKey({ ...chat, parameters: { top_p: 0.9, url: "u" } }, ask("a")),
    replyKey(chat, ask("b")),
    replyKey(chat, ask("a", { longest: 6 })),
    replyKey(chat, ask("a", { temperature: 1 })),
    replyKey(chat, ask("a", { seed: 1 })),
    replyKey(chat, ask("a", { alternatives: 5 })),
    replyKey(chat, ask("a", { repeat: 1 })),
    replyKey(chat, { ...ask("a"), messages: [{ role: "system", content: "a" }] }),
  ];
  assert.equal(new Set([key, ...others]).size, 10);
});

Deno.test("a failure is never kept", async () => {
  const path = join(await temporary(), "replies.jsonl");
  const { asked, chat } = counting();
  const kept = cached(chat, await replyFile(path, silent));
  await kept.complete(ask("bad"));
  await kept.complete(ask("bad"));
  assert.deepEqual(asked, ["bad", "bad"]);
  assert.deepEqual((await replyFile(path, silent)).all(), []);
});

Deno.test("a torn last line is dropped and written over, however long it was", async () => {
  const path = join(await temporary(), "replies.jsonl");
  const { chat } = counting();
  await cached(chat, await replyFile(path, silent)).complete(ask("a"));
  const whole = await Deno.readTextFile(path);
  for (const torn of ['{"schema":1', "x".repeat(10_000), whole.slice(0, -1)]) {
    await Deno.writeTextFile(path, whole + torn);
    const again = cached(chat, await replyFile(path, silent));
    await again.complete(ask("a"));
    await again.complete(ask("b"));
    assert.deepEqual(again.calls, { made: 1, cached: 1 });
    const text = await Deno.readTextFile(path);
    assert.equal(text.split("\n").length, 3);
    assert.ok(text.startsWith(whole));
    assert.equal((await replyFile(path, silent)).all().length, 2);
  }
});

for (
  const [what, tail] of [
    ["a blank line", "\n"],
    ["spaces", "  \r\n"],
    ["a torn line that is ended", '{"sch\n'],
    ["a torn line", '{"sch'],
    ["a block of zeros", "\0".repeat(512)],
    ["a block of zeros that is ended", `${"\0".repeat(512)}\n`],
    ["half a character", "\u00e9"],
  ] as const
) {
  Deno.test(`replies that end in ${what} are cut off and said so, and can be added to for ever`, async () => {
    const path = join(await temporary(), "replies.jsonl");
    const { chat } = counting();
    await cached(chat, await replyFile(path, silent)).complete(ask("a"));
    const whole = await Deno.readFile(path);
    const more = new TextEncoder().encode(tail);
    const rest = what === "half a character" ? more.subarray(0, 1) : more;
    await Deno.writeFile(path, new Uint8Array([...whole, ...rest]));
    const heard: string[] = [];
    const again = cached(chat, await replyFile(path, (line) => heard.push(line)));
    assert.equal(heard.length, 1);
    assert.match(heard[0]!, /replies\.jsonl:2: left out/);
    for (const word of ["a", "b", "c"]) await again.complete(ask(word));
    assert.deepEqual(again.calls, { made: 2, cached: 1 });
    assert.equal((await Deno.readTextFile(path)).split("\n").length, 4);
    assert.equal((await replyFile(path, (line) => heard.push(line))).all().length, 3);
    assert.equal(heard.length, 1);
  });
}

Deno.test("blank lines between replies, as two files put together have, hold nothing", async () => {
  const path = join(await temporary(), "replies.jsonl");
  const { chat } = counting();
  const kept = cached(chat, await replyFile(path, silent));
  for (const word of ["a", "b"]) await kept.complete(ask(word));
  const [a, b] = (await Deno.readTextFile(path)).split("\n");
  await Deno.writeTextFile(path, `\n${a}\n\n \r\n${"\0".repeat(64)}\n${b}\n`);
  assert.equal((await readReplies(path, silent)).length, 2);
});

Deno.test("a bad line within is an error with its place", async () => {
  const path = join(await temporary(), "replies.jsonl");
  const { chat } = counting();
  await cached(chat, await replyFile(path, silent)).complete(ask("a"));
  const line = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, `${line}nonsense\n${line}`);
  await assert.rejects(replyFile(path, silent), {
    name: "SyntaxError",
    message: /replies\.jsonl:2: not JSON/,
  });
  await Deno.writeTextFile(path, line.replace('"longest":5', '"longest":"5"'));
  await assert.rejects(replyFile(path, silent), {
    message: /:1: field "request.longest" must be a number: current value is "5"/,
  });
});

Deno.test("several writers of one file lose nothing", async () => {
  const path = join(await temporary(), "replies.jsonl");
  const writer = import.meta.resolve("./fake/replier.ts");
  const children = ["one", "two", "three"].map((name) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-read", "--allow-write", writer, path, name, "20"],
    }).output()
  );
  for (const { success, stderr } of await Promise.all(children)) {
    assert.ok(success, new TextDecoder().decode(stderr));
  }
  assert.equal((await readReplies(path, silent)).length, 60);
});

Deno.test("recorded replies are given again, under the judge's own name, and what is missing fails", async () => {
  const path = join(await temporary(), "replies.jsonl");
  const { asked, chat } = counting("remote:toy", { top_p: 1 });
  const live = cached(chat, await replyFile(path, silent));
  const requests = [ask("a"), ask("a", { repeat: 1, temperature: 1 })];
  const replies = await Promise.all(requests.map(live.complete));
  const again = replay(await readReplies(path, silent), path);
  assert.equal(again.id, chat.id);
  assert.deepEqual(again.parameters, chat.parameters);
  assert.deepEqual(await Promise.all(requests.map(again.complete)), replies);
  assert.equal(asked.length, 2);
  const missing = await again.complete(ask("b"));
  assert.equal("failure" in missing && missing.failure, "not recorded");
  assert.ok("failure" in missing && missing.reason.startsWith(`${path} has no reply `));
});

Deno.test("a file of no replies or of two judges is not replayed", async () => {
  assert.throws(() => replay([], "x.jsonl"), /x\.jsonl: it holds no replies/);
  const path = join(await temporary(), "replies.jsonl");
  for (const id of ["remote:one", "remote:two"]) {
    await cached(counting(id).chat, await replyFile(path, silent)).complete(ask("a"));
  }
  const recorded = await readReplies(path, silent);
  assert.throws(() => replay(recorded, path), /replies of remote:one \{\} and of remote:two/);
  await assert.rejects(readReplies(`${path}.none`, silent), Deno.errors.NotFound);
});
