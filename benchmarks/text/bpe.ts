/** Byte-pair encoding (arXiv 1508.07909) over bytes: learning the merges. */

/** Two tokens that become one, by their ids. */
export type Merge = readonly [left: number, right: number];

/**
 * The merges that byte-pair encoding learns from words, each a byte string that occurs `count`
 * times. Ids below 256 are bytes; merge m makes id 256 + m. Each step joins the commonest pair; of
 * equally common ones, that of the smaller left id, then of the smaller right id. It ends early
 * when no pair is left that occurs twice.
 */
export function learnMerges(
  words: Iterable<readonly [bytes: Iterable<number>, count: number]>,
  merges: number,
): Merge[] {
  const spelled = Array.from(words, ([bytes, count]) => ({ ids: [...bytes], count }));
  const counts = new Map<number, number>();
  /** Words that hold a pair, or held it once. */
  const holders = new Map<number, Set<number>>();
  const add = (pair: number, word: number, count: number) => {
    counts.set(pair, (counts.get(pair) ?? 0) + count);
    let known = holders.get(pair);
    if (!known) holders.set(pair, known = new Set());
    known.add(word);
  };
  spelled.forEach(({ ids, count }, word) => {
    for (let i = 1; i < ids.length; i++) add(join(ids[i - 1]!, ids[i]!), word, count);
  });
  const queue = heap();
  for (const [pair, count] of counts) queue.push({ pair, count });

  const learned: Merge[] = [];
  while (learned.length < merges) {
    const top = queue.pop();
    if (!top) break;
    const count = counts.get(top.pair)!;
    // Counts only fall after a pair was queued; a stale entry goes back with its true count.
    if (count !== top.count) {
      if (count > 1) queue.push({ pair: top.pair, count });
      continue;
    }
    if (count < 2) break;
    const [left, right] = [Math.floor(top.pair / SPAN), top.pair % SPAN];
    const merged = 256 + learned.length;
    learned.push([left, right]);

    const fresh = new Set<number>();
    for (const word of holders.get(top.pair)!) {
      const entry = spelled[word]!;
      const { ids, count } = entry;
      const next: number[] = [];
      for (let i = 0; i < ids.length; i++) {
        const found = ids[i] === left && ids[i + 1] === right;
        next.push(found ? merged : ids[i]!);
        if (found) i++;
      }
      if (next.length === ids.length) continue;
      for (let i = 1; i < ids.length; i++) {
        const pair = join(ids[i - 1]!, ids[i]!);
        counts.set(pair, counts.get(pair)! - count);
      }
      for (let i = 1; i < next.length; i++) {
        const pair = join(next[i - 1]!, next[i]!);
        if (next[i - 1] === merged || next[i] === merged) fresh.add(pair);
        add(pair, word, count);
      }
      entry.ids = next;
    }
    for (const pair of fresh) queue.push({ pair, count: counts.get(pair)! });
  }
  return learned;
}

const SPAN = 2 ** 20;
const join = (left: number, right: number): number => left * SPAN + right;

interface Candidate {
  readonly pair: number;
  readonly count: number;
}

/** A binary heap with the commonest pair on top; pairs order as (left, right) do. */
function heap(): { push(x: Candidate): void; pop(): Candidate | undefined } {
  const items: Candidate[] = [];
  const before = (a: Candidate, b: Candidate) =>
    a.count > b.count || (a.count === b.count && a.pair < b.pair);
  return {
    push(x) {
      let i = items.push(x) - 1;
      while (i > 0) {
        const parent = (i - 1) >> 1;
        if (!before(x, items[parent]!)) break;
        items[i] = items[parent]!;
        i = parent;
      }
      items[i] = x;
    },
    pop() {
      const top = items[0];
      const x = items.pop();
      if (items.length === 0 || !x) return top;
      let i = 0;
      for (;;) {
        let child = 2 * i + 1;
        if (child >= items.length) break;
        if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child++;
        if (!before(items[child]!, x)) break;
        items[i] = items[child]!;
        i = child;
      }
      items[i] = x;
      return top;
    },
  };
}
