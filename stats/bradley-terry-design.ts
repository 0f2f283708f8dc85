import { components } from "./components.ts";
import { enough } from "./enough.ts";
import { type Local, minimise, type Minimum } from "./newton.ts";
import { type Counts, davidson, raoKupper, type Ties } from "./ties.ts";
import { probable } from "./win-rate.ts";

// The likelihood of ratings, which the fit and its intervals share; not part of what stats exports.

/** One comparison of two models' answers. */
export interface Battle {
  readonly a: string;
  readonly b: string;
  /** What a scored: 1 for a win, ½ for a tie, 0 for a loss; anything between where ties are halved. */
  readonly score: number;
  /** Facts about a less those about b, one a covariate: +1 where a was shown first, styles. */
  readonly covariates?: readonly number[];
  /** How many battles it counts as, 1 by default. */
  readonly weight?: number;
}

/** How ratings are fitted. */
export interface BradleyTerryOptions {
  readonly ties?: Ties;
  /** Of the penalty ridge · Σ x² on ratings, coefficients, log ν and log θ, which keeps them finite; 0.01. */
  readonly ridge?: number;
  /** The model whose rating is 0; without one the ratings' mean is. */
  readonly anchor?: string;
  /** Names of the covariates. */
  readonly covariates?: readonly string[];
}

/** A fitted number. */
export interface Rated {
  /** In nats of odds: a beats b with odds e^(θ_a − θ_b). */
  readonly value: number;
  /** From the inverse Hessian, as if battles were independent. */
  readonly stderr: number;
}

/** Ratings that battles give. */
export interface BradleyTerry {
  readonly ratings: { readonly [model: string]: Rated };
  readonly covariates: { readonly [name: string]: Rated };
  /** Davidson's: at equal ratings a tie is ν times as likely as a win. */
  readonly nu?: number;
  /** Rao and Kupper's, 1 without ties: at equal ratings a tie is θ − 1 times as likely as a win. */
  readonly theta?: number;
  /** Of the battles, without the penalty. */
  readonly logLikelihood: number;
  /** Battles, by weight. */
  readonly n: number;
}

interface Row extends Counts {
  readonly cell: number;
}
export interface Design {
  readonly models: readonly string[];
  readonly names: readonly string[];
  /** What the likelihood tells apart: who met whom at which covariates, as i less j. */
  readonly cells: readonly {
    readonly i: number;
    readonly j: number;
    readonly x: readonly number[];
  }[];
  readonly rows: readonly Row[];
  readonly counts: readonly Counts[];
  readonly ties: Ties;
  readonly ridge: number;
  readonly anchor?: number;
}

export function designed(battles: readonly Battle[], options: BradleyTerryOptions): Design {
  enough("ratings", battles, 1);
  const { ties = "half", ridge = 0.01, anchor, covariates: names = [] } = options;
  if (!(ridge >= 0)) throw new RangeError(`Cannot penalise by ${ridge}: it must not be below 0`);
  const groups = components(battles);
  if (groups.length > 1) {
    const listed = groups.map((group) => group.join(", ")).join("; ");
    throw new RangeError(`Cannot rate models that no chain of battles joins: ${listed}`);
  }
  const models = [...new Set(battles.flatMap(({ a, b }) => [a, b]))];
  const index = new Map(models.map((model, m) => [model, m]));
  if (anchor !== undefined && !index.has(anchor)) {
    throw new RangeError(`Cannot anchor at ${anchor}: it has no battle`);
  }
  const known = new Map<string, number>();
  const cells: { i: number; j: number; x: readonly number[] }[] = [];
  const rows = battles.map(({ a, b, score, covariates: x = [], weight = 1 }, at): Row => {
    probable(score, at);
    if (a === b) throw new RangeError(`Cannot rate battle ${at}: ${a} meets itself`);
    if (ties !== "half" && ![0, 0.5, 1].includes(score)) {
      throw new RangeError(`Cannot read battle ${at}: found ${score}, expected 0, 0.5 or 1`);
    }
    if (x.length !== names.length || !x.every(Number.isFinite)) {
      throw new RangeError(
        `Cannot read battle ${at}: found covariates [${x}], expected ${names.length} numbers`,
      );
    }
    if (!(weight > 0 && weight < Infinity)) {
      throw new RangeError(`Cannot read battle ${at}: found weight ${weight}, expected above 0`);
    }
    // One orientation a pair, so that both orders of it fall into one cell.
    const [i, j] = [index.get(a)!, index.get(b)!];
    const turned = i > j;
    const cell = turned ? { i: j, j: i, x: x.map((value) => -value) } : { i, j, x };
    const key = JSON.stringify([cell.i, cell.j, ...cell.x]);
    if (!known.has(key)) known.set(key, cells.push(cell) - 1);
    const tie = ties !== "half" && score === 0.5 ? weight : 0;
    const won = (weight - tie) * (turned ? 1 - score : score);
    return { cell: known.get(key)!, wins: won, losses: weight - tie - won, ties: tie };
  });
  const none = cells.map(() => ({ wins: 0, losses: 0, ties: 0 }));
  return {
    ...{ models, names, cells, rows },
    counts: recounted({ rows }, new Float64Array(rows.length).fill(1), none),
    ties,
    ridge,
    ...anchor === undefined ? {} : { anchor: index.get(anchor)! },
  };
}

/** Writes what battles of these weights come to into `counts`. */
export function recounted({ rows }: Pick<Design, "rows">, weights: Float64Array, counts: Counts[]) {
  for (const count of counts) count.wins = count.losses = count.ties = 0;
  rows.forEach(({ cell, wins, losses, ties }, i) => {
    const count = counts[cell]!;
    count.wins += weights[i]! * wins;
    count.losses += weights[i]! * losses;
    count.ties += weights[i]! * ties;
  });
  return counts;
}

/** θ, β and, where ties have a parameter, its logarithm. */
export function solved(
  design: Design,
  counts: readonly Counts[],
  start?: readonly number[],
): Minimum {
  const plain = design.models.length + design.names.length;
  const [tied, decided] = counts.reduce(
    ([tied, decided], { wins, losses, ties }) => [tied + ties, decided + wins + losses],
    [0, 0],
  );
  // Without a tie the threshold that fits best is 0, at the end of what it may be.
  const fixed = design.ties === "rao-kupper" && tied === 0;
  // A threshold begins above 0: where equal ratings would have it.
  const tie = {
    half: [],
    davidson: [0],
    "rao-kupper": [Math.log1p(2 * tied / Math.max(1, decided))],
  };
  const from = start ?? [...Array.from({ length: plain }, () => 0), ...tie[design.ties]];
  const found = minimise(
    (x) => penalised(design, counts, x),
    fixed ? from.slice(0, plain) : from,
  );
  if (!found) {
    throw new RangeError(
      `Cannot rate ${
        design.models.join(", ")
      } at ridge ${design.ridge}: no finite ratings fit best`,
    );
  }
  return fixed ? { ...found, at: [...found.at, 0] } : found;
}

export function penalised(
  design: Design,
  counts: readonly Counts[],
  x: readonly number[],
): Local {
  const { models, ridge } = design;
  const size = x.length;
  const tied = size > models.length + design.names.length;
  const outcome = tied && design.ties === "rao-kupper" ? raoKupper : davidson;
  const eta = tied ? x[size - 1]! : -Infinity;
  const gradient = x.map((value) => 2 * ridge * value);
  const hessian = x.map((_, row) => {
    const out = new Array<number>(size).fill(0);
    out[row] = 2 * ridge;
    // Only differences of ratings matter: this keeps their sum at 0 and the matrix regular.
    if (row < models.length) { for (let m = 0; m < models.length; m++) out[m]! += 1; }
    return out;
  });
  let value = ridge * x.reduce((sum, at) => sum + at * at, 0);
  design.cells.forEach((cell, c) => {
    const { wins, losses, ties } = counts[c]!;
    if (wins + losses + ties === 0) return;
    let d = x[cell.i]! - x[cell.j]!;
    cell.x.forEach((fact, k) => d += fact * x[models.length + k]!);
    const found = outcome(counts[c]!, d, eta);
    value += found.value;
    const places = [cell.i, cell.j, ...cell.x.map((_, k) => models.length + k)];
    const facts = [1, -1, ...cell.x];
    places.forEach((p, k) => {
      gradient[p]! += found.slope * facts[k]!;
      places.forEach((q, l) => hessian[p]![q]! += found.curve * (facts[k]! * facts[l]!));
      if (tied) {
        hessian[p]![size - 1]! += found.mixed * facts[k]!;
        hessian[size - 1]![p]! += found.mixed * facts[k]!;
      }
    });
    if (tied) {
      gradient[size - 1]! += found.tieSlope;
      hessian[size - 1]![size - 1]! += found.tieCurve;
    }
  });
  return { value, gradient, hessian };
}

export function described(design: Design, { at, value, covariance }: Minimum): BradleyTerry {
  const { models, names, anchor } = design;
  /** The variance of a sum of parameters, each times a factor. */
  const stderr = (factors: readonly number[]) => {
    let variance = 0;
    factors.forEach((f, i) =>
      factors.forEach((g, j) => f && g && (variance += f * g * covariance.get(i, j)))
    );
    return Math.sqrt(Math.max(0, variance));
  };
  const ratings = models.map((model, m) => {
    const zero = (i: number) => anchor === undefined ? 1 / models.length : i === anchor ? 1 : 0;
    const factors = models.map((_, i) => (i === m ? 1 : 0) - zero(i));
    return [model, {
      value: m === anchor ? 0 : at[m]! - (anchor === undefined ? 0 : at[anchor]!),
      stderr: stderr(factors),
    }];
  });
  const covariates = names.map((name, c) => {
    const place = models.length + c;
    return [name, { value: at[place]!, stderr: Math.sqrt(covariance.get(place, place)) }];
  });
  return {
    ratings: Object.fromEntries(ratings),
    covariates: Object.fromEntries(covariates),
    ...design.ties === "davidson" ? { nu: Math.exp(at.at(-1)!) } : {},
    ...design.ties === "rao-kupper" ? { theta: Math.exp(at.at(-1)!) } : {},
    logLikelihood: design.ridge * at.reduce((sum, x) => sum + x * x, 0) - value,
    n: design.counts.reduce((n, { wins, losses, ties }) => n + wins + losses + ties, 0),
  };
}
