import { z } from "zod";

/** Measures: what a number is called, which way is better, what difference of it matters, what it needs. */

const finite = z.number();

/** A measure's card as plans and other files keep it, under its id: what a reader of its numbers wants to know. */
const card = z.strictObject({
  /** In a sentence, on an axis, as a heading: "win-rate". */
  title: z.string().min(1),
  unit: z.string().min(1).optional(),
  better: z.enum(["higher", "lower", "neither"]),
  /** Values that it can take, where they end. */
  within: z.strictObject({ least: finite.optional(), most: finite.optional() }).optional(),
  /** What the truth itself has, and nothing exceeds; and whose value that is. */
  ideal: z.strictObject({ value: finite, of: z.string() }).optional(),
  /** The start policy's where it cannot be measured: one that implies no reward orders nothing. */
  idle: finite.optional(),
  /** One sentence a reader can use. */
  means: z.string().min(1),
  /**
   * The smallest difference that matters to anybody: in the measure's unit, or, of a measure without
   * a scale of its own, as a share of the rival's value.
   */
  margin: z.union([z.number().gt(0), z.strictObject({ share: z.number().gt(0) })]),
});
/** The schema of cards as plans hold them, by measure. */
export const cardsOnRecord = z.record(z.string().min(1), card);
/** Cards as plans hold them, by measure. */
export type CardsOnRecord = z.infer<typeof cardsOnRecord>;

/** The card of a measure: what its number is called, which way is better, and what it needs. */
export interface Measure extends Readonly<z.infer<typeof card>> {
  readonly id: string;
  readonly needs?: readonly MeasureNeed[];
}

/** What a measure may need: of the testbed, of the policy, or of the method. */
export type MeasureNeed =
  /** The testbed scores answers by a gold reward. */
  | "gold reward"
  /** It knows how likely each answer beats another: by an oracle, or by a reward and its temperature. */
  | "true preferences"
  /** It knows the share of raters behind a label. */
  | "oracle"
  /** It holds labelled comparisons out. */
  | "comparisons"
  /** It holds answers that were labelled by themselves out. */
  | "labels"
  /** The method leaves a policy that answers, and there are prompts to answer. */
  | "answers"
  /** Its answers have log-probabilities. */
  | "probabilities"
  /** It says how far it prefers one answer to another: by log-probabilities, or a reward of its own. */
  | "preferences"
  /** It gives each answer a number of its own, whatever it is compared with. */
  | "rewards"
  /** Answers may have more than one step. */
  | "steps"
  /** The testbed judges answers as language. */
  | "fluency"
  /** The method says how likely one answer is preferred to another, by what reward each has or otherwise. */
  | "implied preference";

/** Why a policy or a testbed has not what measures need. */
export type Lacks = { readonly [need in MeasureNeed]?: string };

/** What a measure found. */
export interface Measurement {
  readonly value: number;
  /** Standard error over the n units the value averages; 0 if exact. */
  readonly stderr: number;
  readonly n: number;
  /** One value a test prompt, in the testbed's order, where the measure averages over prompts. */
  readonly each?: readonly number[];
  /** The reliability curve behind a calibration measure. */
  readonly bins?: readonly Bin[];
}
/** A point of a reliability curve. */
export interface Bin {
  readonly n: number;
  /** Mean probability implied, and mean truth. */
  readonly implied: number;
  readonly true: number;
}
/** A measure that does not exist here, and why. */
export interface Absent {
  readonly absent: string;
}

/** What the methods of a testbed are ranked by, by ids of measures. */
export interface Ranking {
  readonly headline: string;
  /** What scores over testbeds are made of, where that is another: one whose best value is known. */
  readonly scored?: string;
}
/** Cards by id, in the order in which a reader meets them. */
export type Cards = ReadonlyMap<string, Measure>;

/** Of a measure that several lists have, the first list's card. */
export function cardsOf(...lists: readonly (readonly Measure[])[]): Cards {
  // Later entries of a map replace earlier ones and keep their place.
  const first = new Map(lists.flat().toReversed().map((card) => [card.id, card]));
  return new Map(lists.flat().map(({ id }) => [id, first.get(id)!]));
}

/** The card of a measure, or what little can be said of one that has none. */
export function cardOf(cards: Cards, id: string): Measure {
  return cards.get(id) ?? {
    id,
    title: id,
    better: "neither",
    means:
      "A measure that this version of the report does not know; it is shown as it was recorded",
    margin: { share: 0.05 },
  };
}

/** Cards as a file keeps them. */
export function toRecord(measures: Iterable<Measure>): CardsOnRecord {
  return Object.fromEntries(
    [...measures].map(({ id, title, unit, better, within, ideal, idle, means, margin }) => [id, {
      title,
      ...unit === undefined ? {} : { unit },
      better,
      ...within ? { within } : {},
      ...ideal ? { ideal } : {},
      ...idle === undefined ? {} : { idle },
      means,
      margin,
    }]),
  );
}

/** Cards as a file kept them. */
export function fromRecord(cards: CardsOnRecord = {}): Measure[] {
  return Object.entries(cards).map(([id, card]) => ({ ...card, id }));
}

/** The smallest difference that matters beside a rival's mean of `reference`; in the measure's unit. */
export function marginOf({ margin }: Pick<Measure, "margin">, reference: number): number {
  return typeof margin === "number" ? margin : margin.share * Math.abs(reference);
}

/** What runs are ranked by: the headline or, where none of them has it, the first measure of theirs that has a better side. */
export function headlineOf(
  headline: string | undefined,
  has: (id: string) => boolean,
  cards: Cards,
): string | undefined {
  if (headline !== undefined && has(headline)) return headline;
  return cards.values().find(({ id, better }) => better !== "neither" && has(id))?.id;
}

/** "KL in nats an answer". */
export const inUnits = ({ title, unit }: Pick<Measure, "title" | "unit">): string =>
  unit === undefined ? title : `${title} in ${unit}`;

/** "win-rate, higher is better"; "KL in nats an answer". */
export function axis(card: Pick<Measure, "title" | "unit" | "better">): string {
  return card.better === "neither" ? inUnits(card) : `${inUnits(card)}, ${card.better} is better`;
}
