import { join } from "node:path";
import { Tokenizer as Reader } from "@huggingface/tokenizers";
import { readJson } from "./files.ts";
import { type Allowance, limits as usual, timed } from "./limits.ts";

/** A checkpoint's own tokenizer. */
export interface CheckpointTokenizer {
  /** The `tokenizer.json` that it came from. */
  readonly json: string;
  /** Token ids are below this. */
  readonly size: number;
  /** The token that ends an answer, and its text. */
  readonly stop: number;
  readonly stopText: string;
  /** The tokens that begin every text, as LLaMA's `<s>`. */
  readonly opening: readonly number[];
  /** Names of special tokens in the text are those tokens, as everywhere in Hugging Face's libraries. */
  encode(text: string): number[];
  /** As `encode`, of text that goes on from other text. */
  encodeAnswer(text: string): number[];
  decode(tokens: readonly number[]): string;
  /** Each token's own text; ids that the model knows and the tokenizer does not are shown as numbers. */
  pieces(tokens: readonly number[]): string[];
  /** Special tokens of `tokenizer_config.json`, as chat templates know them. */
  readonly specials: { readonly [name: string]: string };
}

/**
 * `vocabulary` and `end` are the model's: its number of tokens, and the one that ends a text. What
 * reads or writes a text throws an OverLimit where its patterns take longer than they may.
 */
export async function openTokenizer(
  directory: string,
  vocabulary: number,
  end: number | undefined,
  limits: Allowance = usual,
): Promise<CheckpointTokenizer> {
  const file = join(directory, "tokenizer.json");
  const json = await readJson(directory, "tokenizer.json");
  if (json === undefined) throw new SyntaxError(`Cannot load ${file}: there is no such file`);
  const config = await readJson(directory, "tokenizer_config.json") ?? {};
  if (!isRecord(json) || !isRecord(config)) {
    throw new SyntaxError(`Cannot read ${file}: it and tokenizer_config.json must be objects`);
  }
  /** A long text may take long; by far the most of tokenizers read a thousand letters a millisecond. */
  const limited = <T>(work: () => T, length = 1): T =>
    timed(work, limits.milliseconds + length / 20, file);
  const reader = limited(() => readerOf(json, file));
  const largest = reader.get_vocab(true).values().reduce((a, b) => Math.max(a, b), -1);
  if (!(largest < vocabulary)) {
    throw new RangeError(
      `Cannot load ${file}: its largest token is ${largest}, and the model knows tokens below ${vocabulary}`,
    );
  }
  const specials = specialsOf(config);
  const named = specials.eos_token === undefined
    ? undefined
    : reader.token_to_id(specials.eos_token);
  const stop = named ?? end;
  if (stop === undefined || stop >= vocabulary) {
    throw new RangeError(
      `Cannot load ${directory}: "eos_token" of tokenizer_config.json or "eos_token_id" of ` +
        `config.json must name a token below ${vocabulary}: ${
          stop === undefined ? "neither names one" : `it is ${stop}`
        }`,
    );
  }

  const encode = (text: string): number[] =>
    limited(() => reader.encode(text, { add_special_tokens: false }).ids, text.length);
  const decode = (tokens: readonly number[]): string => {
    const spoken = tokens.filter((token) => token !== stop && reader.id_to_token(token));
    return spoken.length === 0 ? "" : limited(() => reader.decode(spoken), spoken.length);
  };
  const marked = limited(() => marksSpaces(reader));
  const piece = (token: number): string => {
    const name = reader.id_to_token(token);
    if (name === undefined) return `[${token}]`;
    if (token === stop) return name;
    return marked && !/^<0x[0-9A-F]{2}>$/.test(name) ? name.replaceAll(MARK, " ") : decode([token]);
  };
  return {
    json: JSON.stringify(json),
    size: vocabulary,
    stop,
    stopText: reader.id_to_token(stop) ?? "",
    opening: limited(() => openingOf(reader)),
    encode,
    encodeAnswer: marked ? continuing(encode, file) : encode,
    decode,
    pieces: (tokens) => tokens.map(piece),
    specials,
  };
}

function readerOf(json: object, file: string): Reader {
  try {
    const reader = new Reader(json, { clean_up_tokenization_spaces: false });
    reader.encode("a");
    return reader;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : `${cause}`;
    throw new SyntaxError(`Cannot read ${file}: ${why}`, { cause });
  }
}

/** What the library puts before every text by itself. */
function openingOf(reader: Reader): readonly number[] {
  const bare = reader.encode("a", { add_special_tokens: false }).ids;
  const full = reader.encode("a").ids;
  const at = full.findIndex((_, i) => bare.every((id, j) => full[i + j] === id));
  return full.slice(0, Math.max(0, at));
}

/** SentencePiece's mark of a space. */
const MARK = "▁";

/** Whether a text is given a space in front, as LLaMA's first tokenizers do. */
const marksSpaces = (reader: Reader): boolean =>
  reader.tokenize("a", { add_special_tokens: false })[0]?.startsWith(MARK) ?? false;

/** Encodes behind a line break, which no token crosses, so that no space is put in front. */
function continuing(encode: (text: string) => number[], file: string) {
  const before = encode("\n");
  return (text: string): number[] => {
    const all = encode(`\n${text}`);
    if (!before.every((id, i) => all[i] === id)) {
      throw new RangeError(`Cannot continue a text with ${file}: a token crosses a line break`);
    }
    return all.slice(before.length);
  };
}

/** `bos_token`, `eos_token` and the like: strings, or objects that hold one. */
function specialsOf(config: { readonly [name: string]: unknown }): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, value]) => {
      const text = isRecord(value) ? value.content : value;
      return name.endsWith("_token") && typeof text === "string" ? [[name, text]] : [];
    }),
  );
}

export const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
