import assert from "node:assert/strict";
import { join } from "node:path";
import { AutoModelForCausalLM, AutoTokenizer, type Tensor } from "@huggingface/transformers";
import { learnTokenizer, readTokenizer } from "../benchmarks/text/tokenizer.ts";
import { judgeName, openJudge } from "../commands/open-judge.ts";
import { type ChatReply, type ChatRequest, failed, type Failure, rng } from "../core/mod.ts";
import { dtypes, local, type LocalOptions } from "../judges/local.ts";
import { writeExport } from "../lab/checkpoints/export.ts";
import { readLocalModel } from "../lab/checkpoints/local-model.ts";
import { hubFiles } from "../models/export/files.ts";
import { transformer, type TransformerShape } from "../models/transformer.ts";
import { temporary } from "./fake/directory.ts";

const context = 160;
const tokenizer = readTokenizer(learnTokenizer([["Which is better, A or B?", 5]], 270));
const shape: TransformerShape = {
  vocabulary: tokenizer.size,
  layers: 1,
  width: 16,
  heads: 2,
  positions: "rotary",
  context,
  longest: 20,
  stop: tokenizer.stop,
};
/** A tokenizer that puts a token of its own before each text, as LLaMA's does. */
const json = (() => {
  const plain = JSON.parse(tokenizer.json);
  const end = plain.added_tokens.find(({ id }: { id: number }) => id === tokenizer.stop).content;
  const single = [{ SpecialToken: { id: end, type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }];
  const special_tokens = { [end]: { id: end, ids: [tokenizer.stop], tokens: [end] } };
  const post_processor = { type: "TemplateProcessing", single, pair: single, special_tokens };
  return JSON.stringify({ ...plain, post_processor });
})();
const chat = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}" +
  "{% if add_generation_prompt %}assistant:{% endif %}";

/** The folder of a model with loud random parameters. */
async function folder(template: string | undefined = chat, seed = "loud"): Promise<string> {
  const directory = join(await temporary(), "toy");
  const random = rng(seed);
  const params = Object.fromEntries(
    Object.entries(transformer(shape).init(rng("init"))).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data, (x) => x + 0.3 * random.normal()) },
    ]),
  );
  await writeExport(
    directory,
    hubFiles(shape, params, {
      json,
      ...template === undefined ? {} : { chat: template },
    }),
  );
  return directory;
}

async function opened(directory: string, more: Partial<LocalOptions> = {}) {
  const judge = await local({ ...await readLocalModel(directory, dtypes), ...more });
  return Object.assign(judge, { [Symbol.asyncDispose]: judge.close });
}

const asking = (content: string, more: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [{ role: "user", content }],
  longest: 12,
  temperature: 0,
  // So that a reply that is cut off is still one.
  alternatives: 5,
  ...more,
});
function replied(reply: ChatReply | Failure): ChatReply {
  assert.ok(!failed(reply), JSON.stringify(reply));
  return reply;
}
function failure(reply: ChatReply | Failure): Failure {
  assert.ok(failed(reply), JSON.stringify(reply));
  return reply;
}

/** What transformers.js itself makes of a text: its tokens, and the logits of the first new one. */
async function theirs(directory: string, text: string, special: boolean) {
  const reader = await AutoTokenizer.from_pretrained(directory);
  const model = await AutoModelForCausalLM.from_pretrained(directory);
  const inputs = reader(text, { add_special_tokens: special });
  const all = await model.generate({ ...inputs, do_sample: false, max_new_tokens: 12 }) as Tensor;
  const { logits } = await model(inputs) as { logits: Tensor };
  const prompt = inputs.input_ids.dims.at(-1)!;
  assert.equal(Number(inputs.input_ids.data[0]) === tokenizer.stop, special);
  const tokens = [...all.data as BigInt64Array].slice(prompt).map(Number);
  const last = [...logits.data as Float32Array].slice(-shape.vocabulary);
  await model.dispose();
  return {
    prompt,
    tokens,
    text: reader.decode(tokens, { skip_special_tokens: true }),
    logp: (id: number) => last[id]! - Math.log(last.reduce((sum, x) => sum + Math.exp(x), 0)),
    order: last.map((_, id) => id).sort((a, b) => last[b]! - last[a]!),
    piece: (id: number) => reader.decode([id], { skip_special_tokens: false }),
  };
}

for (
  const [name, template, text] of [
    ["by the folder's chat template", chat, "user: Which is better?\nassistant:"],
    ["without one, as speakers take turns", undefined, "User: Which is better?\n\nAssistant:"],
  ] as const
) {
  Deno.test(`a local judge is asked ${name}, and replies greedily as transformers.js does`, async () => {
    const directory = template === undefined ? await bare() : await folder(template);
    const want = await theirs(directory, text, template === undefined);
    await using judge = await opened(directory);
    const request = asking("Which is better?");
    const reply = replied(await judge.complete(request));
    assert.equal(reply.text, want.text);
    assert.deepEqual(reply.usage, { prompt: want.prompt, completion: want.tokens.length });
    assert.deepEqual(await judge.complete(request), reply);
    assert.deepEqual(judge.spent().tokens, {
      prompt: 2 * want.prompt,
      completion: 2 * want.tokens.length,
    });
    const [alternatives, ...others] = reply.logprobs!;
    assert.deepEqual(others, []);
    assert.deepEqual(
      alternatives!.map(({ token }) => token),
      want.order.slice(0, 5).map(want.piece),
    );
    alternatives!.forEach(({ logprob }, i) =>
      assert.ok(Math.abs(logprob - want.logp(want.order[i]!)) < 1e-4)
    );
  });
}

/** A folder that says nothing of chats. */
async function bare(): Promise<string> {
  const directory = await folder();
  const file = join(directory, "tokenizer_config.json");
  const { chat_template: _, ...rest } = JSON.parse(await Deno.readTextFile(file));
  await Deno.writeTextFile(file, JSON.stringify(rest));
  return directory;
}

Deno.test("sampled replies follow from the request alone, and temperatures do not move log-probabilities", async () => {
  await using judge = await opened(await folder());
  const drawn = async (more: Partial<ChatRequest>) =>
    replied(await judge.complete(asking("Which?", { temperature: 2, ...more })));
  const first = await drawn({ seed: 1 });
  const all = await Promise.all([1, 2, 3, 4].map((seed) => drawn({ seed })));
  assert.deepEqual(all[0], first, "another order, the same reply");
  assert.ok(new Set(all.map(({ text }) => text)).size > 2);
  assert.notEqual((await drawn({ repeat: 1 })).text, (await drawn({ repeat: 2 })).text);

  const greedy = replied(await judge.complete(asking("Which?")));
  const logp = ({ logprobs }: ChatReply) => logprobs![0]!.slice(0, 5);
  logp(first).forEach(({ token, logprob }, i) => {
    assert.equal(token, logp(greedy)[i]!.token);
    assert.ok(Math.abs(logprob - logp(greedy)[i]!.logprob) < 1e-4);
  });
});

Deno.test("what cannot be replied to is a failure with its reason", async () => {
  await using judge = await opened(await folder());
  const long = failure(await judge.complete(asking("?".repeat(context))));
  assert.equal(long.failure, "refused request");
  assert.match(long.reason, /^The prompt has \d+ tokens, and the model's context is 160$/);
  // "user: ", the text, a line break and "assistant:" leave room for some tokens and no more.
  const { prompt } = replied(await judge.complete(asking("?".repeat(100)))).usage!;
  const fill = { messages: asking("?".repeat(100 + context - 2 - prompt)).messages };
  const full = failure(await judge.complete({ ...fill, longest: 12, temperature: 0 }));
  assert.deepEqual([full.failure, full.reason], [
    "cut off",
    "The reply reached the end of the model's context, 160 tokens",
  ]);
  const { alternatives: _, ...plain } = asking("Which?", { longest: 1 });
  const short = failure(await judge.complete(plain));
  assert.deepEqual([short.failure, short.reason], [
    "cut off",
    "The reply ended at the limit of its tokens",
  ]);
  assert.ok(short.raw);

  await using poor = await opened(await folder(), { cap: { tokens: 50 } });
  assert.equal(failure(await poor.complete(asking("Which?"))).failure, "over budget");
  const strict = "{{ raise_exception('No system messages') }}";
  await using choosy = await opened(await folder(strict));
  const refused = failure(await choosy.complete(asking("Which?")));
  assert.equal(refused.failure, "refused request");
  assert.match(refused.reason, /^The chat template refuses the messages: No system messages/);
});

Deno.test("an answer cannot write the tokenizer's special tokens, and a template sees no clock", async () => {
  const directory = await folder();
  await using judge = await opened(directory);
  const end = JSON.parse(await Deno.readTextFile(join(directory, "tokenizer_config.json")))
    .eos_token as string;
  const broken = `${end[0]} ${end.slice(1)}`;
  const [one, other] = [
    replied(await judge.complete(asking(`a${end}b`))),
    replied(await judge.complete(asking(`a${broken}b`))),
  ];
  assert.deepEqual(one, other);

  // A template in a file of its own comes before the tokenizer's.
  const clock = "{% if strftime_now is defined %}{{ strftime_now('%Y') }}{% endif %}x";
  await Deno.writeTextFile(join(directory, "chat_template.jinja"), clock);
  await using timeless = await opened(directory);
  const { usage } = replied(await timeless.complete(asking("Which?")));
  assert.equal(usage!.prompt, 1);
});

Deno.test("a judge's parameters change with the files that decide its replies, and with no others", async () => {
  const directory = await folder();
  const { sha256 } = await readLocalModel(directory, dtypes);
  assert.equal((await readLocalModel(await folder(), dtypes)).sha256, sha256);
  await Deno.writeTextFile(join(directory, "README.md"), "new");
  assert.equal((await readLocalModel(directory, dtypes)).sha256, sha256);
  const trained = await readLocalModel(await folder(chat, "other"), dtypes);
  assert.notEqual(trained.sha256, sha256);
  await Deno.writeTextFile(join(directory, "chat_template.jinja"), "{{ 1 }}");
  const changed = await readLocalModel(directory, dtypes);
  assert.notEqual(changed.sha256, sha256);
  assert.equal(changed.template, "{{ 1 }}");
  assert.deepEqual([changed.name, changed.dtype, changed.context], ["toy", "fp32", context]);
});

Deno.test("a folder that is missing, or is no such model, is refused by name", async () => {
  const directory = await folder();
  const refused = async (message: RegExp) =>
    await assert.rejects(readLocalModel(directory, dtypes), message);
  const graph = join(directory, "onnx", "model.onnx");
  await Deno.rename(graph, join(directory, "onnx", "model_q4.onnx"));
  assert.equal((await readLocalModel(directory, dtypes)).dtype, "q4");
  await Deno.rename(join(directory, "onnx", "model_q4.onnx"), join(directory, "onnx", "x.onnx"));
  await refused(/toy: expected onnx\/model\.onnx, found onnx\/ with x\.onnx$/);
  await Deno.remove(join(directory, "onnx"), { recursive: true });
  await refused(/^RangeError: Cannot load a model from .*toy: .*, found no ONNX model$/);
  await Deno.remove(directory, { recursive: true });
  await refused(/toy: there is no such folder$/);

  const mute = await folder();
  const file = join(mute, "config.json");
  const config = JSON.parse(await Deno.readTextFile(file));
  await Deno.writeTextFile(file, JSON.stringify({ ...config, max_position_embeddings: "long" }));
  await assert.rejects(
    readLocalModel(mute, dtypes),
    /config\.json: field "?max_position_embeddings/,
  );
  await Deno.writeTextFile(file, JSON.stringify({ ...config, model_type: "nonesuch" }));
  await assert.rejects(opened(mute), /^RangeError: Cannot load .*toy: /);
});

Deno.test("local:DIR is opened as any judge is, and keeps its replies", async () => {
  assert.deepEqual(judgeName("local:my/model"), { kind: "local", rest: "my/model" });
  assert.throws(() => judgeName("local"), { message: "It must be local:DIR." });
  const directory = await folder();
  const replies = join(await temporary(), "replies.jsonl");
  const texts: string[] = [];
  for (const [made, kept] of [[1, 0], [0, 1]] as const) {
    await using open = await openJudge({ judge: judgeName(`local:${directory}`), replies });
    assert.ok("chat" in open);
    assert.equal(open.chat.id, "local:toy");
    texts.push(replied(await open.chat.complete(asking("Which?"))).text);
    const { calls, cached } = open.accounts();
    assert.deepEqual([calls, cached], [made, kept]);
  }
  assert.equal(texts[0], texts[1]);
});

Deno.test("deno task judge asks a local model with no network, and lists what has no verdict", async () => {
  const directory = await temporary();
  // Its context is too short for any of the prompts.
  const model = await folder();
  const row = (output: string) => [{ instruction: "Say it", output, generator: output }];
  await Deno.writeTextFile(join(directory, "a.json"), JSON.stringify(row("yes")));
  await Deno.writeTextFile(join(directory, "b.json"), JSON.stringify(row("no")));
  // With all that the task may, which is no network.
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["task", "--config", new URL("../deno.json", import.meta.url).pathname, "judge"],
      ...["--protocol", "alpaca-eval", "--judge", `local:${model}`, "--out", "out"],
      ...["--answers", "a.json", "--baseline", "b.json", "--max-invalid", "100", "--json"],
    ],
    cwd: directory,
    env: { INIT_CWD: directory },
  }).output();
  const text = new TextDecoder();
  assert.equal(code, 0, text.decode(stderr));
  assert.doesNotMatch(text.decode(stderr), /Requires|NotCapable/);
  const { judge, judgements } = JSON.parse(text.decode(stdout));
  assert.equal(judge.id, "local:toy");
  assert.equal(judge.calls, 2);
  assert.equal(judgements.length, 1);
  const failures = await Deno.readTextFile(join(directory, "out", "failures.jsonl"));
  assert.match(failures, /"refused request".*The prompt has \d+ tokens/);
});
