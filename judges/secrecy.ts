import type { Json } from "../core/mod.ts";

/** Keeps a key out of all that is shown or stored. */
export interface Secrecy {
  /** False where the key is too short to be found in a text without garbling it. */
  readonly hideable: boolean;
  /** The text with the key, in each of its usual spellings, replaced. */
  hide(text: string): string;
}

/** Keys of fewer characters, as "EMPTY", guard nothing, but might be found in any text. */
const SHORTEST = 8;

/** A RangeError, without the key, for a key that no header can carry. */
export function secrecy(key: string | undefined): Secrecy {
  if (key === undefined) return { hideable: true, hide: (text) => text };
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new RangeError("Cannot use the judge's key: it must be printable ASCII without spaces");
  }
  if (key.length < SHORTEST) return { hideable: false, hide: (text) => text };
  const spellings = [
    key,
    JSON.stringify(key).slice(1, -1),
    encodeURIComponent(key),
    btoa(key),
    // Base64 of "Bearer KEY" is another text, as the letters before it shift it.
    btoa(`Bearer ${key}`),
  ];
  // The longest first: one may hold another.
  const all = [...new Set(spellings)].sort((a, b) => b.length - a.length);
  return {
    hideable: true,
    hide: (text) => all.reduce((rest, spelling) => rest.replaceAll(spelling, "[key]"), text),
  };
}

const names =
  /^(x[-_])?((api|access|secret|auth|private|bearer|subscription)[-_]?)?(key|token|secret)$|^(password|passwd|authorization|credentials?)$/i;
const beginnings = [
  /^Bearer\s+\S{8,}$/i,
  /^(?:sk|pk|rk|gsk|xai|ghp|gho|glpat|github_pat)[-_]\S{8,}$/,
  /^hf_\S{8,}$/,
  /^AIza[\w-]{20,}$/,
  /^AKIA[A-Z0-9]{12,}$/,
  /^eyJ[\w-]{10,}\.[\w-]+\./,
];

/** Whether a text looks as keys of common services do. */
export const looksSecret = (text: string): boolean => beginnings.some((form) => form.test(text));

/** Whether a field, at any depth, is called as a secret is or looks like one. */
export function holdsSecret(value: Json): boolean {
  if (typeof value === "string") return looksSecret(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, inner]) =>
    names.test(name) || looksSecret(name) || holdsSecret(inner as Json)
  );
}
