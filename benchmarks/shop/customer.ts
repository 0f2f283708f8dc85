/** The customer of `shop` whom the start policy learned to imitate, and one without errors. */
import { type Answer, type Prompt, type Rng, rng, type Span } from "../../core/mod.ts";
import {
  BACK,
  BUY,
  COLOURS,
  fits,
  type Item,
  MOVES,
  NEXT,
  oneUp,
  openToken,
  placeOf,
  shopping,
  SIZES,
  type Stand,
} from "./world.ts";

/** What a customer does, by chance. */
export interface Habits {
  /** Makes any move, possible or not. */
  readonly slips: number;
  /** On a list: opens an item that is of the colour and new to it, where there is one. */
  readonly sensible: number;
  /** Else turns the page; else opens any item. */
  readonly turns: number;
  /** Buys what it takes for a fit, and what it does not. */
  readonly buys: number;
  readonly errs: number;
  /** Takes the size one up for a fit, where it is mistaken about what is wanted. */
  readonly mistakes: number;
}
export const mediocre: Habits = {
  slips: 0.2,
  sensible: 0.4,
  turns: 0.5,
  buys: 0.9,
  errs: 0.2,
  mistakes: 0.8,
};
export const errorless: Habits = { slips: 0, sensible: 1, turns: 1, buys: 1, errs: 0, mistakes: 0 };

/** Of what may be wanted, three in ten are taken for one size up. */
const misread: ReadonlySet<number> = new Set(
  rng("shop").split("mistakes")
    .shuffle(Array.from({ length: COLOURS.length * SIZES.length }, (_, i) => i)).slice(0, 5),
);
const mistaken = ({ colour, size }: Item) => misread.has(SIZES.length * colour + size);

/** An episode of such a customer's. */
export function episodeOf(prompt: Prompt, habits: Habits, draws: Rng): Answer {
  const tokens: number[] = [];
  const spans: Span[] = [];
  const tried = new Set<number>();
  let stand = shopping.begin(prompt);
  while (!shopping.over(stand)) {
    const move = moveOf(stand, habits, tried, draws);
    spans.push([tokens.length, tokens.length + 1]);
    stand = shopping.step(stand, [move]);
    tokens.push(move, ...shopping.observe(stand));
    if (stand.open !== undefined) tried.add(stand.open);
  }
  return { prompt, tokens, length: spans.length, spans };
}

function moveOf(
  { shop: { items, wanted }, page, open }: Stand,
  { slips, sensible, turns, buys, errs, mistakes }: Habits,
  tried: ReadonlySet<number>,
  draws: Rng,
): number {
  if (draws.uniform() < slips) return draws.pick(MOVES);
  if (open !== undefined) {
    const up = { ...wanted, size: oneUp(wanted.size) };
    const taken = mistaken(wanted) && draws.uniform() < mistakes ? up : wanted;
    return draws.uniform() < (fits(items[open]!, taken) ? buys : errs) ? BUY : BACK;
  }
  const places = [0, 1, 2];
  const hopeful = places.filter((place) => {
    const at = placeOf(page, place);
    return items[at]!.colour === wanted.colour && !tried.has(at);
  });
  if (hopeful.length > 0 && draws.uniform() < sensible) return openToken(draws.pick(hopeful));
  return draws.uniform() < turns ? NEXT : openToken(draws.pick(places));
}
