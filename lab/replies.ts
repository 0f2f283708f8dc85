import { dirname } from "node:path";
import { z } from "zod";
import { syncDirectory, writeAll } from "./atomic.ts";
import { lock } from "./lock.ts";
import { parse, parseJson } from "./schema.ts";

const line = z.strictObject({
  schema: z.literal(1),
  key: z.string().regex(/^[0-9a-f]{64}$/),
  judge: z.string().min(1),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  request: z.strictObject({
    messages: z.array(z.strictObject({
      role: z.enum(["system", "user", "assistant"]),
      content: z.string(),
    })),
    longest: z.int().min(1),
    temperature: z.number(),
    seed: z.int().exactOptional(),
    alternatives: z.int().exactOptional(),
    repeat: z.int().exactOptional(),
  }),
  reply: z.strictObject({
    text: z.string(),
    logprobs: z.array(z.array(z.strictObject({ token: z.string(), logprob: z.number() })))
      .exactOptional(),
    usage: z.strictObject({ prompt: z.int(), completion: z.int() }).exactOptional(),
  }),
});
export type ReplyLine = Omit<z.infer<typeof line>, "schema">;

/** Replies of judges by key, on disk. */
export interface ReplyFile {
  readonly path: string;
  get(key: string): ReplyLine | undefined;
  add(reply: ReplyLine): Promise<void>;
  all(): ReplyLine[];
}

/**
 * A file of JSON lines to which replies are appended, each on the disk before `add` resolves.
 * Processes may share it: each sees what stood there when it opened it and what it adds. A last
 * line that a killed process left unfinished is dropped; any other bad line is a SyntaxError with
 * its place. Of two replies under one key the first counts.
 */
export async function replyFile(path: string): Promise<ReplyFile> {
  const found = new Map<string, ReplyLine>();
  const keep = (reply: ReplyLine) => {
    if (!found.has(reply.key)) found.set(reply.key, reply);
  };
  for (const reply of await read(path)) keep(reply);
  let waiting: { readonly text: string; readonly written: PromiseWithResolvers<void> }[] = [];
  let writing = false;

  async function writeOut(): Promise<void> {
    if (writing) return;
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await append(path, batch.map(({ text }) => text).join(""));
        for (const { written } of batch) written.resolve();
      } catch (error) {
        for (const { written } of batch) written.reject(error);
      }
    }
    writing = false;
  }

  return {
    path,
    get: (key) => found.get(key),
    all: () => [...found.values()],
    async add(reply) {
      const written = Promise.withResolvers<void>();
      waiting.push({ text: `${JSON.stringify({ schema: 1, ...reply })}\n`, written });
      void writeOut();
      await written.promise;
      keep(reply);
    },
  };
}

/** The replies of a file that must be there. */
export async function readReplies(path: string): Promise<ReplyLine[]> {
  await Deno.stat(path);
  return (await replyFile(path)).all();
}

async function read(path: string): Promise<ReplyLine[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  // What follows the last line break was never finished.
  return text.split("\n").slice(0, -1).map((json, i) => {
    const place = `${path}:${i + 1}`;
    const { schema: _, ...reply } = parse(line, parseJson(json, place), place);
    return reply;
  });
}

async function append(path: string, text: string): Promise<void> {
  await using _ = await lock(`${path}.lock`, { wait: true });
  using file = await Deno.open(path, { read: true, write: true, create: true });
  const { size } = await file.stat();
  await file.seek(await finished(file, size), Deno.SeekMode.Start);
  await writeAll(file, new TextEncoder().encode(text));
  await file.truncate(await file.seek(0, Deno.SeekMode.Current));
  await file.sync();
  if (size === 0) await syncDirectory(dirname(path));
}

/** The byte after the last line break: what comes later, a killed process left unfinished. */
async function finished(file: Deno.FsFile, size: number): Promise<number> {
  const bytes = new Uint8Array(4096);
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - bytes.length);
    await file.seek(from, Deno.SeekMode.Start);
    const piece = bytes.subarray(0, end - from);
    for (let at = 0; at < piece.length;) {
      const read = await file.read(piece.subarray(at));
      if (read === null) throw new Error("The file of replies was cut while it was read");
      at += read;
    }
    const last = piece.lastIndexOf(10);
    if (last >= 0) return from + last + 1;
    end = from;
  }
  return 0;
}
