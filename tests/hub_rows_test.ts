import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parquetWriteBuffer } from "hyparquet-writer";
import { fetchRows, rowsName } from "../lab/checkpoints/hub-rows.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const golden = join(root, "tests/goldens/models/llama");
const [CONVERTED, MAIN] = ["c".repeat(40), "a".repeat(40)];
const TOKEN = "hf_secret_of_this_test";

/** A hub on this machine with one data set, org/small: files by path, at its Parquet branch and at main. */
function hub(branches: { readonly [commit: string]: ReadonlyMap<string, Uint8Array> }) {
  const asked: string[] = [];
  const tokens = new Set<string | null>();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const pathname = decodeURIComponent(new URL(request.url).pathname);
    asked.push(`${request.method} ${pathname}`);
    tokens.add(request.headers.get("authorization"));
    const revision = /^\/api\/datasets\/org\/small\/revision\/(.*)$/.exec(pathname)?.[1];
    if (revision !== undefined) {
      const sha = { "refs/convert/parquet": CONVERTED, main: MAIN }[revision] ?? revision;
      return sha in branches
        ? Response.json({ _id: "1", id: "org/small", sha, likes: 0, downloads: 0, tags: [] })
        : Response.json({ error: "Invalid rev id" }, { status: 404 });
    }
    const tree = /^\/api\/datasets\/org\/small\/tree\/(\w+)/.exec(pathname)?.[1];
    if (tree !== undefined) {
      return Response.json(
        [...branches[tree]!].map(([path, { length }]) => ({
          type: "file",
          path,
          size: length,
          oid: "0",
        })),
      );
    }
    const [, commit = "", path = ""] = /^\/datasets\/org\/small\/resolve\/(\w+)\/(.*)$/.exec(
      pathname,
    ) ?? [];
    const bytes = branches[commit]?.get(path);
    if (bytes === undefined) return new Response("Entry not found", { status: 404 });
    const range = /bytes=(\d+)-(\d*)/.exec(request.headers.get("range") ?? "");
    const from = Number(range?.[1] ?? 0);
    const to = Math.min(bytes.length, range?.[2] ? Number(range[2]) + 1 : bytes.length);
    return new Response(bytes.slice(from, to), {
      status: range ? 206 : 200,
      headers: {
        etag: '"1"',
        "content-length": `${to - from}`,
        ...range ? { "content-range": `bytes ${from}-${to - 1}/${bytes.length}` } : {},
      },
    });
  });
  return { asked, tokens, server, endpoint: `http://127.0.0.1:${server.addr.port}` };
}

const parquet = (...prompts: readonly string[]) =>
  new Uint8Array(parquetWriteBuffer({
    columnData: [
      { name: "prompt", data: [...prompts], type: "STRING" },
      { name: "answer", data: prompts.map(() => " yes"), type: "STRING" },
    ],
  }));

const converted = () =>
  new Map([
    ["default/train/0000.parquet", parquet("one", "two")],
    ["default/train/0001.parquet", parquet("three")],
    ["default/test/0000.parquet", parquet("four")],
    ["extra/partial-train/0000.parquet", parquet("five")],
  ]);

async function score(store: string, endpoint: string, data: string) {
  const child = await new Deno.Command(Deno.execPath(), {
    args: ["task", "score", "--model", golden, "--data", data, "--json", "--cache", store],
    cwd: root,
    env: { HF_ENDPOINT: endpoint, HF_TOKEN: TOKEN },
  }).output();
  const text = new TextDecoder();
  return { ...child, out: text.decode(child.stdout), err: text.decode(child.stderr) };
}

const promptsOf = (out: string) =>
  JSON.parse(out).rows.map(({ prompt }: { prompt: string }) => prompt);

async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* filesIn(join(folder, name));
    else yield join(folder, name);
  }
}

Deno.test("a data set's name has a config, a split and a revision, each if wanted", () => {
  const repo = "org/small";
  assert.deepEqual(rowsName(repo), { repo });
  assert.deepEqual(rowsName("org/small:test"), { repo, split: "test" });
  assert.deepEqual(rowsName("org/small/extra"), { repo, config: "extra" });
  assert.deepEqual(rowsName("org/small/extra:train@v1.0"), {
    repo,
    config: "extra",
    split: "train",
    revision: "v1.0",
  });
  for (const path of ["small", "./org/small", "/org/small", "a/b/c/d", "data/*.jsonl"]) {
    assert.equal(rowsName(path), undefined, path);
  }
});

Deno.test("rows of a data set are fetched once by commit, and then need no network", async () => {
  const store = await Deno.makeTempDir();
  const { asked, tokens, server, endpoint } = hub({ [CONVERTED]: converted() });
  const first = await score(store, endpoint, "org/small");
  assert.equal(first.code, 0, first.err);
  assert.deepEqual(promptsOf(first.out), ["one", "two", "three"]);
  assert.match(
    first.err,
    new RegExp(`Fetched org/small at ${CONVERTED} into .*@${CONVERTED}/small--train`),
  );
  assert.ok(asked.every((line) => !/test|extra/.test(line)), asked.join("\n"));
  assert.deepEqual([...tokens], [`Bearer ${TOKEN}`]);
  const test = await score(store, endpoint, "org/small:test");
  assert.deepEqual(promptsOf(test.out), ["four"]);
  const extra = await score(store, endpoint, "org/small/extra:train");
  assert.deepEqual(promptsOf(extra.out), ["five"]);
  assert.match(extra.err, /The hub has only the first part of org\/small as Parquet/);
  await server.shutdown();

  const again = await score(store, endpoint, "org/small");
  assert.equal(again.code, 0, again.err);
  assert.match(again.err, /Reading the copy of org\/small in .*; delete it to fetch anew/);
  assert.equal(again.out, first.out);
  for await (const file of filesIn(store)) {
    assert.ok(!(await Deno.readTextFile(file)).includes(TOKEN), file);
  }
  await Deno.remove(store, { recursive: true });
});

Deno.test("out of reach, the error names the hub and what could lie here instead", async () => {
  const store = await Deno.makeTempDir();
  const { server, endpoint } = hub({});
  await server.shutdown();
  const { code, err } = await score(store, endpoint.replace("//", "//user:hunter2@"), "org/small");
  assert.equal(code, 1);
  assert.match(
    err,
    new RegExp(`Cannot fetch the state of org/small at refs/convert/parquet from ${endpoint}: `),
  );
  assert.match(err, /Cannot read org\/small: there is no file or folder .*, no copy in .*hub/);
  assert.doesNotMatch(err, /hunter2|hf_secret/);
  await Deno.remove(store, { recursive: true });
});

const options = (store: string, endpoint: string) => ({
  store,
  endpoint,
  token: undefined,
  now: () => 0,
  note() {},
});

Deno.test("without a Parquet branch the repository's own files are read, as they are laid out", async () => {
  const store = await Deno.makeTempDir();
  const line = new TextEncoder().encode('{"prompt":"p","answer":"a"}\n');
  const { server, endpoint } = hub({
    [MAIN]: new Map([
      ["README.md", line],
      ["data/train-00000-of-00002.parquet", parquet("a")],
      ["data/train-00001-of-00002.parquet", parquet("b")],
      ["data/test-00000-of-00001.parquet", parquet("c")],
      ["harmless-base/train.jsonl.gz", line],
      ["harmless-base/test.jsonl.gz", line],
    ]),
  });
  const fetched = async (name: string) => {
    const folder = await fetchRows(rowsName(name)!, options(store, endpoint));
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  };
  assert.deepEqual(await fetched("org/small"), [
    "data--train-00000-of-00002.parquet",
    "data--train-00001-of-00002.parquet",
  ]);
  assert.deepEqual(await fetched("org/small/harmless-base:test"), [
    "harmless-base--test.jsonl.gz",
  ]);
  assert.deepEqual(await fetched(`org/small:test@${MAIN}`), ["data--test-00000-of-00001.parquet"]);
  await server.shutdown();
  await Deno.remove(store, { recursive: true });
});

Deno.test("where a data set does not tell which part is meant, the error lists them", async () => {
  const store = await Deno.makeTempDir();
  const { server, endpoint } = hub({
    [CONVERTED]: new Map([
      ["one/train_prefs/0000.parquet", parquet("a")],
      ["one/test_prefs/0000.parquet", parquet("b")],
      ["two/train/0000.parquet", parquet("c")],
    ]),
  });
  const refused = (name: string, message: string) =>
    assert.rejects(() => fetchRows(rowsName(name)!, options(store, endpoint)), {
      name: "RangeError",
      message,
    });
  await refused(
    "org/small",
    "Cannot choose a config of org/small: it has one, two: name one, as org/small/one",
  );
  await refused(
    "org/small/one",
    "Cannot choose a split of org/small: it has train_prefs, test_prefs: " +
      "name one, as org/small/one:train_prefs",
  );
  await refused(
    "org/small/two:dev",
    "Cannot choose a split of org/small: there is no dev, but train: name one, as org/small/two:train",
  );
  await server.shutdown();
  await Deno.remove(store, { recursive: true });
});
