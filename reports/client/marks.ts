/// <reference lib="dom" />
import type { Chart as ChartClass, Plugin } from "chart.js";
import type { Drawing, Ink, Series } from "./types.ts";
import { data } from "./view.ts";

/** Colours by highlight, names and arrowheads at the ends of lines, numbers in the cells of a matrix. */

/** With more methods bands would cover each other, and lines hide each other. */
const MANY = 12;

/** The method brought to the front, −1 for none. */
export const front = { method: -1 };

function alpha(hex: string, opacity: number): string {
  return `${hex}${Math.round(255 * opacity).toString(16).padStart(2, "0")}`;
}

/** Whether lines are so many that those which do not lead are pale, and which methods are not. */
function stand(
  chart: ChartClass,
  { leading = [] }: Drawing,
): { readonly crowded: boolean; bright(m: number): boolean } {
  const all = chart.data.datasets as unknown as Series[];
  const crowded = all.filter(({ role }) => role === "line").length > MANY;
  return {
    crowded,
    bright: (m) =>
      front.method < 0
        ? !crowded || leading.length === 0 || leading.includes(m)
        : front.method === m,
  };
}

export function paint(chart: ChartClass, colours: Ink, drawing: Drawing): void {
  const { crowded, bright } = stand(chart, drawing);
  for (const one of chart.data.datasets as unknown as Series[]) {
    if (one.m < 0) continue;
    const colour = colours.colours[data.methods[one.m]!.colour]!;
    const line = alpha(colour, bright(one.m) ? 1 : 0.14);
    const band = alpha(
      colour,
      front.method === one.m ? 0.25 : front.method < 0 && !crowded ? 0.1 : 0,
    );
    Object.assign(
      one,
      one.role === "band"
        ? { backgroundColor: band, borderColor: "transparent" }
        : { borderColor: line, backgroundColor: line, pointBorderColor: line },
      one.role === "end" ? { errorBarColor: line, errorBarWhiskerColor: line } : {},
      {
        order: front.method === one.m
          ? -2
          : one.role === "other"
          ? 2
          : one.role === "band"
          ? 1
          : crowded && bright(one.m)
          ? -1
          : 0,
      },
    );
  }
}

interface Tag {
  readonly m: number;
  readonly x: number;
  y: number;
}

export const marks = (colours: Ink, drawing: Drawing): Plugin => ({
  id: "marks",
  afterDatasetsDraw(chart) {
    const { ctx, chartArea } = chart;
    const tags: Tag[] = [];
    const { bright } = stand(chart, drawing);
    ctx.save();
    chart.data.datasets.forEach((dataset, i) => {
      const one = dataset as unknown as Series;
      const points = chart.getDatasetMeta(i).data;
      const tip = points.at(-1);
      if (one.role !== "line" || tip === undefined || one.m < 0) return;
      const before = points.findLast((p) => Math.hypot(p.x - tip.x, p.y - tip.y) > 6);
      if (one.arrow === true && before !== undefined) {
        ctx.fillStyle = alpha(
          colours.colours[data.methods[one.m]!.colour]!,
          bright(one.m) ? 1 : 0.14,
        );
        arrow(ctx, before, tip);
      }
      if (front.method === one.m || front.method < 0 && drawing.labelled?.includes(one.m)) {
        tags.push({ m: one.m, x: tip.x, y: tip.y });
      }
    });
    place(ctx, tags, chartArea, chart.width, colours);
    ctx.restore();
    const [first] = chart.data.datasets;
    if (first !== undefined && (chart.config as { type?: string }).type === "matrix") {
      numbers(chart, colours);
    }
  },
});

function arrow(
  ctx: CanvasRenderingContext2D,
  from: { readonly x: number; readonly y: number },
  tip: { readonly x: number; readonly y: number },
): void {
  ctx.save();
  ctx.translate(tip.x, tip.y);
  ctx.rotate(Math.atan2(tip.y - from.y, tip.x - from.x));
  ctx.beginPath();
  ctx.moveTo(13, 0);
  ctx.lineTo(2, -6);
  ctx.lineTo(2, 6);
  ctx.closePath();
  ctx.fill();
  ctx.restore();
}

/** Names right of their points, pushed apart until no two cover each other. */
function place(
  ctx: CanvasRenderingContext2D,
  tags: Tag[],
  area: { readonly top: number; readonly bottom: number },
  width: number,
  colours: Ink,
): void {
  ctx.font = `12px ${colours.font}`;
  ctx.textBaseline = "middle";
  ctx.lineWidth = 4;
  ctx.lineJoin = "round";
  const boxes: { left: number; right: number; y: number }[] = [];
  for (const tag of tags.sort((a, b) => a.y - b.y)) {
    const text = data.methods[tag.m]!.id.slice(0, 16);
    const wide = ctx.measureText(text).width;
    const left = Math.min(tag.x + 16, width - wide - 2);
    let y = Math.max(tag.y, area.top + 4);
    for (const box of boxes) {
      const covers = box.left < left + wide + 4 && left < box.right + 4 && Math.abs(box.y - y) < 14;
      if (covers) y = box.y + 14;
    }
    boxes.push({ left, right: left + wide, y });
    ctx.strokeStyle = colours.surface;
    ctx.strokeText(text, left, y);
    ctx.fillStyle = colours.text;
    ctx.fillText(text, left, y);
  }
}

/** Values in the cells of a matrix that are large enough to hold them. */
function numbers(chart: ChartClass, colours: Ink): void {
  const { ctx } = chart;
  const cells = chart.getDatasetMeta(0).data as unknown as {
    readonly width: number;
    readonly height: number;
    getCenterPoint(): { x: number; y: number };
  }[];
  const values = chart.data.datasets[0]!.data as unknown as { v: number; sure: boolean }[];
  ctx.save();
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.font = `11px ${colours.font}`;
  cells.forEach((cell, i) => {
    if (cell.width < 26 || cell.height < 16) return;
    const { v, sure } = values[i]!;
    const { x, y } = cell.getCenterPoint();
    if (!sure) {
      // Figures cannot be read on hatching.
      ctx.fillStyle = colours.surface;
      ctx.fillRect(x - 14, y - 7, 28, 14);
    }
    ctx.fillStyle = !sure ? colours.text : v >= 0.5 ? "#000" : "#fff";
    ctx.fillText(v.toFixed(2), x, y + 0.5);
  });
  ctx.restore();
}
