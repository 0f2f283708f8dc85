/** The shop of `shop`: what is on its pages, what its tokens mean, and what it answers to each move. */
import {
  type Answer,
  type Environment,
  played,
  type Prompt,
  rng,
  spansOf,
} from "../../core/mod.ts";

/** As the inks of reports are, in their order. */
export const COLOURS = ["blue", "red", "green", "pink"] as const;
export const SIZES = ["S", "M", "L", "XL"] as const;
/** Items a page, and pages. */
const [SHELF, PAGES] = [3, 2];
/** Turns that a customer has: as many as it takes to look at three items and buy the last. */
export const TURNS = 7;

// The tokens, in this order: an end that nobody needs, what there is, what is said, the moves.
export const STOP = 0;
export const colourToken = (colour: number): number => 1 + colour;
export const sizeToken = (size: number): number => 5 + size;
export const [WANTED, LIST, ITEM] = [9, 10, 11] as const;
export const openToken = (place: number): number => 12 + place;
export const [NEXT, BACK, BUY] = [15, 16, 17] as const;
export const VOCABULARY = 18;
export const MOVES: readonly number[] = [0, 1, 2].map(openToken).concat(NEXT, BACK, BUY);

const words = [
  "stop",
  ...COLOURS,
  ...SIZES,
  "wanted:",
  "list:",
  "item:",
  ...["first", "second", "third"].map((which) => `open the ${which}`),
  "next page",
  "back",
  "buy",
];
export const wordOf = (token: number): string => words[token]!;

export interface Item {
  readonly colour: number;
  readonly size: number;
}
export interface Shop {
  readonly wanted: Item;
  /** Page by page. */
  readonly items: readonly Item[];
}
/** The next size; after the last comes the first. */
export const oneUp = (size: number): number => (size + 1) % SIZES.length;
export const fits = (item: Item, wanted: Item): boolean =>
  item.colour === wanted.colour && item.size === wanted.size;

const known = new WeakMap<Prompt, Shop>();
/** The shop behind a question: what is drawn by the question's id. */
export function shopOf(question: Prompt): Shop {
  const found = known.get(question) ?? drawn(question.id);
  known.set(question, found);
  return found;
}

/**
 * Of six items one fits; two have its colour, one of them a size too large and the other of any other
 * size; of the other three, in other colours, one has its size.
 */
function drawn(id: string): Shop {
  const draws = rng("shop").split(id);
  const other = (colour: number) => (colour + 1 + draws.below(COLOURS.length - 1)) % COLOURS.length;
  const wanted = { colour: draws.below(COLOURS.length), size: draws.below(SIZES.length) };
  const { colour, size } = wanted;
  const near = (size: number) => ({ colour, size });
  const far = (size: number) => ({ colour: other(colour), size });
  const items = [
    wanted,
    near(oneUp(size)),
    near((size + 2 + draws.below(2)) % SIZES.length),
    far(size),
    far(draws.below(SIZES.length)),
    far(draws.below(SIZES.length)),
  ];
  return { wanted, items: draws.shuffle(items) };
}

export const placeOf = (page: number, place: number): number => SHELF * page + place;
const listed = ({ items }: Shop, page: number): number[] => [
  LIST,
  ...items.slice(SHELF * page, SHELF * (page + 1)).map(({ colour }) => colourToken(colour)),
];

/** What is wanted, and the first page. */
export function questionOf(id: string): Prompt {
  const shop = drawn(id);
  const { colour, size } = shop.wanted;
  return { id, tokens: [WANTED, colourToken(colour), sizeToken(size), ...listed(shop, 0)] };
}

/** Where a customer stands, and what was said last. */
export interface Stand {
  readonly shop: Shop;
  readonly page: number;
  /** The item that is open, if one is. */
  readonly open?: number;
  readonly turns: number;
  readonly said: readonly number[];
  /** What was bought; "left" without anything. */
  readonly end?: Item | "left";
}

/** A list may be turned over and its items opened; an item gone back from or bought. Anything else is the end. */
export const shopping: Environment<Stand> = {
  begin: (question) => ({ shop: shopOf(question), page: 0, turns: 0, said: [] }),
  step: (stand, move) => {
    const next = moved(stand, move);
    const turns = stand.turns + 1;
    return next.end || turns < TURNS
      ? { ...next, turns }
      : { ...next, turns, said: [], end: "left" };
  },
  observe: ({ said }) => said,
  over: ({ end }) => end !== undefined,
};

function moved(stand: Stand, move: readonly number[]): Stand {
  const { shop, page, open, turns } = stand;
  const [token, ...more] = move;
  const place = token! - openToken(0);
  const left: Stand = { shop, page, turns, said: [], end: "left" };
  if (more.length > 0) return left;
  const shown = (page: number): Stand => ({ shop, page, turns, said: listed(shop, page) });
  if (open !== undefined) {
    if (token === BACK) return shown(page);
    return token === BUY ? { ...left, end: shop.items[open]! } : left;
  }
  if (token === NEXT) return shown((page + 1) % PAGES);
  if (!(place >= 0 && place < SHELF)) return left;
  const at = placeOf(page, place);
  return { shop, page, turns, open: at, said: [ITEM, sizeToken(shop.items[at]!.size)] };
}

const boughtFit = ({ end, shop }: Stand): boolean =>
  end !== undefined && end !== "left" && fits(end, shop.wanted);

/** Whether an episode ended with what was wanted, 1 or 0. */
export const bought = (y: Answer): number => boughtFit(played(shopping, y)) ? 1 : 0;

/** Turns from here to what is wanted, by the shortest way, for who knows where it is. */
function away({ shop, page, open }: Stand): number {
  const at = shop.items.findIndex((item) => fits(item, shop.wanted));
  if (open === at) return 1;
  const other = Math.floor(at / SHELF) !== page;
  return (open === undefined ? 0 : 1) + (other ? 1 : 0) + 2;
}
/** Whether what is wanted has been bought, or can still be. */
export const hopeful = (stand: Stand): boolean =>
  stand.end === undefined ? away(stand) <= TURNS - stand.turns : boughtFit(stand);

/** The share of an episode's turns that come before the first after which there is no hope. */
export function hopefulTurns(y: Answer): number {
  const turns = spansOf(y).map(([from, to]) => y.tokens.slice(from, to));
  let stand = shopping.begin(y.prompt);
  const lost = turns.findIndex((move) => !hopeful(stand = shopping.step(stand, move)));
  return lost < 0 ? 1 : lost / turns.length;
}
