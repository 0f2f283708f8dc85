import type { GateReport, GateRow } from "../../gate/mod.ts";
import { allowed, change, evidence, headline, measureOf, remark } from "./gate.ts";

/** The gate's report as JUnit XML: a suite a testbed, a case a measure of a method. */

/** Text for XML 1.0: characters that it cannot hold are dropped, those that mean something are escaped. */
export function xml(text: string): string {
  return [...text].filter((c) => {
    const x = c.codePointAt(0)!;
    // Lone halves of a pair, and the characters that XML 1.0 forbids or discourages.
    return x === 9 || x === 10 || x === 13 || x >= 0x20 && !(x >= 0x7f && x <= 0x9f) &&
        !(x >= 0xd800 && x <= 0xdfff) && (x & 0xfffe) !== 0xfffe && !(x >= 0xfdd0 && x <= 0xfdef);
  }).join("").replace(
    /[<>&"'\t\n\r]/g,
    (c) => `&#${c.codePointAt(0)};`,
  );
}

/** With `strict`, what is inconclusive fails; else it is skipped. */
export function gateJunit(report: GateReport, strict: boolean): string {
  const suites = [...Map.groupBy(report.rows, ({ on }) => on)].map(([on, rows]) =>
    suite(
      on,
      rows.map((row) => ({
        row,
        title: measureOf(report, row).title,
        outcome: outcome(row, strict),
      })),
    )
  );
  const facts = report.checks.map(({ what, reason }) =>
    reason === undefined
      ? { text: `    <testcase classname="facts" name="${xml(what)}"/>`, kind: "pass" as const }
      : {
        text: element("facts", what, "error", "incomparable", reason, reason),
        kind: "error" as const,
      }
  );
  const all = [...suites, ...facts.length > 0 ? [counted("facts", facts)] : []];
  // A gate of nothing must not look like a suite that passed.
  const empty = report.rows.length === 0
    ? [counted("gate", [{
      text: element("gate", "rows", "error", "incomparable", headline(report), ""),
      kind: "error",
    }])]
    : [];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="prefbench gate: ${report.state}">`,
    ...[...all, ...empty],
    "</testsuites>",
    "",
  ].join("\n");
}

type Kind = "pass" | "failure" | "error" | "skipped";

function outcome({ state }: GateRow, strict: boolean): Kind {
  return ({
    pass: "pass",
    fail: "failure",
    incomparable: "error",
    inconclusive: strict ? "failure" : "skipped",
  } as const)[state];
}

function suite(
  on: string,
  rows: readonly { readonly row: GateRow; readonly title: string; readonly outcome: Kind }[],
): string {
  return counted(
    on,
    rows.map(({ row, title, outcome }) => {
      const name = `${row.method}: ${title}`;
      const figures = row.difference === undefined
        ? remark(row)
        : `${change(row)}, allowed ${allowed(row)}, ${evidence(row)}`;
      return {
        kind: outcome,
        text: outcome === "pass"
          ? `    <testcase classname="${xml(on)}" name="${xml(name)}"/>`
          : element(on, name, outcome, row.state, figures, remark(row)),
      };
    }),
  );
}

function element(
  place: string,
  name: string,
  kind: Kind,
  type: string,
  message: string,
  text: string,
): string {
  // A skipped element has no type.
  const typed = kind === "skipped" ? "" : ` type="${xml(type)}"`;
  return [
    `    <testcase classname="${xml(place)}" name="${xml(name)}">`,
    `      <${kind}${typed} message="${xml(message)}">${xml(text)}</${kind}>`,
    "    </testcase>",
  ].join("\n");
}

function counted(
  name: string,
  cases: readonly { readonly text: string; readonly kind: Kind }[],
): string {
  const of = (kind: Kind) => cases.filter((one) => one.kind === kind).length;
  return [
    `  <testsuite name="${xml(name)}" tests="${cases.length}" failures="${of("failure")}" errors="${
      of("error")
    }" skipped="${of("skipped")}">`,
    ...cases.map(({ text }) => text),
    "  </testsuite>",
  ].join("\n");
}
