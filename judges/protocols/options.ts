import type { Orders } from "./asks.ts";

/** What a user may give a protocol: options of the command line that know the type of their value. */

/** Where an option stands in a list of all: by what it says. */
export const parts = ["judged", "recorded", "verdicts", "control"] as const;

/** An option of the command line that knows the type of its value. */
export interface Option<T> {
  /** One word, without the dashes. */
  readonly name: string;
  /** What stands after it in help, as "<files...>". */
  readonly value: string;
  /** For people, who may be told the protocols that read it. */
  readonly help: string | ((protocols: readonly string[]) => string);
  readonly part: typeof parts[number];
  readonly choices?: readonly (T & string)[];
  readonly default?: T & string;
  /** The value of what was typed; a RangeError says what it must be. */
  readonly read?: (text: string) => T;
}

/** What a user gave. */
export interface Given {
  get<T>(option: Option<T>): T | undefined;
}

/** Values by the names of their options. */
export const given = (values: { readonly [name: string]: unknown }): Given => ({
  get: <T>({ name, default: otherwise }: Option<T>) => (values[name] ?? otherwise) as T | undefined,
});

type Values<Os extends readonly Option<unknown>[]> = {
  [I in keyof Os]: Os[I] extends Option<infer T> ? T : never;
};

/** The values of options that must be there; a RangeError names each that is missing. */
export function need<const Os extends readonly Option<unknown>[]>(
  { get }: Given,
  options: Os,
  what: string,
): Values<Os> {
  const missing = options.filter((option) => get(option) === undefined);
  if (missing.length > 0) {
    throw new RangeError(
      `Cannot ${what} without ${missing.map(({ name }) => `--${name}`).join(" and ")}`,
    );
  }
  return options.map((option) => get(option)) as Values<Os>;
}

type Part = Option<unknown>["part"];
type Help = Option<unknown>["help"];
/** An option that names a file. */
export const file = (name: string, part: Part, help: Help): Option<string> => ({
  ...{ name, part, help },
  value: "<file>",
});
/** An option that names several files. */
export const files = (name: string, part: Part, help: Help): Option<readonly string[]> => ({
  ...{ name, part, help },
  value: "<files...>",
});
/** Whether its value names files. */
export const ofFiles = ({ value }: Option<unknown>): boolean => /^<files?\b/.test(value);

/** "A, B or C" */
export const listed = (words: readonly string[], last: "and" | "or"): string =>
  [words.slice(0, -1).join(", "), ...words.slice(-1)].filter(Boolean).join(` ${last} `);

const mode: Option<"single" | "pair" | "both"> = {
  name: "mode",
  value: "<name>",
  part: "verdicts",
  help: (titles) => `${listed(titles, "and")}: grades, pairs or both (default: single)`,
  choices: ["single", "pair", "both"],
};
const orders: Option<Orders> = {
  name: "orders",
  value: "<n>",
  part: "verdicts",
  help: "show each pair in both orders, or in one by a coin",
  choices: ["both", "one"],
  default: "both",
};

/** Options that mean the same whichever protocol reads them; one that does not passes over them. */
export const shared = {
  answers: files(
    "answers",
    "judged",
    "answers of the models, a file each in the protocol's own format",
  ),
  baseline: file(
    "baseline",
    "judged",
    "answers that they are compared with; with --judgments a model's name",
  ),
  questions: file("questions", "judged", (titles) => `questions of ${listed(titles, "or")}`),
  data: file("data", "judged", (titles) => `rows of ${listed(titles, "or")}`),
  annotations: files(
    "annotations",
    "recorded",
    (titles) => `recompute ${listed(titles, "or")} from annotations, without a judge`,
  ),
  judgments: files(
    "judgments",
    "recorded",
    (titles) => `recompute ${listed(titles, "or")}, without a judge`,
  ),
  scores: file(
    "scores",
    "recorded",
    (titles) => `${listed(titles, "or")} by these scores, or those of deno task score --json`,
  ),
  mode,
  orders,
} as const;
