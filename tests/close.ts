import assert from "node:assert/strict";

/** Fails unless the two agree to `tolerance`, absolute. */
export function close(actual: number | undefined, expected: number, tolerance = 1e-6): void {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= tolerance,
    `found ${actual}, expected ${expected} ± ${tolerance}`,
  );
}

export function allClose(
  actual: readonly number[],
  expected: readonly number[],
  tolerance = 1e-6,
): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((x, i) => close(x, expected[i]!, tolerance));
}
