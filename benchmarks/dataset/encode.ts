import { createHash } from "node:crypto";
import type { Tokenizer } from "../text/tokenizer.ts";
import { shown } from "../../formats/mod.ts";
import { hashOf, hashTable } from "./hash.ts";
import { questions } from "./questions.ts";
import type { DatasetRow } from "./row.ts";
import { type Images, imageStore, seenBy } from "./sight.ts";

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
 * A dataset as the model reads it. Prompts are distinct as token ids; those that ask one question
 * (`questions.ts`) are never in different splits; with images, distinct by text and image.
 */
export interface Encoded {
  readonly facts: Facts;
  readonly prompts: Sequences;
  /** For each prompt, the least number of a prompt with its question. */
  readonly groups: Uint32Array;
  readonly answers: Sequences;
  /** Of a pair or a list the better the higher; of an unpaired answer its label, 1 or 0. */
  readonly scores: Float64Array;
  /** The answers of one row after another, best first; row i's stop before `ends[i]`. */
  readonly members: Uint32Array;
  readonly ends: Uint32Array;
  /** The prompt of each row. */
  readonly promptOf: Uint32Array;
  /** A number for each row's whole prompt, which may be longer than what the model reads. */
  readonly textOf: Uint32Array;
  /** Of each pair P(chosen beats rejected), where rows say it. */
  readonly strengths: Float64Array;
  /** A prompt of each question that is held out, by ascending hash. */
  readonly heldOut: Uint32Array;
  /** Which prompt shows what, where rows have images. */
  readonly images?: Images;
}

/** Counts for the reader of a report. */
export interface Facts {
  /** What rows are: a pair, a list of answers (some of two), or one labelled answer. */
  readonly kind: "pair" | "list" | "unpaired";
  readonly limits: Limits;
  readonly cutPrompts: number;
  readonly cutAnswers: number;
  /** Rows with half a surrogate pair, now U+FFFD. */
  readonly repaired: number;
  /** Pairs whose answers are equal, and those that are equal only once cut. */
  readonly same: number;
  readonly sameOnceCut: number;
  /** Rows that are there twice, and those that an earlier one contradicts. */
  readonly repeats: number;
  readonly contradictions: number;
  /** Rows that say how much better the chosen answer is. */
  readonly graded: number;
  /** The greatest difference of two scores of one row; 0 where there is none. */
  readonly range: number;
}

/** What of a tokenizer is needed here. */
type Reading =
  & Pick<Tokenizer, "encode" | "encodeAnswer" | "opening" | "stop" | "crosses">
  & Partial<Pick<Tokenizer, "size">>;

/**
 * Encodes rows of one kind. Prompts begin with the tokenizer's opening, unless a chat template wrote
 * them or they spell it out. A stop token ends every answer that is not cut, and stands for a prompt
 * of no text: texts begin where another one ended.
 */
export async function encode(
  rows: AsyncIterable<DatasetRow>,
  tokenizer: Reading,
  limits: Limits = { prompt: longestPrompt, answer: longestAnswer },
): Promise<Encoded> {
  const wide = (tokenizer.size ?? 0) > 2 ** 16;
  const texts = encoder(tokenizer, limits, wide);
  const scores: number[] = [];
  const ends: number[] = [];
  const promptOf: number[] = [];
  const textOf: number[] = [];
  const gaps: number[] = [];
  const strengths: number[] = [];
  const asked = questions();
  const seen = repetitions();
  let repaired = 0;
  const kinds = new Set<DatasetRow["kind"]>();
  for await (const row of rows) {
    kinds.add(row.kind);
    const prompt = texts.prompt(row);
    promptOf.push(prompt);
    const text = asked.add(row, prompt, texts.imageOf(prompt));
    textOf.push(text);
    if (row.repaired) repaired++;
    if (row.kind === "pair") {
      texts.pair(row.chosen, row.rejected);
      scores.push(1, 0);
      seen.add(text, row.chosen, row.rejected);
    } else if (row.kind === "list") {
      row.answers.forEach((answer) => texts.answer(answer));
      scores.push(...row.scores);
      seen.add(text, ...row.answers);
    } else {
      texts.answer(row.completion);
      const score = row.kind === "unpaired" ? Number(row.label) : row.score;
      scores.push(score);
      if (row.kind === "unpaired") seen.label(text, row.completion, row.label);
      else seen.score(text, row.completion, score);
    }
    ends.push(scores.length);
    strengths.push(row.kind === "pair" ? row.strength ?? NaN : NaN);
    gaps.push(row.kind === "pair" ? row.gap ?? NaN : NaN);
  }
  if (kinds.size === 0) throw new RangeError("Cannot encode a dataset of no rows");
  const [prompts, shown] = [texts.prompts(), texts.images()];
  const groups = asked.groups(prompts.ends.length);
  const given = { promptOf, textOf, ends, members: [...scores.keys()] };
  const found = kinds.has("scored") ? gathered(given, scores) : given;
  const range = rangeOf(found, scores, kinds.has("scored") ? [] : gaps);
  return {
    facts: {
      kind: kinds.has("unpaired")
        ? "unpaired"
        : kinds.has("list") || kinds.has("scored")
        ? "list"
        : "pair",
      limits,
      ...texts.counts,
      repaired,
      ...seen.counts,
      graded: strengths.filter((p, i) => p >= 0 || gaps[i]! >= 0).length,
      range,
    },
    prompts,
    groups,
    answers: texts.answers(),
    scores: Float64Array.from(scores),
    members: Uint32Array.from(found.members),
    ends: Uint32Array.from(found.ends),
    promptOf: Uint32Array.from(found.promptOf),
    textOf: Uint32Array.from(found.textOf),
    // A difference of scores says how sure it is by its share of the greatest in the file.
    strengths: kinds.has("scored") ? new Float64Array(0) : Float64Array.from(
      strengths,
      (p, i) => p >= 0 ? p : gaps[i]! >= 0 && range > 0 ? (1 + gaps[i]! / range) / 2 : 1,
    ),
    heldOut: split({ prompts, ...shown }, groups),
    ...shown,
  };
}

interface Rows {
  readonly promptOf: readonly number[];
  readonly textOf: readonly number[];
  readonly ends: readonly number[];
  readonly members: readonly number[];
}

/** Scored answers to one prompt as one row, best first; those that are alone stay alone. */
function gathered({ promptOf, textOf }: Rows, scores: readonly number[]): Rows {
  const by = [...Map.groupBy(textOf.keys(), (row) => textOf[row]!).values()];
  const members = by.map((rows) => rows.toSorted((i, j) => scores[j]! - scores[i]! || i - j));
  let end = 0;
  return {
    promptOf: by.map(([row]) => promptOf[row!]!),
    textOf: by.map(([row]) => textOf[row!]!),
    members: members.flat(),
    ends: members.map(({ length }) => end += length),
  };
}

/** The greatest difference of scores within a row: of pairs as they say, of longer lists their own. */
function rangeOf(
  { ends, members }: Rows,
  scores: readonly number[],
  gaps: readonly number[],
): number {
  let [most, from] = [0, 0];
  ends.forEach((end, row) => {
    const pair = gaps.length > 0 && end - from === 2;
    const gap = pair ? gaps[row]! : scores[members[from]!]! - scores[members[end - 1]!]!;
    if (gap > most) most = gap;
    from = end;
  });
  return most;
}

/** Prompts and answers under construction, as token ids. */
function encoder(tokenizer: Reading, limits: Limits, wide: boolean) {
  const { stop, opening = [], crosses = false } = tokenizer;
  const prompts = sequences(wide);
  const answers = sequences(wide);
  const images = imageStore();
  const known = new Map<string, number>();
  const counts = { cutPrompts: 0, cutAnswers: 0, same: 0, sameOnceCut: 0 };
  const read = crosses ? tokenizer.encode : byStretch(tokenizer);
  const readAnswer = tokenizer.encodeAnswer ?? read;

  const answer = (text: string): readonly number[] => {
    const { tokens } = kept(text, readAnswer, limits.answer, "start");
    if (tokens.length === 0 && text.trim() !== "") throw untold(text);
    const ends = tokens.length < limits.answer;
    const ids = ends && tokens.at(-1) !== stop ? [...tokens, stop] : tokens;
    if (!ends) counts.cutAnswers++;
    answers.add(ids);
    return ids;
  };
  return {
    counts,
    answer,
    pair(chosen: string, rejected: string) {
      const [w, l] = [answer(chosen), answer(rejected)];
      if (chosen === rejected) counts.same++;
      else if (w.length === l.length && w.every((id, i) => id === l[i])) counts.sameOnceCut++;
    },
    /** The number of a row's prompt. */
    prompt(row: DatasetRow): number {
      const before = row.templated ? [] : opening;
      const { tokens: text, whole } = kept(row.prompt, read, limits.prompt - before.length, "end");
      const spelled = whole && before.length > 0 && before.every((id, i) => text[i] === id);
      const all = spelled ? text : [...before, ...text];
      const tokens = all.length > 0 ? all : [stop];
      const image = images.add(row.image);
      const key = `${image};${wide ? tokens.join() : String.fromCharCode(...tokens)}`;
      const prompt = known.get(key) ?? prompts.add(tokens);
      known.set(key, prompt);
      images.show(prompt, image);
      if (!whole) counts.cutPrompts++;
      return prompt;
    },
    imageOf: images.of,
    prompts: prompts.done,
    answers: answers.done,
    images: images.done,
  };
}

/** An answer that says something, and of which a tokenizer makes nothing, is not an empty one. */
export const untold = (text: string): RangeError =>
  new RangeError(`Cannot read the answer ${shown(text)}: the tokenizer makes no token of it`);

/** Counts rows that say what an earlier row said, or the opposite. */
function repetitions() {
  const seen = hashTable();
  const counts = { repeats: 0, contradictions: 0 };
  let texts = 0;
  const note = (text: number, key: string, opposite?: string) => {
    const hash = hashOf(`${text},${key}`);
    // Of the first row with a prompt nothing can be a repetition.
    if (text === texts) {
      texts++;
      seen.set(hash, 1);
      return;
    }
    if (seen.get(hash)) counts.repeats++;
    else if (opposite !== undefined && seen.get(hashOf(`${text},${opposite}`))) {
      counts.contradictions++;
    }
    seen.set(hash, 1);
  };
  return {
    counts,
    add(text: number, ...answers: readonly string[]) {
      const [first, second, ...others] = answers.map(hashOf);
      if (others.length > 0) note(text, [first, second, ...others].join());
      else if (first === second) note(text, `${first},${second}`);
      else note(text, `${first},${second}`, `${second},${first}`);
    },
    score: (text: number, answer: string, score: number) =>
      note(text, `${hashOf(answer)},${score}`),
    label(text: number, answer: string, good: boolean) {
      const hash = hashOf(answer);
      note(text, `${hash},${good}`, `${hash},${!good}`);
    },
  };
}

/** Of the questions with the lowest hashes a prompt each: independent of any seed and of the order of the rows. */
function split(read: Pick<Encoded, "prompts" | "images">, groups: Uint32Array): Uint32Array {
  const hashes = Array.from(groups, (_, i) => promptHash(read, i));
  const first = new Map<number, number>();
  groups.forEach((group, i) => {
    const least = first.get(group);
    if (least === undefined || hashes[i]! < hashes[least]!) first.set(group, i);
  });
  const n = first.size;
  // A standard error takes two prompts, where that leaves as many to learn from.
  const least = Math.min(2, Math.floor(n / 2));
  const count = Math.min(Math.max(least, Math.round(n * heldOutShare)), mostHeldOut);
  return Uint32Array.from(first.values().toArray().sort((a, b) => hashes[a]! < hashes[b]! ? -1 : 1))
    .slice(0, count);
}

/** Names a prompt by what the model reads of it, and sees. */
export function promptHash(
  { prompts, images }: Pick<Encoded, "prompts" | "images">,
  i: number,
): string {
  const hash = createHash("sha256").update(sequence(prompts, i).join());
  const seen = seenBy(images, i);
  if (seen) hash.update(";").update(seen);
  return hash.digest("hex").slice(0, 16);
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
