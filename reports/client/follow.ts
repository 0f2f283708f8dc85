/// <reference lib="dom" />
import { state } from "./address.ts";

/** A page knows the theme by its address alone: a link passes it on as it is followed. */
export function followed(event: Event): void {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const theme = state.get("theme");
  const to = link?.getAttribute("href") ?? "";
  if (link === null || theme === undefined || /^(#|\w+:)/.test(to) || !/\.html(#|$)/.test(to)) {
    return;
  }
  const [address, hash = ""] = [to.replace(/#.*$/s, ""), /#(.*)$/s.exec(to)?.[1]];
  const parts = hash.split("&").filter((part) => part !== "" && !part.startsWith("theme="));
  link.setAttribute("href", `${address}#${[...parts, `theme=${theme}`].join("&")}`);
}
