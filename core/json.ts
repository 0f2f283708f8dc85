/**
 * A value as the JSON that a file or another process gets; `what` says in an error what it is. A
 * RangeError names the field of a number that is not finite, of which JSON would silently make null.
 */
export function jsonText(value: unknown, what: string, indent?: number): string {
  const text = JSON.stringify(value, null, indent);
  // Without a null in it nothing was lost, and nothing need be looked through.
  const bad = text.includes("null") ? notFinite(value, "") : undefined;
  if (bad === undefined) return text;
  throw new RangeError(
    `Cannot write ${what}: field ${
      JSON.stringify(bad.path.replace(/^\./, ""))
    } must be a finite number: current value is ${bad.value}`,
  );
}

interface Bad {
  readonly path: string;
  readonly value: number;
}

function notFinite(value: unknown, path: string): Bad | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : { path, value };
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    const bad = notFinite(inner, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`);
    if (bad) return bad;
  }
  return undefined;
}
