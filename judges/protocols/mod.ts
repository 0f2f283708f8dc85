import * as all from "./all.ts";
import type { Protocol } from "./protocol.ts";

/** Judge protocols: what they ask, how they count, and the files that they read and write. */

/** Every protocol, in alphabetical order. */
export const protocols: readonly Protocol[] = Object.values(all).map(({ protocol }) => protocol)
  .sort((a, b) => a.id < b.id ? -1 : 1);
export * from "./all.ts";

export {
  type Answered,
  answered,
  answererOf,
  type Answering,
  type AnswerOptions,
  type Asked,
  type Said,
} from "./answering.ts";
export * from "./asks.ts";
export { type CsvCell, type CsvSeparator, parseCsv, parseTable, writeCsv } from "./csv.ts";
export * from "./field.ts";
/** How far a judge agrees with itself. */
export * as judgeNoise from "./noise.ts";
export type { NoiseKind, Scoring, Scorings } from "./noise.ts";
/** Options that mean the same in every protocol. */
export * as protocolOptions from "./options.ts";
export type { Given, Option } from "./options.ts";
export * from "./pairings.ts";
export { type Jury, jury } from "./panel.ts";
export { type Prompts, prompts } from "./prompts.ts";
export type { Figures, Files, Prepared, Protocol, Recomputed, UserFiles } from "./protocol.ts";
export type { Flaws } from "./answers.ts";
export type { Texts } from "./texts.ts";
export { type AnsweredRecord, type RunField, runField } from "./run-field.ts";
export { withTruth } from "./run-truth.ts";
/** What a reply says. */
export * as replyVerdicts from "./verdicts.ts";
export type { Wanted } from "./verdicts.ts";
export { worded, type WordedOptions } from "./worded.ts";
