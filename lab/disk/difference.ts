import type { RunRecord } from "../../core/mod.ts";

/** Where two records of one run first differ, `ran` aside: measures first, as they matter most. */
export function difference(stored: RunRecord, again: RunRecord): string | undefined {
  // As they are once written: a record that was read has no undefined fields and no negative zeros.
  const written = JSON.parse(JSON.stringify(again)) as RunRecord;
  const order = ({ measures, ran: _, ...rest }: RunRecord) => ({ measures, ...rest });
  return firstDifference(order(stored), order(written), "");
}

function firstDifference(a: unknown, b: unknown, path: string): string | undefined {
  if (Object.is(a, b)) return undefined;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return `${path} is ${shown(b)}, expected ${shown(a)}`;
  }
  const [x, y] = [a, b] as { readonly [key: string]: unknown }[];
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference(x![key], y![key], path === "" ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "absent";
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
