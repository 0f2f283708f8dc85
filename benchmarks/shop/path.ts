/** An episode of `shop` as a reader sees it: the way through the shop, and how it ended. */
import { type Answer, type Mark, type Picture, played, spansOf } from "../../core/mod.ts";
import { COLOURS, fits, type Item, shopOf, shopping, SIZES, type Stand } from "./world.ts";

/** Room for an item, and for the list at the left of each page's three. */
const ROOM = 4;
const LIST = 2;
const TEXT_INK = 6;
/** Of a way, in its place: turns do not hide each other. */
const SHIFT = 0.12;

const pageY = (page: number): number => ROOM * (page + 0.5);
const itemAt = (at: number): [x: number, y: number] => [
  LIST + ROOM * (at % 3 + 0.5),
  pageY(Math.floor(at / 3)),
];

/**
 * The six items, a page in a row, in their colours, the larger the larger; the one that fits in a
 * circle. A line goes from the first list over what was opened; a plus is what was bought, a cross
 * where it ended otherwise.
 */
export function pathOf(y: Answer): Picture {
  const { items, wanted } = shopOf(y.prompt.begun?.prompt ?? y.prompt);
  const boxes = items.map(({ colour, size }, at): Mark => (
    { kind: "box", at: [...itemAt(at), 0.8 + 0.5 * size, 0.8 + 0.5 * size], ink: colour }
  ));
  const fit = items.findIndex((item) => fits(item, wanted));
  const stands = standsOf(y);
  const points = stands.map((stand, turn) => {
    const [x, y] = placeOf(stand);
    return [x + SHIFT * turn, y + SHIFT * turn] as const;
  });
  const { end } = stands.at(-1)!;
  const last = points.at(-1)!;
  return {
    view: [LIST + 3 * ROOM, 2 * ROOM],
    marks: [
      ...boxes,
      { kind: "disc", at: [...itemAt(fit), 1.8], ink: TEXT_INK, faint: true },
      { kind: "line", at: points.flat(), ink: TEXT_INK },
      { kind: end === "left" ? "cross" : "plus", at: [...last, 0.5], ink: TEXT_INK },
    ],
  };
}

/** Where it stood at the beginning and after each move. */
function standsOf(y: Answer): Stand[] {
  const { begun } = y.prompt;
  const stands = [begun ? played(shopping, begun) : shopping.begin(y.prompt)];
  for (const [from, to] of spansOf(y)) {
    const before = stands.at(-1)!;
    const after = shopping.step(before, y.tokens.slice(from, to));
    // Who leaves or buys an item stands where it was open.
    stands.push(after.end && before.open !== undefined ? { ...after, open: before.open } : after);
  }
  return stands;
}
const placeOf = ({ page, open }: Stand): [x: number, y: number] =>
  open === undefined ? [LIST / 2, pageY(page)] : itemAt(open);

/** How it ended, in words. */
export function endOf(y: Answer): string {
  const { end, shop: { wanted } } = played(shopping, y);
  if (end === undefined) return "not over";
  if (end === "left") return "nothing bought";
  return `bought: ${named(end)}, ${fits(end, wanted) ? "as wanted" : `not ${named(wanted)}`}`;
}
const named = ({ colour, size }: Item): string => `${COLOURS[colour]} ${SIZES[size]}`;
