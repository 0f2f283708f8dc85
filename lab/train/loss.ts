import { Expr, type Loss, type Remembering } from "../../core/mod.ts";

/** A loss with or without a memory, as one with: TypeError unless it keeps exactly these names. */
export function remembering(found: Loss, names: readonly string[]): Remembering {
  const { loss, memory } = found instanceof Expr ? { loss: found, memory: {} } : found;
  const kept = Object.keys(memory);
  if (kept.toSorted().join() !== names.toSorted().join()) {
    throw new TypeError(
      `Cannot train on a loss that keeps [${kept}]: its method's memory is [${names}]`,
    );
  }
  for (const [name, { shape }] of [["loss", loss] as const, ...Object.entries(memory)]) {
    if (shape.length > 0) {
      throw new RangeError(
        `Cannot train on a ${name} of shape [${shape}]: it must be a scalar, the batch's mean`,
      );
    }
  }
  return { loss, memory };
}
