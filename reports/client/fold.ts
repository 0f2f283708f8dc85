/// <reference lib="dom" />
import { remember, state } from "./address.ts";

/** Families of a board: each a column, which opens to a column a testbed. What is open stands in the address. */

interface Family {
  /** What its column is sorted by. */
  readonly key: string;
  readonly button: HTMLElement;
  readonly members: readonly HTMLElement[];
}

interface Group {
  readonly head: HTMLTableCellElement;
  /** The headings under it, a family's own first. */
  readonly columns: readonly HTMLElement[];
}

function groups(table: HTMLTableElement): Group[] {
  const columns = [...table.querySelectorAll<HTMLElement>("thead [data-column]")];
  let at = 0;
  return [...table.querySelectorAll<HTMLTableCellElement>("thead .group")].map((head) => {
    const span = Number(head.dataset["span"] ??= String(head.colSpan));
    return { head, columns: columns.slice(at, at += span) };
  });
}

function families(table: HTMLTableElement): Family[] {
  return groups(table).flatMap(({ head, columns: [whole, ...members] }) => {
    const button = head.querySelector<HTMLElement>("[data-fold]");
    return button === null ? [] : [{ key: whole!.dataset["sort"]!, button, members }];
  });
}

/** The column of each family, with those of its testbeds. */
export const members = (table: HTMLTableElement): ReadonlyMap<string, readonly string[]> =>
  new Map(
    families(table).map(({ button, members }) => [
      `f${button.dataset["fold"]}`,
      members.map((one) => one.dataset["column"]!),
    ]),
  );

/** What the family of a testbed is sorted by; undefined where it does not fold. */
export const familyOf = (table: HTMLTableElement, key: string): string | undefined =>
  families(table).find(({ members }) => members.some((one) => one.dataset["sort"] === key))?.key;

/** Every heading over columns spans those that are shown. */
export function stretch(table: HTMLTableElement): void {
  for (const { head, columns } of groups(table)) {
    const left = columns.filter((one) => !one.hidden && !one.classList.contains("folded")).length;
    head.hidden = left === 0;
    head.colSpan = Math.max(left, 1);
  }
}

const opened = (): readonly string[] =>
  (state.get("open") ?? "").split(",").filter((name) => name !== "");

/** Opens what the address says, and the families of what the board is sorted or filtered by. */
export function fold(table: HTMLTableElement, sorted: string, benchmark = ""): void {
  const wanted = [...opened(), benchmark];
  const folded = new Map<string, boolean>();
  for (const { key, button, members } of families(table)) {
    const open = wanted.includes(key.slice(0, -"/*".length)) ||
      members.some((one) => one.dataset["sort"] === sorted);
    if (button.getAttribute("aria-expanded") === String(open)) continue;
    button.setAttribute("aria-expanded", String(open));
    for (const one of members) folded.set(one.dataset["column"]!, !open);
  }
  if (folded.size === 0) return;
  for (const cell of table.querySelectorAll<HTMLElement>("[data-column]")) {
    const now = folded.get(cell.dataset["column"]!);
    if (now !== undefined) cell.classList.toggle("folded", now);
  }
  stretch(table);
}

/** A press on a family's name opens or folds it; `apply` then does as the address says. */
export function foldOnClick(board: HTMLElement, apply: () => void): void {
  board.addEventListener("click", (event) => {
    const button = event.target instanceof Element
      ? event.target.closest<HTMLElement>("[data-fold]")
      : null;
    if (button === null) return;
    const family = families(board.querySelector("table")!).find((one) => one.button === button)!;
    const name = family.key.slice(0, -"/*".length);
    const open = button.getAttribute("aria-expanded") !== "true";
    const others = opened().filter((one) => one !== name);
    // What is folded can lead no longer: its family does.
    if (!open && family.members.some((one) => one.hasAttribute("aria-sort"))) {
      state.set("sort", family.key);
      state.delete("order");
    }
    remember("open", [...others, ...open ? [name] : []].join(","));
    apply();
  });
}
