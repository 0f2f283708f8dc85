import { h } from "preact";
import { render } from "preact-render-to-string";
import type { Audit, Plan, RunRecord, Verdicts } from "../core/mod.ts";
import type { GateReport } from "../gate/mod.ts";
import { assets } from "./parts/assets.ts";
import { AuditPage } from "./pages/audit.tsx";
import { ClaimsPage } from "./pages/claims.tsx";
import { ComparePage } from "./pages/compare.tsx";
import { findings } from "./findings/findings.ts";
import { measuresOf } from "./findings/measures.ts";
import { Page } from "./pages/report.tsx";
import type { Catalogue } from "./findings/runs.ts";
import { VotePage } from "./pages/vote.tsx";

/** Reports: pure functions of a suite's plan and records. */
export type { Catalogue, Described } from "./findings/runs.ts";
export { claimsMarkdown } from "./text/claims.ts";
export { site, type SiteFile, type SiteInput, type SiteJudged, type SiteRun } from "./site/mod.ts";

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
  return `<!doctype html>\n${render(h(Page, { found, assets: await assets("report") }))}\n`;
}

/** The page of verdicts, as much a document of its own: equal verdicts give equal bytes. */
export async function claimsPage(
  verdicts: Verdicts,
  catalogue: Pick<Catalogue, "registry"> = {},
): Promise<string> {
  const measures = measuresOf([verdicts], catalogue);
  return `<!doctype html>\n${
    render(h(ClaimsPage, { verdicts, measures, assets: await assets("claims") }))
  }\n`;
}

/** The page of a comparison, likewise. */
export async function comparePage(report: GateReport): Promise<string> {
  return `<!doctype html>\n${
    render(h(ComparePage, { report, assets: await assets("compare") }))
  }\n`;
}

/** The page on which people vote: it asks the server that it came from for what it shows. */
export async function votePage(): Promise<string> {
  return `<!doctype html>\n${render(h(VotePage, { assets: await assets("vote") }))}\n`;
}

/** The page of a judge's audit, as much a document of its own: equal audits give equal bytes. */
export async function auditPage(audit: Audit): Promise<string> {
  return `<!doctype html>\n${render(h(AuditPage, { audit, assets: await assets("audit") }))}\n`;
}
