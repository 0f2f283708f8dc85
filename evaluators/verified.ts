import type { Answer, Evaluator, Measure, Prompt } from "../core/mod.ts";
import { byPrompt, expectations, rewards } from "./drawn.ts";
import { overPrompts } from "./estimate.ts";
import { share, TWO_PERCENT } from "./scales.ts";

/** Measures of answers that a program tells right from wrong: the gold reward is 1 or 0. */

const card = {
  better: "higher",
  within: share,
  ideal: { value: 1, of: "the truth" },
  margin: TWO_PERCENT,
} as const;

/** The share of answers that are right. */
export const solved: Evaluator = {
  id: "solved",
  title: "solved",
  means: "Share of the answers that are right",
  ...card,
  needs: ["gold reward", "answers"],
  async measure(subject) {
    const draws = await subject.draws();
    return overPrompts(draws, expectations(draws, (await rewards(subject)).policy));
  },
};

/** Answers of which one must be right. */
const TRIES = 4;
/** The chance that of four answers one is right, without bias from n ≥ 4 drawn ones: 1 − C(n − c, 4) / C(n, 4) where c are right (arXiv 2107.03374, equation 1). */
export const passAt4: Evaluator = {
  id: "pass-at-4",
  title: `pass@${TRIES}`,
  means: `Share of the questions of which one of ${TRIES} answers is right`,
  ...card,
  needs: ["gold reward", "answers"],
  async measure(subject) {
    const draws = await subject.draws();
    const found = (await rewards(subject)).policy;
    const few = found.findIndex((rows) => rows.length < TRIES);
    if (few >= 0) return { absent: `${found[few]!.length} answers a prompt: it takes ${TRIES}` };
    return overPrompts(draws, found.map(passes));
  },
};

function passes(right: readonly number[]): number {
  const [n, c] = [right.length, right.reduce((sum, x) => sum + x, 0)];
  let none = 1;
  for (let i = 0; i < TRIES; i++) none *= Math.max(0, n - c - i) / (n - i);
  return 1 - none;
}

export const stepAccuracy: Measure = {
  id: "step-accuracy",
  title: "steps right",
  means: "Share of an answer's steps that come before its first wrong one",
  ...card,
  needs: ["answers"],
};

/** `right` is the share of an answer's steps that come before the first wrong one. */
export const stepAccuracyBy = (right: (y: Answer) => number): Evaluator => ({
  ...stepAccuracy,
  async measure(subject) {
    const draws = await subject.draws();
    return overPrompts(draws, expectations(draws, draws.map((d) => d.answers.map(right))));
  },
});

export const gain: Measure = {
  id: "gain",
  title: "gained by revising",
  better: "higher",
  within: { least: -1, most: 1 },
  means: "Share of the answers that are right, less the share of the drafts that they revise",
  margin: TWO_PERCENT,
  needs: ["gold reward", "answers"],
};

/** `draftOf` is the draft that a prompt holds, as an answer to the plain question; undefined where there is none. */
export const gainBy = (draftOf: (prompt: Prompt) => Answer | undefined): Evaluator => ({
  ...gain,
  async measure(subject) {
    const draws = await subject.draws();
    const drafts = draws.map(({ answers }) => answers.map(({ prompt }) => draftOf(prompt)));
    if (drafts.some((some) => some.includes(undefined))) {
      return { absent: "Its answers are no revisions" };
    }
    const before = await subject.testbed.reward!(drafts.flat() as Answer[]);
    const now = (await rewards(subject)).policy;
    const each = byPrompt(draws, before).map((rows, i) => rows.map((x, j) => now[i]![j]! - x));
    return overPrompts(draws, expectations(draws, each));
  },
});
