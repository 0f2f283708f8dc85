import type { Judged, Judgement, Rng } from "../../core/mod.ts";
import type { Answering } from "./answering.ts";
import type { Flaws } from "./answers.ts";
import type { Ask, Line } from "./asks.ts";
import type { NoiseKind, Scorings } from "./noise.ts";
import type { Given, Option } from "./options.ts";
import type { Jury } from "./panel.ts";
import type { Prompts } from "./prompts.ts";
import type { Files, UserFiles } from "./protocol-files.ts";
import type { RunField } from "./run-field.ts";
import type { Texts } from "./texts.ts";
import type { Wanted } from "./verdicts.ts";

export { type Files, names, type UserFiles } from "./protocol-files.ts";

/** What tells one protocol from another: all that the rest of the project knows of it. */
export interface Protocol {
  /** By which users and judged files name it. */
  readonly id: string;
  readonly title: string;
  /** Its table is ranked by the first of these measures that is there. */
  readonly headline: readonly string[];
  /** All that it reads; what is not one of the shared options is refused with other protocols. */
  readonly options: readonly Option<unknown>[];
  /** The option that names somebody's judgements, which `recompute` counts. */
  readonly recorded: Option<unknown>;
  /** Commands that show what it is given. */
  readonly examples: readonly string[];
  /** How a judge is asked that is asked in words, and how its verdict on two answers reads. */
  readonly wording: Prompts;
  readonly reply: {
    readonly pair: Wanted;
    /** One token whose probabilities are the verdict, where the server tells them. */
    readonly token?: boolean;
  };
  /** How its questions are answered; absent where it has none. */
  readonly answering?: Answering;
  /** How verdicts of each headline that is a mean of them differ when asked for again. */
  readonly noise: { readonly [measure: string]: NoiseKind };
  /** Reads a user's files; `judge` is what figures call who will judge. */
  prepare(given: Given, read: UserFiles, judge: string): Promise<Prepared>;
  /** The same of prefbench's own policies. */
  ofRun(run: RunField, given: Given, judge: string): Prepared;
  /** Counts somebody's judgements, without a judge: figures of each judge, and of each part that has an opponent of its own. */
  recompute(given: Given, read: UserFiles, rng: Rng): Promise<readonly Recomputed[]>;
}

/** What a protocol makes of judgements. */
export interface Figures
  extends Pick<Judged, "measures" | "rows" | "bias" | "absent" | "agreement" | "published"> {
  readonly judgements: readonly Judgement[];
  /** The original's own files of figures. */
  readonly tables?: Files;
}

/** Everything read that is to be judged. */
export interface Prepared {
  readonly on: string;
  readonly baseline: string;
  readonly asks: readonly Ask[];
  /** What could not be joined, for the user to know. */
  readonly notes: readonly string[];
  /** What is wrong with a model's answers. */
  readonly flaws?: ReadonlyMap<string, Flaws>;
  /** What is asked and answered. */
  texts(): Texts;
  figures(lines: readonly Line[], rng: Rng): Figures;
  /** The valid verdicts that each headline is the mean of. */
  scorings(lines: readonly Line[]): Scorings;
  /** The original's own files of judgements. */
  files(lines: readonly Line[], judge: string, prompts: string): Files;
}

/** The figures of somebody's judgements. */
export interface Recomputed extends Figures {
  readonly on: string;
  readonly baseline: string;
  /** Who judged, as the files say; of one judge each verdict is one row. */
  readonly judge: string;
  /** What was judged, where that is one part of the files, such as a category. */
  readonly part?: string | undefined;
  /** Where the verdicts are several judges' put together. */
  readonly jury?: Jury;
  readonly notes: readonly string[];
  readonly flaws?: ReadonlyMap<string, Flaws> | undefined;
  readonly scorings: Scorings;
  /** Where the files hold any. */
  readonly texts?: Texts | undefined;
}
