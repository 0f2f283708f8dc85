/// <reference lib="dom" />
import type { ChartConfiguration } from "chart.js";
import type { TestbedData } from "../pages/data.ts";
import { name, quantity, scale, show } from "./series.ts";
import type { Drawing, Ink } from "./types.ts";

/** Charts with a row a method: who beats whom, and where the operations went. */

const VIRIDIS = [
  "#440154",
  "#482878",
  "#3e4a89",
  "#31688e",
  "#26828e",
  "#1f9e89",
  "#35b779",
  "#6ece58",
  "#b5de2b",
  "#fde725",
];

/** Undecided cells are hatched: the colour of the value under lines in the colour of the page. */
function hatched(colour: string, ink: Ink): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const context = tile.getContext("2d");
  if (context === null) return colour;
  context.fillStyle = colour;
  context.fillRect(0, 0, 8, 8);
  context.strokeStyle = ink.surface;
  context.lineWidth = 2;
  context.beginPath();
  for (const shift of [-8, 0, 8]) {
    context.moveTo(shift, 8);
    context.lineTo(shift + 8, 0);
  }
  context.stroke();
  return context.createPattern(tile, "repeat") ?? colour;
}

/** Both axes of a matrix: the methods' names. */
function sides(
  labels: readonly string[],
  ink: Ink,
  { small, wide }: { readonly small: boolean; readonly wide: boolean },
) {
  const side = {
    type: "category",
    offset: true,
    grid: { display: false },
    border: { display: false },
  };
  const font = { size: small ? 9 : 12 };
  return {
    x: {
      ...side,
      labels,
      position: "top",
      title: { display: true, text: "… beats the answer of", color: ink.text },
      ticks: {
        color: ink.text,
        // On a phone even the whole page has no room for them all.
        autoSkip: wide,
        autoSkipPadding: 0,
        maxRotation: 90,
        minRotation: small ? 90 : 45,
        font,
      },
    },
    y: {
      ...side,
      labels,
      reverse: false,
      title: { display: true, text: "An answer of …", color: ink.text },
      ticks: { color: ink.text, autoSkip: false, font },
    },
  };
}

type Win = NonNullable<TestbedData["wins"]>["pairs"][number][number];

/** What the column's method wins of the row's. */
function reversed(win: Win): Win {
  if (win === null) return null;
  const rest = (x: number) => Number((1 - x).toFixed(6));
  return [rest(win[0]), rest(win[2]), rest(win[1]), win[3]];
}

export function wins(testbed: TestbedData, ink: Ink): Drawing {
  const heading = `Who beats whom on ${testbed.label}`;
  if (testbed.wins === null) {
    const none = "Nothing is known here of how answers of two methods compare.";
    return { title: heading, described: heading, none };
  }
  const { methods, pairs } = testbed.wins;
  const cells = methods.map((_, r) =>
    methods.map((_, c) =>
      c > r ? pairs[r]![c - r - 1]! : c < r ? reversed(pairs[c]![r - c - 1]!) : null
    )
  );
  // Categories of a Chart.js axis are texts and must differ; two names may be cut to the same one.
  const text = methods.map((m, i) => `${name(m)}${"\u200b".repeat(i)}`);
  const points = cells.flatMap((row, r) =>
    row.flatMap((cell, c) =>
      cell === null ? [] : [{
        x: text[c]!,
        y: text[r]!,
        v: cell[0],
        low: cell[1],
        high: cell[2],
        sure: cell[3] === 1,
      }]
    )
  );
  const colour = (v: number) => VIRIDIS[Math.min(9, Math.max(0, Math.floor(v * 10)))]!;
  const small = methods.length > 16;
  // Half a page has no room for the names of more columns.
  const wide = methods.length > 32;
  return {
    title: heading,
    described: `${heading}: ${methods.length} methods, the row's probability to beat the column. ` +
      `The table of data holds the numbers.`,
    wide,
    height: Math.max(360, 130 + methods.length * (small ? 14 : 30)),
    config: {
      type: "matrix",
      data: {
        datasets: [{
          m: -1,
          role: "other",
          data: points,
          width: ({ chart }: { chart: { chartArea?: { width: number } } }) =>
            (chart.chartArea?.width ?? 0) / methods.length - 2,
          height: ({ chart }: { chart: { chartArea?: { height: number } } }) =>
            (chart.chartArea?.height ?? 0) / methods.length - 2,
          backgroundColor: points.map(({ v, sure }) => sure ? colour(v) : hatched(colour(v), ink)),
        }],
      },
      options: {
        scales: sides(text, ink, { small, wide }),
        plugins: {
          legend: { display: false },
          tooltip: {
            callbacks: {
              title: () => "",
              label: ({ raw }: { raw: (typeof points)[number] }) =>
                `${raw.y} beats ${raw.x}: ${show(raw.v)} (${show(raw.low)} to ${show(raw.high)})${
                  raw.sure ? "" : ", undecided"
                }`,
            },
          },
        },
      },
    } as unknown as ChartConfiguration,
    table: {
      head: ["Method", "against", "wins", "low", "high", "decided"],
      rows: cells.flatMap((row, r) =>
        row.flatMap((cell, c) =>
          cell === null ? [] : [[
            name(methods[r]!),
            name(methods[c]!),
            cell[0],
            cell[1],
            cell[2],
            cell[3] === 1 ? "yes" : "no",
          ]]
        )
      ),
    },
  };
}

const ACTIVITIES = ["training", "reference", "sampling", "reward model"];
const ACTIVITY_COLOURS = ["#3b528b", "#21918c", "#5ec962", "#fde725"];

export function ledger(testbed: TestbedData, ink: Ink): Drawing {
  const heading = `Where the operations went on ${testbed.label}`;
  if (testbed.ledger.length === 0) {
    return { title: heading, described: heading, none: "Nobody spent anything here." };
  }
  const rows = testbed.ledger;
  return {
    title: heading,
    described:
      `${heading}: mean of a run by activity, of ${rows.length} methods, against the budget.`,
    height: 110 + rows.length * 22,
    config: {
      type: "bar",
      data: {
        labels: rows.map(({ m }) => name(m)),
        datasets: ACTIVITIES.map((activity, a) => ({
          m: -1,
          role: "other",
          label: activity,
          data: rows.map(({ by }) => by[a]!),
          backgroundColor: ACTIVITY_COLOURS[a],
          borderColor: ink.surface,
          borderWidth: 1,
          barPercentage: 0.75,
        })),
      },
      options: {
        indexAxis: "y",
        layout: { padding: { right: 24 } },
        scales: {
          x: {
            ...scale(ink, { text: "operations of a run, FLOPs", min: 0, ticks: quantity }),
            stacked: true,
          },
          y: {
            stacked: true,
            grid: { display: false },
            border: { display: false },
            ticks: { color: ink.text, autoSkip: false },
          },
        },
        plugins: {
          legend: {
            position: "top",
            align: "start",
            labels: { color: ink.text, boxWidth: 12, boxHeight: 12 },
          },
          annotation: {
            annotations: {
              budget: {
                type: "line",
                xMin: testbed.budget.flops,
                xMax: testbed.budget.flops,
                borderColor: ink.text,
                borderWidth: 1.5,
                label: {
                  display: true,
                  content: "budget",
                  position: "end",
                  yAdjust: -16,
                  backgroundColor: "transparent",
                  color: ink.text,
                  font: { size: 11, weight: "normal" },
                },
              },
            },
            clip: false,
          },
          tooltip: {
            callbacks: {
              label: (item: { dataset: { label: string }; raw: number }) =>
                `${item.dataset.label}: ${quantity(item.raw)} FLOPs`,
            },
          },
        },
      },
    } as unknown as ChartConfiguration,
    table: {
      head: ["Method", ...ACTIVITIES.map((activity) => `${activity}, FLOPs`), "labels", "steps"],
      rows: rows.map(({ m, by, queries, steps }) => [name(m), ...by.map(quantity), queries, steps]),
    },
  };
}
