/// <reference lib="dom" />
import type { Shown } from "../../core/mod.ts";
import { make } from "./make.ts";
import type {} from "./types.ts";
import { data, shown } from "./view.ts";

/** Sample answers side by side. All of it is untrusted text: it only ever becomes text nodes. */

const list = document.querySelector<HTMLElement>("#prompts")!;
const note = document.querySelector<HTMLElement>("#samples-note")!;
const search = document.querySelector<HTMLInputElement>("#search")!;
const tokens = document.querySelector<HTMLButtonElement>("#tokens")!;
const legend = document.querySelector<HTMLElement>("#tokens-scale")!;

/** Characters that may fill more than an answer's box. */
const LONG = 300;

const coloured = () => tokens.getAttribute("aria-pressed") === "true";

function answer(heading: Node, { steps, logRatios, reward }: Shown, colour: boolean): HTMLElement {
  const text = make("bdi", "");
  if (colour) {
    steps.forEach((step, i) => {
      const ratio = logRatios[i];
      if (ratio === undefined) {
        text.append(step);
        return;
      }
      const level = Math.min(6, Math.max(0, Math.round(ratio) + 3));
      const token = make("span", `t t${level}`, step);
      token.title = `${ratio > 0 ? "+" : ratio < 0 ? "−" : ""}${Math.abs(ratio)} nats`;
      text.append(token);
    });
  } else {
    text.append(steps.join("").trimStart());
  }
  const facts = [
    ...reward === undefined
      ? []
      : [`reward ${String(Number(reward.toPrecision(3))).replace("-", "−")}`],
    `${steps.length} ${steps.length === 1 ? "token" : "tokens"}`,
  ];
  const said = make("p", "said", text);
  // Long answers scroll inside themselves, so the keyboard must reach them.
  if (text.textContent!.length > LONG) said.tabIndex = 0;
  return make(
    "article",
    "answer",
    make("h4", "", heading),
    said,
    make("p", "facts", facts.join(" · ")),
  );
}

/** A method's name and marker, cloned from the legend, which the page rendered. */
function named(m: number): Node {
  const found = document.querySelector(`.legend [data-method="${m}"] .name`);
  return found?.cloneNode(true) ?? make("bdi", "", data.methods[m]!.id);
}

function draw(): void {
  const testbed = shown();
  const samples = testbed?.samples ?? null;
  list.replaceChildren();
  tokens.disabled = search.disabled = samples === null;
  legend.hidden = !coloured() || samples === null;
  if (testbed === undefined || samples === null) {
    note.textContent = testbed === undefined
      ? "No testbed was run."
      : `No sample answers were recorded on ${testbed.label}.`;
    return;
  }
  const words = search.value.toLocaleLowerCase().split(/\s+/).filter((word) => word !== "");
  const found = samples.prompts.filter(({ prompt }) =>
    words.every((word) => prompt.toLocaleLowerCase().includes(word))
  );
  note.textContent =
    `Seed ${samples.seed}; ${found.length} of ${samples.prompts.length} prompts on ${testbed.label}.`;
  found.forEach(({ prompt, start, ends }, i) => {
    const details = make("details", "prompt", make("summary", "", make("bdi", "", prompt)));
    const fill = () => {
      if (details.querySelector(".answers") !== null) return;
      details.append(make(
        "div",
        "answers",
        answer(make("span", "name", "start policy"), start, coloured()),
        ...ends.map((end) => answer(named(end.m), end, coloured())),
      ));
    };
    details.addEventListener("toggle", () => {
      if (details.open) fill();
    });
    if (i === 0) {
      fill();
      details.open = true;
    }
    list.append(details);
  });
}

search.addEventListener("input", draw);
tokens.addEventListener("click", () => {
  tokens.setAttribute("aria-pressed", String(!coloured()));
  draw();
});
document.addEventListener("prefbench:testbed", draw);
draw();
