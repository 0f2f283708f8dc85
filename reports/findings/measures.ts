import {
  cardOf,
  type Cards,
  type Measure,
  type Plan,
  plannedCards,
  plannedRanking,
  type Ranking,
  type Registry,
} from "../../core/mod.ts";
import { label } from "./label.ts";

/** What a reader is told of a measure. */
export type ShownMeasure = Pick<Measure, "id" | "title" | "unit" | "better" | "within" | "means">;

/** What plans, else the catalogue, say of measures. */
export interface Measures {
  /** In the order in which a reader meets them. */
  readonly cards: Cards;
  /** The card of a measure, its words made fit for a page: a plan's are other people's. */
  of(id: string): Measure;
  /** What a testbed is ranked by; empty where nobody says it. */
  ranking(cell: Parameters<typeof plannedRanking>[0]): Partial<Ranking>;
}

export function measuresOf(
  plans: readonly Pick<Plan, "measures">[],
  { registry }: { readonly registry?: Registry },
): Measures {
  const cards = plannedCards(plans, registry);
  return {
    cards,
    of: (id) => shown(cardOf(cards, id)),
    ranking: (cell) => plannedRanking(cell, registry),
  };
}

function shown(card: Measure): Measure {
  const { title, unit, means, ideal } = card;
  return {
    ...card,
    title: label(title),
    ...unit === undefined ? {} : { unit: label(unit, 48) },
    means: label(means, 300),
    ...ideal === undefined ? {} : { ideal: { ...ideal, of: label(ideal.of, 60) } },
  };
}
