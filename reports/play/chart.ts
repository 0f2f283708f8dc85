/// <reference lib="dom" />
/** Drawings of a lesson, in SVG: attributes and text alone. */

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [300, 150, 44, 6, 8, 18];

export function svg(
  tag: string,
  attributes: { readonly [name: string]: string | number },
  text = "",
): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, `${value}`);
  if (text !== "") element.textContent = text;
  return element;
}

/** Three digits or so, without an exponent. */
export const short = (x: number): string => {
  const size = Math.abs(x);
  if (size < 5e-3) return "0";
  return `${x < 0 ? "−" : ""}${size.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)}`;
};

/** A line a method over the steps from 0 to `most`, and a level that is asked for, if any. */
export function drawCurves(
  chart: Element,
  lines: readonly (readonly number[])[],
  most: number,
  level?: number,
): void {
  const all = [...lines.flat(), ...level === undefined ? [] : [level]];
  const [low, high] = bounds(all);
  const x = (step: number) => LEFT + step / most * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM);
  const parts = [high, (high + low) / 2, low].flatMap((value) => [
    svg("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
    svg(
      "text",
      { class: "tick", x: LEFT - 5, y: y(value) + 4, "text-anchor": "end" },
      short(value),
    ),
  ]);
  parts.push(
    svg("text", { class: "tick", x: LEFT, y: HEIGHT - 4 }, "0"),
    svg(
      "text",
      { class: "tick", x: WIDTH - RIGHT, y: HEIGHT - 4, "text-anchor": "end" },
      `${most} steps`,
    ),
  );
  if (level !== undefined) {
    parts.push(
      svg("line", { class: "level", x1: LEFT, x2: WIDTH - RIGHT, y1: y(level), y2: y(level) }),
    );
    parts.push(
      svg(
        "text",
        { class: "tick", x: WIDTH - RIGHT, y: y(level) + 12, "text-anchor": "end" },
        "1/(2β)",
      ),
    );
  }
  lines.forEach((values, k) => {
    const points = values.map((value, step) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`);
    parts.push(svg("polyline", { class: `c${k} line d${k}`, points: points.join(" ") }));
  });
  chart.replaceChildren(...parts);
}

/** The least and the greatest, a little apart where they are one. */
function bounds(values: readonly number[]): readonly [low: number, high: number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return high - low < 1e-6 ? [low - 0.5, high + 0.5] : [low, high];
}

/** Probabilities of answers as bars; outlined those of the reference, and a tick at the optimum's. */
export function drawBars(
  chart: Element,
  k: number,
  policy: ArrayLike<number>,
  reference: ArrayLike<number>,
  best: ArrayLike<number>,
): void {
  const [n, top, floor] = [policy.length, 10, 132];
  const y = (p: number) => floor - p * (floor - top);
  const slot = (WIDTH - LEFT - RIGHT) / n;
  const parts = [1, 0.5, 0].flatMap((p) => [
    svg("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(p), y2: y(p) }),
    svg("text", { class: "tick", x: LEFT - 5, y: y(p) + 4, "text-anchor": "end" }, `${100 * p} %`),
  ]);
  for (let a = 0; a < n; a++) {
    const from = LEFT + a * slot;
    const bar = (p: number, of: string) =>
      svg("rect", { class: of, x: from + 3, width: slot - 6, y: y(p), height: floor - y(p) });
    parts.push(bar(policy[a]!, `c${k} bar`), bar(reference[a]!, "outline"));
    parts.push(
      svg("line", {
        class: "best",
        x1: from + 3,
        x2: from + slot - 3,
        y1: y(best[a]!),
        y2: y(best[a]!),
      }),
    );
  }
  parts.push(
    svg("text", { class: "tick", x: LEFT, y: HEIGHT - 4 }, "best answer"),
    svg("text", { class: "tick", x: WIDTH - RIGHT, y: HEIGHT - 4, "text-anchor": "end" }, "worst"),
  );
  chart.replaceChildren(...parts);
}
