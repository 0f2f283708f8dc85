/// <reference lib="dom" />
import { remember, state, write } from "./address.ts";
import { fold, foldOnClick, members, stretch } from "./fold.ts";
import { latest, page } from "./ondemand.ts";
import { ours } from "./ours.ts";
import { chosen, reveal, sort } from "./sort.ts";

/** The board of a site: its measure, its filters and its order, all kept in the address. */

interface BoardData {
  readonly columns: readonly {
    readonly key: string;
    readonly benchmark: string;
    readonly budget: string;
    readonly protocol: string;
  }[];
  readonly cells: readonly { readonly cell: string; readonly methods: readonly number[] }[];
  readonly fragments: {
    readonly [option: string]: { readonly id: string; readonly address: string };
  };
}

const wanted = (name: string) => state.get(name) ?? "";

/** Hides the columns that the filters leave out, their cells and emptied groups with them; all headings of testbeds, hidden or not. */
function narrow(table: HTMLTableElement, data: BoardData["columns"]): HTMLElement[] {
  const [benchmark, budget, protocol] = [
    wanted("benchmark"),
    wanted("budget"),
    wanted("protocol"),
  ];
  const kept = (i: number): boolean => {
    const column = data[i]!;
    return (benchmark === "" || column.benchmark === benchmark) &&
      (budget === "" || column.budget === budget) &&
      (protocol === "" || (column.protocol === "" ? "truth" : `by ${column.protocol}`) ===
          protocol);
  };
  const within = members(table);
  for (const element of table.querySelectorAll<HTMLElement>("[data-column]")) {
    const column = element.dataset["column"]!;
    element.hidden = !(within.get(column) ?? [column]).some((i) => kept(Number(i)));
  }
  stretch(table);
  return headings(table).filter((one) => !within.has(one.dataset["column"]!));
}

const headings = (table: HTMLTableElement): HTMLElement[] => [
  ...table.querySelectorAll<HTMLElement>("thead [data-column]"),
];

/** On how many of the columns that the filters leave a method may be best. */
function recount(row: HTMLTableRowElement): void {
  const leads = row.querySelector<HTMLElement>("td.leads");
  if (leads === null) return;
  const count = row.querySelectorAll(".best:not([hidden])").length;
  leads.dataset["value"] = String(count);
  leads.textContent = count === 0 ? "–" : String(count);
}

/** Called at the start and whenever the address has changed; undefined on pages without a board. */
export function boardOf(): (() => void) | undefined {
  const board = document.querySelector<HTMLElement>(".board");
  if (board === null) return undefined;
  const data = page<BoardData>()!;
  const note = document.getElementById("board-note")!;
  const headline = [...board.childNodes].map((node) => node.cloneNode(true));
  const bring = latest(note);
  const selects = ["measure", "benchmark", "budget", "cell", "protocol"].flatMap((name) => {
    const select = document.querySelector<HTMLSelectElement>(`#${name}`);
    return select === null ? [] : [{ name, select }];
  });
  let shown = "";

  /** Hides what the filters leave out, recounts who leads, and says what is left. */
  function filter(): void {
    const table = board!.querySelector("table")!;
    const methods = data.cells.find((one) => one.cell === wanted("cell"))?.methods;
    const columns = narrow(table, data.columns);
    let rows = 0;
    for (const row of table.tBodies[0]!.rows) {
      row.hidden = methods !== undefined && !methods.includes(Number(row.dataset["method"]));
      if (!row.hidden) rows++;
      recount(row);
    }
    const left = columns.filter((one) => !one.hidden).length;
    note.textContent = left === columns.length && methods === undefined
      ? ""
      : left === 0 || rows === 0
      ? "Nothing has all of this: widen a filter."
      : `${left} of ${columns.length} columns, ${rows} of ${table.tBodies[0]!.rows.length} rows; ` +
        "ranks are among all methods of a column.";
    order(table);
  }

  /** Sorts as the address says, or by the first column that is shown where its own is not. */
  function order(table: HTMLTableElement): void {
    const columns = headings(table);
    const lead = columns.find((one) => one.classList.contains("lead") && !one.hidden);
    const first = lead ?? columns.find((one) => !one.hidden);
    const asked = [...table.querySelectorAll<HTMLElement>("th[data-sort]")].find((one) =>
      one.dataset["sort"] === wanted("sort") && !one.hidden
    );
    const by = asked ?? first;
    const key = by?.dataset["sort"] ?? "";
    fold(table, key, wanted("benchmark"));
    sort(table, key, wanted("order") === "reversed");
    reveal(board!);
  }

  function apply(): void {
    for (const { name, select } of selects) {
      const value = name === "measure"
        ? Object.entries(data.fragments).find(([, { id }]) => id === wanted("measure"))?.[0]
        : wanted(name);
      select.value = value ?? "";
      // An address may ask for what this site does not have.
      if (select.selectedIndex < 0) select.value = "";
      if (name !== "measure" && select.value === "") state.delete(name);
    }
    const option = selects.find(({ name }) => name === "measure")!.select.value;
    if (option === shown) {
      filter();
      return;
    }
    if (option === "") {
      board!.replaceChildren(...headline.map((node) => node.cloneNode(true)));
      shown = "";
      filter();
      return;
    }
    bring(data.fragments[option]!.address, (html) => {
      board!.replaceChildren(ours(html));
      shown = option;
      filter();
    });
  }

  for (const { name, select } of selects) {
    select.addEventListener("change", () => {
      remember(
        name,
        name === "measure" ? data.fragments[select.value]?.id ?? "" : select.value,
      );
      apply();
    });
  }
  foldOnClick(board, filter);
  board.addEventListener("click", (event) => {
    const click = chosen(event);
    if (click === undefined) return;
    state.set("sort", click.heading.dataset["sort"]!);
    state.delete("order");
    if (click.reversed) state.set("order", "reversed");
    write();
    filter();
  });
  return apply;
}
