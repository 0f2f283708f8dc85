import assert from "node:assert/strict";
import { join } from "node:path";
import { judgeName, openJudge, prices } from "../commands/open-judge.ts";
import { temporary } from "./fake/directory.ts";
import { scripted } from "./fake/openai.ts";

const KEY = "sk-test-12345678";
const request = {
  messages: [{ role: "user" as const, content: "Which?" }],
  longest: 5,
  temperature: 0,
};

/** With these variables set, and none of the others of ours. */
async function environment(set: { [name: string]: string }, run: () => Promise<void>) {
  const names = ["URL", "KEY", "MODEL"].map((name) => `PREFBENCH_JUDGE_${name}`);
  const before = names.map((name) => Deno.env.get(name));
  names.forEach((name) => Deno.env.delete(name));
  for (const [name, value] of Object.entries(set)) Deno.env.set(`PREFBENCH_JUDGE_${name}`, value);
  try {
    await run();
  } finally {
    names.forEach((name, i) =>
      before[i] === undefined ? Deno.env.delete(name) : Deno.env.set(name, before[i])
    );
  }
}

Deno.test("a judge is named by its kind and what comes after the colon", () => {
  assert.deepEqual(judgeName("gold"), { kind: "gold", rest: "" });
  assert.deepEqual(judgeName("remote:org/name:free"), { kind: "remote", rest: "org/name:free" });
  assert.throws(() => judgeName("replay"), { message: "It must be replay:FILE." });
  assert.throws(() => judgeName("gpt-4"), /It must be gold, /);
  assert.deepEqual(prices("0.15,0.6"), { prompt: 0.15, completion: 0.6 });
  for (const bad of ["1", "1,2,3", "a,b", "-1,2", "1,"]) assert.throws(() => prices(bad), bad);
});

Deno.test("a remote judge is found by the environment, keeps its replies and counts its costs", async () => {
  await using server = scripted({
    reply: ({ model }) => ({ text: model, usage: { prompt: 100, completion: 10 } }),
    key: KEY,
  });
  const directory = await temporary();
  const replies = join(directory, "replies.jsonl");
  await environment({ URL: server.url, KEY, MODEL: "toy" }, async () => {
    const named = { judge: judgeName("remote"), replies, prices: { prompt: 1, completion: 10 } };
    for (const [made, kept] of [[1, 0], [0, 1]] as const) {
      await using open = await openJudge(named);
      assert.ok("chat" in open);
      const reply = await open.chat.complete(request);
      assert.equal("text" in reply && reply.text, "toy");
      assert.deepEqual(open.accounts(), {
        calls: made,
        cached: kept,
        tokens: { prompt: 100 * made, completion: 10 * made },
        cost: 0.0002 * made,
      });
    }
    await using other = await openJudge({ ...named, judge: judgeName("remote:other") });
    assert.ok("chat" in other);
    const reply = await other.chat.complete(request);
    assert.equal("text" in reply && reply.text, "other");
  });
  assert.ok(!(await Deno.readTextFile(replies)).includes(KEY));
  // Two judges' replies lie in one file by now.
  await assert.rejects(
    openJudge({ judge: judgeName(`replay:${replies}`), replies }),
    /of remote:toy/,
  );
});

Deno.test("a file says how a remote judge is reached, and its errors show none of its values", async () => {
  await using server = scripted({ reply: () => "fine", key: KEY });
  const directory = await temporary();
  const file = join(directory, "judge.json");
  const open = async (text: string) => {
    await Deno.writeTextFile(file, text);
    return await openJudge({
      judge: judgeName("remote"),
      judgeFile: file,
      replies: join(directory, "replies.jsonl"),
    });
  };
  await environment({ MODEL: "toy" }, async () => {
    await using judge = await open(JSON.stringify({ url: server.url, key: KEY, timeout: 9 }));
    assert.ok("chat" in judge);
    assert.ok("text" in await judge.chat.complete(request));
    for (
      const [text, message] of [
        [`{"key": "${KEY}"`, /judge\.json: not JSON$/],
        [`{"key": ["${KEY}"]}`, /field "key": .*expected string/],
        [JSON.stringify({ key: KEY, url: `http://a:${KEY}@b/` }), /no user, password/],
        [JSON.stringify({ key: KEY, retries: -1 }), /field "retries"/],
        [JSON.stringify({ key: KEY, temperature: 1 }), /"temperature" .* put it into "body"/],
        [JSON.stringify({ [KEY]: 1 }), /a field is unknown: known are url, key, model/],
        [JSON.stringify({ url: server.url, body: { api_key: KEY } }), /it holds a key/],
        [JSON.stringify({ key: KEY }), /set PREFBENCH_JUDGE_URL/],
      ] as const
    ) {
      await assert.rejects(open(text), (error: Error) => {
        assert.match(error.message, message);
        assert.ok(!Deno.inspect(error).includes(KEY));
        return true;
      });
    }
  });
});

Deno.test("gold judges only where the truth is known", async () => {
  await assert.rejects(
    async () => await openJudge({ judge: judgeName("gold"), replies: "none" }),
    /nobody knows the truth/,
  );
});
