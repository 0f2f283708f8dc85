/// <reference lib="dom" />
import { remember, state, write } from "./address.ts";
import { shown, view } from "./view.ts";

/** The leaderboard's measure, and sortable tables. */

const measures = document.querySelector<HTMLSelectElement>("#measure")!;
const board = document.querySelector<HTMLElement>(".board")!;
const headline = board.firstElementChild!.cloneNode(true);

/** The cell of a row under a heading. */
function under(row: HTMLTableRowElement, heading: HTMLElement): HTMLElement | null {
  const column = heading.dataset["column"];
  return column === undefined
    ? row.cells[[...heading.parentElement!.children].indexOf(heading)] ?? null
    : row.querySelector<HTMLElement>(`[data-column="${column}"]`);
}

function compare(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  return Number.isNaN(x) || Number.isNaN(y) ? a < b ? -1 : a > b ? 1 : 0 : x - y;
}

/** Sorts by a heading; rows without a value stay last whichever way. */
function sort(table: HTMLTableElement, key: string, reversed: boolean): void {
  const headings = [...table.querySelectorAll<HTMLElement>("th[data-sort]")];
  const heading = headings.find((th) => th.dataset["sort"] === key);
  if (heading === undefined) return;
  const down = (heading.dataset["first"] === "down") !== reversed;
  const body = table.tBodies[0]!;
  const value = (row: HTMLTableRowElement) => under(row, heading)?.dataset["value"];
  const rows = [...body.rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === undefined || y === undefined) {
      return (x === undefined ? 1 : 0) - (y === undefined ? 1 : 0);
    }
    return down ? compare(y, x) : compare(x, y);
  });
  body.append(...rows);
  for (const th of headings) {
    if (th === heading) th.setAttribute("aria-sort", down ? "descending" : "ascending");
    else th.removeAttribute("aria-sort");
    if (heading.dataset["column"] !== undefined) th.classList.toggle("lead", th === heading);
  }
  let group: string | undefined;
  rows.forEach((row, i) => {
    const cell = under(row, heading);
    const own = cell?.dataset["group"];
    row.classList.toggle("cut", i > 0 && group !== undefined && own !== undefined && own !== group);
    group = own;
    if (heading.dataset["column"] === undefined) return;
    for (const other of row.cells) other.classList.toggle("lead", other === cell);
  });
}

/** Scrolls the board sideways until the leading column is in sight, as on a phone it is not. */
function reveal(): void {
  const lead = board.querySelector<HTMLElement>("th.lead");
  const names = board.querySelector<HTMLElement>("tbody th");
  if (lead === null || names === null) return;
  const [outer, inner] = [board.getBoundingClientRect(), lead.getBoundingClientRect()];
  const left = outer.left + names.offsetWidth;
  if (inner.right > outer.right || inner.left < left) board.scrollLeft += inner.left - left;
}

const boardTable = () => board.querySelector("table")!;

/** Shows the board of the address's measure, sorted as it says: by the chosen testbed unless otherwise. */
export function applyBoard(): void {
  const id = state.get("measure") ?? "";
  const template = [...document.querySelectorAll<HTMLTemplateElement>("template[data-measure]")]
    .find((one) => one.dataset["measure"] === id);
  if (board.dataset["measure"] !== id) {
    board.replaceChildren((template?.content ?? headline).cloneNode(true));
    board.dataset["measure"] = id;
  }
  measures.value = template === undefined ? "" : id;
  sort(boardTable(), state.get("sort") ?? shown()?.key ?? "", state.get("order") === "reversed");
  reveal();
}
board.dataset["measure"] = "";
reveal();
measures.addEventListener("change", () => {
  remember("measure", measures.value);
  applyBoard();
});

/** Sorts on a click on a heading; `choose` is told of a testbed that has come to lead. */
export function sortOnClick(choose: (testbed: number) => void): void {
  document.addEventListener("click", (event) => {
    const heading = event.target instanceof Element
      ? event.target.closest<HTMLElement>("th[data-sort]")
      : null;
    const table = heading?.closest("table");
    if (!heading || !table || !(event.target as Element).closest("button")) return;
    const chosen = heading.dataset["sort"]!;
    const again = heading.hasAttribute("aria-sort");
    const was = heading.getAttribute("aria-sort") === "descending";
    const reversed = again && was === (heading.dataset["first"] === "down");
    if (table !== boardTable()) {
      sort(table, chosen, reversed);
      return;
    }
    state.set("sort", chosen);
    state.delete("order");
    if (reversed) state.set("order", "reversed");
    write();
    const column = heading.dataset["column"];
    if (column !== undefined && Number(column) !== view.testbed) choose(Number(column));
    applyBoard();
  });
}
