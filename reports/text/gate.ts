import type { GateReport, GateRow, GateState } from "../../gate/mod.ts";
import { count, decimals, fixed, list, plain, plural, pValue, seeds } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import { measuresOf, type ShownMeasure } from "../findings/measures.ts";
import { aligned } from "./terminal.ts";

/** The gate's report in words: for a terminal and for a pull request. */

export const states: readonly GateState[] = ["fail", "incomparable", "inconclusive", "pass"];
export const marks: { readonly [state in GateState]: string } = {
  fail: "✕",
  incomparable: "–",
  inconclusive: "?",
  pass: "✓",
};

/** What a row's measure is called: its card is the report's own. */
export const measureOf = ({ measures }: Pick<GateReport, "measures">, row: GateRow): ShownMeasure =>
  measuresOf([{ measures }], {}).of(row.measure);

/** Rows as a reader wants them: what failed first. */
export const sorted = (rows: readonly GateRow[]): GateRow[] =>
  rows.toSorted((a, b) => states.indexOf(a.state) - states.indexOf(b.state));

const signed = (x: number, digits: number) => {
  const text = fixed(x, digits);
  return x > 0 && /[1-9]/.test(text) ? `+${text}` : text;
};

/** "−0.031 (−0.044 to −0.018)"; the bounds are one-sided. */
export function change({ difference, low, high, margin }: GateRow): string {
  if (difference === undefined) return "";
  if (low === undefined || high === undefined || !(high > low)) {
    return difference === 0 ? "0" : `${difference > 0 ? "+" : ""}${plain(difference)}`;
  }
  // Nobody reads what is far below the margin.
  const digits = Math.min(decimals((high - low) / 2), decimals(margin) + 2);
  return `${signed(difference, digits)} (${signed(low, digits)} to ${signed(high, digits)})`;
}

/** What a row may lose: "−0.02", or "+0.02" where lower is better. */
export const allowed = ({ margin, better }: GateRow): string =>
  `${better === "higher" ? "−" : "+"}${plain(margin)}`;

/** Why a row is in its state, beyond its figures. */
export function remark(row: GateRow): string {
  const { reason, identical, needed, adjusted, state } = row;
  if (reason !== undefined) return label(reason, 300);
  if (identical > 0 && identical === row.seeds.length) return "the same to the last digit";
  if (state === "fail" && adjusted !== undefined) {
    const p = pValue(adjusted);
    return p.startsWith("<") ? `p ${p}` : `p = ${p}`;
  }
  if (needed !== undefined && needed > row.seeds.length) {
    return `an equal candidate needs ${plural(needed, "seed")}`;
  }
  return "";
}

/** "1 of 33 measures fails and 2 are inconclusive"; says nothing that the states do not. */
export function headline({ state, rows, checks }: GateReport): string {
  const of = (state: GateState) => rows.filter((row) => row.state === state).length;
  const broken = checks.filter((check) => check.state !== "pass").length;
  if (rows.length === 0) return "Incomparable: nothing is gated.";
  if (state === "pass") {
    return `Pass: no measure of ${count(rows.length)} lost as much as its margin.`;
  }
  const words = { fail: "failed", incomparable: "incomparable", inconclusive: "inconclusive" };
  const parts = (["fail", "incomparable", "inconclusive"] as const).filter((some) => of(some) > 0)
    .map((some) => `${count(of(some))} ${words[some]}`);
  const name = { fail: "Fail", incomparable: "Incomparable", inconclusive: "Inconclusive" }[state];
  const others = broken > 0 && state !== "incomparable"
    ? ", and facts that must be equal differ"
    : "";
  return `${name}: of ${plural(rows.length, "measure")} ${list(parts)}${others}.`;
}

/** A line a row, what failed first; then what else a reader should know, and the verdict last. */
export function gateText(report: GateReport): string {
  const rows = sorted(report.rows).map((row) => [
    row.state,
    label(row.method),
    label(row.on, 48),
    measureOf(report, row).title,
    row.baseline === undefined ? "" : plain(row.baseline),
    row.candidate === undefined ? "" : plain(row.candidate),
    change(row),
    row.tier === "deterministic" ? "exact" : allowed(row),
    remark(row),
  ]);
  const head = [
    "",
    "method",
    "testbed",
    "measure",
    "baseline",
    "candidate",
    `difference (${bounds(report)})`,
    "allowed",
    "",
  ];
  return [
    ...rows.length > 0 ? [aligned([head, ...rows]), ""] : [],
    ...report.checks.filter(({ state }) => state !== "pass")
      .map(({ reason = "" }) => label(reason, 300)),
    ...report.notes.map((note) => label(note, 300)),
    ...looks(report),
    headline(report),
  ].join("\n");
}

function bounds({ rows }: GateReport): string {
  const alphas = [...new Set(rows.map(({ alpha }) => alpha))];
  return alphas.length === 1 ? `${plain(100 * (1 - alphas[0]!))} % bounds` : "bounds";
}

function looks({ looks }: GateReport): string[] {
  if (looks.length < 2) return [];
  return [
    `${plural(looks.length, "look")} at the data: ${
      list(looks.map(({ seeds, alpha }) => `${seeds} seeds at level ${plain(alpha)}`))
    }`,
  ];
}

/**
 * Untrusted text as code in a cell of a Markdown table. What would end the code, the cell or a
 * backslash's work is shown by a look-alike; within code nothing links, mentions or loads.
 */
export function code(text: string, most = 60): string {
  const twins = new Map([["`", "ʼ"], ["|", "¦"], ["\\", "∖"], ["<", "‹"], [">", "›"]]);
  return `\`${label(text, most).replace(/[`|\\<>]/g, (c) => twins.get(c)!)}\``;
}

/** A summary for a pull request: the verdict, what did not pass in a table, the rest folded away. */
export function gateMarkdown(report: GateReport): string {
  const line = (row: GateRow) => {
    const note = remark(row);
    return `| ${marks[row.state]} ${row.state} | ${code(row.method)} | ${code(row.on)} | ${
      code(measureOf(report, row).title)
    } | ${change(row)} | ${row.tier === "deterministic" ? "exact" : allowed(row)} | ${
      note === "" ? "" : code(note, 200)
    } |`;
  };
  const table = (rows: readonly GateRow[]) => [
    `| | method | testbed | measure | difference (${bounds(report)}) | allowed | |`,
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map(line),
  ];
  const rows = sorted(report.rows);
  const bad = rows.filter(({ state }) => state !== "pass");
  const good = rows.filter(({ state }) => state === "pass");
  const side = ({ sources, commits }: GateReport["baseline"]) =>
    `${sources.map((source) => code(source, 120)).join(", ")}${
      commits.length === 0
        ? ""
        : ` at ${commits.map((commit) => code(commit.slice(0, 12))).join(", ")}`
    }`;
  const notes = [
    ...report.checks.flatMap(({ reason }) => reason === undefined ? [] : [reason]),
    ...report.notes,
    ...looks(report),
  ];
  return [
    `### ${marks[report.state]} prefbench gate: ${report.state}`,
    "",
    headline(report),
    "",
    ...bad.length > 0 ? [...table(bad), ""] : [],
    ...good.length > 0
      ? [
        "<details>",
        `<summary>${plural(good.length, "measure")} passed</summary>`,
        "",
        ...table(good),
        "",
        "</details>",
        "",
      ]
      : [],
    ...notes.map((note) => `- ${code(note, 300)}`),
    ...notes.length > 0 ? [""] : [],
    `Candidate ${side(report.candidate)} against baseline ${side(report.baseline)}.`,
    "",
  ].join("\n");
}

/** "5 seeds (1–5)", "200 prompts". */
export const evidence = (row: GateRow): string =>
  row.seeds.length === 0
    ? plural(row.prompts, "prompt")
    : `${plural(row.seeds.length, "seed")} (${seeds(row.seeds)})`;
