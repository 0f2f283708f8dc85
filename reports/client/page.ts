/// <reference lib="dom" />
import { place, read, remember, state, write } from "./address.ts";
import { applyBoard, sortOnClick } from "./board.ts";
import { rivalOf } from "./rival.ts";
import { applyTheme } from "./theme.ts";
import { data, shown, view } from "./view.ts";

/** The choice of testbed, and what follows from the address. */

const chooser = document.querySelector<HTMLSelectElement>("#testbed")!;
function choose(testbed: number): void {
  view.testbed = testbed;
  chooser.value = String(testbed);
  remember("testbed", testbed === data.lead ? "" : shown()?.key ?? "");
  applyTestbed();
}

function applyTestbed(): void {
  for (const panel of document.querySelectorAll<HTMLElement>(".panel")) {
    panel.hidden = Number(panel.dataset["testbed"]) !== view.testbed;
  }
  document.dispatchEvent(new CustomEvent("prefbench:testbed", { detail: null }));
}
sortOnClick(choose);
chooser.addEventListener("change", () => {
  state.delete("sort");
  state.delete("order");
  choose(Number(chooser.value));
  applyBoard();
});

// A small chart's name leads to the large one.
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element
    ? event.target.closest<HTMLElement>("[data-choose]")
    : null;
  if (button === null) return;
  state.delete("sort");
  state.delete("order");
  choose(Number(button.dataset["choose"]));
  applyBoard();
  document.querySelector("[data-chart=learning]")?.scrollIntoView({ block: "center" });
});

// The address

/** Brings a section into view, and opens it where it is folded. */
function visit(section: string): void {
  const target = document.getElementById(section);
  if (target === null) return;
  const folded = target.querySelector("details");
  if (target.classList.contains("folding") && folded !== null) folded.open = true;
  target.scrollIntoView();
}

const applyRival = rivalOf();
function applyAll(): void {
  const named = data.testbeds.findIndex((one) =>
    one.key === (state.get("testbed") ?? state.get("sort"))
  );
  view.testbed = named < 0 ? data.lead : named;
  chooser.value = String(view.testbed);
  applyTheme();
  applyBoard();
  applyRival?.();
  applyTestbed();
}

addEventListener("hashchange", () => {
  if (read()) applyAll();
  else write();
  visit(place.section);
});
const given = read();
applyTheme();
if (given) applyAll();
if (given || place.section !== "") visit(place.section);
