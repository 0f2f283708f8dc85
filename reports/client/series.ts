/// <reference lib="dom" />
import type { ChartConfiguration } from "chart.js";
import type { Ink, Series } from "./types.ts";
import { data } from "./view.ts";

/** Lines, axes and figures as all charts have them. */

export const name = (m: number) => data.methods[m]!.id;
export const title = (id: string) => data.measures[id]?.title ?? id;
export const axis = (id: string) => data.measures[id]?.axis ?? id;
export const show = (x: number) => String(Number(x.toPrecision(4))).replace("-", "−");

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
/** 2·10¹² */
export function quantity(x: number): string {
  if (Math.abs(x) < 1e5) return show(x);
  const [mantissa, exponent] = x.toExponential(1).replace("+", "").split("e") as [string, string];
  const power = [...exponent].map((digit) => SUPERSCRIPTS[Number(digit)]).join("");
  return `${mantissa.replace(/\.0$/, "")}·10${power}`;
}

/** Points and line of a method, in its look; its colours depend on what is highlighted. */
export function series(m: number, points: readonly object[], more: object = {}): Series {
  const { marker, dash } = data.methods[m]!;
  const { style, rotation } = data.markers[marker]!;
  return {
    type: "scatter",
    label: name(m),
    data: points,
    m,
    role: "line",
    showLine: true,
    borderWidth: 2,
    borderDash: [...data.dashes[dash]!],
    pointStyle: style,
    pointRotation: rotation,
    pointRadius: 3.5,
    pointHoverRadius: 6,
    ...more,
  } as unknown as Series;
}

interface AxisOptions {
  readonly text: string;
  readonly min?: number;
  readonly max?: number;
  readonly ticks?: (x: number) => string;
  readonly at?: readonly number[];
  readonly bare?: boolean;
}
export function scale(ink: Ink, { text, min, max, ticks, at, bare }: AxisOptions) {
  return {
    type: "linear",
    title: { display: bare !== true, text, color: ink.text, font: { size: 12 } },
    grid: { color: ink.line, tickLength: 4 },
    border: { color: ink.line },
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ticks: {
      color: ink.muted,
      maxRotation: 0,
      autoSkipPadding: 14,
      maxTicksLimit: 8,
      display: bare !== true,
      includeBounds: false,
      ...(at === undefined ? {} : { autoSkip: false }),
      callback: (x: number | string) => ticks === undefined ? show(Number(x)) : ticks(Number(x)),
    },
    ...(at === undefined ? {} : {
      afterBuildTicks(made: { ticks: { value: number }[] }) {
        made.ticks = at.map((value) => ({ value }));
      },
    }),
  };
}

interface Made {
  readonly datasets: readonly Series[];
  readonly x: object;
  readonly y: object;
  readonly tooltip: (raw: Record<string, number>, label: string) => string;
  readonly annotations?: object;
  readonly named?: boolean;
}
export function plot({ datasets, x, y, tooltip, annotations, named }: Made): ChartConfiguration {
  return {
    type: "scatter",
    data: { datasets },
    options: {
      layout: { padding: { right: named === true ? 64 : 12, top: 8 } },
      scales: { x, y },
      interaction: { mode: "nearest", intersect: true },
      plugins: {
        legend: { display: false },
        annotation: { annotations: annotations ?? {} },
        tooltip: {
          filter: (item: { dataset: Series }) => item.dataset.role === "line",
          callbacks: {
            title: () => "",
            label: (item: { raw: Record<string, number>; dataset: Series }) =>
              tooltip(item.raw, item.dataset.label ?? ""),
          },
        },
      },
    },
  } as unknown as ChartConfiguration;
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
