import { h } from "preact";
import { render } from "preact-render-to-string";
import type { Plan, RunRecord } from "../core/mod.ts";
import { assets } from "./assets.ts";
import { findings } from "./findings.ts";
import { Page } from "./page.tsx";
import type { Catalogue } from "./runs.ts";

/** Reports: pure functions of a suite's plan and records. */
export type { Catalogue } from "./runs.ts";
export type { Section } from "./section.ts";
export { sections } from "./sections/mod.ts";

/**
 * The report as one HTML document that needs nothing else: the same plan, records and catalogue give
 * the same bytes. Methods without a card are shown without one. RangeError for a run that occurs twice.
 */
export async function report(
  plan: Plan,
  records: readonly RunRecord[],
  catalogue: Catalogue,
): Promise<string> {
  const found = findings(plan, records, catalogue);
  return `<!doctype html>\n${render(h(Page, { found, assets: await assets() }))}\n`;
}
