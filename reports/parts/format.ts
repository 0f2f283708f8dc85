/** How numbers are written: the digits follow the uncertainty, thousands are thin-spaced, powers of ten are set as such. */

import type { Bounded } from "../findings/bounded.ts";

const THIN = "\u202f";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Decimals that show an uncertainty with so many significant digits: of two, 0.021 → 3, 1.3 → 1, 140 → 0. */
export function decimals(uncertainty: number, significant: 1 | 2 = 2): number {
  if (!(uncertainty > 0) || !Number.isFinite(uncertainty)) {
    throw new RangeError(
      `Cannot choose digits for an uncertainty of ${uncertainty}: expected a finite number above 0`,
    );
  }
  // toExponential rounds first, so that 0.0996 counts as 0.10 and not as 0.0996.
  const exponent = Number(uncertainty.toExponential(significant - 1).split("e")[1]);
  return Math.min(Math.max(significant - 1 - exponent, 0), 10);
}

/** A number with fixed decimals, a true minus sign and thin-spaced thousands. */
export function fixed(x: number, digits: number): string {
  const [whole = "", fraction] = Math.abs(x).toFixed(digits).split(".");
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, THIN) : whole;
  const text = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return x < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** A whole number such as a count of labels: 2 000, 128. */
export function count(n: number): string {
  const text = fixed(n, Number.isInteger(n) ? 0 : 1);
  return text.replace(/^(−?\d)(\d{3})(?=$|\.)/, `$1${THIN}$2`);
}

/** A large quantity with two significant digits: 2.1·10¹², 10¹²; below a million as a count. */
export function quantity(x: number): string {
  if (Math.abs(x) < 1e6) return count(x);
  const [mantissa = "", exponent = ""] = x.toExponential(1).split("e");
  const power = `10${[...exponent.replace("+", "")].map((d) => SUPERSCRIPTS[Number(d)]).join("")}`;
  const digits = mantissa.replace(/\.0$/, "").replace("-", "−");
  return digits === "1" ? power : `${digits}·${power}`;
}

/** An exact or unqualified number with at most four significant digits. */
export function plain(x: number): string {
  if (x === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(x)));
  if (size >= 6 || size < -4) {
    const [mantissa = "", exponent = "0"] = x.toExponential(2).split("e");
    const sign = exponent.startsWith("-") ? "⁻" : "";
    const digits = [...exponent.replace(/[+-]/, "")].map((d) => SUPERSCRIPTS[Number(d)]).join("");
    return `${mantissa.replace("-", "−")}·10${sign}${digits}`;
  }
  const text = fixed(x, Math.max(3 - size, 0));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Half the interval's width: what stands after ±. */
export const halfWidth = ({ low, high }: Bounded): number => (high - low) / 2;

/** An interval that is narrower is the rounding of sums. */
export const NOISE = 1e-9;

/** The value alone, with as many digits as its uncertainty allows; 1 significant digit of it where room is short. */
export function rounded(x: Bounded, significant: 1 | 2 = 2): string {
  const half = halfWidth(x);
  return half > 0 ? fixed(x.value, decimals(half, significant)) : plain(x.value);
}

/** 0.876 ± 0.021; with one significant digit 0.88 ± 0.02. */
export function plusMinus(x: Bounded, significant: 1 | 2 = 2): string {
  const half = halfWidth(x);
  return half > 0
    ? `${rounded(x, significant)}${NBSP}±${NBSP}${fixed(half, decimals(half, significant))}`
    : plain(x.value);
}

/** "0.98 (0.91 to 1.00)": shares near 0 or 1 have lopsided intervals, which ± would carry beyond their ends. */
export function ranged({ value, low, high }: {
  readonly value: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}): string {
  if (low === undefined || high === undefined) {
    return plain(Math.abs(value) < NOISE ? 0 : Number(value.toPrecision(3)));
  }
  return high - low < NOISE
    ? fixed(value, 3)
    : `${rounded({ value, low, high })} (${range({ value, low, high })})`;
}

/** 0.855 to 0.897. */
export function range(x: Bounded): string {
  const half = halfWidth(x);
  if (!(half > 0)) return plain(x.value);
  const digits = decimals(half);
  return `${fixed(x.low, digits)} to ${fixed(x.high, digits)}`;
}

const NBSP = "\u00a0";

/** A p-value: 0.034, or < 0.001. */
export const pValue = (p: number): string => p < 0.001 ? "< 0.001" : fixed(p, decimals(p));

/** A rank interval: 1, or 1–3. */
export const ranks = (best: number, worst: number): string =>
  best === worst ? `${best}` : `${best}–${worst}`;

/** a, b and c. */
export function list(words: readonly string[], most = Infinity): string {
  if (words.length > most) {
    return `${words.slice(0, most - 1).join(", ")} and ${words.length - most + 1} others`;
  }
  return words.length < 2
    ? words.join("")
    : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}

/** "1 seed", "5 seeds". */
export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`;

/** Seeds as runs: 0–4, 7. */
export function seeds(values: readonly number[]): string {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const seed of sorted) {
    const last = runs[runs.length - 1];
    if (last !== undefined && seed === last[1] + 1) last[1] = seed;
    else runs.push([seed, seed]);
  }
  return runs.map(([from, to]) => from === to ? `${from}` : `${from}–${to}`).join(", ");
}
