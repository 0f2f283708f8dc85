import { type ComponentType, h, type VNode } from "preact";
import { render } from "preact-render-to-string";
import type { Verdicts } from "../../core/mod.ts";
import { assets, json } from "../parts/assets.ts";
import { AuditPage } from "../pages/audit.tsx";
import { measuresOf as measuresIn } from "../findings/measures.ts";
import type { Catalogue } from "../findings/runs.ts";
import { ClaimsPage } from "../pages/claims.tsx";
import { auditPage, digest, methodPage, modelPage } from "./addresses.ts";
import { BoardPage, fragment as boardBy, measuresOf } from "./board.tsx";
import { type Content, content, type SiteInput } from "./content.ts";
import { DataPage } from "./data.tsx";
import { fragment as historyOf, HistoryPage, told } from "./history.tsx";
import { AuditsPage, JudgesPage, ModelPage } from "./judges.tsx";
import { MethodPage, MethodsPage } from "./method.tsx";
import { answered, judgedSet, type PromptSet } from "./prompts.ts";
import { PromptsPage } from "./prompts.tsx";
import { entries, SearchPage } from "./search.tsx";
import { bar, type Frame, linked } from "./shell.tsx";
import { csv, rowsJson, tables } from "./tables.ts";

/** A leaderboard site: static files, a pure function of runs, judged files and verdicts. */
export type { SiteInput } from "./content.ts";
export type { SiteRun } from "./sources.ts";
export type { SiteJudged } from "./together.ts";

/** A file by its address from the site's root. */
export interface SiteFile {
  readonly path: string;
  readonly text: string;
}

/**
 * All files, equal bytes for equal input, one at a time as together they may be large. What pages
 * refer to comes before them, under names that say its content: a site whose publication stopped
 * half-way has old pages with old data and new pages with new data, and none without.
 *
 * Throws a RangeError where two runs have one name, or two judged files one identity.
 */
export async function* site(input: SiteInput): AsyncGenerator<SiteFile, void> {
  const found = content(input);
  const written = new Map<string, string>();
  const file = (path: string, text: string): SiteFile => {
    const key = path.toLowerCase();
    if (written.has(key)) throw new Error(`Cannot write ${path} twice`);
    written.set(key, path);
    return { path, text };
  };
  /** Data that a page's script loads: JSON in a string, as a key may be called __proto__. */
  const data = (name: string, value: unknown): SiteFile => {
    const text = JSON.stringify(value);
    const id = `${name}.${digest(text)}`;
    return file(`data/${id}.js`, `prefbench.give(${json(id)},${json(text)});\n`);
  };

  const { style, scripts } = await assets("site");
  const sheet = file(`assets/site.${digest(style)}.css`, style);
  const code = scripts.join("\n");
  const program = file(`assets/site.${digest(code)}.js`, code);
  yield sheet;
  yield program;

  const boards = new Map<string, string>();
  for (const [i, { id }] of measuresOf(found).entries()) {
    const made = data(`board-${i}`, boardBy(found, id));
    boards.set(id, made.path);
    yield made;
  }
  const histories = new Map<string, string>();
  for (const [i, place] of told(found).entries()) {
    const made = data(`history-${i}`, historyOf(found, place));
    histories.set(place.testbed.key, made.path);
    yield made;
  }
  const sets: Pick<PromptSet, "key" | "title" | "names" | "rows">[] = [];
  const answers = new Map<string, string>();
  for (const [i, set] of [...promptSets(found)].entries()) {
    const made = data(`prompts-${i}`, { names: set.names, rows: set.rows });
    answers.set(set.key, made.path);
    sets.push(set);
    yield made;
  }
  const index = data("search", entries(found, sets));
  yield index;
  const all = tables(found);
  for (const table of all) {
    yield file(`data/${table.name}.csv`, csv(table));
    yield file(`data/${table.name}.json`, rowsJson(table));
  }

  const frame: Frame = {
    title: found.title,
    style: sheet.path,
    script: program.path,
    links: [
      { to: "index.html", text: "Board" },
      { to: "methods.html", text: "Methods" },
      ...sets.length === 0 ? [] : [{ to: "prompts.html", text: "Prompts" }],
      ...histories.size === 0 ? [] : [{ to: "history.html", text: "History" }],
      ...found.verdicts === undefined ? [] : [{ to: "claims.html", text: "Claims" }],
      ...found.courts.length === 0 ? [] : [{ to: "judges.html", text: "Judges" }],
      ...found.audits.length === 0 ? [] : [{ to: "audits.html", text: "Audits" }],
      { to: "search.html", text: "Search" },
      { to: "data.html", text: "Data" },
    ],
  };
  const page = <P extends object>(path: string, of: ComponentType<P>, props: P): SiteFile =>
    file(path, `<!doctype html>\n${render(h(of, props) as VNode)}\n`);
  for (const method of found.exact.methods) {
    yield page(methodPage(method), MethodPage, { frame, content: found, method, sets });
  }
  for (const model of found.models) {
    yield page(modelPage(model), ModelPage, { frame, content: found, model, sets });
  }
  yield page("methods.html", MethodsPage, { frame, content: found });
  if (sets.length > 0) yield page("prompts.html", PromptsPage, { frame, sets, files: answers });
  if (histories.size > 0) {
    yield page("history.html", HistoryPage, { frame, content: found, fragments: histories });
  }
  if (found.verdicts !== undefined) {
    yield page("claims.html", ClaimsPage, claims(frame, found.verdicts, input.catalogue));
  }
  if (found.courts.length > 0) {
    yield page("judges.html", JudgesPage, { frame, content: found });
  }
  for (const audit of found.audits) {
    const path = auditPage(audit);
    yield page(path, AuditPage, { audit, assets: linked(frame, path), bar: bar(frame, path) });
  }
  if (found.audits.length > 0) yield page("audits.html", AuditsPage, { frame, content: found });
  yield page("search.html", SearchPage, { frame, index: index.path });
  yield page("data.html", DataPage, { frame, content: found, tables: all });
  yield page("index.html", BoardPage, { frame, content: found, fragments: boards });
}

const claims = (frame: Frame, verdicts: Verdicts, catalogue: Catalogue) => ({
  verdicts,
  measures: measuresIn([verdicts], catalogue),
  assets: linked(frame, "claims.html"),
  bar: bar(frame, "claims.html"),
});

function* promptSets({ places, courts, exact }: Content): Generator<PromptSet> {
  for (const place of places) {
    const ranked = exact.standing(place.testbed)?.rows.map(({ method }) => method) ?? [];
    const order = [...new Set([...ranked, ...exact.methods])];
    yield* answered(place, order, courts);
  }
  const shown = new Set(places.map(({ testbed }) => `${testbed.benchmark}/${testbed.setting}`));
  for (const court of courts) {
    // Where the answers are of runs that are shown, the verdicts stand beside them there.
    if (shown.has(court.source.judged.on) && court.source.judged.texts === undefined) continue;
    const set = judgedSet(court);
    if (set !== undefined) yield set;
  }
}
