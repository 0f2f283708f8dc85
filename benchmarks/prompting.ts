import {
  type Answer,
  type Benchmark,
  type Comparison,
  type Evaluator,
  type Prompt,
  type Rng,
  rng,
  samePrompt,
  stepNames,
  type Testbed,
  type Workshop,
  written,
} from "../core/mod.ts";
import { answersOf, byPrompt, expectations } from "../evaluators/drawn.ts";
import { overPrompts } from "../evaluators/estimate.ts";
import { evaluators } from "../evaluators/mod.ts";
import regret from "../evaluators/regret.ts";
import { optimiser, type Split } from "./checked.ts";
import { costs, offers, readWriter } from "./labelled.ts";
import { base, model } from "./prompting/base.ts";
import {
  type Camera,
  expectedScores,
  generators,
  videoOf,
  type VideoScores,
  worthOf,
} from "./prompting/generators.ts";
import { elaborated, MOST, questions, wishOf, wordOf, wordsOf } from "./prompting/language.ts";
import { described, filmOf, wishPicture } from "./prompting/pictures.ts";
import { wordByWord } from "./taught.ts";

const TEMPERATURE = 1;
/** Labels that a check costs; the same by docs/contracts.md' rule for both generators. */
const PRICE = 3;
/** Of the sixty questions. */
const TRAIN = 40;
/** Held-out comparisons a test question. */
const HELD = 6;
const SAMPLES = 16;

const common = evaluators.filter((measure) => measure !== regret);

const tva = {
  id: "tva",
  title: "alignment with the question",
  unit: "score from 0 to 5",
  better: "higher",
  means: "How well videos show the colour, the direction and the pace that the user asked for",
  margin: 0.1,
} as const;
const elsewhere = {
  id: "elsewhere",
  title: "reward by the other generator",
  unit: "score from 0 to 26",
  better: "higher",
  means: "What the videos would be worth that the other generator makes of the same keywords",
  margin: 0.2,
} as const;

/** Who makes the videos, and who else might. */
interface Studio {
  readonly own: Camera;
  readonly other: Camera;
}
const { first, second } = generators;

/**
 * A tiny transformer rewrites what a user asks for into keywords, and a frozen generator makes a video
 * of them. The gold reward is what the video is worth, the mean over all of the generator's seeds:
 * D = VQ + TC + 1.1·DD + 1.3·TVA + 0.8·AES of scores from 0 to 5, where alignment (TVA) is with the
 * question and not with the keywords. P(a beats b) = σ(D(a) − D(b)).
 *
 * More motion is worth more than the pace that was asked for, and a word that makes everything move
 * makes it move anywhere: the greatest D has a lower TVA than the question's own three words.
 */
const prompting: Benchmark<Studio> = {
  id: "prompting",
  summary:
    "A tiny transformer rewrites a question into keywords, of which a frozen generator makes a " +
    "video of eight frames; five scores, in closed form, say what that is worth.",
  family: "diffusion",
  settings: {
    first: {
      summary: "A generator that understands six words of style.",
      offers,
      with: { own: first, other: second },
    },
    second: {
      summary: "As first, but a generator that understands the other six.",
      offers,
      with: { own: second, other: first },
    },
  },
  measures: [...common, tva, elsewhere],
  headline: "reward",
  // Half of the checks find so few answers above Prompt-A-Video's bars that nothing is learned of them.
  budget: { flops: 3e10, queries: 18_000 },
  stages: [[{ title: "Policy of prompting", make: base }]],
  open: async (studio, _rng, workshop) => await testbed(studio, workshop),
};
export default prompting;

const scoresBy = (generator: Camera) => (y: Answer): VideoScores =>
  expectedScores(generator, wordsOf(y), wishOf(y.prompt));

/** The mean of one number an answer. */
const meanOf = (card: typeof tva | typeof elsewhere, of: (y: Answer) => number): Evaluator => ({
  ...card,
  needs: ["answers"],
  async measure(subject) {
    const draws = await subject.draws();
    return overPrompts(draws, expectations(draws, byPrompt(draws, answersOf(draws).map(of))));
  },
});

/** The same for every seed. */
function split(): Split {
  const order = rng("prompting").split("questions").shuffle(questions);
  const named = (name: string, some: readonly (readonly number[])[]) =>
    some.map((tokens, i): Prompt => ({ id: `prompting/${name}/${i}`, tokens }));
  return { train: named("train", order.slice(0, TRAIN)), test: named("test", order.slice(TRAIN)) };
}

const sketched = (prompt: Prompt, draws: Rng): Answer =>
  written(prompt, elaborated(prompt.tokens, draws));

async function testbed({ own, other }: Studio, workshop: Workshop): Promise<Testbed> {
  const start = await base(workshop);
  const prompts = split();
  const [ownScores, otherScores] = [scoresBy(own), scoresBy(other)];
  const worth = (y: Answer): number => worthOf(ownScores(y));
  const chance = (a: Answer, b: Answer): number => {
    samePrompt(a, b);
    return 1 / (1 + Math.exp((worth(b) - worth(a)) / TEMPERATURE));
  };
  const label = (a: Answer, b: Answer, from: Rng): boolean => from.uniform() < chance(a, b);
  const draws = rng("prompting").split("held");
  const held = prompts.test.flatMap((prompt, i) =>
    Array.from({ length: HELD }, (_, k): Comparison => {
      const from = draws.split(i).split(k);
      const [a, b] = [sketched(prompt, from), sketched(prompt, from)];
      const p = chance(a, b);
      return p >= 1 / 2
        ? { chosen: a, rejected: b, strength: p }
        : { chosen: b, rejected: a, strength: 1 - p };
    })
  );
  const film = (y: Answer) =>
    videoOf(own, wordsOf(y), rng(`${y.prompt.id} ${y.tokens}`).split("seed"));
  return {
    model,
    start,
    optimiser,
    oracle: { id: "prompting truth", prefer: async (a, b) => await chance(a, b) },
    evaluators: [
      ...common,
      meanOf(tva, (y) => ownScores(y).tva),
      meanOf(elsewhere, (y) => worthOf(otherScores(y))),
    ],
    longest: MOST + 1,
    samples: SAMPLES,
    prompts: (of) => prompts[of],
    label: async (a, b, from) => await label(a, b, from),
    costs,
    examples: (kind, n, from) =>
      readWriter(
        kind,
        n,
        { name: "prompting", prompts: prompts.train, stream: "answers", write: sketched, label },
        from,
      ),
    check: async (ys) =>
      await ys.map((y) => {
        const scores = ownScores(y);
        return { reward: worthOf(scores), ...scores };
      }),
    prices: { checks: PRICE },
    heldOut: () => held,
    reward: async (ys) => await Float64Array.from(ys, worth),
    show: ({ tokens }) => tokens.map(wordOf).join(" "),
    showSteps: (y) => wordByWord(stepNames(y)!, wordOf),
    said: (y) => y.tokens.map((_, i) => i === y.tokens.length - 1 ? ` ${described(film(y))}` : ""),
    picture: (y) => "prompt" in y ? filmOf(film(y)) : wishPicture(wishOf(y)),
    truth: { temperature: TEMPERATURE },
  };
}
