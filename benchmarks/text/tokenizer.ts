import { Tokenizer as Reader } from "@huggingface/tokenizers";
import type { Workshop } from "../../core/mod.ts";
import { learnMerges } from "./bpe.ts";
import { addresses, packageVersions, reviews } from "./corpora.ts";

/** Byte-level BPE: any text has an encoding that decodes to it again. */
export interface Tokenizer {
  /** A standard `tokenizer.json`. */
  readonly json: string;
  readonly size: number;
  /** The token that ends a text. No text encodes to it, even one that spells its name. */
  readonly stop: number;
  encode(text: string): number[];
  /** As `encode`, of text that goes on from other text; the same by default. */
  encodeAnswer?(text: string): number[];
  /** The tokens that begin every text; none by default. */
  readonly opening?: readonly number[];
  /** Whether a token may cross from text to space; false by default. */
  readonly crosses?: boolean;
  /** The text of tokens, stop tokens left out; bytes that are no UTF-8 become �. */
  decode(tokens: readonly number[]): string;
  /** Each token's own text; the stop token gives its name. */
  pieces(tokens: readonly number[]): string[];
}

/** Bytes, merges and the stop token. */
const SIZE = 1024;
const STOP = "<|end|>";
/** The sentences are a sixtieth of the length of the addresses: so both count alike. */
const REVIEW_WEIGHT = 60;
/** Raised when the code below comes to make other bytes of the same texts. */
const RECIPE = 1;

/** The testbed's tokenizer, learned from addresses and reviews together. */
export async function tokenizer(workshop: Workshop): Promise<Tokenizer> {
  const key = { recipe: RECIPE, size: SIZE, weight: REVIEW_WEIGHT, texts: await packageVersions() };
  const bytes = await workshop.cached("text tokenizer", key, async () => {
    const title = "Learning a tokenizer";
    workshop.progress(title, 0);
    const [long, short] = await Promise.all([addresses(), reviews()]);
    const json = learnTokenizer([
      ...long.map((text) => [text, 1] as const),
      ...short.map(({ text }) => [text, REVIEW_WEIGHT] as const),
    ], SIZE);
    workshop.progress(title, 1, `${SIZE} tokens`);
    return new TextEncoder().encode(json);
  });
  return readTokenizer(new TextDecoder().decode(bytes));
}

/** A `tokenizer.json` of up to `size` tokens, learned from texts of which each counts `weight` times. */
export function learnTokenizer(
  texts: Iterable<readonly [text: string, weight: number]>,
  size: number,
): string {
  if (!(Number.isInteger(size) && size > 256)) {
    throw new RangeError(`Cannot learn ${size} tokens: the bytes and the stop token alone are 257`);
  }
  // Merges never cross from text to space, so stretches of "space, then text" can be counted first.
  const stretches = new Map<string, number>();
  for (const [text, weight] of texts) {
    for (const stretch of text.match(/\s*\S+|\s+/gu) ?? []) {
      stretches.set(stretch, (stretches.get(stretch) ?? 0) + weight);
    }
  }
  const split = new Reader(standard([], []), {}).pre_tokenizer!;
  const words = new Map<string, number>();
  for (const [stretch, count] of stretches) {
    for (const word of split.pre_tokenize(stretch)) words.set(word, (words.get(word) ?? 0) + count);
  }
  const merges = learnMerges(
    [...words].map(([word, count]) => [[...word].map((c) => byteOf.get(c)!), count] as const),
    size - characters.length - 1,
  );
  const vocabulary = [...characters];
  const spelled = merges.map(([left, right]): [string, string] => {
    const pair: [string, string] = [vocabulary[left]!, vocabulary[right]!];
    vocabulary.push(pair.join(""));
    return pair;
  });
  return JSON.stringify(standard([...vocabulary, STOP], spelled));
}

export function readTokenizer(json: string): Tokenizer {
  const file = JSON.parse(json) as ReturnType<typeof standard>;
  // Without its added tokens, so that a text which spells the stop token's name stays text.
  const reader = new Reader({ ...file, added_tokens: [] }, { clean_up_tokenization_spaces: false });
  const stop = file.added_tokens[0]!.id;
  const size = Object.keys(file.model.vocab).length;
  const known = (token: number) => {
    if (!(Number.isInteger(token) && token >= 0 && token < size)) {
      throw new RangeError(`Cannot decode token ${token}: expected a whole number below ${size}`);
    }
    return token;
  };
  const decode = (tokens: readonly number[]): string => {
    const spoken = tokens.filter((token) => known(token) !== stop);
    return spoken.length === 0 ? "" : reader.decode(spoken);
  };
  return {
    json,
    size,
    stop,
    encode: (text) => reader.encode(text).ids,
    decode,
    pieces: (tokens) => tokens.map((token) => known(token) === stop ? STOP : decode([token])),
  };
}

/** The file's layout, as the `tokenizers` libraries of Hugging Face read it. */
function standard(tokens: readonly string[], merges: readonly (readonly [string, string])[]) {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: tokens.slice(-1).map((content) => ({
      id: tokens.length - 1,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { ...byteLevel, use_regex: true },
    post_processor: null,
    decoder: { ...byteLevel, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}

/**
 * The character that stands for each byte in a byte-level vocabulary: itself where it prints, else
 * the next one from U+0100 on (the convention of GPT-2).
 */
const characters: readonly string[] = (() => {
  let hidden = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    const prints = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    return String.fromCharCode(prints ? byte : 256 + hidden++);
  });
})();
const byteOf: ReadonlyMap<string, number> = new Map(characters.map((c, byte) => [c, byte]));
