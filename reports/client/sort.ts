/// <reference lib="dom" />
/** Tables sorted by a heading. */

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
export function sort(table: HTMLTableElement, key: string, reversed: boolean): void {
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
  rows.filter((row) => !row.hidden).forEach((row, i) => {
    const cell = under(row, heading);
    const own = cell?.dataset["group"];
    row.classList.toggle("cut", i > 0 && group !== undefined && own !== undefined && own !== group);
    group = own;
    if (heading.dataset["column"] === undefined) return;
    for (const other of row.cells) other.classList.toggle("lead", other === cell);
  });
}

/** The heading that a click was on, and whether a second click turns its order round. */
export function chosen(event: Event): { heading: HTMLElement; reversed: boolean } | undefined {
  const heading = event.target instanceof Element && event.target.closest("button")
    ? event.target.closest<HTMLElement>("th[data-sort]")
    : null;
  if (heading === null) return undefined;
  const again = heading.hasAttribute("aria-sort");
  const was = heading.getAttribute("aria-sort") === "descending";
  return { heading, reversed: again && was === (heading.dataset["first"] === "down") };
}

/** Scrolls a board sideways until its leading column is in sight, as on a phone it is not. */
export function reveal(board: HTMLElement): void {
  const lead = board.querySelector<HTMLElement>("th.lead");
  const names = board.querySelector<HTMLElement>("tbody th");
  if (lead === null || names === null) return;
  const [outer, inner] = [board.getBoundingClientRect(), lead.getBoundingClientRect()];
  const left = outer.left + names.offsetWidth;
  if (inner.right > outer.right || inner.left < left) board.scrollLeft += inner.left - left;
}
