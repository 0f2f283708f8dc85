import { mean, sd } from "./average.ts";

/** How an answer looks, whatever it says. */
export interface Style {
  /** In tokens, or in any other unit that all answers are measured in. */
  readonly length: number;
  readonly headers: number;
  readonly lists: number;
  readonly bold: number;
}
/** What is counted of a style, in the order of the fitted coefficients. */
export const styles = ["length", "headers", "lists", "bold"] as const;

/** The number of Unicode code points, which is what Python's `len` counts. */
export function codePoints(text: string): number {
  return [...text].length;
}

/** Markdown outside fenced code, by Arena-Hard's rules: lines that are headers or items, bold spans. */
export function markdown(text: string): Omit<Style, "length"> {
  const plain = text.replaceAll(/```[^`]*```/g, "");
  const count = (pattern: RegExp) => plain.match(pattern)?.length ?? 0;
  return {
    headers: count(/^#{1,6}\s/gm),
    // Not \s: it would run over line ends, and again from each of them.
    lists: count(/^[ \t]*(?:\d{1,9}\.|[-*+])\s/gm),
    bold: count(/\*\*[^*\n]+\*\*/g) + count(/__[^_\n]+__/g),
  };
}

/**
 * Arena-Hard's features of a pair, in the order of `styles`: (a − b) / (a + b) of lengths, and of
 * each kind of markdown per token, k / (length + 1), (a − b) / (a + b + 1). Turned around, each
 * changes its sign. Two empty answers are equally long.
 */
export function styleDifference(a: Style, b: Style): number[] {
  const total = a.length + b.length;
  const density = (kind: "headers" | "lists" | "bold") => {
    const [x, y] = [a[kind] / (a.length + 1), b[kind] / (b.length + 1)];
    return (x - y) / (x + y + 1);
  };
  return [
    total === 0 ? 0 : (a.length - b.length) / total,
    density("headers"),
    density("lists"),
    density("bold"),
  ];
}

/**
 * Each column over its standard deviation, so that coefficients can be compared; a constant one
 * stays. `centred` takes off its mean first, as Arena-Hard does: ratings are then at the mean
 * difference of style that was met, and not at equal style.
 */
export function scaled(rows: readonly (readonly number[])[], centred = false): number[][] {
  const columns = (rows[0] ?? []).map((_, k) => {
    const column = rows.map((row) => row[k]!);
    const spread = rows.length > 1 ? sd(column) : 0;
    return { from: centred ? mean(column) : 0, by: spread > 0 ? spread : 1 };
  });
  return rows.map((row) => row.map((x, k) => (x - columns[k]!.from) / columns[k]!.by));
}
