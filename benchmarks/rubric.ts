import {
  type Answer,
  type Benchmark,
  rng,
  type Testbed,
  type Workshop,
  written,
} from "../core/mod.ts";
import { passAt4, solved } from "../evaluators/verified.ts";
import { checked, commonMeasures, questionsOf } from "./checked.ts";
import { MODULUS } from "./reasoning/arithmetic.ts";
import { base, itemOf, judged, model } from "./rubric/base.ts";
import {
  gradeIn,
  gradeOf,
  JUDGEMENT,
  judgementTokens,
  marksRight as right,
  showToken,
  SUMS,
  truths,
} from "./rubric/language.ts";
import { marksRight, marksRightBy } from "./rubric/marks-right.ts";
import { wordByWord } from "./taught.ts";
import { verifiedOffers } from "./verified.ts";

/**
 * A tiny transformer judges items of four sums modulo 7, some of them wrong: of each it says what it
 * should be and marks it right or flawed, and then it grades the item by how many are right. It
 * learned from judgements with misconceptions, three tenths of all sums taken for something else four
 * times in five, with slips, and with careless grades. Only the grade is checked: whether a judge's
 * reasons get better as well is `marks-right`.
 */
const rubric: Benchmark<Record<string, never>> = {
  id: "rubric",
  summary:
    "A tiny transformer judges items of four sums: it marks each and grades the item, taught by " +
    "whoever has misconceptions and slips; a program says whether the grade is right.",
  family: "judge",
  settings: {
    plain: {
      summary: "Labels say of judgements whether the grade is right.",
      offers: verifiedOffers,
      with: {},
    },
  },
  measures: [solved, ...commonMeasures, passAt4, marksRight],
  headline: "solved",
  budget: { flops: 1e11, queries: 8000 },
  stages: [[{ title: "Policy of rubric", make: base }]],
  open: async (_setting, _rng, workshop) => await testbed(workshop),
};
export default rubric;

async function testbed(workshop: Workshop): Promise<Testbed> {
  const draws = rng("rubric tasks");
  return {
    ...checked({
      name: "rubric",
      questions: questionsOf("rubric", itemOf, draws),
      verifier: {
        right: ({ prompt, tokens }) => gradeIn(tokens) === gradeOf(prompt.tokens) ? 1 : 0,
        steps(y) {
          const first = marksOf(y).indexOf(false);
          return first < 0 ? 1 : first / SUMS;
        },
      },
      demonstrated: (prompt, from) => written(prompt, judged(from, prompt.tokens)),
      draws,
    }),
    model,
    start: await base(workshop),
    evaluators: [
      solved,
      ...commonMeasures,
      passAt4,
      marksRightBy((y) => marksOf(y).filter(Boolean).length / SUMS),
    ],
    longest: JUDGEMENT + 1,
    conclusion: ({ tokens }) => gradeIn(tokens),
    // Marks and grade follow from what each sum should be.
    prices: { demonstrations: Math.ceil(SUMS * Math.log2(MODULUS)) },
    demonstrate: async (prompt) =>
      await written(prompt, judgementTokens(prompt.tokens, truths(prompt.tokens))),
    show: ({ tokens }) => tokens.map(showToken).join(" "),
    showSteps: ({ tokens }) => wordByWord(tokens, showToken),
  };
}

const marksOf = ({ prompt, tokens }: Answer): boolean[] => right(prompt.tokens, tokens);
