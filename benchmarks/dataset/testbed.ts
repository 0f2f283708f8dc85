import type { Answer, Example, Kind, Prompt, Rng, Testbed } from "../../core/mod.ts";
import type { LanguageModel } from "../text/base.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { countOf, heldOut, labelled, listSize } from "./compared.ts";
import { type Encoded, promptHash, sequence } from "./encode.ts";
import { comparisonOf, pairsOf, readingsOf } from "./feedback.ts";
import { image, patchesOf, seenBy } from "./sight.ts";
import { lacks, measured } from "./measures.ts";

/**
 * Rows as a testbed without an oracle, a label for new answers, a reward or a known truth.
 * `name` is what errors call it; `offered` are the kinds of feedback that it has examples of.
 */
export function testbed(
  name: string,
  data: Encoded,
  offered: readonly Kind[],
  { model, start, tokenizer, files }: LanguageModel,
  rate: number,
): Testbed {
  const { prompts, promptOf, groups, images, facts: { kind, limits } } = data;
  const group = (row: number) => groups[promptOf[row]!]!;
  const test = new Map(Array.from(data.heldOut, (prompt) => [groups[prompt]!, prompt]));
  const train = [...promptOf.keys()].filter((row) => !test.has(group(row)));
  const { prompt, answer } = answersOf(data, test, tokenizer.stop);
  // The one observed label of a held-out pair counts as the truth, however sure it is.
  const comparisons = heldOut(data).map((one) => comparisonOf(answer, one, 1));
  const known = kind === "unpaired"
    ? labelled(data).map((row) => ({ answer: answer(row, row), good: data.scores[row] === 1 }))
    : [];

  const size = listSize(data);
  const readings = readingsOf(data, answer);
  return {
    model,
    start,
    optimiser: { rate, warmup: 10, batch: 32, clip: 1 },
    evaluators: measured(kind, known),
    lacks: lacks(kind, comparisons.length, data.heldOut.length),
    longest: limits.answer,
    prompts: (split) =>
      (split === "test"
        ? [...data.heldOut]
        : [...prompts.ends.keys()].filter((i) => !test.has(groups[i]!)))
        .map(prompt),
    comparisons: kind === "unpaired"
      ? train.length
      : train.reduce((sum, row) => sum + countOf(data, row), 0),
    ...kind === "unpaired"
      ? { costs: { pairs: 2 } }
      : size === undefined
      ? {}
      : { costs: { lists: pairsOf(size) } },
    /** The same rng draws the same rows for every kind; fewer than n where there are fewer. */
    examples<K extends Kind>(kind: K, n: number, rng: Rng): Example<K>[] {
      if (!(Number.isInteger(n) && n >= 0)) {
        throw new RangeError(`Cannot draw ${n} rows: it must be a whole number from 0`);
      }
      const read = offered.includes(kind) ? readings[kind] : undefined;
      if (!read) {
        throw new RangeError(
          `Cannot draw ${kind} from ${name} as it offers only ${offered.join(", ")}`,
        );
      }
      return read(rng.shuffle(train), n);
    },
    heldOut: () => comparisons,
    show: images ? illustrated(tokenizer) : ({ tokens }) => tokenizer.decode(tokens),
    showSteps: ({ tokens }) => tokenizer.pieces(tokens),
    truth: {},
    // No other tool's layout has a place for patches.
    ...images ? {} : { files },
  };
}

/** A prompt in words, after a mark where it shows an image: what holds the places of patches says nothing. */
const illustrated = ({ decode }: Pick<Tokenizer, "decode">) => ({ tokens, patches }: Prompt) =>
  `${patches?.some((x) => x !== 0) ? "[image] " : ""}${decode(tokens.slice(image.count))}`;

/** Prompts and answers by their numbers. Prompts of one held-out question go by one id, whatever words ask it. */
function answersOf(data: Encoded, test: ReadonlyMap<number, number>, place: number) {
  const { prompts, answers, promptOf, groups, images } = data;
  const places = Array<number>(image.count).fill(place);
  const known: Prompt[] = [];
  const prompt = (i: number): Prompt => {
    if (known[i]) return known[i];
    const named = test.get(groups[i]!) ?? i;
    const [id, tokens] = [promptHash(data, named), sequence(prompts, i)];
    return known[i] = images
      ? { id, tokens: [...places, ...tokens], patches: patchesOf(seenBy(images, i)) }
      : { id, tokens };
  };
  return {
    prompt,
    /** An answer, read after the prompt of a row. */
    answer(i: number, row: number): Answer {
      const tokens = sequence(answers, i);
      return { prompt: prompt(promptOf[row]!), tokens, length: tokens.length };
    },
  };
}
