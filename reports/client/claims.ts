/// <reference lib="dom" />
import { read, remember, state } from "./address.ts";
import { applyTheme } from "./theme.ts";

/** Shows the claims of one verdict, as the buttons and the address say. */

const buttons = [...document.querySelectorAll<HTMLButtonElement>("button[data-show]")];
const rows = [...document.querySelectorAll<HTMLElement>("tr[data-verdict]")];

function applyFilter(): void {
  const asked = state.get("show") ?? "";
  const known = buttons.some((button) => button.dataset["show"] === asked) ? asked : "";
  for (const button of buttons) {
    button.setAttribute("aria-pressed", String(button.dataset["show"] === known));
  }
  for (const row of rows) row.hidden = known !== "" && row.dataset["verdict"] !== known;
}
for (const button of buttons) {
  button.addEventListener("click", () => {
    remember("show", button.dataset["show"]!);
    applyFilter();
  });
}
addEventListener("hashchange", () => {
  if (!read()) return;
  applyTheme();
  applyFilter();
});
read();
applyTheme();
applyFilter();
