import { createHash } from "node:crypto";
import type { Params } from "../../core/mod.ts";

/** The first 16 digits of the SHA-256 of parameters on the host: their names, shapes and bits, in any order. */
export function digestOf(params: Params): string {
  const hash = createHash("sha256");
  for (const [name, { shape, data }] of Object.entries(params).sort(([a], [b]) => a < b ? -1 : 1)) {
    hash.update(JSON.stringify([name, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex").slice(0, 16);
}
