import * as stats from "../../../stats/mod.ts";

/**
 * What answers have beside their length that may sway a judge. A length-controlled win-rate can be
 * controlled for them as well: each enters as the model's number less the baseline's.
 */

const words = (text: string): number => text.match(/\S+/g)?.length ?? 0;

/**
 * How answers in English begin that refuse, in small letters and after "i am", "cannot" and "will
 * not" are shortened. What begins otherwise is no refusal here, and an answer in another language never.
 */
export const refusals: readonly string[] = [
  "i'm sorry, but i can't",
  "i'm sorry, but i'm not able to",
  "i'm sorry, but i'm unable to",
  "i'm sorry, but i won't",
  "i'm sorry, i can't",
  "sorry, but i can't",
  "sorry, i can't",
  "i apologize, but i can't",
  "i can't assist",
  "i can't comply",
  "i can't fulfill",
  "i can't help",
  "i can't provide",
  "i won't assist",
  "i won't help",
  "i won't provide",
  "i'm not able to assist",
  "i'm not able to help",
  "i'm not able to provide",
  "i'm unable to assist",
  "i'm unable to help",
  "i'm unable to provide",
  "i must decline",
];

/** Whether an answer begins with one of the `refusals`. */
export function refuses(text: string): boolean {
  const said = text.slice(0, 200).trimStart().toLowerCase().replaceAll("’", "'")
    .replaceAll("i am ", "i'm ").replaceAll("cannot", "can't").replaceAll("can not", "can't")
    .replaceAll("will not", "won't").replaceAll("apologise", "apologize");
  return refusals.some((opening) => said.startsWith(opening));
}

interface Trait {
  readonly title: string;
  of(text: string): number;
}

/** The traits by the name that a user gives. */
export const traits = {
  /** log(1 + lines that are items of a list, outside fenced code). */
  "list-items": {
    title: "list items",
    of: (text) => Math.log1p(stats.markdown(text).lists),
  },
  /** log(1 + headers and bold spans a hundred words, outside fenced code); items are the other's. */
  markdown: {
    title: "markdown",
    of(text) {
      const { headers, bold } = stats.markdown(text);
      return Math.log1p(100 * (headers + bold) / Math.max(1, words(text)));
    },
  },
  /** 1 where it `refuses`, else 0. */
  refusal: { title: "refusals", of: (text) => refuses(text) ? 1 : 0 },
} as const satisfies { readonly [name: string]: Trait };

/** A trait by its name. */
export type TraitName = keyof typeof traits;
/** All traits, in the order of their columns. */
export const traitNames = Object.keys(traits) as readonly TraitName[];

/** The model's number of each trait less the baseline's. */
export const differences = (
  names: readonly TraitName[],
  baseline: string,
  model: string,
): number[] => names.map((name) => traits[name].of(model) - traits[name].of(baseline));
