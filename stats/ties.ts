import { sigmoid, softplus } from "./logistic.ts";

// What Bradley–Terry makes of a tie; of it core exports the names and `scoreAt`.

/**
 * A tie is half a win and half a loss, or an outcome of its own: by odds (Davidson, 1970), or where
 * neither is better by more than a threshold (Rao and Kupper, 1967).
 */
export const tieModels = ["half", "davidson", "rao-kupper"] as const;
/** A model of ties, by name. */
export type Ties = typeof tieModels[number];

/** Outcomes of the battles of two models, a tie being half of each where it is nothing of its own. */
export interface Counts {
  wins: number;
  losses: number;
  ties: number;
}

/** −log P(counts) with its derivatives by the difference of ratings d and by the tie's parameter. */
export interface TieLoss {
  readonly value: number;
  readonly slope: number;
  readonly curve: number;
  readonly mixed: number;
  readonly tieSlope: number;
  readonly tieCurve: number;
}

/** Win, loss and tie as e^(d/2), e^(−d/2) and e^η; at η = −∞ there are no ties. */
export function davidson({ wins, losses, ties }: Counts, d: number, eta: number): TieLoss {
  const total = wins + losses + ties;
  const top = Math.max(Math.abs(d) / 2, eta);
  const [up, down, level] = [Math.exp(d / 2 - top), Math.exp(-d / 2 - top), Math.exp(eta - top)];
  const sum = up + down + level;
  const [win, loss, tie] = [up / sum, down / sum, level / sum];
  const tilt = (win - loss) / 2;
  return {
    value: total * (top + Math.log(sum)) - (wins - losses) * d / 2 - (ties ? ties * eta : 0),
    slope: total * tilt - (wins - losses) / 2,
    curve: total * ((win + loss) / 4 - tilt * tilt),
    mixed: -total * tilt * tie,
    tieSlope: total * tie - ties,
    tieCurve: total * tie * (1 - tie),
  };
}

/**
 * Win σ(d − η), loss σ(−d − η), tie σ(d − η) · σ(−d − η) · (e^2η − 1): a tie counts for both sides
 * and for the threshold. Infinite at η ≤ 0, where there are no ties.
 */
export function raoKupper({ wins, losses, ties }: Counts, d: number, eta: number): TieLoss {
  const [up, down] = [wins + ties, losses + ties];
  const [win, loss] = [sigmoid(d - eta), sigmoid(-d - eta)];
  const [upCurve, downCurve] = [up * win * (1 - win), down * loss * (1 - loss)];
  // 1 − e^−2η, and log(e^2η − 1) = 2η + log of it.
  const room = -Math.expm1(-2 * eta);
  return {
    value: eta > 0
      ? up * softplus(eta - d) + down * softplus(eta + d) - ties * (2 * eta + Math.log(room))
      : Infinity,
    slope: down * (1 - loss) - up * (1 - win),
    curve: upCurve + downCurve,
    mixed: downCurve - upCurve,
    tieSlope: up * (1 - win) + down * (1 - loss) - 2 * ties / room,
    tieCurve: upCurve + downCurve + ties * 4 * (1 - room) / (room * room),
  };
}

/** What is expected of one whose rating is `d` above the other's, at equal covariates. */
export function scoreAt(
  d: number,
  { nu = 0, theta }: { readonly nu?: number; readonly theta?: number },
): number {
  if (theta !== undefined) {
    const eta = Math.log(theta);
    return (1 + sigmoid(d - eta) - sigmoid(-d - eta)) / 2;
  }
  const tie = nu / (Math.exp(d / 2) + Math.exp(-d / 2) + nu);
  return (1 - tie) * sigmoid(d) + tie / 2;
}
