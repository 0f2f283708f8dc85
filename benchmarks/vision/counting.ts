import {
  type Answer,
  type Prompt,
  rng,
  type Testbed,
  type Workshop,
  written,
} from "../../core/mod.ts";
import {
  gain,
  gainBy,
  passAt4,
  solved,
  stepAccuracy,
  stepAccuracyBy,
} from "../../evaluators/verified.ts";
import { checked, commonMeasures, optimiser, type Split } from "../checked.ts";
import { wordByWord } from "../taught.ts";
import { verifiedOffers, type Verifier } from "../verified.ts";
import {
  base,
  type Counted,
  draftIn,
  LONGEST,
  model,
  questionAt,
  reviewing,
} from "./counting/base.ts";
import { counted, isRight, mistaken, rightSteps, wordOf } from "./counting/language.ts";
import { revisedAccuracy, rightToWrong, wrongToRight } from "./counting/measures.ts";
import { countPicture } from "./counting/pictures.ts";
import { COLOURS, wordsOf } from "./scene.ts";
import type { Sight } from "./sight.ts";

const [TRAIN, TEST] = [2048, 192];
/** An answer without an error is one of the 382 sets of at most five of nine cells. */
const PRICE = 9;

const questions = (split: "train" | "test", n: number): Counted[] => {
  const draws = rng("vision counting").split(split);
  return Array.from({ length: n }, (_, i) => questionAt(`counting/${split}/${i}`, draws.split(i)));
};
/** The same questions for all seeds, and their prompts by split. */
interface Questions {
  readonly byId: ReadonlyMap<string, Counted>;
  readonly prompts: Split;
}
let drawn: Questions | undefined;
/** Drawn when first asked for. */
function allQuestions(): Questions {
  if (drawn) return drawn;
  const [train, test] = [questions("train", TRAIN), questions("test", TEST)];
  const prompts = (some: readonly Counted[]) => some.map(({ prompt }) => prompt);
  return drawn = {
    byId: new Map([...train, ...test].map((one) => [one.prompt.id, one])),
    prompts: { train: prompts(train), test: prompts(test) },
  };
}

const reviews = [revisedAccuracy, rightToWrong, wrongToRight];

/**
 * How many objects of a colour there are on nine cells: the cells, and their number, which alone must be
 * right. Whom the start policy imitates overlooks pluses and crosses four times in five, and slips; so
 * the likeliest answers are wrong where there are some. It may be given an answer to review, and learned
 * from reviews that give it again, or another as good.
 */
export const counting: Sight = {
  summary:
    "How many objects of a colour there are, taught by whoever overlooks two of four shapes; " +
    "an answer may be reviewed.",
  offers: verifiedOffers,
  ranking: { headline: "solved" },
  budget: { queries: 12_000 },
  measures: [solved, ...commonMeasures, passAt4, stepAccuracy, gain, ...reviews],
  part: { title: "Policy of counting", make: base },
  open,
};

async function open(workshop: Workshop): Promise<Testbed> {
  const start = await base(workshop);
  const { byId, prompts } = allQuestions();
  const asked = ({ id }: Prompt): Counted => {
    const found = byId.get(id);
    if (found) return found;
    throw new RangeError(`Cannot read prompt "${id}": vision/counting has no such question`);
  };
  const verifier: Verifier = {
    right({ prompt, tokens }) {
      const { scene, colour } = asked(prompt);
      return isRight(scene, colour, tokens) ? 1 : 0;
    },
    steps({ prompt, tokens }) {
      const { scene, colour } = asked(prompt);
      return rightSteps(scene, colour, tokens);
    },
  };
  const draftOf = (prompt: Prompt): Answer | undefined => draftIn(asked(prompt).prompt, prompt);
  return {
    ...checked({
      name: "vision/counting",
      questions: prompts,
      verifier,
      demonstrated(prompt, draws) {
        const { scene, colour } = asked(prompt);
        return written(prompt, mistaken(scene, colour, draws));
      },
      draws: rng("vision counting"),
    }),
    model,
    start,
    optimiser: { ...optimiser, rate: 1e-3 },
    evaluators: [
      solved,
      ...commonMeasures,
      passAt4,
      stepAccuracyBy(verifier.steps),
      gainBy(draftOf),
      ...reviews,
    ],
    longest: LONGEST,
    told: (prompt, telling) =>
      "draft" in telling ? reviewing(asked(prompt).prompt, telling.draft.tokens) : undefined,
    prices: { demonstrations: PRICE },
    async demonstrate(prompt) {
      const { scene, colour } = asked(prompt);
      return await written(prompt, counted(scene, colour));
    },
    show(prompt) {
      const { scene, colour } = asked(prompt);
      return `${wordsOf(scene)}. How many are ${COLOURS[colour]}?`;
    },
    showSteps: ({ tokens }) => wordByWord(tokens, wordOf),
    tells(prompt) {
      const draft = draftOf(prompt);
      return draft ? [`draft: ${draft.tokens.map(wordOf).join(" ")}`] : [];
    },
    picture(y) {
      const { scene, colour } = asked("prompt" in y ? y.prompt : y);
      return countPicture(scene, colour, "prompt" in y ? y.tokens : []);
    },
  };
}
