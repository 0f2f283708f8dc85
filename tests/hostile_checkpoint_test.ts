import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encode } from "../benchmarks/dataset/encode.ts";
import { dialogueOf, tokenizerOf } from "../benchmarks/dataset/checkpoint.ts";
import { type Allowance, OverLimit } from "../models/checkpoint/limits.ts";
import { openCheckpoint } from "../mod.ts";
import { command } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";

const llama = fileURLToPath(new URL("goldens/models/llama", import.meta.url));

/** The goldens' LLaMA with fields of one of its files changed. */
async function changed(file: string, change: object): Promise<string> {
  const directory = await temporary();
  for (const { name } of Deno.readDirSync(llama)) {
    await Deno.copyFile(join(llama, name), join(directory, name));
  }
  const json = JSON.parse(await Deno.readTextFile(join(directory, file)));
  await Deno.writeTextFile(join(directory, file), JSON.stringify({ ...json, ...change }));
  return directory;
}

const few: Allowance = { milliseconds: 500, memory: 64 };
const text = `${"a".repeat(60)}b`;
const split = (Regex: string) => ({
  pre_tokenizer: {
    type: "Sequence",
    pretokenizers: [
      { type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false },
      { type: "ByteLevel", add_prefix_space: false, use_regex: false },
    ],
  },
});
const tokenizers = {
  "a pattern that splits": split("(a+)+$"),
  "a pattern that replaces": {
    normalizer: { type: "Replace", pattern: { Regex: "(a+a+)+y" }, content: "" },
  },
};
const templates = {
  "a list of a billion numbers": "{% for i in range(10**9) %}{% endfor %}",
  "a range of a billion": "{% for i in range(1000000000) %}{% endfor %}",
  "a loop within a loop":
    "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
  "a list that doubles":
    "{% set n = namespace(a=[1]) %}{% for i in range(40) %}{% set n.a = n.a + n.a %}{% endfor %}",
};
const user = [{ role: "user", content: "Say" }];
const said = [[{ role: "assistant", content: "yes" }]];

/** What is thrown, and the milliseconds that it took. */
async function ended(work: () => unknown): Promise<{ error: unknown; took: number }> {
  const began = performance.now();
  try {
    await work();
  } catch (error) {
    return { error, took: performance.now() - began };
  }
  assert.fail("it came to an end");
}

for (const [what, change] of Object.entries(tokenizers)) {
  Deno.test(`a tokenizer that never ends is ended, and its file named: ${what}`, async () => {
    const directory = await changed("tokenizer.json", change);
    const checkpoint = await openCheckpoint(directory, few);
    assert.ok(checkpoint.tokenizer.encode("good").length > 0);
    async function* rows() {
      yield { kind: "pair", prompt: text, chosen: "yes", rejected: "no", repaired: false } as const;
    }
    for (
      const work of [
        () => checkpoint.tokenizer.encode(text),
        () => encode(rows(), tokenizerOf(checkpoint)),
      ]
    ) {
      const { error, took } = await ended(work);
      assert.ok(error instanceof OverLimit, `${error}`);
      assert.match(error.message, /^Cannot use .*tokenizer\.json: it took longer than 0\.\d+ s$/);
      assert.ok(took < 5000, `${took} ms`);
    }
    assert.ok(checkpoint.tokenizer.encode("good").length > 0);
  });
}

for (const [what, chat_template] of Object.entries(templates)) {
  Deno.test(`a chat template that never ends is ended, and its file named: ${what}`, async () => {
    const directory = await changed("tokenizer_config.json", { chat_template });
    const checkpoint = await openCheckpoint(directory, few);
    // It is no fault of the row, so that no other is tried.
    const { error, took } = await ended(() => dialogueOf(checkpoint)(user, said));
    if (!(error instanceof OverLimit)) throw error;
    assert.match(
      error.message,
      /template of .*tokenizer_config\.json: it took longer than 0\.5 s or more than 64 MB$/,
    );
    assert.ok(took < 10_000, `${took} ms`);
  });
}

Deno.test("a template renders in its thread what it renders without, thousands of times and after errors", async () => {
  const chat_template =
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ raise_exception('no') if m.content == 'bad' }}{% endfor %}";
  const { chat } = await openCheckpoint(await changed("tokenizer_config.json", { chat_template }));
  assert.throws(() => chat!([{ role: "user", content: "bad" }], true), /^Error: no$/);
  for (let i = 0; i < 2000; i++) {
    assert.equal(chat!([{ role: "user", content: `€${i}` }], true), `<user>€${i}`);
  }
});

const linux = Deno.build.os === "linux";

for (
  const [what, file, change, prompt] of [
    ["tokenizer", "tokenizer.json", tokenizers["a pattern that splits"], text],
    [
      "chat template",
      "tokenizer_config.json",
      { chat_template: templates["a list that doubles"] },
      user,
    ],
  ] as const
) {
  Deno.test({
    name: `deno task score ends soon, in little memory and with the file's name: a hostile ${what}`,
    ignore: !linux,
    async fn() {
      const model = await changed(file, change);
      const data = join(await temporary(), "rows.jsonl");
      const answer = typeof prompt === "string" ? "yes" : said[0];
      await Deno.writeTextFile(data, `${JSON.stringify({ prompt, completion: answer })}\n`);
      const child = command(["score", "--model", model, "--data", data, "--json"], undefined, [
        "--allow-ffi=node_modules",
      ]).spawn();
      let most = 0;
      const watch = setInterval(() => {
        try {
          const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
          most = Math.max(most, Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0));
        } catch (error) {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
        }
      }, 100);
      const began = performance.now();
      const { code, stderr } = await child.output();
      clearInterval(watch);
      const heard = new TextDecoder().decode(stderr);
      assert.equal(code, 1, heard);
      assert.match(
        heard,
        RegExp(`error: Cannot use .*${file.replace(".", "\\.")}: it took longer`),
      );
      assert.ok(performance.now() - began < 40_000);
      // Deno and the packages take about 150 MB.
      assert.ok(most > 0 && most < 700_000, `${most} kB`);
    },
  });
}
