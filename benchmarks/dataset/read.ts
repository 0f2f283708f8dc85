import {
  type Entry,
  filesOf,
  fingerprint as fingerprintOf,
  readFiles,
  shown,
  shownNames,
} from "../../formats/mod.ts";
import { Columns, isRecord, type Mapping, type Said, writeMapping } from "./columns.ts";
import { imageColumns, imageReader, type ImagesFound, type Look } from "./images.ts";
import { type DatasetRow, type Dialogue, plainDialogue, type Scorable } from "./row.ts";
import { written, type WrittenRow } from "./question.ts";
import { type ReadRow, shapeOf, type Verdict } from "./shapes/mod.ts";
import type { Findings } from "./text.ts";

/** How a user's rows are read. */
export interface ReadOptions {
  /** How messages become text; a plain template by default. */
  readonly dialogue?: Dialogue;
  /** Which columns are meant, where their names do not say it. */
  readonly columns?: Mapping;
  /** What becomes of rows' images; they are named and not read without it. */
  readonly look?: Look;
  /** Hears what reading found, once all rows are read. */
  found?(found: ReadingReport): void;
}

/** What reading found beside the rows. */
export interface ReadingReport {
  /** Rows of each remark: what follows "12 rows". */
  readonly remarks: ReadonlyMap<string, number>;
  /** Columns that have a value in some row and were read in none, with the first such value. */
  readonly unread: readonly Said[];
  /** Ids of the rows' layouts. */
  readonly shapes: readonly string[];
  /** Of images, where any row has one. */
  readonly images?: ImagesFound;
  /** How the user named columns, as it was typed; empty where nobody did. */
  readonly picked: string;
}

/** Problems that an error spells out; the rest are counted. */
const spelledOut = 5;
/** Layouts, for who has another one. */
const WAY_OUT =
  "docs/own-data.md lists the layouts that are read, and --columns names columns, as " +
  "--columns prompt=COLUMN,chosen=COLUMN,rejected=COLUMN";

/**
 * Yields the rows of a file, a folder of shards or a pattern in order, in bounded memory. All rows
 * are of one kind. Bad files are read to their end before a SyntaxError names the first problems, by
 * file, line (or row) and field, and counts the rest.
 */
export function readDataset(path: string, options: ReadOptions = {}): AsyncGenerator<DatasetRow> {
  return readKind(path, options, rowOf);
}

/** As `readRows`, of answers to be scored. */
export function readScorables(path: string, options: ReadOptions): AsyncGenerator<Scorable> {
  return readKind(path, options, scorablesOf);
}

type Reader<R> = (
  reading: ReadRow,
  columns: Columns,
  dialogue: Dialogue,
  findings: Findings,
) => R[];

async function* readKind<
  R extends { readonly kind: keyof typeof described; readonly image?: Uint8Array },
>(
  path: string,
  { dialogue = plainDialogue, columns: mapping = {}, look, found: hear }: ReadOptions,
  read: Reader<R>,
): AsyncGenerator<R> {
  const files = await filesOf(path);
  const columns = new Columns(mapping);
  const images = look && imageReader(look);
  const remarks = new Map<string, number>();
  const shapes = new Set<string>();
  const problems: string[] = [];
  const spelled = new Set<string>();
  let count = 0;
  let first: { readonly place: string; readonly kind: R["kind"] } | undefined;
  let [empty, yielded] = [true, false];
  const noted = (remark: string) => remarks.set(remark, (remarks.get(remark) ?? 0) + 1);
  const rowsOf = (entry: Entry, findings: Findings): R[] => {
    if ("problem" in entry) {
      findings.problems.push(entry.problem);
      return [];
    }
    if (entry.remark !== undefined) noted(entry.remark);
    const found = readingOf(entry.value, columns, findings);
    if (!found) return [];
    shapes.add(found.id);
    return read(found.reading, columns, dialogue, findings);
  };
  const wanted = look && imageColumns(mapping);
  /** Rows with their image; none where there are several. */
  const illustrated = async (rows: R[], file: string, findings: Findings): Promise<R[]> => {
    const image = await images!.read(file, columns, findings);
    if (image === undefined) return rows;
    if (image !== "several") return rows.map((row) => ({ ...row, image }));
    findings.remarks.push("with several images, of which the model sees one, left out");
    return [];
  };
  for await (const { file, entries, place } of readFiles(files, wanted)) {
    for (const entry of entries) {
      empty = false;
      const findings: Findings = {
        problems: [],
        remarks: [],
        repaired: false,
        ...images ? { images: [] } : {},
      };
      let rows = rowsOf(entry, findings);
      if (images && rows.length > 0) rows = await illustrated(rows, file, findings);
      if (findings.remarks.length > 0) new Set(findings.remarks).forEach(noted);
      for (const { kind } of rows) {
        first ??= { place: place(entry.at), kind };
        if (comparable(kind) === comparable(first.kind)) continue;
        findings.problems.push(
          `row must be ${described[first.kind]} as ${first.place} is: ` +
            `current row is ${described[kind]}`,
        );
      }
      if (findings.problems.length > 0) {
        count += findings.problems.length;
        for (const problem of findings.problems) {
          // What is wrong with every row need be said of the first alone.
          if (spelled.size >= spelledOut || spelled.has(problem)) continue;
          spelled.add(problem);
          problems.push(`${place(entry.at)}: ${problem}`);
        }
      }
      if (count > 0) continue;
      for (const row of rows) {
        yielded = true;
        yield row;
      }
    }
  }
  if (empty) throw new SyntaxError(`Cannot use ${path}: it holds no rows`);
  const [missing] = columns.missing;
  if (missing !== undefined) {
    throw new RangeError(
      `Cannot read column ${shown(missing)} of ${path}, which --columns names: there are ${
        columns.present.map(shown).join(", ")
      }`,
    );
  }
  if (count > problems.length) problems.push(`${path}: ${count - problems.length} more problems`);
  if (count > 0) throw new SyntaxError(problems.join("\n"));
  if (!yielded) {
    throw new RangeError(
      `Cannot use ${path}: no row says which answer is better: ${
        [...remarks].map(([remark, n]) => `${n} ${remark}`).join("; ")
      }`,
    );
  }
  hear?.({
    remarks,
    unread: columns.unread,
    shapes: [...shapes],
    ...images && images.found().seen > 0 ? { images: images.found() } : {},
    picked: writeMapping(mapping),
  });
}

const described = {
  pair: 'a pair ("chosen" and "rejected")',
  list: "a list of answers",
  unpaired: 'an unpaired answer ("completion" and "label")',
  scored: 'a scored answer ("completion" and "score")',
  answer: 'an answer ("answer", "completion" or "response")',
} as const;
/** Pairs and lists are one kind: both compare answers to one prompt within a row. */
const comparable = (kind: keyof typeof described) => kind === "list" ? "pair" : kind;

/** What a row's columns are for; or nothing, and the problem noted. */
function readingOf(
  value: unknown,
  columns: Columns,
  findings: Findings,
): { readonly id: string; readonly reading: ReadRow } | undefined {
  const { problems } = findings;
  if (!isRecord(value)) {
    problems.push(`row must be an object: current value is ${shown(value)}`);
    return undefined;
  }
  const problem = columns.take(value);
  if (problem !== undefined) {
    problems.push(problem);
    return undefined;
  }
  const shape = shapeOf(columns);
  if (shape) return { id: shape.id, reading: shape.read(columns, findings) };
  problems.push(
    'row must have fields "chosen" and "rejected", or "prompt", "completion" and "label", or ' +
      `others that are known: ${
        wrapped(value) ?? `current fields are ${shownNames(Object.keys(value))}`
      }` +
      `; ${WAY_OUT}`,
  );
  return undefined;
}

/** What a value is that holds rows and is none. */
function wrapped(value: { readonly [name: string]: unknown }): string | undefined {
  const [list] = Object.entries(value).filter(([, one]) => Array.isArray(one) && isRecord(one[0]));
  if (list) return `field ${shown(list[0])} is a list of rows, which must be a file by itself`;
  const tables = Object.values(value).every((one) => isRecord(one) && "0" in one);
  return tables
    ? 'it is a table by columns, which pandas writes as rows by to_json(orient="records")'
    : undefined;
}

function rowOf(
  reading: ReadRow,
  columns: Columns,
  dialogue: Dialogue,
  findings: Findings,
): DatasetRow[] {
  const texts = written(reading, columns, dialogue, findings);
  const verdict = reading.verdict(findings);
  if (!texts || !verdict || findings.problems.length > 0) return [];
  if (texts.answers.some(isMissing)) {
    findings.remarks.push('with an answer "None", "nan" or the like, as missing ones are written');
  }
  const row = "scores" in verdict
    ? compared(texts, verdict, findings)
    : single(texts, verdict, findings);
  return row ? [row] : [];
}

const isMissing = (text: string) => text.length <= 4 && /^(nan|none|null|n\/a)$/i.test(text);

/** What all rows have. */
function shared({ prompt, templated, asked }: WrittenRow, { repaired }: Findings) {
  if (templated === undefined && asked === undefined) return { prompt, repaired };
  return {
    prompt,
    repaired,
    ...templated ? { templated } : {},
    ...asked ? { asked } : {},
  };
}

function single(
  texts: WrittenRow,
  verdict: Exclude<Verdict, { readonly scores: unknown }>,
  findings: Findings,
): DatasetRow {
  const completion = texts.answers[0]!;
  return "good" in verdict
    ? { kind: "unpaired", completion, label: verdict.good, ...shared(texts, findings) }
    : { kind: "scored", completion, score: verdict.score, ...shared(texts, findings) };
}

/** Answers with a score each as a pair or a list, best first; nothing where none is better. */
function compared(
  texts: WrittenRow,
  { scores, strength, gap }: Extract<Verdict, { readonly scores: unknown }>,
  findings: Findings,
): DatasetRow | undefined {
  const { answers } = texts;
  const { remarks } = findings;
  if (answers.length < 2) {
    remarks.push("with one answer and nothing to compare it with, left out");
    return undefined;
  }
  if (scores.every((score) => score === scores[0])) {
    remarks.push("with a tie, which says of no answer that it is better, left out");
    return undefined;
  }
  if (answers.length > 2) {
    const order = [...scores.keys()].sort((i, j) => scores[j]! - scores[i]! || i - j);
    return {
      kind: "list",
      answers: order.map((i) => answers[i]!),
      scores: order.map((i) => scores[i]!),
      ...shared(texts, findings),
    };
  }
  if (gap !== undefined && gap < 0) {
    remarks.push("with scores that say the opposite of which answer is chosen, which counts");
  }
  const best = scores[0]! > scores[1]! ? 0 : 1;
  const [least, most] = [scores[1 - best]!, scores[best]!];
  // 0 and 1 say which is better, and nothing of how much.
  const said = strength !== undefined || (least === 0 && most === 1);
  const far = gap ?? (said ? undefined : most - least);
  const pair = {
    kind: "pair" as const,
    chosen: answers[best]!,
    rejected: answers[1 - best]!,
    ...shared(texts, findings),
  };
  if (strength === undefined && far === undefined) return pair;
  return {
    ...pair,
    ...strength === undefined ? {} : { strength },
    ...far === undefined ? {} : { gap: Math.max(0, far) },
  };
}

/** The answers of a row, better before worse where it says which is. */
function scorablesOf(
  reading: ReadRow,
  columns: Columns,
  dialogue: Dialogue,
  findings: Findings,
): Scorable[] {
  const texts = written(reading, columns, dialogue, findings);
  if (!texts) return [];
  const { asked: _, answers, ...shared } = texts;
  const verdict = answers.length === 2
    ? reading.verdict({ problems: [], remarks: [], repaired: false })
    : undefined;
  if (verdict && "scores" in verdict) {
    const [first, second] = verdict.scores;
    if (first === second) findings.remarks.push("with a tie, whose first answer stands as chosen");
    return [{
      kind: "pair",
      ...shared,
      answers: first! < second! ? answers.toReversed() : answers,
    }];
  }
  return answers.map((text) => ({ kind: "answer", ...shared, answers: [text] }));
}

/** SHA-256 of the bytes of all files that a path means, in hexadecimal. */
export const fileFingerprint = async (path: string): Promise<string> =>
  await fingerprintOf(await filesOf(path));
