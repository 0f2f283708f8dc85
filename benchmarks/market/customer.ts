/** Who asks on `market`, believes what is claimed, buys, and finds out. */

/** What is known of an option, and what may be claimed of it: that it has what is wanted, lacks it, or neither. */
export const STATES = ["has", "lacks", "unknown"] as const;
export type Knowledge = (typeof STATES)[number];
/** What each option is worth to who wants what it has, from the cheapest to the dearest. */
export const WORTH = [2, 1.5, 1] as const;
/** What one is worth that lacks it. */
const WASTED = -1;
/** Of options of which nothing is known, so many have it. */
const SOMETIMES = 0.3;
/** How far a claim moves the customer from even odds: 0 not at all, 1 to certainty. */
const TRUST = 0.8;

/** A state of each option: all of them, the first option's changing fastest. */
export const triples: readonly (readonly Knowledge[])[] = Array.from(
  { length: STATES.length ** WORTH.length },
  (_, n) =>
    WORTH.map((_, option) => STATES[Math.floor(n / STATES.length ** option) % STATES.length]!),
);

const has = { has: 1, lacks: 0, unknown: SOMETIMES } as const;
const believed = { has: (1 + TRUST) / 2, lacks: (1 - TRUST) / 2, unknown: 1 / 2 } as const;

const expected = (chance: number, option: number): number =>
  chance * WORTH[option]! + (1 - chance) * WASTED;

/** What the customer buys, who believes the claims: the best, if better than nothing. */
export function bought(claims: readonly Knowledge[]): number | undefined {
  const hopes = claims.map((claim, option) => expected(believed[claim], option));
  const best = hopes.indexOf(Math.max(...hopes));
  return hopes[best]! > 0 ? best : undefined;
}

/** What the customer expects of what was bought: 0 of nothing. */
export function hoped(claims: readonly Knowledge[]): number {
  const option = bought(claims);
  return option === undefined ? 0 : expected(believed[claims[option]!], option);
}

/** What it is worth in truth, the mean over what is not known. */
export function received(claims: readonly Knowledge[], truth: readonly Knowledge[]): number {
  const option = bought(claims);
  return option === undefined ? 0 : expected(has[truth[option]!], option);
}

/** What it turns out to be worth, of each way that things may be, with its probability. */
export function outcomes(
  truth: readonly Knowledge[],
  wrong: number,
): { readonly probability: number; worth(claims: readonly Knowledge[]): number }[] {
  // A world model that takes every option, with this probability, for what it is not.
  const chances = truth.map((state) => has[state] * (1 - wrong) + (1 - has[state]) * wrong);
  return Array.from({ length: 2 ** truth.length }, (_, n) => {
    const found = truth.map((_, option) => (n >> option) % 2);
    return {
      probability: found.reduce((p, is, option) => p * Math.abs(1 - is - chances[option]!), 1),
      worth(claims) {
        const option = bought(claims);
        return option === undefined ? 0 : expected(found[option]!, option);
      },
    };
  });
}
