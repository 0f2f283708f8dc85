/// <reference lib="dom" />
import type { Rivals } from "../parts/overall-table.tsx";
import { remember, state } from "./address.ts";
import { sort } from "./sort.ts";

/** Another rival for the table over all testbeds; called again when the address has changed. */
export function rivalOf(): (() => void) | undefined {
  const select = document.querySelector<HTMLSelectElement>("#rival");
  const block = document.getElementById("rivals");
  if (select === null || block === null) return undefined;
  const { methods, better }: Rivals = JSON.parse(block.textContent!);
  const first = select.value;
  let shown = first;

  /** [value, low, high, testbeds] of how likely i is better than j, by their places. */
  function found(i: number, j: number): readonly (number | null)[] | null {
    if (i < j) return better[i]![j - i - 1]!;
    const turned = better[j]![i - j - 1]!;
    if (turned === null) return null;
    const [value, low, high, testbeds] = turned;
    return [1 - value, high === null ? null : 1 - high, low === null ? null : 1 - low, testbeds];
  }

  function write(cell: HTMLElement, given: readonly (number | null)[] | null, own: boolean): void {
    const [value, low, high, testbeds] = given ?? [0.5, null, null, null];
    cell.classList.toggle("nothing", given === null);
    const [bar, at] = [cell.querySelector("rect")!, cell.querySelector(".at")!];
    const place = (x: number) => String(Math.round(1000 * x) / 10);
    at.setAttribute("d", `M${place(value!)} 0V10`);
    bar.setAttribute("x", place(low ?? value!));
    bar.setAttribute("width", place((high ?? value!) - (low ?? value!)));
    const [text, reach, common] = cell.querySelectorAll<HTMLElement>("span");
    text!.textContent = given === null ? own ? "–" : "nothing in common" : value!.toFixed(2);
    reach!.textContent = given === null
      ? ""
      : low === null
      ? "no interval from one run"
      : `${low!.toFixed(2)} to ${high!.toFixed(2)}`;
    common!.textContent = given === null ? "" : `on ${testbeds}`;
    if (given === null) delete cell.dataset["value"];
    else cell.dataset["value"] = String(value);
  }

  function apply(): void {
    const asked = state.get("rival");
    const option = [...select!.options].find(({ text }) => text === asked)?.value ?? first;
    select!.value = option;
    if (option === shown) return;
    shown = option;
    const rival = methods.indexOf(Number(option));
    const table = select!.closest("table")!;
    for (const row of table.tBodies[0]!.rows) {
      const own = methods.indexOf(Number(row.dataset["method"]));
      write(
        row.querySelector<HTMLElement>(".better")!,
        own === rival ? null : found(own, rival),
        own === rival,
      );
    }
    const by = table.querySelector<HTMLElement>('th[data-sort="better"][aria-sort]');
    if (by !== null) sort(table, "better", by.getAttribute("aria-sort") === "ascending");
  }
  select.addEventListener("change", () => {
    remember("rival", select.value === first ? "" : select.selectedOptions[0]!.text);
    apply();
  });
  return apply;
}
