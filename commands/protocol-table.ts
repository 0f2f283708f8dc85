import { harmless } from "../lab/host/progress.ts";
import {
  type Judged,
  type JudgedAgreement,
  type JudgedEstimate,
  type JudgedNoise,
  type JudgedPair,
  noiseParts,
  type Panel,
} from "../mod.ts";

/** What a protocol found, for people at a terminal. */

/** A table of models, best first, and what leans. */
export function judgedText(
  {
    rows,
    measures,
    bias,
    absent = {},
    noise = {},
    pairs = [],
    agreement,
    published,
    judge,
    on,
    baseline,
  }: Judged,
  headline: readonly string[],
): string {
  const columns = Object.keys(measures).filter((id) =>
    rows.some(({ estimates }) => Object.hasOwn(estimates, id))
  );
  const by = headline.find((id) => columns.includes(id));
  const value = (row: Judged["rows"][number]) =>
    by === undefined ? 0 : row.estimates[by]?.value ?? -Infinity;
  const out = [`${on}, judged by ${judge.id}${baseline === "none" ? "" : `, against ${baseline}`}`];
  for (const row of rows.toSorted((a, b) => value(b) - value(a))) {
    out.push("", row.model);
    const width = Math.max(...columns.map((id) => measures[id]!.title.length));
    for (const id of columns) {
      const found = row.estimates[id];
      const truth = row.exact?.[id];
      if (found) {
        out.push(
          `  ${measures[id]!.title.padEnd(width)}  ${shown(found, measures[id]!.unit)}${
            truth ? `; in truth ${shown(truth, measures[id]!.unit)}` : ""
          }`,
        );
      }
    }
    // What only the testbed can know of these answers.
    for (const [id, found] of Object.entries(row.exact ?? {})) {
      if (columns.includes(id)) continue;
      out.push(
        `  ${(measures[id]?.title ?? id).padEnd(width)}  in truth ${
          shown(found, measures[id]?.unit)
        }`,
      );
    }
    for (const [id, reason] of Object.entries(row.absent)) {
      out.push(`  ${(measures[id]?.title ?? id).padEnd(width)}  –  ${reason}`);
    }
  }
  const leaning = Object.entries(bias);
  const missing = Object.entries(absent);
  if (leaning.length + missing.length > 0) out.push("", "The judge");
  for (const [id, found] of leaning) out.push(`  ${measures[id]?.title ?? id}  ${shown(found)}`);
  for (const [id, reason] of missing) out.push(`  ${measures[id]?.title ?? id}  –  ${reason}`);
  for (const [id, found] of Object.entries(noise)) {
    out.push("", `Noise of ${measures[id]?.title ?? id}`, ...noiseText(found));
  }
  const several = pairs.some(({ n }) => n > 0) && rows.length <= MOST;
  if (several) out.push("", ...pairsText(pairs));
  if (published) out.push("", ...publishedText(published));
  if (agreement) out.push("", ...agreementText(agreement));
  return out.map(harmless).join("\n");
}

/** Of more models the pairs are in the file alone. */
const MOST = 6;

/** Every two models on what both were judged on. */
function pairsText(pairs: readonly JudgedPair[]): string[] {
  const signed = (x: number | undefined) => x === undefined ? "–" : x.toFixed(3);
  return [
    "Compared on the questions and turns that both have: the first less the second",
    ...aligned(
      ["", "Difference", "p", "n"],
      pairs.map(({ a, b, n, difference, low, high, p }) => [
        `${a} – ${b}`,
        n === 0
          ? "–"
          : low === undefined
          ? signed(difference)
          : `${signed(difference)} [${signed(low)}, ${signed(high)}]`,
        p === undefined ? "–" : p < 0.001 ? "<0.001" : p.toFixed(3),
        `${n}`,
      ]),
    ),
  ];
}

/** How several judges agree. */
export function panelText({ judges, agreement }: Panel): string {
  const out: string[] = [];
  for (const { part, of, verdicts, alpha, pairs } of agreement) {
    if (out.length > 0) out.push("");
    const what = of === "grade" ? "grades" : "winners";
    out.push(
      `Agreement of ${judges.length} judges${
        part === undefined ? "" : ` in ${part}`
      } on ${verdicts} ${what}`,
      `  Krippendorff's α  ${
        alpha === undefined ? "–  All are the same, or no two judges met" : alpha.toFixed(3)
      }`,
      ...aligned(
        ["", "Same verdict", of === "grade" ? "Weighted κ" : "Cohen's κ", "n"],
        pairs.map(({ a, b, verdicts, observed, kappa }) => [
          `${a} – ${b}`,
          observed?.toFixed(3) ?? "–",
          kappa?.toFixed(3) ?? "–",
          `${verdicts}`,
        ]),
      ),
    );
  }
  return out.map(harmless).join("\n");
}

function agreementText(
  { files, people, votes, joined, authors, judged, failed, voted, rows }: JudgedAgreement,
): string[] {
  const columns = [
    ["observed", "Same verdict"],
    ["kappa", "Cohen's κ"],
    ["alpha", "Krippendorff's α"],
    ["ac1", "Gwet's AC1"],
  ] as const;
  const cells = rows.map(({ who, turn, ties, pairs, estimates, absent }) => [
    [
      who === "judge" ? "The judge with people" : "People with each other",
      ...turn === undefined ? [] : [`turn ${turn}`],
      ...ties ? [] : ["no ties"],
    ].join(", "),
    `${pairs}`,
    ...pairs === 0 ? [absent["observed"]!] : columns.map(([id]) => cell(estimates[id])),
  ]);
  return [
    `Agreement with ${people} people, ${votes} votes in ${files}: ${joined} are on something judged, ${
      votes - joined
    } on nothing${authors > 0 ? `, and ${authors} more by the authors do not count` : ""}`,
    `${judged} pairs were judged: ${voted} have a vote${failed > 0 ? `, ${failed} failed` : ""}`,
    ...aligned(["", "Pairs", ...columns.map(([, title]) => title)], cells),
  ];
}

function publishedText({ file, rows }: NonNullable<Judged["published"]>): string[] {
  const columns = [
    ["win-rate", "Win-rate"],
    ["discrete-win-rate", "Rounded"],
    ["lc-win-rate", "Length-controlled"],
    ["lc-stderr-published", "Its error as published"],
    ["length", "Length"],
  ] as const;
  // One scale for all: models without the one measure would stand anywhere by another.
  const measure = rows.every(({ estimates }) => estimates["lc-win-rate"])
    ? "lc-win-rate"
    : "win-rate";
  const by = ({ estimates }: typeof rows[number]) => estimates[measure]?.value ?? -Infinity;
  const cells = rows.toSorted((a, b) => by(b) - by(a)).map(({ model, mode, estimates }) => [
    mode === undefined ? model : `${model} (${mode})`,
    ...columns.map(([id]) => cell(estimates[id])),
    `${estimates["win-rate"]?.n ?? "–"}`,
  ]);
  return [
    `Published in ${file}, whose judge and questions it does not say: not to be ranked with the above.`,
    "What it publishes as the error of length control is no sampling error: there is no interval.",
    ...aligned(["", ...columns.map(([, title]) => title), "n"], cells),
  ];
}

const cell = (found: JudgedEstimate | undefined): string =>
  found === undefined ? "–" : shown(found).replace(/, n \d+$/, "");

/** Columns; a row of fewer cells than the head has does not widen them. */
function aligned(head: readonly string[], cells: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, i) =>
    Math.max(
      title.length,
      ...cells.filter(({ length }) => length === head.length).map((row) => row[i]!.length),
    )
  );
  return [head, ...cells].map((row) =>
    `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd()}`
  );
}

/** Where a verdict's variance comes from, what it does to the mean, and what would make that surer. */
function noiseText(noise: JudgedNoise): string[] {
  const { designEffect, half, needed, absent } = noise;
  const lines: (readonly [string, string | undefined, string | undefined])[] = [
    ...noiseParts(noise).map((part) =>
      "absent" in part ? [`Variance by ${part.title}`, undefined, part.absent] as const : [
        `Variance by ${part.title}`,
        `${part.variance.toPrecision(3)}, ${(100 * part.share).toFixed(0)} %`,
        undefined,
      ] as const
    ),
    ["Design effect", designEffect?.toFixed(2), absent["designEffect"]],
    [`Questions for ± ${half}`, needed?.toLocaleString("en-GB"), absent["needed"]],
  ];
  const width = Math.max(...lines.map(([title]) => title.length));
  return lines.map(([title, value, reason]) =>
    `  ${title.padEnd(width)}  ${value ?? `–  ${reason}`}`
  );
}

function shown({ value, low, high, n }: JudgedEstimate, unit?: string): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 2 ? 2 : 3;
  const [v, l, h] = [value, low, high].map((x) => x?.toFixed(digits).replace(/^-(?=[0.]*$)/, ""));
  const interval = l === undefined || h === undefined ? "" : ` [${l}, ${h}]`;
  return `${v}${interval}${unit ? ` ${unit}` : ""}, n ${n}`;
}
