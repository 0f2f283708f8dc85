import { type Rng } from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import { meanReward, squash, type Valence } from "./valence.ts";

/** How the training labels come about, and what they leave out. */
export interface TextSetting {
  /** Share of labels that are turned round. */
  readonly flip: number;
  /** Added to a label's log-odds for every token that an answer is longer. */
  readonly perToken: number;
  /** Whose reward a label follows: the raters' mean, or one rater's, drawn anew for each label. */
  readonly rater: "mean" | "drawn";
  /** What a nat a token of fluency counts for in the gold reward, in units of v; labels ignore it. */
  readonly fluency: number;
}

const clean: TextSetting = { flip: 0, perToken: 0, rater: "mean", fluency: 0 };

export const settings = {
  clean,
  noisy: { ...clean, flip: 0.3 },
  verbose: { ...clean, perToken: 0.1 },
  annotators: { ...clean, rater: "drawn" },
  proxy: { ...clean, fluency: 1 },
} as const satisfies { readonly [name: string]: TextSetting };

/** Bayes accuracy about 3/4: the share of clean labels that fall to the better answer. */
export const TEMPERATURE = 0.65;

/** What a label looks at. */
export interface JudgedText {
  readonly valence: Valence;
  /** Tokens. */
  readonly length: number;
}

/** P(label says that a beats b), exactly. */
export function labelChance(setting: TextSetting, a: JudgedText, b: JudgedText): number {
  const each = byRater(setting, a, b);
  const p = each.reduce((sum, x) => sum + x, 0) / each.length;
  return p * (1 - setting.flip) + (1 - p) * setting.flip;
}

/** Who gave a label that a beat b, by number, as likely as each rater is to give it; 0 if labels are by the mean. */
export function raterOf(setting: TextSetting, a: JudgedText, b: JudgedText, rng: Rng): number {
  if (setting.rater === "mean") return 0;
  const each = byRater(setting, a, b)
    .map((p) => p * (1 - setting.flip) + (1 - p) * setting.flip);
  let left = rng.uniform() * each.reduce((sum, x) => sum + x, 0);
  const found = each.findIndex((p) => (left -= p) < 0);
  return found < 0 ? each.length - 1 : found;
}

/** P(a beats b) by each rater, or by their mean alone, before any label is turned round. */
function byRater(setting: TextSetting, a: JudgedText, b: JudgedText): number[] {
  const bonus = setting.perToken * (a.length - b.length);
  const odds = setting.rater === "mean"
    ? [meanReward(a.valence) - meanReward(b.valence)]
    : a.valence.map((v, rater) => squash(v) - squash(b.valence[rater]!));
  return odds.map((gap) => chance(gap / TEMPERATURE + bonus));
}

/** σ(x), so that chance(x) + chance(−x) is 1 to the last bit. */
export const chance = (x: number): number => x < 0 ? 1 - stats.sigmoid(-x) : stats.sigmoid(x);
