/// <reference lib="dom" />
import { make } from "../client/make.ts";
import { drawCurves, short } from "./chart.ts";
import { METHODS, type Setting, settings, STEPS } from "./dials.ts";
import {
  banditLesson,
  type Course,
  course,
  type Values,
  wordLesson,
  type World,
} from "./lessons.ts";
import { banditPanels, wordPanels } from "./panels.ts";

/** Lessons on a page: sliders begin anew, and training goes on a few steps a frame. */

/** Steps between two drawings; all at once for who wants nothing to move. */
const still = matchMedia("(prefers-reduced-motion: reduce)");
const pace = () => still.matches ? STEPS : 3;

/** Plays one lesson in its place on the page. */
function play<W extends World>(
  root: HTMLElement,
  setting: Setting,
  open: (dials: Values) => Course<W>,
  panels: (world: W, policies: readonly Float64Array[], dials: Values) => Node[],
): void {
  const inputs = [...root.querySelectorAll<HTMLInputElement>("[data-dial]")];
  const at = (name: string) => root.querySelector<HTMLElement>(`[data-${name}]`)!;
  const button = (act: string) => root.querySelector<HTMLButtonElement>(`[data-act="${act}"]`)!;
  const [train, step, reset] = ["train", "step", "reset"].map(button) as [
    HTMLButtonElement,
    HTMLButtonElement,
    HTMLButtonElement,
  ];
  const dials = (): Values =>
    Object.fromEntries(setting.dials.map(({ name, values }, i) => [
      name,
      values[Number(inputs[i]!.value)]!,
    ]));
  let [now, going] = [open(dials()), false];
  const steps = () => now.history.length - 1;

  function draw(): void {
    at("panels").replaceChildren(...panels(now.world, now.policies(), dials()));
    show(root, setting, now.history, dials());
    train.textContent = going ? "Pause" : "Train";
    step.disabled = going || steps() >= STEPS;
  }
  /** Says how it ended, once: a live region that changed at each step would never be silent. */
  const end = () => at("status").textContent = summary(setting, now.history);

  /** Whose frames count: those of a run that was begun anew do not. */
  let turn = 0;
  function go(): void {
    const mine = ++turn;
    going = true;
    const frame = () => {
      if (mine !== turn) return;
      for (let i = 0; i < pace() && steps() < STEPS; i++) now.advance();
      going = steps() < STEPS;
      draw();
      if (going) requestAnimationFrame(frame);
      else end();
    };
    requestAnimationFrame(frame);
  }
  function stop(): void {
    turn++;
    going = false;
  }
  function begin(): void {
    stop();
    now = open(dials());
    at("status").textContent = "";
  }
  train.addEventListener("click", () => {
    if (going) {
      stop();
      draw();
      end();
      return;
    }
    if (steps() >= STEPS) begin();
    go();
  });
  step.addEventListener("click", () => {
    now.advance();
    draw();
    end();
  });
  reset.addEventListener("click", () => {
    begin();
    draw();
  });
  inputs.forEach((input, i) => {
    input.addEventListener("input", () => {
      const { name } = setting.dials[i]!;
      const value = `${dials()[name]}`;
      input.setAttribute("aria-valuetext", value);
      root.querySelector(`output[for="${input.id}"]`)!.textContent = value;
      begin();
      go();
    });
    input.disabled = false;
  });
  for (const one of [train, step, reset]) one.disabled = false;
  draw();
  // A lesson that nobody has scrolled to computes nothing.
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    if (steps() === 0 && !going) go();
  });
  watch.observe(at("panels"));
  for (const act of ["click", "input"]) root.addEventListener(act, () => watch.disconnect());
}

/** Curves and numbers of a lesson as far as it has come. */
function show(root: HTMLElement, setting: Setting, history: History, dials: Values): void {
  const steps = history.length - 1;
  for (const { name, title } of setting.curves) {
    const chart = root.querySelector(`[data-curve="${name}"]`)!;
    const lines = METHODS.map((_, k) => history.map((all) => all[k]![name]!));
    drawCurves(chart, lines, STEPS, name === "margin" ? 1 / (2 * dials["beta"]!) : undefined);
    chart.setAttribute("aria-label", `${title} after ${steps} steps: ${standings(history, name)}`);
  }
  root.querySelector("[data-steps]")!.textContent = `${steps} of ${STEPS}`;
  root.querySelector("[data-numbers]")!.replaceChildren(numbers(setting, history));
}

/** Measures of each method after each step. */
type History = readonly (readonly Values[])[];

const standings = (history: History, measure: string): string =>
  METHODS.map((name, k) => `${name} ${short(history.at(-1)![k]![measure]!)}`).join(", ");

function summary({ curves, headline }: Setting, history: History): string {
  const { title } = curves.find(({ name }) => name === headline)!;
  return `After ${history.length - 1} steps. ${title}: ${standings(history, headline)}.`;
}

/** Each measure of each method, at the start and as it stands, with all its digits in `value`. */
function numbers(
  { curves }: Setting,
  history: History,
): HTMLTableElement {
  const head = (text: string, scope: string) => {
    const cell = make("th", "", text);
    cell.scope = scope;
    return cell;
  };
  const cell = (value: number) => {
    const data = make("data", "", short(value));
    data.value = `${value}`;
    return make("td", "number", data);
  };
  const top = make("tr", "", head("Measure", "col"), head("Start", "col"));
  top.append(...METHODS.map((name) => head(name, "col")));
  const rows = curves.map(({ name, title }) => {
    const values = history.at(-1)!.map((of) => cell(of[name]!));
    return make("tr", "", head(title, "row"), cell(history[0]![0]![name]!), ...values);
  });
  return make("table", "", make("thead", "", top), make("tbody", "", ...rows));
}

const place = (id: keyof typeof settings) =>
  document.querySelector<HTMLElement>(`[data-lesson="${id}"]`)!;
play(place("bandit"), settings.bandit, (dials) => course(banditLesson, dials), banditPanels);
play(place("words"), settings.words, (dials) => course(wordLesson, dials), wordPanels);
