import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { jsonText } from "../core/mod.ts";
import { appender } from "../lab/disk/jsonl.ts";
import { readParams, writeParams } from "../models/checkpoint/safetensors.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const llama = join(root, "tests/goldens/models/llama");
const score = (args: readonly string[]) => cli(["score", ...args], undefined, ["--allow-ffi"]);

/** The golden's llama whose parameters of one array are all `value`. */
async function spoilt(directory: string, value: number): Promise<void> {
  for (const { name } of Deno.readDirSync(llama)) {
    await Deno.copyFile(join(llama, name), join(directory, name));
  }
  const path = join(directory, "model.safetensors");
  const bytes = await Deno.readFile(path);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const { dtype, data_offsets: [from, to] } = header["model.embed_tokens.weight"];
  assert.equal(dtype, "F32");
  const view = new DataView(bytes.buffer, 8 + length);
  for (let at = from; at < to; at += 4) view.setFloat32(at, value, true);
  await Deno.writeFile(path, bytes);
}

for (const value of [NaN, Infinity]) {
  Deno.test(`scores of a checkpoint with ${value} in it are no success, in file, document and table`, async () => {
    const data = await temporary();
    const model = await temporary();
    await spoilt(model, value);
    const rows = join(data, "rows.jsonl");
    await Deno.writeTextFile(
      rows,
      `${JSON.stringify({ prompt: "Tell me", chosen: "yes it is", rejected: "no" })}\n`,
    );
    const out = join(data, "out.jsonl");
    const base = ["--model", model, "--data", rows];
    for (const more of [["--out", out], ["--json"], [], ["--out", out, "--resume"]]) {
      const { code, stdout, stderr } = await score([...base, ...more]);
      assert.equal(code, 2, stderr);
      assert.match(
        stderr,
        /2 answers have no numbers: the model's log-probabilities are not finite/,
      );
      assert.doesNotMatch(stdout, /null|\bNaN *$/m);
    }
    const row = JSON.parse(await Deno.readTextFile(out));
    assert.match(row.chosen.absent, /numbers are not finite: logprob is/);
    assert.ok(!("logprob" in row.chosen) && !("margin" in row));
  });
}

Deno.test("a number that is not finite is written nowhere, and its field is named", async () => {
  assert.equal(jsonText({ a: [null, 1], b: "null" }, "x"), '{"a":[null,1],"b":"null"}');
  for (const bad of [NaN, Infinity, -Infinity]) {
    assert.throws(
      () => jsonText({ curve: [{ at: 1 }, { at: bad }] }, "records.jsonl"),
      RangeError(
        `Cannot write records.jsonl: field "curve[1].at" must be a finite number: current value is ${bad}`,
      ),
    );
    assert.throws(
      () => writeParams({ w: { shape: [2], data: Float32Array.of(1, bad) } }),
      RangeError(`Cannot write array w: a value must be finite and is ${bad}`),
    );
  }
  const directory = await temporary();
  const path = join(directory, "lines.jsonl");
  await using file = await appender(path);
  await file.append({ x: 1 });
  await assert.rejects(file.append({ x: NaN }), /field "x" must be a finite number/);
  assert.equal(await Deno.readTextFile(path), '{"x":1}\n');
  const whole = { w: { shape: [1], data: Float32Array.of(1) } };
  assert.deepEqual(readParams(writeParams(whole)), whole);
});

Deno.test("every line and document of JSON that is written passes the check of its numbers", () => {
  for (const path of sources(["lab", "commands", "models"])) {
    // `${JSON.stringify(value)}\n` is how a line of a file is made.
    assert.doesNotMatch(Deno.readTextFileSync(path), /`\$\{JSON\.stringify\([^`}]*\)\}\\n`/, path);
  }
});

function* sources(folders: readonly string[]): Generator<string> {
  for (const folder of folders) {
    for (const { name, isDirectory } of Deno.readDirSync(join(root, folder))) {
      if (isDirectory) yield* sources([join(folder, name)]);
      else if (name.endsWith(".ts")) yield join(root, folder, name);
    }
  }
}
