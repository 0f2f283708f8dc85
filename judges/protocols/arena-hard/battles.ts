import type { JudgedEstimate } from "../../../core/mod.ts";
import type { Game } from "../asks.ts";
import { seeded } from "../field.ts";
import type { Scoring } from "../noise.ts";
import { ofModel } from "../pairings.ts";
import type { Battle } from "./files.ts";
import { arenaVerdict } from "./labels.ts";

/** What the labels of both games say of the model. */

const games = ["baseline first", "model first"] as const;

/** What the model scored in each game that has a label; `weight` counts a decisive one so often. */
export function scores(
  { labels, pooled }: Pick<Battle, "labels" | "pooled">,
  weight = 1,
): { readonly game: Game; readonly score: number; readonly weight: number }[] {
  return games.flatMap((game) => {
    const verdict = arenaVerdict(labels[game] ?? "");
    if (!verdict) return [];
    const score = ofModel(game, pooled?.[game] ?? verdict.score);
    return [{ game, score, weight: verdict.decisive ? weight : 1 }];
  });
}

/** 0, ½ or 1 in each game. */
export const scoringsOf = (battles: readonly Battle[]): Scoring[] =>
  battles.filter(({ failure }) => !failure).flatMap(({ question, model, seed, ...battle }) => {
    const found = scores(battle);
    return found.map(({ game, score }) => ({
      question,
      model,
      ...seeded(seed),
      ...found.length > 1 ? { game } : {},
      value: score,
    }));
  });

/** As the original scores: the mean of all rows, a decisive verdict being three; nothing of half a pair. */
export function legacyRate(battles: readonly Battle[], weight = 3): JudgedEstimate | undefined {
  const rows = battles.map(({ labels, legacy = labels }) => scores({ labels: legacy }, weight))
    .filter((found) => found.length === 2);
  const all = rows.flat();
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return undefined;
  return {
    value: all.reduce((sum, { score, weight }) => sum + score * weight, 0) / total,
    n: new Set(
      battles.filter(({ labels, legacy = labels }) => both({ labels: legacy }))
        .map(({ question }) => question),
    ).size,
  };
}

/** Whether both games have a label. */
export const both = (battle: Pick<Battle, "labels">): boolean => scores(battle).length === 2;

/** Whether the games name different winners. */
export const turned = (battle: Pick<Battle, "labels" | "pooled">): boolean => {
  const [one, other] = scores(battle);
  return one !== undefined && other !== undefined &&
    Math.sign(one.score - 0.5) * Math.sign(other.score - 0.5) < 0;
};
