/// <reference lib="dom" />
import { remember, state } from "./address.ts";
import { latest, page } from "./ondemand.ts";
import { ours } from "./ours.ts";

/** The history of the testbed that the address names; undefined on other pages. */
export function historyOf(): (() => void) | undefined {
  const select = document.querySelector<HTMLSelectElement>("#history");
  if (select === null) return undefined;
  const { fragments } = page<{
    readonly fragments: {
      readonly [option: string]: { readonly id: string; readonly address: string };
    };
  }>()!;
  const place = document.getElementById("history-table")!;
  const note = document.getElementById("history-note")!;
  const bring = latest(note);
  let shown = select.dataset["lead"]!;
  function apply(): void {
    const asked = Object.entries(fragments).find(([, { id }]) => id === state.get("testbed"))?.[0];
    const option = asked ?? select!.dataset["lead"]!;
    select!.value = option;
    if (option === shown) return;
    bring(fragments[option]!.address, (html) => {
      note.textContent = "";
      place.replaceChildren(ours(html));
      shown = option;
    });
  }
  select.addEventListener("change", () => {
    remember("testbed", fragments[select.value]!.id);
    apply();
  });
  return apply;
}
