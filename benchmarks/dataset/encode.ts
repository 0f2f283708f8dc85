import { createHash } from "node:crypto";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Row } from "./row.ts";

/**
 * Tokens a prompt keeps, from its end: what was said last matters most to the answer. The model was
 * pre-trained on 64 tokens at a time; prompt and answer together may have twice as many, where its
 * loss on prose has risen from 3.6 to 4.1 nats a token, and soon rises further.
 */
export const longestPrompt = 64;
/** Tokens an answer keeps, from its start, its stop token included. */
export const longestAnswer = 64;

/** Tokens that prompts and answers keep. */
export interface Limits {
  readonly prompt: number;
  readonly answer: number;
}
/** One prompt in ten is held out, but never more than a run can sample answers to in a few seconds. */
const heldOutShare = 0.1;
const mostHeldOut = 256;

/** Sequences of token ids laid end to end; sequence i stops before `ends[i]`. */
export interface Sequences {
  readonly tokens: Uint16Array | Uint32Array;
  readonly ends: Uint32Array;
}

/**
 * A dataset as the model reads it. Prompts are distinct as token ids, so that two rows whose
 * prompts look the same to the model are never in different splits.
 */
export interface Encoded {
  readonly facts: Facts;
  readonly prompts: Sequences;
  /** A pair's chosen and rejected answers are 2·row and 2·row + 1; an unpaired row's answer is its row. */
  readonly answers: Sequences;
  /** The prompt of each row. */
  readonly promptOf: Uint32Array;
  /** The label of each unpaired row, 1 or 0; empty for pairs. */
  readonly good: Uint8Array;
  /** Prompts held out, by ascending hash. */
  readonly heldOut: Uint32Array;
}

/** Counts for the reader of a report. */
export interface Facts {
  readonly kind: Row["kind"];
  readonly limits: Limits;
  readonly cutPrompts: number;
  readonly cutAnswers: number;
  /** Rows with half a surrogate pair, now U+FFFD. */
  readonly repaired: number;
  /** Pairs whose answers are equal, and those that are equal only once cut. */
  readonly same: number;
  readonly sameOnceCut: number;
}

/** What of a tokenizer is needed here. */
type Reading =
  & Pick<Tokenizer, "encode" | "encodeAnswer" | "opening" | "stop" | "crosses">
  & Partial<Pick<Tokenizer, "size">>;

/**
 * Encodes rows of one kind. Prompts begin with the tokenizer's opening, unless a chat template wrote
 * them. A stop token ends every answer that is not cut, and stands for a prompt of no text: texts
 * begin where another one ended.
 */
export async function encode(
  rows: AsyncIterable<Row>,
  tokenizer: Reading,
  limits: Limits = { prompt: longestPrompt, answer: longestAnswer },
): Promise<Encoded> {
  const { stop, opening = [], crosses = false, size = 0 } = tokenizer;
  const wide = size > 2 ** 16;
  const prompts = sequences(wide);
  const answers = sequences(wide);
  const promptOf: number[] = [];
  const good: number[] = [];
  const known = new Map<string, number>();
  const counts = { cutPrompts: 0, cutAnswers: 0, repaired: 0, same: 0, sameOnceCut: 0 };
  let kind: Row["kind"] | undefined;
  const read = crosses ? tokenizer.encode : byStretch(tokenizer);
  const readAnswer = tokenizer.encodeAnswer ?? read;

  const addAnswer = (text: string): readonly number[] => {
    const { tokens } = kept(text, readAnswer, limits.answer, "start");
    const ends = tokens.length < limits.answer;
    const ids = ends ? [...tokens, stop] : tokens;
    if (!ends) counts.cutAnswers++;
    answers.add(ids);
    return ids;
  };
  for await (const row of rows) {
    kind = row.kind;
    const before = row.templated ? [] : opening;
    const { tokens: text, whole } = kept(row.prompt, read, limits.prompt - before.length, "end");
    const all = [...before, ...text];
    const tokens = all.length > 0 ? all : [stop];
    const key = wide ? tokens.join() : String.fromCharCode(...tokens);
    const prompt = known.get(key) ?? prompts.add(tokens);
    known.set(key, prompt);
    promptOf.push(prompt);
    if (!whole) counts.cutPrompts++;
    if (row.repaired) counts.repaired++;
    if (row.kind === "unpaired") {
      addAnswer(row.completion);
      good.push(Number(row.label));
    } else {
      const [w, l] = [addAnswer(row.chosen), addAnswer(row.rejected)];
      if (row.chosen === row.rejected) counts.same++;
      else if (w.length === l.length && w.every((id, i) => id === l[i])) counts.sameOnceCut++;
    }
  }
  if (!kind) throw new RangeError("Cannot encode a dataset of no rows");
  const packed = prompts.done();
  return {
    facts: { kind, limits, ...counts },
    prompts: packed,
    answers: answers.done(),
    promptOf: Uint32Array.from(promptOf),
    good: Uint8Array.from(good),
    heldOut: split(packed),
  };
}

/** The prompts with the lowest hashes: independent of any seed and of the order of the rows. */
function split(prompts: Sequences): Uint32Array {
  const n = prompts.ends.length;
  // A standard error takes two prompts, where that leaves as many to learn from.
  const least = Math.min(2, Math.floor(n / 2));
  const count = Math.min(Math.max(least, Math.round(n * heldOutShare)), mostHeldOut);
  const hashes = Array.from({ length: n }, (_, i) => promptHash(sequence(prompts, i)));
  return Uint32Array.from(hashes.keys().toArray())
    .sort((a, b) => hashes[a]! < hashes[b]! ? -1 : 1)
    .slice(0, count);
}

/** Names a prompt by what the model reads of it. */
export function promptHash(tokens: readonly number[]): string {
  return createHash("sha256").update(tokens.join()).digest("hex").slice(0, 16);
}

export function sequence({ tokens, ends }: Sequences, i: number): number[] {
  return [...tokens.subarray(i > 0 ? ends[i - 1] : 0, ends[i])];
}

/** How far into a text an edge may change the tokens around it. */
const margin = 16;

/** The first or last `limit` tokens of a text, without encoding much more of a long one. */
function kept(
  text: string,
  read: Tokenizer["encode"],
  limit: number,
  end: "start" | "end",
): { readonly tokens: readonly number[]; readonly whole: boolean } {
  const cut = (tokens: readonly number[]) =>
    end === "start" ? tokens.slice(0, limit) : tokens.slice(-limit);
  for (let window = 4 * limit; window < text.length; window *= 2) {
    const part = end === "start" ? text.slice(0, window) : text.slice(-window);
    const tokens = read(part.toWellFormed());
    if (tokens.length >= limit + margin) return { tokens: cut(tokens), whole: false };
  }
  const tokens = read(text);
  return { tokens: cut(tokens), whole: tokens.length <= limit };
}

/** Stretches of text whose tokens are remembered, and the longest such. */
const remembered = { most: 100_000, length: 16 };

/**
 * Encodes "space, then text" by itself, which gives the same tokens as no token crosses from text
 * to space; the same words come again and again, and the tokenizer takes a microsecond a byte.
 */
function byStretch({ encode }: Pick<Tokenizer, "encode">): Tokenizer["encode"] {
  const known = new Map<string, number[]>();
  return (text) =>
    (text.match(/\s*\S+|\s+/gu) ?? []).flatMap((stretch) => {
      const found = known.get(stretch);
      if (found) return found;
      const tokens = encode(stretch);
      if (stretch.length <= remembered.length) {
        if (known.size >= remembered.most) known.clear();
        known.set(stretch, tokens);
      }
      return tokens;
    });
}

/** Sequences under construction, in typed arrays that double: a million small ones would not fit. */
function sequences(wide: boolean) {
  const fresh = (n: number) => wide ? new Uint32Array(n) : new Uint16Array(n);
  let tokens = fresh(1024);
  let used = 0;
  const ends: number[] = [];
  return {
    /** Appends a sequence and returns its number. */
    add(ids: readonly number[]): number {
      const large = wide ? undefined : ids.find((id) => id > 0xffff);
      if (large !== undefined) {
        throw new RangeError(`Cannot store token ${large}: token ids must be below 65536`);
      }
      if (used + ids.length > tokens.length) {
        const larger = fresh(2 * Math.max(tokens.length, ids.length));
        larger.set(tokens);
        tokens = larger;
      }
      tokens.set(ids, used);
      used += ids.length;
      return ends.push(used) - 1;
    },
    done: (): Sequences => ({ tokens: tokens.slice(0, used), ends: Uint32Array.from(ends) }),
  };
}
