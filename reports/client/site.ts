/// <reference lib="dom" />
import { place, read, write } from "./address.ts";
import { promptsOf } from "./drilldown.ts";
import { boardOf } from "./filters.ts";
import { searchOf } from "./finding.ts";
import { followed } from "./follow.ts";
import { rivalOf } from "./rival.ts";
import { chosen, sort } from "./sort.ts";
import { historyOf } from "./suites.ts";
import { applyTheme } from "./theme.ts";

/** Every page of a site: what follows from its address, and links that keep the theme. */

const applies = [boardOf(), rivalOf(), promptsOf(), historyOf(), searchOf()].filter((apply) =>
  apply !== undefined
);

function applyAll(): void {
  applyTheme();
  for (const apply of applies) apply();
  if (place.section !== "") document.getElementById(place.section)?.scrollIntoView();
}
addEventListener("hashchange", () => {
  if (!read()) write();
  applyAll();
});
read();
applyAll();

// The board sorts itself, as the address says.
document.addEventListener("click", (event) => {
  const click = chosen(event);
  const table = click?.heading.closest("table");
  if (!click || !table || table.closest(".board") !== null) return;
  sort(table, click.heading.dataset["sort"]!, click.reversed);
});

document.addEventListener("click", followed, true);
