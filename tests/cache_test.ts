import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { canonical } from "../core/mod.ts";
import { cache } from "../lab/disk/cache.ts";
import { temporary } from "./fake/directory.ts";

const bytes = (...of: number[]) => Promise.resolve(Uint8Array.from(of));
const never = () => Promise.reject(new Error("made again"));
const noNote = (line: string) => assert.fail(line);

/** The one entry of a cache, as a path. */
function entry(directory: string): string {
  const names = [...Deno.readDirSync(directory)].map(({ name }) => name);
  assert.equal(names.length, 1);
  return join(directory, names[0]!);
}

Deno.test("an entry is made once and found again, by other processes too", async () => {
  const directory = await temporary();
  const first = cache(directory, noNote);
  assert.deepEqual(
    await first("base", { width: 64 }, () => bytes(1, 2, 10, 3)),
    Uint8Array.of(1, 2, 10, 3),
  );
  const found = await cache(directory, noNote)("base", { width: 64 }, never);
  assert.deepEqual(found, Uint8Array.of(1, 2, 10, 3));
  assert.equal(found.byteOffset, 0);
});

Deno.test("name and key both tell entries apart, the order of a key's members does not", async () => {
  const cached = cache(await temporary(), noNote);
  await cached("base", { width: 64, steps: 2 }, () => bytes(1));
  assert.deepEqual(await cached("base", { steps: 2, width: 64 }, never), Uint8Array.of(1));
  assert.deepEqual(await cached("base", { steps: 2, width: 65 }, () => bytes(2)), Uint8Array.of(2));
  assert.deepEqual(
    await cached("large", { steps: 2, width: 64 }, () => bytes(3)),
    Uint8Array.of(3),
  );
  assert.deepEqual(await cached("a/b", 1, () => bytes(4)), Uint8Array.of(4));
  assert.deepEqual(await cached("a-b", 1, () => bytes(5)), Uint8Array.of(5));
});

Deno.test("askers at once in one process share one making", async () => {
  const cached = cache(await temporary(), noNote);
  let made = 0;
  const make = async () => (made++, await bytes(7));
  const found = await Promise.all(Array.from({ length: 5 }, () => cached("base", 1, make)));
  assert.equal(made, 1);
  assert.deepEqual(found, Array(5).fill(Uint8Array.of(7)));
});

Deno.test("a making that fails leaves nothing behind and is tried again", async () => {
  const directory = await temporary();
  const cached = cache(directory, noNote);
  await assert.rejects(cached("base", 1, never), /made again/);
  assert.deepEqual([...Deno.readDirSync(directory)], []);
  assert.deepEqual(await cached("base", 1, () => bytes(7)), Uint8Array.of(7));
});

Deno.test("an empty payload is an entry like any other", async () => {
  const directory = await temporary();
  await cache(directory, noNote)("base", 1, () => bytes());
  assert.equal((await cache(directory, noNote)("base", 1, never)).length, 0);
});

const damages: readonly [string, (good: Uint8Array) => Uint8Array, RegExp][] = [
  ["a flipped bit in its last byte", (good) => good.with(-1, good.at(-1)! ^ 1), /checksum/],
  ["a cut-off end", (good) => good.slice(0, -1), /holds 99 bytes, expected 100/],
  [
    "something after its end",
    (good) => Uint8Array.from([...good, 0]),
    /holds 101 bytes, expected 100/,
  ],
  ["half of its header", (good) => good.slice(0, 20), /not a header/],
  ["no content", () => new Uint8Array(), /not a header/],
  ["another's content", () => new TextEncoder().encode('{"format":1}\n'), /not a header/],
  ["zeros", (good) => new Uint8Array(good.length), /not a header/],
];
for (const [what, damage, reason] of damages) {
  Deno.test(`an entry with ${what} is made again, with a note`, async () => {
    const directory = await temporary();
    const payload = () => Promise.resolve(new Uint8Array(100).fill(9));
    await cache(directory, noNote)("base", 1, payload);
    const path = entry(directory);
    const good = await Deno.readFile(path);
    await Deno.writeFile(path, damage(good));
    const notes: string[] = [];
    const again = await cache(directory, (line) => notes.push(line))("base", 1, payload);
    assert.deepEqual(again, await payload());
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, reason);
    assert.deepEqual(await Deno.readFile(path), good);
  });
}

Deno.test("a directory in place of an entry is no reason to stop: the entry is made again", async () => {
  const directory = await temporary();
  await cache(directory, noNote)("base", 1, () => bytes(1, 2));
  const path = entry(directory);
  await Deno.remove(path);
  await Deno.mkdir(join(path, "within"), { recursive: true });
  const notes: string[] = [];
  const again = await cache(directory, (line) => notes.push(line))("base", 1, () => bytes(1, 2));
  assert.deepEqual([...again], [1, 2]);
  assert.match(notes.join(), /made again: it is a directory/);
  assert.ok((await Deno.stat(path)).isFile);
});

Deno.test("no single changed byte of an entry goes unnoticed", async () => {
  const directory = await temporary();
  const payload = () => bytes(1, 2, 3);
  await cache(directory, noNote)("base", 1, payload);
  const path = entry(directory);
  const good = await Deno.readFile(path);
  for (let at = 0; at < good.length; at++) {
    await Deno.writeFile(path, good.with(at, good[at]! ^ 4));
    let made = false;
    await cache(directory, () => {})("base", 1, () => (made = true, payload()));
    assert.ok(made, `byte ${at}`);
  }
});

Deno.test("an entry under another's name is made again, not believed", async () => {
  const directory = await temporary();
  await cache(directory, noNote)("base", 1, () => bytes(1));
  const wrong = await Deno.readFile(entry(directory));
  await Deno.remove(entry(directory));
  await cache(directory, noNote)("base", 2, () => bytes(2));
  await Deno.writeFile(entry(directory), wrong);
  const notes: string[] = [];
  const found = await cache(directory, (line) => notes.push(line))("base", 2, () => bytes(2));
  assert.deepEqual(found, Uint8Array.of(2));
  assert.match(notes.join(), /belongs to another key/);
});

const maker = [
  "run",
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  import.meta.resolve("./fake/maker.ts"),
];
const spawn = (...args: string[]) =>
  new Deno.Command(Deno.execPath(), {
    args: [...maker, ...args],
    stdout: "piped",
    stderr: "piped",
  });

Deno.test("processes that want one entry at once make it once", async () => {
  const directory = await temporary();
  const size = 4_000_000;
  const outputs = await Promise.all(
    [1, 2, 3].map((byte) => spawn(directory, `${byte}`, `${size}`).output()),
  );
  const said = outputs.map(({ stdout, stderr }) => {
    assert.equal(new TextDecoder().decode(stderr), "");
    return new TextDecoder().decode(stdout).trim();
  });
  assert.deepEqual(said.sort(), ["found", "found", "made"]);
  const found = await cache(directory, noNote)("entry", { of: "maker" }, never);
  assert.equal(found.length, size);
  assert.ok(found.every((byte) => byte === found[0]));
  // Neither temporary files nor locks stay.
  assert.match(entry(directory), /entry-[0-9a-f]+$/);
});

Deno.test("a process killed while it writes leaves a whole entry or none", async () => {
  const directory = await temporary();
  for (const wait of [3, 11, 19, 31]) {
    const child = spawn(directory, "1", "20000000+").spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    await new Promise((done) => setTimeout(done, wait));
    child.kill("SIGKILL");
    reader.releaseLock();
    await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
    const found = await cache(directory, noNote)("entry", { of: "maker" }, () => bytes(7));
    assert.ok(found.length === 20_000_000 && found.every((byte) => byte === 1) || found[0] === 7);
    for (const { name } of Deno.readDirSync(directory)) await Deno.remove(join(directory, name));
  }
});

Deno.test("temporary files that nobody has touched for an hour are swept away", async () => {
  const directory = await temporary();
  const [old, young] = ["base-00.1-0.tmp", "base-00.2-0.tmp"].map((name) => join(directory, name));
  await Deno.writeTextFile(old!, "half");
  await Deno.writeTextFile(young!, "half");
  const before = new Date(Date.now() - 2 * 60 * 60 * 1000);
  await Deno.utime(old!, before, before);
  await cache(directory, noNote)("base", 1, () => bytes(1));
  const names = [...Deno.readDirSync(directory)].map(({ name }) => name);
  assert.equal(names.includes("base-00.1-0.tmp"), false);
  assert.equal(names.includes("base-00.2-0.tmp"), true);
});

Deno.test("canonical JSON is JSON, and equal for equal values however they were built", () => {
  assert.equal(
    canonical({ b: [1, "x", null], a: { d: true, c: 1e21, e: undefined } }),
    '{"a":{"c":1e+21,"d":true},"b":[1,"x",null]}',
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const reversed = (v: unknown): unknown =>
        Array.isArray(v)
          ? v.map(reversed)
          : v !== null && typeof v === "object"
          ? Object.fromEntries(Object.entries(v).reverse().map(([k, m]) => [k, reversed(m)]))
          : v;
      assert.equal(canonical(value), canonical(reversed(value)));
      assert.equal(canonical(JSON.parse(canonical(value))), canonical(value));
    }),
    { seed: 1 },
  );
});

Deno.test("what has no fixed JSON is refused as a key", () => {
  assert.throws(() => canonical({ rate: NaN }), {
    name: "RangeError",
    message: /NaN in a cache key/,
  });
  assert.throws(() => canonical([undefined]), { name: "TypeError", message: /undefined/ });
  assert.throws(() => canonical(new Map()), { name: "TypeError", message: /Map in a cache key/ });
  assert.throws(() => canonical({ f: () => 1 }), { name: "TypeError", message: /function/ });
});
