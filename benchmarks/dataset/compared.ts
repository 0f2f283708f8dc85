import { type Encoded, sequence } from "./encode.ts";

/** Which answers of encoded rows are compared. */

/** The better answer before the worse one, by their numbers, and P(better beats worse). */
export interface ComparedRows {
  readonly row: number;
  readonly chosen: number;
  readonly rejected: number;
  readonly strength: number;
}

/** The answers of a row, best first. */
export const membersOf = ({ members, ends }: Encoded, row: number): Uint32Array =>
  members.subarray(row > 0 ? ends[row - 1] : 0, ends[row]);

/**
 * Each two answers of a row of which one is better. How sure a difference of scores is, its share of
 * the greatest in the file says: from 1/2 where there is none to 1.
 */
export function comparisonsOf(data: Encoded, row: number): ComparedRows[] {
  const { scores, strengths, facts: { range } } = data;
  const answers = membersOf(data, row);
  const pair = strengths.length > 0 && answers.length === 2;
  const found: ComparedRows[] = [];
  answers.forEach((chosen, i) =>
    answers.subarray(i + 1).forEach((rejected) => {
      const apart = scores[chosen]! - scores[rejected]!;
      if (apart <= 0) return;
      const strength = pair ? strengths[row]! : (1 + apart / range) / 2;
      found.push({ row, chosen, rejected, strength });
    })
  );
  return found;
}

/** How many of them there are, without making them. */
export function countOf(data: Encoded, row: number): number {
  const answers = membersOf(data, row);
  if (answers.length === 2) return Number(data.scores[answers[0]!]! > data.scores[answers[1]!]!);
  return answers.reduce(
    (sum, better, i) =>
      sum + answers.subarray(i + 1).filter((y) => data.scores[better]! > data.scores[y]!).length,
    0,
  );
}

/**
 * Good answers with bad ones to the same whole prompt, among unpaired rows in this order; each row is
 * in one pair at most.
 */
export function matched(data: Encoded, rows: readonly number[]): ComparedRows[] {
  const { textOf, scores } = data;
  const waiting = new Map<number, number[]>();
  const found: ComparedRows[] = [];
  for (const row of rows) {
    const open = waiting.get(textOf[row]!) ?? [];
    const at = open.findIndex((other) => scores[other] !== scores[row]);
    if (at < 0) {
      open.push(row);
      waiting.set(textOf[row]!, open);
      continue;
    }
    const [other] = open.splice(at, 1);
    const [chosen, rejected] = scores[row]! > scores[other!]! ? [row, other!] : [other!, row];
    found.push({ row: chosen, chosen, rejected, strength: 1 });
  }
  return found;
}

/** Comparisons, and labelled answers, that a measurement reads: as many as a run can score in a few seconds. */
const most = 512;

/**
 * Held-out comparisons that can be ranked: of answers that differ as the model reads them, each once;
 * one of each question before a second of any.
 */
export function heldOut(data: Encoded): ComparedRows[] {
  const rows = heldOutRows(data);
  const all = data.facts.kind === "unpaired"
    ? crossed(data, rows)
    : rows.flatMap((row) => comparisonsOf(data, row));
  const seen = new Set<string>();
  const fresh = all.filter(({ row, chosen, rejected }) => {
    const [w, l] = [chosen, rejected].map((i) => sequence(data.answers, i).join());
    const key = `${data.promptOf[row]};${w};${l}`;
    if (w === l || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return inTurn(data, fresh, ({ row }) => row);
}

/** Held-out unpaired rows, one of each question before a second of any. */
export const labelled = (data: Encoded): number[] => inTurn(data, heldOutRows(data), (row) => row);

function crossed(data: Encoded, rows: readonly number[]): ComparedRows[] {
  const { textOf, scores } = data;
  const by = Map.groupBy(rows, (row) => textOf[row]!);
  return [...by.values()].flatMap((some) => {
    const [good, bad] = [1, 0].map((label) => some.filter((row) => scores[row] === label));
    return good!.flatMap((chosen) =>
      bad!.map((rejected) => ({ row: chosen, chosen, rejected, strength: 1 }))
    ).slice(0, most);
  });
}

function heldOutRows({ promptOf, groups, heldOut }: Encoded): number[] {
  const test = new Set(Array.from(heldOut, (prompt) => groups[prompt]!));
  const rows: number[] = [];
  promptOf.forEach((prompt, row) => {
    if (test.has(groups[prompt]!)) rows.push(row);
  });
  return rows;
}

function inTurn<T>(
  { promptOf, groups, heldOut }: Encoded,
  all: readonly T[],
  rowOf: (one: T) => number,
): T[] {
  const places = new Map(Array.from(heldOut, (prompt, i) => [groups[prompt]!, i]));
  const seen = new Map<number, number>();
  return all.map((one) => {
    const group = groups[promptOf[rowOf(one)]!]!;
    const turn = seen.get(group) ?? 0;
    seen.set(group, turn + 1);
    return { one, turn, place: places.get(group)! };
  }).sort((a, b) => a.turn - b.turn || a.place - b.place).slice(0, most).map(({ one }) => one);
}

/** The commonest number of answers in a row of three or more; undefined where there is none. */
export function listSize({ ends }: Encoded): number | undefined {
  const counts = new Map<number, number>();
  ends.forEach((end, row) => {
    const size = end - (row > 0 ? ends[row - 1]! : 0);
    if (size > 2) counts.set(size, (counts.get(size) ?? 0) + 1);
  });
  return [...counts].sort(([a, n], [b, m]) => m - n || b - a)[0]?.[0];
}
