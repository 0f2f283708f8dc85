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

// The address

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
  if (place.section !== "") document.getElementById(place.section)?.scrollIntoView();
});
const given = read();
applyTheme();
if (given) {
  applyAll();
  if (place.section !== "") document.getElementById(place.section)?.scrollIntoView();
}
