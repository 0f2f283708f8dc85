/** Hashes for tables in memory, where texts themselves would not fit: 53 bits, enough that a million differ. */

/** Of a text's beginnings, `step` units long and longer by as many up to `most` of them, and of all of it. */
export function hashes(
  text: string,
  step: number,
  most: number,
): { readonly beginnings: number[]; readonly whole: number } {
  const beginnings: number[] = [];
  let [a, b]: [number, number] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    if (i > 0 && i % step === 0 && beginnings.length < most) beginnings.push(mixed(a, b));
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  return { beginnings, whole: mixed(a, b) };
}

export function hashOf(text: string): number {
  let [a, b]: [number, number] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  return mixed(a, b);
}

function mixed(a: number, b: number): number {
  const first = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  const second = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 2 ** 32 * (second & 0x1fffff) + (first >>> 0);
}

/** Small numbers by hashes, in typed arrays: a Map would box each hash and take five times the memory. */
export interface HashTable {
  get(hash: number): number | undefined;
  set(hash: number, value: number): void;
}

export function hashTable(): HashTable {
  let keys = new Float64Array(1024).fill(-1);
  let values = new Uint32Array(1024);
  let used = 0;
  const slot = (hash: number): number => {
    const mask = keys.length - 1;
    let at = hash % 0x7fffffff & mask;
    while (keys[at] !== -1 && keys[at] !== hash) at = at + 1 & mask;
    return at;
  };
  const grow = () => {
    const [oldKeys, oldValues] = [keys, values];
    keys = new Float64Array(2 * oldKeys.length).fill(-1);
    values = new Uint32Array(keys.length);
    oldKeys.forEach((hash, i) => {
      if (hash === -1) return;
      const at = slot(hash);
      keys[at] = hash;
      values[at] = oldValues[i]!;
    });
  };
  return {
    get(hash) {
      const at = slot(hash);
      return keys[at] === hash ? values[at] : undefined;
    },
    set(hash, value) {
      const at = slot(hash);
      if (keys[at] === -1) used++;
      keys[at] = hash;
      values[at] = value;
      if (2 * used > keys.length) grow();
    },
  };
}
