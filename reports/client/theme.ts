/// <reference lib="dom" />
import { remember, state } from "./address.ts";

/** The theme: the system's, or as the button and the address say. */

const button = document.querySelector<HTMLButtonElement>("#theme")!;
const dark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => {
  const chosen = document.documentElement.dataset["theme"];
  return chosen === undefined ? dark.matches : chosen === "dark";
};

export function applyTheme(): void {
  const chosen = state.get("theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset["theme"] = chosen;
  else delete document.documentElement.dataset["theme"];
  button.textContent = isDark() ? "Light" : "Dark";
  button.setAttribute("aria-label", `Use the ${isDark() ? "light" : "dark"} theme`);
  document.dispatchEvent(new CustomEvent("prefbench:theme", { detail: null }));
}
button.addEventListener("click", () => {
  remember("theme", isDark() ? "light" : "dark");
  applyTheme();
});
dark.addEventListener("change", applyTheme);
