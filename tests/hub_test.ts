import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchCheckpoint, hubDirectory, hubName } from "../lab/checkpoints/hub.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const golden = join(root, "tests/goldens/models/llama");
const SHA = "0123456789abcdef0123456789abcdef01234567";

/** A hub on this machine with one repository, org/small, whose files may be made wrong. */
function hub(files: ReadonlyMap<string, Uint8Array>, wrong: ReadonlyMap<string, Uint8Array>) {
  const asked: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    asked.push(`${request.method} ${pathname}`);
    if (/^\/api\/models\/org\/small\/revision\/main$/.test(pathname)) {
      return Response.json({ _id: "1", id: "org/small", sha: SHA, likes: 0, downloads: 0 });
    }
    if (pathname.startsWith(`/api/models/org/small/tree/${SHA}`)) {
      return Response.json([...files].map(([path, bytes]) => ({
        type: "file",
        path,
        size: bytes.length,
        oid: "0",
        ...path.endsWith(".safetensors")
          ? { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } }
          : {},
      })));
    }
    const path = pathname.split(`/org/small/resolve/${SHA}/`)[1];
    const bytes = path === undefined ? undefined : wrong.get(path) ?? files.get(path);
    if (bytes === undefined) return new Response("Repository not found", { status: 404 });
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
  return { asked, server, endpoint: `http://127.0.0.1:${server.addr.port}` };
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function repository(): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { name } of Deno.readDir(golden)) {
    if (name !== "expected.json") files.set(name, await Deno.readFile(join(golden, name)));
  }
  // What nobody here reads.
  files.set("pytorch_model.bin", new Uint8Array(8));
  files.set("../evil.json", new Uint8Array(8));
  return files;
}

async function score(store: string, endpoint: string, model = "org/small") {
  const data = join(store, "rows.jsonl");
  await Deno.writeTextFile(data, '{"prompt": "a", "answer": " b"}\n');
  const child = await new Deno.Command(Deno.execPath(), {
    args: ["task", "score", "--model", model, "--data", data, "--json", "--cache", store],
    cwd: root,
    env: { HF_ENDPOINT: endpoint },
  }).output();
  const text = new TextDecoder();
  return { ...child, out: text.decode(child.stdout), err: text.decode(child.stderr) };
}

const options = (store: string, endpoint: string) => ({
  store,
  endpoint,
  token: undefined,
  now: () => 0,
  note() {},
});
const small = { repo: "org/small", revision: "main" };

Deno.test("a name on the hub is told from a path", () => {
  assert.deepEqual(hubName("org/small"), small);
  assert.deepEqual(hubName("org/small@v1.0"), { repo: "org/small", revision: "v1.0" });
  for (
    const path of ["small", "./org/small", "/org/small", "a/b/c", "../small", "org/..", "org/"]
  ) {
    assert.equal(hubName(path), undefined, path);
  }
});

Deno.test("score --model ORG/NAME fetches once, by commit, and then needs no network", async () => {
  const store = await Deno.makeTempDir();
  const { asked, server, endpoint } = hub(await repository(), new Map());
  const first = await score(store, endpoint);
  await server.shutdown();
  assert.equal(first.code, 0, first.err);
  assert.match(first.err, new RegExp(`Fetched org/small at ${SHA} into `));
  assert.ok(asked.every((line) => !/pytorch_model|evil/.test(line)), asked.join("\n"));
  const again = await score(store, endpoint);
  assert.equal(again.code, 0, again.err);
  assert.match(again.err, /Reading the copy of org\/small in .*; delete it to fetch anew/);
  assert.deepEqual(JSON.parse(again.out), JSON.parse(first.out));
  const [own] = JSON.parse((await score(store, endpoint, golden)).out).rows;
  assert.deepEqual(JSON.parse(first.out).rows[0], own);
  const held = [...Deno.readDirSync(hubDirectory(store, small))].map(({ name }) => name).sort();
  assert.deepEqual(held, [
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
  await Deno.remove(store, { recursive: true });
});

Deno.test("out of reach, the error names the hub, the path and where a copy would lie", async () => {
  const store = await Deno.makeTempDir();
  const { server, endpoint } = hub(new Map(), new Map());
  await server.shutdown();
  const { code, err } = await score(store, endpoint);
  assert.equal(code, 1);
  assert.match(err, new RegExp(`Cannot fetch the state of org/small at main from ${endpoint}: `));
  assert.match(
    err,
    /Cannot load org\/small: there is no directory .*, no copy in .*org--small@main/,
  );
  await Deno.remove(store, { recursive: true });
});

Deno.test("what arrives damaged is refused, and nothing of it stays", async () => {
  const store = await Deno.makeTempDir();
  const files = await repository();
  const weights = files.get("model.safetensors")!;
  const flipped = weights.slice();
  flipped[flipped.length - 1]! ^= 1;
  const damages: [string, Uint8Array, RegExp][] = [
    ["model.safetensors", flipped, /its SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}$/],
    [
      "config.json",
      new Uint8Array([123]),
      /config\.json of org\/small .*: 1 bytes came, expected /,
    ],
  ];
  for (const [path, bytes, message] of damages) {
    const { server, endpoint } = hub(files, new Map([[path, bytes]]));
    await assert.rejects(() => fetchCheckpoint(small, options(store, endpoint)), { message });
    await server.shutdown();
    const left = [...Deno.readDirSync(join(store, "hub"))].map(({ name }) => name);
    assert.deepEqual(left.filter((name) => !name.endsWith(".lock")), []);
  }
  await Deno.remove(store, { recursive: true });
});

Deno.test("a repository without safetensors is refused with what it has", async () => {
  const store = await Deno.makeTempDir();
  const files = await repository();
  files.delete("model.safetensors");
  const { server, endpoint } = hub(files, new Map());
  await assert.rejects(() => fetchCheckpoint(small, options(store, endpoint)), {
    name: "RangeError",
    message:
      /^Cannot use org\/small at main: it has no model\.safetensors, but .*pytorch_model\.bin/,
  });
  await server.shutdown();
  await Deno.remove(store, { recursive: true });
});

Deno.test("a password in the hub's address, and the token, stand in no message", async () => {
  const store = await Deno.makeTempDir();
  const endpoint = "http://user:hunter-two@127.0.0.1:1";
  await assert.rejects(
    () => fetchCheckpoint(small, { ...options(store, endpoint), token: "hf_secretsecret" }),
    (error: Error) => {
      assert.match(error.message, /^Cannot fetch the state of .* from http:\/\/127\.0\.0\.1:1: /);
      assert.doesNotMatch(Deno.inspect(error), /hunter-two|hf_secretsecret/);
      return true;
    },
  );
  await Deno.remove(store, { recursive: true });
});
