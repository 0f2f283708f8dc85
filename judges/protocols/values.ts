/** Values as other tools write them. */

/** A text that is a number as that number, one that says that there is none as null, all else as it is. */
export function numberIn(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const text = value.trim();
  if (/^(nan|none|null|na|n\/a)?$/i.test(text)) return null;
  return /^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : value;
}
