import { join, resolve } from "node:path";
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { root } from "../lab/host/provenance.ts";

/** What users type, read. */

/** A path as the user meant it: `deno task` runs in the project, whoever called it from where. */
export function here(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
}

/** The directory that `--cache` names. */
export const storeAt = (cache: string | undefined): string =>
  cache === undefined ? join(root, ".cache") : here(cache);

/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export function positive(text: string): number {
  const value = /^\d*\.?\d+(e\+?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It must be a finite number above 0.");
}

export function whole(text: string): number {
  const value = positive(text);
  if (Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("It must be a whole number above 0.");
}

export function percent(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (value >= 0 && value <= 100) return value;
  throw new InvalidArgumentError("It must be a percentage from 0 to 100.");
}

/** `8` or `8,16`. */
export function rank(text: string): { rank: number; alpha: number } {
  const [first = "", second, ...more] = text.split(",");
  if (more.length > 0) throw new InvalidArgumentError("It must be a rank, or a rank and an alpha.");
  const rank = whole(first);
  return { rank, alpha: second === undefined ? 2 * rank : positive(second) };
}
