import { hashes, hashOf, hashTable } from "./hash.ts";
import { askedIn } from "./markers.ts";
import type { DatasetRow } from "./row.ts";

/**
 * Which prompts are one question, so that it is never on both sides of the split. Two prompts are, if
 * they are the same to the model that reads them, or if what the user asks in them
 *
 * - is the same text once in Unicode's form NFKC, in lower case, without marks that are not seen, and
 *   with every stretch of space as one, or
 * - begins with the same turn of one conversation, or
 * - ends with the same turn of 12 characters or more, which no more than 16 questions do, or
 * - is longer than 128 characters and the same in the first 128.
 *
 * Prompts that show images are one question if the image is the same to the model, whatever they ask.
 *
 * A beginning that more than 16 questions share, and more than a twentieth of them all, is a greeting
 * or a template and tells none apart: then the first 256 characters do, and so on.
 */
export interface Questions {
  /**
   * Notes the question of a row, the number of its prompt and that of its image, if it has one, from 1;
   * returns the number of its text.
   */
  add(row: Pick<DatasetRow, "prompt" | "asked">, prompt: number, image?: number): number;
  /** For each prompt, the least number of a prompt with its question. */
  groups(prompts: number): Uint32Array;
}

/** Characters of a beginning that two questions do not share by chance. */
const BEGINNING = 128;
/** Beginnings that are told apart, each longer by as much. */
const BEGINNINGS = 8;
/** Different questions that one may be asked as. */
const VARIANTS = { least: 16, share: 0.05 };
/** Characters of a last turn that asks something by itself: "Why?" goes on from what was said. */
const TURN = 12;

export function questions(): Questions {
  /** Texts by their hash: a million texts themselves would not fit. */
  const known = hashTable();
  const promptOf: number[] = [];
  /** Texts of prompts that were cut, or are read the same otherwise. */
  const alike: (readonly [text: number, prompt: number])[] = [];
  /** Of texts that have them: the hash of the first of several turns, and those of long beginnings, shortest first. */
  const turns = new Map<number, number>();
  /** The hash of their last turn, where it is long enough. */
  const ends = new Map<number, number>();
  const beginnings = new Map<number, readonly number[]>();
  const images = new Map<number, number>();

  return {
    add({ prompt, asked }, at, image = 0) {
      const { first, last, all } = asked ?? askedIn(prompt) ??
        { first: prompt, last: prompt, all: prompt };
      const { whole: own, beginnings: long } = hashes(normalised(all), BEGINNING, BEGINNINGS);
      const whole = image > 0 ? hashOf(`${image} ${own}`) : own;
      const found = known.get(whole);
      if (found !== undefined) {
        if (promptOf[found] !== at) alike.push([found, at]);
        return found;
      }
      const text = promptOf.push(at) - 1;
      known.set(whole, text);
      if (image > 0) {
        images.set(text, image);
        return text;
      }
      if (first !== all) {
        turns.set(text, hashOf(normalised(first)));
        const end = normalised(last);
        if (end.length >= TURN) ends.set(text, hashOf(end));
      }
      if (long.length > 0) beginnings.set(text, long);
      return text;
    },
    groups(prompts) {
      const sets = disjoint(prompts);
      for (const [text, prompt] of alike) sets.join(promptOf[text]!, prompt);
      const most = Math.max(VARIANTS.least, VARIANTS.share * promptOf.length);
      const join = (texts: readonly number[]) => {
        for (const text of texts) sets.join(promptOf[texts[0]!]!, promptOf[text]!);
      };
      for (const [by, limit] of [[turns, most], [ends, VARIANTS.least]] as const) {
        for (const [turn, some] of Map.groupBy(by.keys(), (text) => by.get(text)!)) {
          // A question of one turn, which is a turn of others.
          const alone = known.get(turn);
          const all = alone === undefined || turns.has(alone) ? some : [...some, alone];
          if (all.length <= limit) join(all);
        }
      }
      Map.groupBy(images.keys(), (text) => images.get(text)!).forEach(join);
      const gather = (texts: readonly number[], level: number): void => {
        const long = texts.filter((text) => beginnings.get(text)!.length > level);
        for (const some of Map.groupBy(long, (text) => beginnings.get(text)![level]!).values()) {
          if (some.length > most) gather(some, level + 1);
          else join(some);
        }
      };
      gather([...beginnings.keys()], 0);
      return sets.roots();
    },
  };
}

/** Text as far as it says what is asked. */
export function normalised(text: string): string {
  const plain = /\P{ASCII}/u.test(text) ? text.normalize("NFKC").replaceAll(/\p{Cf}/gu, "") : text;
  const spaced = /[^\S ]| {2}/.test(plain) ? plain.replaceAll(/\s+/g, " ") : plain;
  return spaced.toLowerCase().trim();
}

/** Sets of the numbers below n that are joined step by step; each goes by its least member. */
function disjoint(n: number) {
  const parents = Uint32Array.from({ length: n }, (_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parents[at] !== at) at = parents[at] = parents[parents[at]!]!;
    return at;
  };
  return {
    join(i: number, j: number) {
      const [a, b] = [root(i), root(j)];
      parents[Math.max(a, b)] = Math.min(a, b);
    },
    roots: () => parents.map((_, i) => root(i)),
  };
}
