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
