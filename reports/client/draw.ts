/// <reference lib="dom" />
import type { Chart as ChartClass, ChartConfiguration } from "chart.js";
import { against, learning, reliability, small } from "./curves.ts";
import { ledger, wins } from "./grids.ts";
import { judges } from "./judges.ts";
import { front, marks, paint } from "./marks.ts";
import type { TestbedData } from "../pages/data.ts";
import type { Drawing, Ink, Maker } from "./types.ts";
import { data, shown } from "./view.ts";

/** Draws charts when they come into view, and again when testbed, theme or highlight change. */

declare const Chart: typeof ChartClass;

/** By the id of a figure. */
const charts: { readonly [id: string]: Maker } = {
  frontier: (testbed, ink) => against(testbed, "kl", ink, { root: true, strip: false }),
  length: (testbed, ink) => against(testbed, "length", ink, { root: false, strip: true }),
  fluency: (testbed, ink) => against(testbed, "fluency", ink, { root: false, strip: true }),
  learning,
  small,
  paying: (testbed, ink) => learning(testbed, ink, "kl"),
  reliability,
  wins,
  ledger,
  judges,
};

function ink(): Ink {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: colour("text"),
    muted: colour("muted"),
    line: colour("line"),
    surface: colour("surface"),
    colours: [0, 1, 2, 3, 4, 5, 6].map((i) => colour(`c${i}`)),
    font: style.fontFamily,
  };
}

interface Figure {
  readonly element: HTMLElement;
  readonly id: string;
  readonly canvas: HTMLCanvasElement;
  /** The one that it always shows; undefined for the chosen one. */
  readonly testbed: TestbedData | undefined;
  seen: boolean;
  chart: ChartClass | undefined;
  drawing: Drawing | undefined;
}

const figures = [...document.querySelectorAll<HTMLElement>("figure[data-chart]")].map(
  (element): Figure => ({
    element,
    id: element.dataset["chart"]!,
    canvas: element.querySelector("canvas")!,
    testbed: element.dataset["testbed"] === undefined
      ? undefined
      : data.testbeds[Number(element.dataset["testbed"])],
    seen: false,
    chart: undefined,
    drawing: undefined,
  }),
);

// Highlighting

/** Pressing a button keeps its method in front. */
let kept = -1;

function highlight(m: number): void {
  if (m === front.method) return;
  front.method = m;
  const colours = ink();
  for (const { chart, drawing } of figures) {
    if (chart === undefined || drawing === undefined) continue;
    paint(chart, colours, drawing);
    chart.update("none");
  }
}

for (const legend of document.querySelectorAll<HTMLElement>(".legend")) {
  const of = (event: Event) =>
    Number(
      (event.target as Element).closest<HTMLElement>("[data-method]")?.dataset["method"] ?? kept,
    );
  legend.addEventListener("pointerover", (event) => highlight(of(event)));
  legend.addEventListener("pointerleave", () => highlight(kept));
  legend.addEventListener("focusin", (event) => highlight(of(event)));
  legend.addEventListener("focusout", () => highlight(kept));
  legend.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-method]") === null) return;
    const m = of(event);
    kept = kept === m ? -1 : m;
    for (const button of document.querySelectorAll<HTMLElement>(".legend [data-method]")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset["method"]) === kept));
    }
    highlight(kept);
  });
}

// Drawing

function draw(figure: Figure): void {
  const { element, id, canvas, testbed = shown() } = figure;
  figure.chart?.destroy();
  figure.chart = undefined;
  if (testbed === undefined) return;
  const colours = ink();
  const drawing = charts[id]!(testbed, colours, chosenMeasure(element, testbed));
  figure.drawing = drawing;
  const heading = element.querySelector("h3");
  if (heading !== null) heading.textContent = drawing.title;
  canvas.setAttribute("aria-label", drawing.described);
  const none = element.querySelector<HTMLElement>(".none")!;
  none.textContent = drawing.none ?? "";
  none.hidden = drawing.none === undefined;
  canvas.hidden = drawing.none !== undefined;
  element.classList.toggle("empty", drawing.none !== undefined);
  element.classList.toggle("whole", drawing.wide === true);
  const numbers = element.querySelector<HTMLElement>("[data-table]");
  if (numbers !== null) numbers.hidden = drawing.table === undefined;
  if (drawing.height !== undefined) {
    canvas.parentElement!.style.height = `${drawing.height}px`;
  }
  fill(figure);
  if (drawing.config === undefined) return;
  const { options, plugins } = drawing.config;
  figure.chart = new Chart(canvas, {
    ...drawing.config,
    options: {
      ...options,
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      font: { family: colours.font },
    },
    plugins: [...plugins ?? [], marks(colours, drawing)],
  } as ChartConfiguration);
  paint(figure.chart, colours, drawing);
  figure.chart.update("none");
  element.dataset["drawn"] = testbed.key;
}

function chosenMeasure(element: HTMLElement, testbed: TestbedData): string {
  const select = element.querySelector<HTMLSelectElement>("select");
  if (select === null) return testbed.headline ?? "";
  const { offered, first } = select.dataset["role"] === "judged"
    ? { offered: testbed.judged, first: undefined }
    : {
      offered: testbed.drawn.map((id) => ({ id, title: data.measures[id]!.title })),
      first: testbed.headline ?? undefined,
    };
  const ids = offered.map(({ id }) => id);
  const known = [...select.options].map(({ value }) => value);
  if (known.join() !== ids.join()) {
    const wanted = ids.includes(select.value) && select.dataset["chosen"] === "yes"
      ? select.value
      : first ?? ids[0] ?? "";
    select.replaceChildren(...offered.map(({ id, title }) => new Option(title, id)));
    select.value = wanted;
    select.disabled = ids.length === 0;
  }
  return select.value;
}

/** The data of a figure as a table, made when it is first asked for. */
function fill({ element, drawing }: Figure): void {
  const place = element.querySelector<HTMLElement>(".data");
  if (place === null || place.hidden || drawing?.table === undefined) return;
  const table = document.createElement("table");
  const caption = table.createCaption();
  caption.textContent = drawing.title;
  const head = table.createTHead().insertRow();
  for (const text of drawing.table.head) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = text;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of drawing.table.rows) {
    const line = body.insertRow();
    for (const value of row) {
      line.insertCell().textContent = typeof value === "number"
        ? String(value).replace("-", "−")
        : value;
    }
  }
  place.replaceChildren(table);
}

/** Whether it has a place on the page: what is folded has none. */
const placed = ({ element }: Figure): boolean => element.getClientRects().length > 0;

// Nobody may ever scroll: who takes a picture of the whole page does not.
const idle = (then: () => void) =>
  "requestIdleCallback" in globalThis ? requestIdleCallback(then) : setTimeout(then, 50);
function ahead(): void {
  const next = figures.find((figure) => !figure.seen && placed(figure));
  if (next === undefined) return;
  next.seen = true;
  draw(next);
  idle(ahead);
}
addEventListener("load", () => setTimeout(() => idle(ahead), 500));

const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    const figure = figures.find(({ element }) => element === target);
    if (!isIntersecting || figure === undefined || figure.seen) continue;
    figure.seen = true;
    draw(figure);
  }
}, { rootMargin: "300px" });

for (const figure of figures) {
  watcher.observe(figure.element);
  figure.element.querySelector("[data-table]")?.addEventListener("click", (event) => {
    const place = figure.element.querySelector<HTMLElement>(".data")!;
    place.hidden = !place.hidden;
    (event.target as Element).setAttribute("aria-expanded", String(!place.hidden));
    fill(figure);
  });
  figure.element.querySelector("select")?.addEventListener("change", (event) => {
    (event.target as HTMLElement).dataset["chosen"] = "yes";
    draw(figure);
  });
}

function redraw(): void {
  for (const figure of figures) if (figure.seen) draw(figure);
}
document.addEventListener("prefbench:testbed", () => {
  for (const figure of figures) if (figure.seen && figure.testbed === undefined) draw(figure);
});
document.addEventListener("prefbench:theme", redraw);

// On paper all charts are drawn, in the light theme's ink whatever the screen has.
let theme: string | undefined;
addEventListener("beforeprint", () => {
  theme = document.documentElement.dataset["theme"];
  document.documentElement.dataset["theme"] = "light";
  for (const figure of figures.filter(placed)) {
    figure.seen = true;
    draw(figure);
    figure.chart?.resize();
  }
});
addEventListener("afterprint", () => {
  if (theme === undefined) delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  redraw();
});
