import { z } from "zod";
import { appender, cutOff, readLines, type Torn } from "../disk/jsonl.ts";
import { lock } from "../disk/lock.ts";
import { parse } from "../disk/schema.ts";

const line = z.strictObject({
  schema: z.literal(1),
  key: z.string().regex(/^[0-9a-f]{64}$/),
  judge: z.string().min(1),
  parameters: z.record(z.string(), z.json()),
  request: z.strictObject({
    messages: z.array(z.strictObject({
      role: z.enum(["system", "user", "assistant"]),
      content: z.string(),
    })),
    longest: z.int().min(1),
    temperature: z.number().exactOptional(),
    seed: z.int().exactOptional(),
    alternatives: z.int().exactOptional(),
    partial: z.literal(true).exactOptional(),
    repeat: z.int().exactOptional(),
  }),
  reply: z.strictObject({
    text: z.string(),
    logprobs: z.array(z.array(z.strictObject({ token: z.string(), logprob: z.number() })))
      .exactOptional(),
    usage: z.strictObject({ prompt: z.int(), completion: z.int() }).exactOptional(),
    cut: z.literal(true).exactOptional(),
    reasoned: z.literal(true).exactOptional(),
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
 * line that is unfinished or empty is left out, which `note` hears, and cut off before anything is
 * added; any other bad line is a SyntaxError with its place. Of two replies under one key the first
 * counts.
 */
export async function replyFile(
  path: string,
  note: (line: string) => void,
): Promise<ReplyFile> {
  const found = new Map<string, ReplyLine>();
  const keep = (reply: ReplyLine) => {
    if (!found.has(reply.key)) found.set(reply.key, reply);
  };
  const { replies, torn } = await read(path);
  replies.forEach(keep);
  if (torn) note(`${torn.place}: left out, as the last line is no whole reply`);
  let looked = false;
  let waiting: { readonly reply: ReplyLine; readonly written: PromiseWithResolvers<void> }[] = [];
  let writing = false;

  async function writeOut(): Promise<void> {
    if (writing) return;
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await append(path, batch.map(({ reply }) => reply), looked);
        looked = true;
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
      waiting.push({ reply, written });
      void writeOut();
      await written.promise;
      keep(reply);
    },
  };
}

/** The replies of a file that must be there. */
export async function readReplies(
  path: string,
  note: (line: string) => void,
): Promise<ReplyLine[]> {
  await Deno.stat(path);
  return (await replyFile(path, note)).all();
}

/** The whole lines of a file; what follows them was never finished. */
async function read(path: string): Promise<{ replies: ReplyLine[]; torn: Torn | undefined }> {
  const replies: ReplyLine[] = [];
  const torn = await readLines(path, (value, place) => {
    const { schema: _, ...reply } = parse(line, value, place);
    replies.push(reply);
  });
  return { replies, torn };
}

/** `looked`: this process has seen to it before that the last line is whole. */
async function append(
  path: string,
  replies: readonly ReplyLine[],
  looked: boolean,
): Promise<void> {
  await using _ = await lock(`${path}.lock`, { wait: true });
  // Another process may have died since, which leaves no line break: for that the last byte will do.
  if (!looked || !await ended(path)) {
    const torn = await readLines(path, () => {});
    if (torn) await cutOff(path, torn);
  }
  await using file = await appender(path);
  await Promise.all(replies.map((reply) => file.append({ schema: 1, ...reply })));
}

/** Whether the last byte of a file, if it has any, is a line break. */
async function ended(path: string): Promise<boolean> {
  using file = await Deno.open(path, { read: true, write: true, create: true });
  const { size } = await file.stat();
  if (size === 0) return true;
  await file.seek(-1, Deno.SeekMode.End);
  const last = new Uint8Array(1);
  await file.read(last);
  return last[0] === 10;
}
