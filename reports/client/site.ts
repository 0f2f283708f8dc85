/// <reference lib="dom" />
import { place, read, state, write } from "./address.ts";
import { promptsOf } from "./drilldown.ts";
import { boardOf } from "./filters.ts";
import { searchOf } from "./finding.ts";
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

// A page knows the theme by its address alone: a link passes it on as it is followed.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const theme = state.get("theme");
  const to = link?.getAttribute("href") ?? "";
  if (link === null || theme === undefined || /^(#|\w+:)/.test(to) || !/\.html(#|$)/.test(to)) {
    return;
  }
  const [address, hash = ""] = [to.replace(/#.*$/s, ""), /#(.*)$/s.exec(to)?.[1]];
  const parts = hash.split("&").filter((part) => part !== "" && !part.startsWith("theme="));
  link.setAttribute("href", `${address}#${[...parts, `theme=${theme}`].join("&")}`);
}, true);
