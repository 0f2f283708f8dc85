import { plain } from "../lab/progress.ts";
import { type Judged, type JudgedEstimate, type JudgedNoise, noiseParts } from "../mod.ts";

/** What a protocol found, for people at a terminal. */

/** A table of models, best first, and what leans. */
export function judgedText(
  { rows, measures, bias, noise = {}, judge, on, baseline }: Judged,
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
  if (leaning.length > 0) out.push("", "The judge");
  for (const [id, found] of leaning) out.push(`  ${measures[id]?.title ?? id}  ${shown(found)}`);
  for (const [id, found] of Object.entries(noise)) {
    out.push("", `Noise of ${measures[id]?.title ?? id}`, ...noiseText(found));
  }
  return out.map(plain).join("\n");
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
