import { createHash } from "node:crypto";

/** JSON with the keys of every object sorted: equal values give equal text. */
export function canonical(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new RangeError(`Cannot use ${value} in a cache key: numbers must be finite`);
  }
  if (value === null || typeof value !== "object") {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) {
      throw new TypeError(`Cannot use a ${typeof value} in a cache key: it has no JSON`);
    }
    return text;
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value))) {
    throw new TypeError(
      `Cannot use a ${value.constructor.name} in a cache key: only plain objects have a fixed JSON`,
    );
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => a < b ? -1 : 1);
  return `{${members.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(",")}}`;
}

/** SHA-256 of the canonical JSON, in hexadecimal digits: equal values, equal fingerprints. */
export function fingerprint(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}
