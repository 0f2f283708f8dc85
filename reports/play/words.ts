import { labelled, type Labels } from "./bandit.ts";
import { type Chance, chance } from "./draws.ts";
import { logs, type Path, type Table } from "./table.ts";
import type { Pair } from "./training.ts";

/** Words over three letters: a is good, b is neither, c is bad. */
export const LETTERS = "abc";
const worths = [1, 0, -1];
const END = LETTERS.length;
/** Letters after which a word is cut. */
export const MOST = 8;

/** In the state of the letter before, or at the start (the last row), a letter is chosen, or the end. */
export const wordTable: Table = { rows: LETTERS.length + 1, choices: LETTERS.length + 1 };

/** What a visitor sets of the labels. */
export interface WordLabels extends Labels {
  /** What a letter more is worth to who labels; nothing in truth. */
  readonly verbosity: number;
}

/** A text policy's world: the reference's logits, and labelled pairs of its words. */
export interface Words {
  readonly reference: Float64Array;
  readonly pairs: readonly Pair[];
}

/** A word's true worth: the mean of its letters', whatever its length; 0 for the empty word. */
export const worth = (letters: readonly number[]): number =>
  letters.length === 0 ? 0 : letters.reduce((sum, x) => sum + worths[x]!, 0) / letters.length;

/** Two words of the reference are compared by σ of the gap: twice that in worth, and verbosity times that in letters. */
export function words({ seed, pairs, noise, verbosity }: WordLabels): Words {
  const world = chance(seed * 2);
  const { rows, choices } = wordTable;
  const reference = logs(
    wordTable,
    Array.from(
      { length: rows * choices },
      (_, i) => 0.4 * world.normal() - (i % choices === END ? i >= END * choices ? 2 : 0.3 : 0),
    ),
  );
  const draws = chance(seed * 2 + 1);
  const one = (): Pair => {
    const [a, b] = [drawn(reference, draws), drawn(reference, draws)];
    const gap = 2 * (worth(a) - worth(b)) + verbosity * (a.length - b.length);
    return labelled(draws, pathOf(a), pathOf(b), gap, noise);
  };
  return { reference, pairs: Array.from({ length: pairs }, one) };
}

/** A word, letter by letter, of log-probabilities. */
export function drawn(table: Float64Array, draws: Chance): number[] {
  const { choices } = wordTable;
  const letters: number[] = [];
  while (letters.length < MOST) {
    const row = (letters.at(-1) ?? END) * choices;
    const next = draws.among(table.subarray(row, row + choices).map(Math.exp));
    if (next === END) break;
    letters.push(next);
  }
  return letters;
}

/** The choices of a word; one that is cut does not choose its end. */
export function pathOf(letters: readonly number[]): Path {
  const { rows, choices } = wordTable;
  const counts: number[] = new Array(rows * choices).fill(0);
  const taken = letters.length < MOST ? [...letters, END] : letters;
  taken.forEach((next, i) => counts[(taken[i - 1] ?? END) * choices + next]!++);
  return { counts, length: taken.length };
}

/** What is drawn of a policy: exact sums over all words. */
export interface WordMeasures {
  readonly worth: number;
  readonly letters: number;
  readonly kl: number;
}

export function wordMeasures({ reference }: Words, table: Float64Array): WordMeasures {
  const { rows, choices } = wordTable;
  const found = { worth: 0, letters: 0, kl: 0 };
  const chances = table.map(Math.exp);
  // How likely a word is under way with this last letter and this sum of worths, letter by letter.
  const sums = 2 * MOST + 1;
  let under = new Float64Array(rows * sums);
  under[END * sums + MOST] = 1;
  const end = (chance: number, sum: number, length: number) => {
    found.letters += chance * length;
    if (length > 0) found.worth += chance * (sum - MOST) / length;
  };
  for (let length = 0; length < MOST; length++) {
    const longer = new Float64Array(rows * sums);
    under.forEach((mass, i) => {
      if (mass === 0) return;
      const sum = i % sums;
      const row = (i - sum) / sums * choices;
      for (let next = 0; next < choices; next++) {
        const chance = mass * chances[row + next]!;
        found.kl += chance * (table[row + next]! - reference[row + next]!);
        if (next === END) end(chance, sum, length);
        else longer[next * sums + sum + worths[next]!]! += chance;
      }
    });
    under = longer;
  }
  under.forEach((mass, i) => end(mass, i % sums, MOST));
  return found;
}
