import { createHash } from "node:crypto";
import { basename, extname } from "node:path";
import { type Mapping, writeMapping } from "./dataset/columns.ts";
import type { Benchmark, Kind, Plan, Workshop } from "../core/mod.ts";
import { labelAuc } from "../evaluators/mod.ts";
import {
  encode,
  type Encoded,
  type Limits,
  longestAnswer,
  longestPrompt,
} from "./dataset/encode.ts";
import { feedback } from "./dataset/feedback.ts";
import { hashOf } from "./dataset/hash.ts";
import { glance } from "./dataset/images.ts";
import { measures } from "./dataset/measures.ts";
import { notes, readingNotes } from "./dataset/notes.ts";
import {
  fileFingerprint,
  readDataset,
  type ReadingReport,
  type ReadOptions,
} from "./dataset/read.ts";
import type { DatasetRow, Dialogue } from "./dataset/row.ts";
import { image, see } from "./dataset/sight.ts";
import { fromBytes, toBytes } from "./dataset/store.ts";
import { testbed } from "./dataset/testbed.ts";
import type { PatchShape } from "../models/patches.ts";
import { type LanguageModel, languageModel } from "./text/base.ts";
import { type Tokenizer, tokenizer } from "./text/tokenizer.ts";

/** A user's own preference rows as a benchmark. */
export interface Dataset extends Benchmark<null> {
  /** Of the file, or of all files that were meant. */
  readonly sha256: string;
  /** What reading found that its owner should know, a sentence each: columns that were not read, ties, repairs. */
  readonly remarks: readonly string[];
  /** What a plan records of the file: how it was read, split and cut, and what cannot be measured. */
  describe(workshop: Workshop): Promise<NonNullable<Plan["dataset"]>>;
}

/** The language model that learns from the rows, and the tokenizer that reads them. */
export interface Base {
  tokenizer(workshop: Workshop): Promise<Tokenizer>;
  /** The model reads `context` tokens of prompt and answer and samples `longest`. */
  languageModel(
    workshop: Workshop,
    reach: { readonly context: number; readonly longest: number; readonly patches?: PatchShape },
  ): Promise<LanguageModel>;
  /** What the user calls it. */
  readonly title: string;
  readonly limits: Limits;
  /** Whether it can be asked for a model that reads patches of an image before each prompt. */
  readonly sees?: boolean;
  /** How messages become text; a plain template by default. */
  readonly dialogue?: Dialogue;
  /** The optimiser's learning rate. */
  readonly rate: number;
  /** Operations that a run of the standard preset may spend. */
  readonly flops: number;
  /** What a plan records of what learns, where it is not the text testbed's model, and its sentences for the reader. */
  describe?(): Promise<Pick<NonNullable<Plan["dataset"]>, "model" | "lora" | "notes">>;
}
/** The text testbed's own. */
export const text: Base = {
  tokenizer,
  languageModel,
  title: "the text testbed's language model",
  limits: { prompt: longestPrompt, answer: longestAnswer },
  sees: true,
  rate: 1e-3,
  flops: 2e12,
};

/**
 * What a benchmark of a user's rows is ranked by, as nobody knows what answers of the policy are
 * worth; of answers that were labelled by themselves it is the label AUC.
 */
export const ranked = { id: "dataset", headline: "reward-accuracy" } as const;

/** Labels that one run may read at most. */
const mostQueries = 2000;
/** Raised when rows come to be read or encoded differently. */
const recipe = 3;

/**
 * Preference rows from a file, a folder of shards or a pattern, in any layout that `shapes/mod.ts`
 * lists or `columns` names. Throws a SyntaxError that names file, line and field where rows are
 * wrong, and a RangeError where no method could learn from them.
 */
export async function dataset(
  file: string,
  base: Base = text,
  columns: Mapping = {},
): Promise<Dataset> {
  const { limits, dialogue } = base;
  const options: ReadOptions = { columns, ...dialogue ? { dialogue } : {} };
  const found = await survey(file, options);
  const { images } = found.read;
  const reach = reachOf(file, base, images !== undefined);
  const name = basename(file);
  const offered = feedback[found.kind].filter((kind) => gives(found, kind));
  if (offered.length === 0) {
    throw new RangeError(
      `Cannot use ${file}: no method learns from answers that are all labelled false, to one prompt`,
    );
  }
  const title = `Rows of ${name}`;

  const encoded = async (workshop: Workshop): Promise<Encoded> => {
    const reader = await base.tokenizer(workshop);
    const key = {
      recipe,
      sha256: found.sha256,
      columns: writeMapping(columns),
      tokenizer: createHash("sha256").update(reader.json).digest("hex"),
      limits,
      ...images ? { image } : {},
    };
    let now: ReadingReport | undefined;
    const bytes = await workshop.cached("dataset", key, async () => {
      const data = await encode(watched(), reader, limits);
      if (await fingerprint(file, now) !== found.sha256) {
        throw new Error(`Cannot use ${file}: it changed while it was read`);
      }
      return toBytes(data);
    });
    return fromBytes(bytes);

    async function* watched(): AsyncGenerator<DatasetRow> {
      let done = 0;
      const seeing = { ...options, look: see, found: (read: ReadingReport) => now = read };
      for await (const row of readDataset(file, images ? seeing : options)) {
        yield row;
        if (++done % 1000 === 0) workshop.progress(title, done / found.rows);
      }
    }
  };

  return {
    ...ranked,
    ...found.kind === "unpaired" ? { headline: labelAuc.id } : {},
    sha256: found.sha256,
    remarks: readingNotes(found.read),
    summary: `${name}: ${found.rows.toLocaleString("en-GB")} ${
      titles[found.kind]
    } of the user's own, learned by ${base.title}; no gold reward is known`,
    family: "text",
    settings: {
      [setting(name)]: { summary: "These rows as they are.", offers: offered, with: null },
    },
    measures: measures(found.kind),
    budget: { flops: base.flops, queries: Math.min(mostQueries, found.rows) },
    stages: [
      [{ title: "Tokenizer", make: base.tokenizer }],
      [
        { title: "Language model", make: (workshop) => base.languageModel(workshop, reach) },
        { title, make: encoded },
      ],
    ],
    async open(_setting, _rng, workshop) {
      const data = await encoded(workshop);
      return testbed(name, data, offered, await base.languageModel(workshop, reach), base.rate);
    },
    async describe(workshop) {
      const { rows, sha256 } = found;
      const own = await base.describe?.();
      return {
        file,
        sha256,
        rows,
        ...Object.keys(columns).length > 0 ? { columns: writeMapping(columns) } : {},
        ...images?.beside === undefined ? {} : { beside: true },
        ...own,
        notes: [
          ...own?.notes ?? [],
          ...readingNotes(found.read),
          ...notes(await encoded(workshop), offered),
        ],
      };
    },
  };
}

/** How far a model of these rows reads; a RangeError where it would have to see and cannot. */
function reachOf(file: string, { limits, sees, title }: Base, shown: boolean) {
  const [context, longest] = [limits.prompt + limits.answer, limits.answer];
  if (!shown) return { context, longest };
  if (sees) return { context: image.count + context, longest, patches: image };
  throw new RangeError(
    `Cannot learn from ${file} by ${title}: its rows show images, which are not read here; say ` +
      "--columns image= to read the texts alone; bench has a small model that sees them, where " +
      "--model is left off",
  );
}

const titles = {
  pair: "labelled pairs",
  list: "ranked or scored answers",
  unpaired: "labelled answers",
} as const;

interface Survey {
  readonly sha256: string;
  readonly kind: keyof typeof titles;
  readonly rows: number;
  /** Distinct prompts, counted up to the three that points need. */
  readonly prompts: number;
  /** Whether any answer is chosen, or labelled true. */
  readonly good: boolean;
  /** Whether any two answers to one prompt are compared, or any three. */
  readonly compared: boolean;
  readonly listed: boolean;
  readonly read: ReadingReport;
}

/** Reads all rows, so that every error is known before anything slow begins. */
async function survey(file: string, options: ReadOptions): Promise<Survey> {
  const prompts = new Set<string>();
  /** Of answers that come a row each, what a prompt has: how many, and which labels. */
  const answered = new Map<number, number>();
  let rows = 0;
  let [good, listed, compared] = [false, false, false];
  const kinds = new Set<DatasetRow["kind"]>();
  let read: ReadingReport | undefined;
  const looking = { ...options, look: glance, found: (found: ReadingReport) => read = found };
  for await (const row of readDataset(file, looking)) {
    rows++;
    kinds.add(row.kind);
    const shown = row.image && new Uint8Array(row.image).toHex();
    if (prompts.size < 3) prompts.add(shown ?? row.prompt);
    if (row.kind === "pair" || row.kind === "list") {
      [good, compared] = [true, true];
      listed ||= row.kind === "list";
      continue;
    }
    const key = hashOf(`${shown ?? ""}${row.prompt}`);
    const before = answered.get(key) ?? 0;
    if (row.kind === "unpaired") {
      good ||= row.label;
      const labels = before | (row.label ? 2 : 1);
      compared ||= labels === 3;
      answered.set(key, labels);
    } else {
      good = true;
      answered.set(key, before + 1);
      compared ||= before > 0;
      listed ||= before > 1;
    }
  }
  if (kinds.has("scored") && !compared) {
    throw new RangeError(
      `Cannot use ${file}: its answers have scores, and no two of them answer one prompt`,
    );
  }
  return {
    sha256: await fingerprint(file, read),
    kind: kinds.has("unpaired")
      ? "unpaired"
      : kinds.has("list") || kinds.has("scored")
      ? "list"
      : "pair",
    rows,
    prompts: prompts.size,
    good,
    compared,
    listed,
    read: read!,
  };
}

/** SHA-256 of the files of rows, and of the images that lie beside them. */
async function fingerprint(file: string, read: ReadingReport | undefined): Promise<string> {
  const [rows, beside] = [await fileFingerprint(file), read?.images?.beside];
  if (beside === undefined) return rows;
  return createHash("sha256").update(`${rows} ${beside}`).digest("hex");
}

/** A point needs an answer to another training prompt, and one prompt of the three is held out. */
function gives({ prompts, good, compared, listed }: Survey, kind: Kind): boolean {
  const needs: { readonly [K in Kind]?: boolean } = {
    pairs: compared,
    lists: listed,
    points: prompts > 2,
    demonstrations: good,
  };
  return needs[kind] ?? false;
}

/** The file's name, made safe to type and to put into a path. */
const setting = (name: string): string =>
  basename(name, extname(name)).replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 40) || "rows";
