/// <reference lib="dom" />
import { remember, state, write } from "./address.ts";
import { familyOf, fold, foldOnClick } from "./fold.ts";
import { ours } from "./ours.ts";
import { chosen, reveal, sort } from "./sort.ts";
import { unpacked } from "./unpacked.ts";
import { data, shown, view } from "./view.ts";

/** The leaderboard's measure, and sortable tables. */

const measures = document.querySelector<HTMLSelectElement>("#measure")!;
const board = document.querySelector<HTMLElement>(".board")!;
const headline = board.firstElementChild!.cloneNode(true);

/** Boards by other measures, as they lie in the page. */
const others = new Map(
  [...document.querySelectorAll<HTMLElement>("script[data-measure]")].map((one) => [
    one.dataset["measure"]!,
    one.textContent!,
  ]),
);

const boardTable = () => board.querySelector("table")!;

/** Shows the board of the address's measure, sorted as it says: by the chosen testbed unless otherwise. */
export function applyBoard(): void {
  const id = asked();
  measures.value = id;
  if (board.dataset["measure"] === id) return sorted();
  if (id === "") return show(id, headline.cloneNode(true));
  unpacked(others.get(id)!).then((html) => {
    // Another may have been asked for since.
    if (asked() === id) show(id, ours(html));
  });
}

/** The measure that the address names, if the page has its board. */
function asked(): string {
  const id = state.get("measure") ?? "";
  return others.has(id) ? id : "";
}

function show(id: string, table: Node): void {
  board.replaceChildren(table);
  board.dataset["measure"] = id;
  sorted();
}

function sorted(): void {
  const table = boardTable();
  const own = shown()?.key ?? "";
  // Until somebody chooses a testbed, a family that folds stands for those in it.
  const first = view.testbed === data.lead ? familyOf(table, own) : undefined;
  const key = state.get("sort") ?? first ?? own;
  fold(table, key);
  sort(table, key, state.get("order") === "reversed");
  reveal(board);
}
foldOnClick(board, applyBoard);
board.dataset["measure"] = "";
reveal(board);
measures.addEventListener("change", () => {
  remember("measure", measures.value);
  applyBoard();
});

/** Sorts on a click on a heading; `choose` is told of a testbed that has come to lead. */
export function sortOnClick(choose: (testbed: number) => void): void {
  document.addEventListener("click", (event) => {
    const click = chosen(event);
    const table = click?.heading.closest("table");
    if (!click || !table) return;
    const { heading, reversed } = click;
    const key = heading.dataset["sort"]!;
    if (table !== boardTable()) {
      sort(table, key, reversed);
      return;
    }
    state.set("sort", key);
    state.delete("order");
    if (reversed) state.set("order", "reversed");
    write();
    const column = heading.dataset["column"];
    if (column !== undefined && /^\d/.test(column) && Number(column) !== view.testbed) {
      choose(Number(column));
    }
    applyBoard();
  });
}
