import { type Compared, failed, type Failure } from "../../core/mod.ts";
import { type About, type Game, keyOf, type Line } from "./asks.ts";

/** Verdicts on one pair put together, whichever answer was shown first. */

/** All that was said of one model on one turn of one question. */
export interface Pairing extends Omit<About, "game"> {
  readonly games: readonly { readonly game: Game; readonly outcome: Compared | Failure }[];
  /** P(model beats baseline), averaged over the orders; absent where any of them failed. */
  readonly preference?: number;
  /** The orders disagree on who is better; absent where there are not both. */
  readonly flipped?: boolean;
  /** P(the judge prefers what it is shown first) in both orders; of one alone it would mix with who is better. */
  readonly first?: number;
  readonly failure?: Failure;
}

/** Comparisons put together by model, seed, question and turn. */
export function pairings(lines: readonly Line[]): Pairing[] {
  const found = Map.groupBy(
    lines.filter(({ about }) => about.game !== undefined),
    ({ about: { game: _, ...rest } }) => keyOf(rest),
  );
  return [...found.values()].map((group) => {
    const { game: _, ...about } = group[0]!.about;
    const games = group.map(({ about, outcome }) => ({
      game: about.game!,
      outcome: outcome as Compared | Failure,
    }));
    const failure = games.map(({ outcome }) => outcome).find(failed);
    if (failure) return { ...about, games, failure };
    const verdicts = games.map(({ game, outcome }) => ({
      game,
      preference: (outcome as Compared).preference,
    }));
    const own = verdicts.map(({ game, preference }) => ofModel(game, preference));
    return {
      ...about,
      games,
      preference: own.reduce((sum, p) => sum + p, 0) / own.length,
      ...orderEffects(verdicts),
    };
  });
}

/** What the verdicts of both orders tell of a judge, each for what was shown first; nothing of one order. */
export function orderEffects(
  verdicts: readonly { readonly game: Game; readonly preference: number }[],
): Pick<Pairing, "flipped" | "first"> {
  if (verdicts.length !== 2) return {};
  const [a, b] = verdicts.map(({ game, preference }) => ofModel(game, preference) - 0.5);
  const [one, other] = verdicts;
  return {
    flipped: Math.sign(a!) * Math.sign(b!) < 0,
    first: (one!.preference + other!.preference) / 2,
  };
}

/** P(model is better) from P(the first shown is). */
export const ofModel = (game: Game, preference: number): number =>
  game === "model first" ? preference : 1 - preference;
