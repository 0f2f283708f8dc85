/// <reference lib="dom" />
import { place, read, write } from "./address.ts";
import { searchOf } from "./finding.ts";
import { followed } from "./follow.ts";
import { applyTheme } from "./theme.ts";

/** Every page of the documentation: its theme, its search, and links that keep the theme. */

const search = searchOf();

function applyAll(): void {
  applyTheme();
  search?.();
  if (place.section !== "") document.getElementById(place.section)?.scrollIntoView();
}
addEventListener("hashchange", () => {
  if (!read()) write();
  applyAll();
});
read();
applyAll();
document.addEventListener("click", followed, true);

// The page's own place in the list, which scrolls by itself where it stands beside the page.
const pages = document.getElementById("pages")!;
const current = pages.querySelector<HTMLElement>('[aria-current="page"]');
if (current) pages.scrollTop = current.offsetTop - pages.clientHeight / 2;
