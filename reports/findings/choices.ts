import {
  benjaminiHochberg,
  clusteredLeastSquares,
  type Coefficient,
  mean,
  sd,
} from "../../stats/mod.ts";
import { cellTitle } from "../../core/mod.ts";
import type { Findings } from "./findings.ts";
import { cells } from "./taxonomy.ts";
import type { Catalogue, Described } from "./runs.ts";

/** What design choices are worth: the survey's comparison, with methods as the unit. */

export interface DesignChoice {
  readonly title: string;
  /** Methods that chose so, and those that chose otherwise; others are not asked. */
  readonly inside: readonly string[];
  readonly outside: readonly string[];
  /**
   * Score of the one side less the other's, in standard deviations between the methods of a testbed,
   * positive is better; undefined where a side has too few methods.
   */
  readonly effect?: Coefficient & { readonly decided: boolean };
  /** The same with the other choices held, where methods suffice for that. */
  readonly adjusted?: Coefficient;
}

/** Methods that each side needs. */
export const SIDE = 3;
/** Methods for each choice that is held. */
const HELD = 4;

interface Trait {
  readonly title: string;
  /** Undefined where the question does not arise. */
  has(card: Described): boolean | undefined;
  /** In the fit with all others, where pairs are what every kind of feedback is held against. */
  held?(card: Described): boolean;
}

/** Of a cell, or of a group's name all its cells. */
const within = (card: Described, cell: string) =>
  card.taxonomy.some((own) => own === cell || own.startsWith(`${cell}/`));

function traits({ goldens, methods }: Catalogue): { named: Trait[]; others: Trait[] } {
  const pair = "data/feedback/pair";
  const feedback = (title: string, cell: string): Trait => ({
    title,
    has: (card) => within(card, cell) === within(card, pair) ? undefined : within(card, cell),
    held: (card) => within(card, cell) && !within(card, pair),
  });
  const named: Trait[] = [
    {
      title: "no reference policy, against one",
      has: (card) => "loss" in card ? card.reference === "none" : undefined,
    },
    {
      title: "loss of means over tokens, against sums",
      has(card) {
        const golden = goldens?.get(card.id);
        return golden === undefined || "absent" in golden ? undefined : golden.perToken;
      },
    },
    feedback("single answers, against pairs", "data/feedback/point"),
    feedback("lists, against pairs", "data/feedback/list"),
    {
      title: "online or active, against offline",
      has: (card) =>
        within(card, "learning/paradigm/online") || within(card, "learning/paradigm/active"),
    },
    {
      title: "concerned with the divergence, against not",
      has: (card) => within(card, "constraint/divergence"),
    },
  ];
  const told = /^(data\/feedback|learning\/paradigm|constraint\/divergence)\/|\/reference\/free$/;
  const others = cells({ methods }).filter((cell) => !told.test(cell)).map((cell): Trait => ({
    title: `${cellTitle(cell)}, against not`,
    has: (card) => within(card, cell),
  }));
  return { named, others };
}

interface Score {
  readonly card: Described;
  /** Standard deviations above the mean of the testbed's methods. */
  readonly y: number;
}

/** Every method's place on every testbed that it finished, by what the testbed is ranked by. */
function scores(found: Findings): Score[] {
  const cards = new Map(found.catalogue.methods.map((card) => [card.id, card]));
  return found.testbeds.flatMap((testbed) => {
    const standing = found.standing(testbed);
    if (!standing || standing.measure.better === "neither" || standing.rows.length < 3) return [];
    const values = standing.rows.map(({ estimate }) => estimate.value);
    const spread = sd(values);
    if (spread === 0) return [];
    const sign = standing.measure.better === "lower" ? -1 : 1;
    return standing.rows.flatMap(({ method, estimate }) => {
      const card = cards.get(method);
      return card ? [{ card, y: sign * (estimate.value - mean(values)) / spread }] : [];
    });
  });
}

/**
 * The effect of each choice on the score, by least squares over methods × testbeds with methods as
 * clusters: a method counts once, on however many testbeds and seeds it ran. Decided after Benjamini
 * and Hochberg's correction over all choices.
 */
export function choices(
  found: Findings,
): { readonly named: DesignChoice[]; readonly others: DesignChoice[] } {
  const { named, others } = traits(found.catalogue);
  const all = scores(found);
  const first = [...named, ...others].map((trait) => alone(trait, all));
  const tested = first.flatMap(({ effect }) => effect ? [effect.p] : []);
  const adjusted = benjaminiHochberg(tested);
  let at = 0;
  const joint = together(named.filter((_, i) => first[i]!.effect), all);
  const whole = first.map(({ effect, ...rest }, i): DesignChoice => {
    const held = joint.get([...named, ...others][i]!);
    return {
      ...rest,
      ...effect ? { effect: { ...effect, decided: adjusted[at++]! <= 0.05 } } : {},
      ...held ? { adjusted: held } : {},
    };
  });
  return { named: whole.slice(0, named.length), others: whole.slice(named.length) };
}

function alone({ title, has }: Trait, all: readonly Score[]) {
  const asked = all.flatMap(({ card, y }) => {
    const chosen = has(card);
    return chosen === undefined ? [] : [{ y, x: [chosen ? 1 : 0], cluster: card.id }];
  });
  const side = (x: number) => [
    ...new Set(asked.filter((one) => one.x[0] === x).map(({ cluster }) => cluster)),
  ];
  const [inside, outside] = [side(1), side(0)];
  const enough = inside.length >= SIDE && outside.length >= SIDE;
  const effect = enough ? clusteredLeastSquares(asked)?.[0] : undefined;
  return { title, inside, outside, ...effect ? { effect } : {} };
}

/** All named choices in one fit, over the methods for which every question arises. */
function together(named: readonly Trait[], all: readonly Score[]): Map<Trait, Coefficient> {
  const asked = all.flatMap(({ card, y }) => {
    const x = named.map((trait) => (trait.held ?? trait.has)(card));
    return x.every((one) => one !== undefined)
      ? [{ y, x: x.map((one) => one ? 1 : 0), cluster: card.id }]
      : [];
  });
  const methods = new Set(asked.map(({ cluster }) => cluster)).size;
  if (named.length < 2 || methods < HELD * named.length) return new Map();
  const found = clusteredLeastSquares(asked) ?? [];
  return new Map(found.map((coefficient, i) => [named[i]!, coefficient]));
}
