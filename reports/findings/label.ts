/**
 * Untrusted text as a name in a sentence, on an axis or in a title: one line, at most `most`
 * characters, without characters that steer the layout (controls, bidirectional overrides).
 */
export function label(text: string, most = 32): string {
  // Cut first: what follows the cut is not worth reading.
  const line = text.slice(0, 8 * most).replace(/\s+/g, " ").replace(/\p{C}/gu, "").trim();
  const points = [...line];
  if (points.length === 0) return "(blank)";
  return points.length <= most ? line : `${points.slice(0, most - 1).join("")}…`;
}
