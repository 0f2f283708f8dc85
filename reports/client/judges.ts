/// <reference lib="dom" />
import type { TestbedData, Triple } from "../pages/data.ts";
import { name, plot, scale, show } from "./series.ts";
import type { Drawing, Ink, Series } from "./types.ts";
import { data } from "./view.ts";

/** What judges and people make of each method, beside the exact value. */

/** Pixels a method takes, and each source within it. */
const ROW = { own: 14, source: 11 };

interface Look {
  readonly colour: string;
  readonly style: string;
  readonly size: number;
  readonly rotation?: number;
}

/** What one source, the exact value first, says of each method: top to bottom within a method's row. */
function dots(
  source: string,
  [line, lines]: readonly [number, number],
  values: readonly (Triple | null)[],
  { colour, style, size, rotation = 0 }: Look,
): Series {
  const at = (row: number) => row + 0.8 * ((line + 0.5) / lines - 0.5);
  return {
    type: "scatterWithErrorBars",
    label: source,
    m: -1,
    role: "line",
    showLine: false,
    pointStyle: style,
    pointRotation: rotation,
    pointRadius: size,
    pointHoverRadius: size + 2,
    backgroundColor: colour,
    borderColor: colour,
    pointBorderColor: colour,
    pointBorderWidth: 2,
    errorBarColor: colour,
    errorBarWhiskerColor: colour,
    errorBarWhiskerSize: 6,
    data: values.flatMap((value, row) =>
      value === null ? [] : [{ x: value[0], xMin: value[1], xMax: value[2], y: at(row), row, line }]
    ),
  } as unknown as Series;
}

export function judges(testbed: TestbedData, ink: Ink, id: string): Drawing {
  const found = testbed.judged.find((one) => one.id === id);
  const heading = found === undefined
    ? `Judges and people on ${testbed.label}`
    : `${found.title} by judges and people on ${testbed.label}`;
  if (found === undefined || found.rows.length === 0) {
    return {
      title: heading,
      described: heading,
      none: `No judge and no voter has compared methods on ${testbed.label}.`,
    };
  }
  const { sources, rows, title } = found;
  const lines = sources.length + 1;
  const datasets = [
    dots("exact", [0, lines], rows.map(({ exact }) => exact), {
      colour: ink.text,
      style: "crossRot",
      size: 6,
    }),
    ...sources.map((source, k) => {
      const { style, rotation } = data.markers[k % data.markers.length]!;
      return dots(source, [k + 1, lines], rows.map(({ values }) => values[k]!), {
        colour: ink.colours[k % 6]!,
        style,
        rotation,
        size: 4,
      });
    }),
  ];
  const config = plot({
    datasets,
    x: scale(ink, { text: title }),
    y: {
      ...scale(ink, {
        text: "",
        bare: false,
        min: -0.5,
        max: rows.length - 0.5,
        at: rows.map((_, row) => row),
        ticks: (row) => name(rows[row]!.m),
      }),
      reverse: true,
      title: { display: false },
      grid: { display: false },
    },
    tooltip: (raw, label) => {
      const { x, xMin, xMax, row } = raw as { x: number; xMin: number; xMax: number; row: number };
      const range = xMin === xMax ? "" : ` (${show(xMin)} to ${show(xMax)})`;
      return `${name(rows[row]!.m)}, ${label}: ${show(x)}${range}`;
    },
  });
  config.options!.plugins!.legend = {
    display: true,
    position: "top",
    align: "start",
    labels: { color: ink.text, usePointStyle: true, boxHeight: 7 },
  };
  return {
    title: heading,
    described:
      `${heading}: ${rows.length} methods, ${sources.length} judges. The table of data holds the numbers.`,
    config,
    height: 90 + rows.length * (ROW.own + ROW.source * lines),
    table: {
      head: [
        "Method",
        "exact",
        "low",
        "high",
        ...sources.flatMap((source) => [source, "low", "high"]),
      ],
      rows: rows.map(({ m, exact, values }) => [
        name(m),
        ...[exact, ...values].flatMap((value): (string | number)[] =>
          value === null ? ["–", "–", "–"] : [...value]
        ),
      ]),
    },
  };
}
