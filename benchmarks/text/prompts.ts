import { type Prompt, rng, type Workshop } from "../../core/mod.ts";
import { type Review, reviews } from "./corpora.ts";
import { type Tokenizer, tokenizer } from "./tokenizer.ts";

/** Tokens of a prompt. */
export const PROMPT = 6;
/** Most tokens of an answer. */
export const LONGEST = 24;
/** Tokens that a sentence must have after its prompt. */
const REST = 4;
const TEST_PROMPTS = 256;

/** What the review sentences are used for; sentences that open alike are used alike. */
export interface Sentences {
  readonly prompts: { readonly train: readonly Prompt[]; readonly test: readonly Prompt[] };
  /** Sentences as tokens, without a stop token. No model learns from those of the test prompts. */
  readonly train: readonly (readonly number[])[];
  readonly test: readonly (readonly number[])[];
}

export interface Material {
  readonly tokenizer: Tokenizer;
  readonly reviews: readonly Review[];
  readonly sentences: Sentences;
}

/** Tokenizer and sentences, read and split once a workshop. */
export function material(workshop: Workshop): Promise<Material> {
  let found = materials.get(workshop);
  if (!found) {
    found = read(workshop);
    materials.set(workshop, found);
    found.catch(() => materials.delete(workshop));
  }
  return found;
}
const materials = new WeakMap<Workshop, Promise<Material>>();

async function read(workshop: Workshop): Promise<Material> {
  const [reader, labelled] = await Promise.all([tokenizer(workshop), reviews()]);
  return { tokenizer: reader, reviews: labelled, sentences: sentences(reader, labelled) };
}

interface Sentence {
  readonly id: string;
  readonly tokens: readonly number[];
  /** Whether it is long enough, and its first six tokens do not end within a character. */
  readonly goesOn: boolean;
}

/**
 * Splits sentences by their first six tokens. Of the openings whose sentence goes on for four
 * tokens or more, 256 are test prompts and the rest are train prompts. All sentences that do not
 * open as a test prompt does are for training, short ones included.
 */
export function sentences({ encode, decode }: Tokenizer, reviews: readonly Review[]): Sentences {
  const alike = new Map<string, Sentence[]>();
  for (const { id, text } of reviews) {
    const tokens = encode(text);
    const opening = tokens.slice(0, PROMPT);
    const goesOn = tokens.length >= PROMPT + REST && text.startsWith(decode(opening));
    const known = alike.get(opening.join());
    if (known) known.push({ id, tokens, goesOn });
    else alike.set(opening.join(), [{ id, tokens, goesOn }]);
  }
  const shuffled = rng("text prompts").shuffle([...alike.values()]);
  const openings = shuffled.filter((group) => group.some(({ goesOn }) => goesOn));
  if (openings.length <= TEST_PROMPTS) {
    throw new RangeError(
      `Cannot hold out ${TEST_PROMPTS} prompts: the reviews have ${openings.length}`,
    );
  }
  const prompt = (group: readonly Sentence[]): Prompt => {
    const { id, tokens } = group.find(({ goesOn }) => goesOn)!;
    return { id: `text/${id}`, tokens: tokens.slice(0, PROMPT) };
  };
  const held = new Set(openings.slice(0, TEST_PROMPTS));
  const texts = (groups: readonly (readonly Sentence[])[]) =>
    groups.flat().map(({ tokens }) => tokens);
  return {
    prompts: {
      train: openings.slice(TEST_PROMPTS).map(prompt),
      test: openings.slice(0, TEST_PROMPTS).map(prompt),
    },
    train: texts(shuffled.filter((group) => !held.has(group))),
    test: texts([...held]),
  };
}
