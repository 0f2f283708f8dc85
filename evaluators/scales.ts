/** Scales that several measures have, and the smallest differences that matter on them. */

/** Of shares and probabilities. */
export const share = { least: 0, most: 1 } as const;
/** Two in a hundred: what a reader would still notice, and what 32 prompts and a few seeds can tell. */
export const TWO_PERCENT = 0.02;

/** Of amounts without an upper end. */
export const positive = { least: 0 } as const;
/** Of amounts without a scale of their own, that testbeds differ in by orders of magnitude: a twentieth of the rival's. */
export const TWENTIETH = { share: 0.05 } as const;
