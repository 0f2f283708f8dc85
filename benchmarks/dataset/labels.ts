/** Verdicts as people write them. */

const yes = ["true", "1", "yes", "good", "desirable", "chosen", "positive", "up", "👍"];
const no = ["false", "0", "no", "bad", "undesirable", "rejected", "negative", "down", "👎"];

/** What a label says of an answer; nothing where that is in doubt. */
export function readLabel(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  const text = typeof value === "string"
    ? value.trim().toLowerCase().replace(/\.0$/, "")
    : typeof value === "number" || typeof value === "bigint"
    ? `${value}`
    : "";
  return yes.includes(text) ? true : no.includes(text) ? false : undefined;
}
export const labels = "true or false, 1 or 0, or as desirable and undesirable";

/** A finite number, be it written as text; nothing where it is none. */
export function readNumber(value: unknown): number | undefined {
  if (typeof value === "bigint") return Number(value);
  const text = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof text === "number" && Number.isFinite(text) ? text : undefined;
}

/** Which of two answers won, 0 or 1, or a tie; nothing where that is in doubt. */
export function readWinner(value: unknown): 0 | 1 | "tie" | undefined {
  if (typeof value !== "string") return undefined;
  const text = value.trim().toLowerCase().replace(
    /^(model|response|assistant|answer|output|conversation)[ _-]?/,
    "",
  );
  if (["a", "1", "left", "first"].includes(text)) return 0;
  if (["b", "2", "right", "second"].includes(text)) return 1;
  return /^(tie|both|neither|none|draw|equal)\b|^bothbad|^both_bad/.test(text) ? "tie" : undefined;
}
