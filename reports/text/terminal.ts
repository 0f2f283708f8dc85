import type { Audit, Plan, RunRecord, Verdicts } from "../../core/mod.ts";
import { percent, stateWords } from "./audit.ts";
import { decisions, inequality, words } from "../parts/judged.tsx";
import { findings } from "../findings/findings.ts";
import { list, plusMinus } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import { measuresOf } from "../findings/measures.ts";
import { figureText } from "./claims.ts";
import { type Catalogue, type Reason, type TestbedRuns, why } from "../findings/runs.ts";
import { type BesideBaseline, besideBaseline } from "../findings/questions.ts";
import { leaders, type Standing } from "../findings/standings.ts";

/** A testbed's standings in numbers: those of the HTML report, for a terminal and for programs. */
export interface TestbedBoard {
  readonly benchmark: string;
  readonly setting: string;
  /** What it is ranked by; absent where no run finished. */
  readonly measure?: string;
  readonly better?: Standing["measure"]["better"];
  /** Best first. */
  readonly rows: readonly BoardRow[];
  readonly missing: readonly { readonly method: string; readonly reason: string }[];
  /** What all are held against at once, and who is decidedly better; absent where it did not run. */
  readonly baseline?: { readonly method: string; readonly beatenBy: readonly string[] };
}

export interface BoardRow {
  readonly method: string;
  readonly value: number;
  /** The 95 % interval. */
  readonly low: number;
  readonly high: number;
  readonly seeds: number;
  /** The ranks left open to it, and whether it is among those that may be best. */
  readonly rank?: { readonly best: number; readonly worst: number };
  readonly mayBeBest?: boolean;
}

interface Column {
  readonly testbed: TestbedRuns;
  readonly standing: Standing | undefined;
  readonly beside: BesideBaseline | undefined;
}

function columns(
  plan: Plan,
  records: readonly RunRecord[],
  catalogue: Pick<Catalogue, "methods" | "registry">,
): Column[] {
  const found = findings(plan, records, catalogue);
  return found.testbeds.map((testbed) => {
    const standing = found.standing(testbed);
    return { testbed, standing, beside: standing && besideBaseline(standing, catalogue.methods) };
  });
}

export function boards(
  plan: Plan,
  records: readonly RunRecord[],
  catalogue: Pick<Catalogue, "methods" | "registry">,
): TestbedBoard[] {
  return columns(plan, records, catalogue).map(({ testbed, standing, beside }) => {
    const { benchmark, setting, runs } = testbed;
    const rows = standing?.rows.map(({ method, estimate, rank, mayBeBest }) => ({
      method,
      value: estimate.value,
      low: estimate.low,
      high: estimate.high,
      seeds: estimate.seeds,
      ...rank ? { rank, mayBeBest } : {},
    })) ?? [];
    const ranked = new Set(rows.map(({ method }) => method));
    return {
      benchmark,
      setting,
      ...standing ? { measure: standing.measure.id, better: standing.measure.better } : {},
      rows,
      missing: runs.filter(({ method }) => !ranked.has(method)).map((run) => ({
        method: run.method,
        reason: reason(run, standing).long,
      })),
      ...beside ? { baseline: { method: beside.baseline, beatenBy: beside.better.map(name) } } : {},
    };
  });
}

/** One table a benchmark: methods down, settings across, a star where it may be best, and who beats the baseline. */
export function boardText(
  plan: Plan,
  records: readonly RunRecord[],
  catalogue: Pick<Catalogue, "methods" | "registry">,
): string {
  const all = columns(plan, records, catalogue);
  const byBenchmark = Map.groupBy(all, ({ testbed }) => testbed.benchmark);
  const tables = [...byBenchmark].map(([benchmark, columns]) => {
    const order = new Set(columns.flatMap(({ standing }) => standing?.rows ?? []).map(name));
    columns[0]!.testbed.runs.forEach((run) => order.add(run.method));
    return aligned([
      [benchmark, ...columns.map(({ testbed }) => testbed.setting)],
      ["", ...columns.map(({ standing }) => standing ? head(standing) : "")],
      ...[...order].map((method) => [method, ...columns.map((column) => entry(column, method))]),
    ]);
  });
  const beaten = all.flatMap(({ testbed, beside }) =>
    beside === undefined
      ? []
      : `On ${label(testbed.key, 48)} ${label(beside.baseline)} is beaten by ${
        list(beside.better.map(({ method }) => label(method)), NAMED) || "nobody, for sure"
      }\n`
  );
  const mixed = plan.mixed === undefined
    ? ""
    : `A mixture: not all runs were computed alike\n${
      plan.mixed.map((line) => `  ${label(line, 600)}\n`).join("")
    }`;
  return `${tables.join("\n\n")}\n\n95 % intervals; * may be best\n${beaten.join("")}${
    reasons(all)
  }${mixed}`;
}

/** A line for each reason that a method stands in no row, with whom it keeps out and where. */
function reasons(all: readonly Column[]): string {
  const left = all.flatMap(({ testbed, standing }) => {
    const ranked = new Set(standing?.rows.map(name));
    return testbed.runs.filter(({ method }) => !ranked.has(method)).map((run) => ({
      why: reason(run, standing),
      who: `${label(run.method)} on ${label(testbed.key, 48)}`,
    }));
  });
  return [...Map.groupBy(left, ({ why }) => label(why.long, 300))].map(([long, runs]) =>
    `${long}: ${list(runs.map(({ who }) => who), NAMED)}\n`
  ).join("");
}

/** Names told in full up to this many. */
const NAMED = 12;

const name = ({ method }: { readonly method: string }): string => method;

function head({ measure }: Standing): string {
  const arrow = { higher: " ↑", lower: " ↓", neither: "" }[measure.better];
  return `${measure.title}${arrow}`;
}

function entry({ testbed, standing }: Column, method: string): string {
  const row = standing?.rows.find((row) => row.method === method);
  if (!row || !standing) {
    const run = testbed.runs.find((run) => run.method === method);
    return run ? reason(run, standing).short : "";
  }
  return `${plusMinus(row.estimate)}${leaders(standing).includes(row) ? " *" : ""}`;
}

function reason(run: TestbedRuns["runs"][number], standing: Standing | undefined): Reason {
  return why(run, standing?.measure.id);
}

/** Rows as columns of even width, two spaces apart. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => [...row[i]!].length)));
  return rows.map((row) =>
    row.map((cell, i) => cell + " ".repeat(widths[i]! - [...cell].length)).join("  ").trimEnd()
  ).join("\n");
}

/** A line a claim, and how many came out which way. */
export function verdictText(verdicts: Verdicts): string {
  const { rows } = verdicts;
  const measures = measuresOf([verdicts], {});
  const lines = rows.map((row) => [
    row.id,
    words[row.verdict],
    row.effect ? figureText(row) : label(row.reason ?? "", 60),
    inequality(row, measures),
  ]);
  const counts = decisions.map((verdict) =>
    `${rows.filter((row) => row.verdict === verdict).length} ${words[verdict]}`
  );
  return `${aligned([["claim of", "verdict", "effect", "as an inequality"], ...lines])}\n\n${
    list(counts)
  }\n`;
}

/** A line a check, and what they come to. */
export function auditText({ judge, checks, verdict }: Audit): string {
  const lines = checks.map(({ title, state, rate, limit, n, invalid }) => [
    title,
    stateWords[state],
    rate ? `${percent(rate.value)} (${percent(rate.low)} to ${percent(rate.high)})` : "unknown",
    percent(limit),
    `${n}`,
    `${invalid}`,
  ]);
  return `${
    aligned([["check", "outcome", "rate", "limit", "compared", "no verdict"], ...lines])
  }\n\n${label(judge.id, 80)} ${stateWords[verdict]}`;
}
