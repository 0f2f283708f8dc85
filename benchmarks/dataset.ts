import { createHash } from "node:crypto";
import { basename, extname } from "node:path";
import type { Benchmark, Kind, Plan, Workshop } from "../core/mod.ts";
import { evaluators } from "../evaluators/mod.ts";
import {
  encode,
  type Encoded,
  type Limits,
  longestAnswer,
  longestPrompt,
} from "./dataset/encode.ts";
import { notes } from "./dataset/notes.ts";
import { fingerprint, readRows } from "./dataset/read.ts";
import type { Dialogue, Row } from "./dataset/row.ts";
import { fromBytes, toBytes } from "./dataset/store.ts";
import { feedback, testbed } from "./dataset/testbed.ts";
import { type LanguageModel, languageModel } from "./text/base.ts";
import { type Tokenizer, tokenizer } from "./text/tokenizer.ts";

/** A user's own preference rows as a benchmark. */
export interface Dataset extends Benchmark<null> {
  /** Of the file. */
  readonly sha256: string;
  /** What a plan records of the file: how it was read, split and cut, and what cannot be measured. */
  describe(workshop: Workshop): Promise<NonNullable<Plan["dataset"]>>;
}

/** The language model that learns from the rows, and the tokenizer that reads them. */
export interface Base {
  tokenizer(workshop: Workshop): Promise<Tokenizer>;
  /** The model reads `context` tokens of prompt and answer and samples `longest`. */
  languageModel(
    workshop: Workshop,
    reach: { readonly context: number; readonly longest: number },
  ): Promise<LanguageModel>;
  /** What the user calls it. */
  readonly title: string;
  readonly limits: Limits;
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
  rate: 1e-3,
  flops: 2e12,
};

/** What every benchmark of a user's rows is ranked by: nobody knows what answers of the policy are worth. */
export const ranked = { id: "dataset", headline: "reward-accuracy" } as const;

/** Labels that one run may read at most. */
const mostQueries = 2000;
/** Raised when rows come to be read or encoded differently. */
const recipe = 2;

/**
 * Preference rows from a `.jsonl` or `.parquet` file: `prompt`, `chosen`, `rejected` or `prompt`,
 * `completion`, `label`, as TRL reads them (see `readRow`). Throws a SyntaxError that names line
 * and field where rows are wrong, and a RangeError where no method could learn from them.
 */
export async function dataset(file: string, base: Base = text): Promise<Dataset> {
  const { limits, dialogue } = base;
  const reach = { context: limits.prompt + limits.answer, longest: limits.answer };
  const found = await survey(file, dialogue);
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
      tokenizer: createHash("sha256").update(reader.json).digest("hex"),
      limits,
    };
    const bytes = await workshop.cached("dataset", key, async () => {
      const data = await encode(watched(), reader, limits);
      if (await fingerprint(file) !== found.sha256) {
        throw new Error(`Cannot use ${file}: it changed while it was read`);
      }
      return toBytes(data);
    });
    return fromBytes(bytes);

    async function* watched(): AsyncGenerator<Row> {
      let done = 0;
      for await (const row of readRows(file, dialogue)) {
        yield row;
        if (++done % 1000 === 0) workshop.progress(title, done / found.rows);
      }
    }
  };

  return {
    ...ranked,
    sha256: found.sha256,
    summary: `${name}: ${found.rows.toLocaleString("en-GB")} ${
      found.kind === "pair" ? "labelled pairs" : "labelled answers"
    } of the user's own, learned by ${base.title}; no gold reward is known`,
    family: "text",
    settings: {
      [setting(name)]: { summary: "These rows as they are.", offers: offered, with: null },
    },
    measures: evaluators,
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
      return testbed(name, data, await base.languageModel(workshop, reach), base.rate);
    },
    async describe(workshop) {
      const { rows, sha256 } = found;
      const own = await base.describe?.();
      return {
        file,
        sha256,
        rows,
        ...own,
        notes: [...own?.notes ?? [], ...notes(await encoded(workshop), offered)],
      };
    },
  };
}

interface Survey {
  readonly sha256: string;
  readonly kind: Row["kind"];
  readonly rows: number;
  /** Distinct prompts, counted up to the three that points need. */
  readonly prompts: number;
  /** Whether any answer is chosen, or labelled true. */
  readonly good: boolean;
}

/** Reads the whole file, so that every error is known before anything slow begins. */
async function survey(file: string, dialogue?: Dialogue): Promise<Survey> {
  const prompts = new Set<string>();
  let [rows, good] = [0, false];
  let kind: Row["kind"] = "pair";
  for await (const row of readRows(file, dialogue)) {
    rows++;
    kind = row.kind;
    good ||= row.kind === "pair" || row.label;
    if (prompts.size < 3) prompts.add(row.prompt);
  }
  return { sha256: await fingerprint(file), kind, rows, prompts: prompts.size, good };
}

/** A point needs an answer to another training prompt, and one prompt of the three is held out. */
const gives = ({ prompts, good }: Survey, kind: Kind): boolean =>
  kind === "points" ? prompts > 2 : kind === "demonstrations" ? good : true;

/** The file's name, made safe to type and to put into a path. */
const setting = (name: string): string =>
  basename(name, extname(name)).replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 40) || "rows";
