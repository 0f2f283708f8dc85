import { createContext } from "preact";
import type { Findings } from "../findings/findings.ts";
import { type Look, look, looks } from "./palette.ts";

/** The look of each method on the page that is rendered: its own, unless the page says otherwise. */
export const Looks = createContext<(method: string) => Look>(look);

/** Looks in a report: those that lead where it opens are told apart first. */
export function looksOf(found: Findings): (method: string) => Look {
  const { lead, methods } = found;
  const standing = lead === undefined ? undefined : found.standing(lead);
  const all = looks(methods, standing?.rows.map(({ method }) => method) ?? []);
  return (method) => all.get(method) ?? look(method);
}
