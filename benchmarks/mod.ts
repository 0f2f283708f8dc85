import { type Benchmark, cardsOf, type Registry } from "../core/mod.ts";
import { evaluators } from "../evaluators/mod.ts";
import * as all from "./all.ts";
import { ranked } from "./dataset.ts";
import { cards } from "./dataset/measures.ts";

export { type Base, type Dataset, dataset, text as textBase } from "./dataset.ts";
export { type Mapping, readMapping, type Said, writeMapping } from "./dataset/columns.ts";
export { adapted } from "./dataset/adapted.ts";
export { baseOf, dialogueOf, rowAnswers, scorables } from "./dataset/checkpoint.ts";
export { readingNotes } from "./dataset/notes.ts";
export type { ImagesFound, Look } from "./dataset/images.ts";
export type { ReadingReport, ReadOptions } from "./dataset/read.ts";
export { reading, watched, type WritingStyle } from "./dataset/reading.ts";
export type {
  AskedQuestion,
  DatasetRow,
  Dialogue,
  ListRow,
  PairRow,
  RowTexts,
  Scorable,
  ScoredAnswerRow,
  UnpairedRow,
} from "./dataset/row.ts";
export type { Limits } from "./dataset/encode.ts";
export type { LanguageModel } from "./text/base.ts";
export type { Tokenizer } from "./text/tokenizer.ts";

/** Every benchmark, in alphabetical order. */
export const benchmarks: readonly Benchmark[] = Object.values(all)
  .sort((a, b) => a.id < b.id ? -1 : 1);

/** All that can be measured anywhere, and what each benchmark is ranked by. */
export const registry: Registry = {
  measures: [...cardsOf(evaluators, ...benchmarks.map(({ measures }) => measures), cards).values()],
  benchmarks: [...benchmarks, ranked],
};
