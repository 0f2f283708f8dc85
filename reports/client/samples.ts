/// <reference lib="dom" />
import type { Shown } from "../../core/mod.ts";
import { make } from "./make.ts";
import { answered, drawn, grown } from "./seen.ts";
import type {} from "./types.ts";
import { data, shown } from "./view.ts";

/** Sample answers side by side. All of it is untrusted text: it only ever becomes text nodes. */

const list = document.querySelector<HTMLElement>("#prompts")!;
const note = document.querySelector<HTMLElement>("#samples-note")!;
const search = document.querySelector<HTMLInputElement>("#search")!;
const tokens = document.querySelector<HTMLButtonElement>("#tokens")!;
const legend = document.querySelector<HTMLElement>("#tokens-scale")!;

const coloured = () => tokens.getAttribute("aria-pressed") === "true";

function answer(heading: Node, shown: Shown, colour: boolean): HTMLElement {
  const { steps, logRatios, reward, said, picture } = shown;
  /** Steps as text, each in the colour of its log-ratio. */
  const words = (from: number, to: number): Node => {
    const text = document.createDocumentFragment();
    if (!colour) {
      text.append(steps.slice(from, to).join("").trimStart());
      return text;
    }
    for (let i = from; i < to; i++) {
      const ratio = logRatios[i];
      if (ratio === undefined) {
        text.append(steps[i]!);
        continue;
      }
      const level = Math.min(6, Math.max(0, Math.round(ratio) + 3));
      const token = make("span", `t t${level}`, steps[i]!);
      token.title = `${ratio > 0 ? "+" : ratio < 0 ? "−" : ""}${Math.abs(ratio)} nats`;
      text.append(token);
    }
    return text;
  };
  const turns: (Node | string)[] = [];
  let from = 0;
  said?.forEach((reply, i) => {
    if (reply === "") return;
    turns.push(words(from, i + 1), reply);
    from = i + 1;
  });
  if (said !== undefined && from < steps.length) turns.push(words(from, steps.length));
  const [unit, units] = picture === undefined ? ["token", "tokens"] : ["step", "steps"];
  const facts = [
    ...reward === undefined
      ? []
      : [`reward ${String(Number(reward.toPrecision(3))).replace("-", "−")}`],
    `${steps.length} ${steps.length === 1 ? unit : units}`,
  ];
  return make(
    "article",
    "answer",
    make("h4", "", heading),
    ...answered(
      { ...shown, ...said === undefined ? {} : { turns } },
      words(0, steps.length),
      colour,
    ),
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
  found.forEach(({ prompt, promptPicture, start, ends }, i) => {
    const details = make("details", "prompt", make("summary", "", make("bdi", "", prompt)));
    const fill = () => {
      if (details.querySelector(".answers") !== null) return;
      if (promptPicture !== undefined) details.append(drawn(promptPicture, prompt));
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
  if (samples.searches.length === 0) return;
  const all = samples.searches.map(({ m, prompt, tree }) => {
    const details = make(
      "details",
      "prompt",
      make("summary", "", named(m), " on ", make("bdi", "", prompt)),
    );
    details.addEventListener("toggle", () => {
      if (details.querySelector(".tree") === null) details.append(grown(tree));
    });
    return details;
  });
  list.append(make("h3", "", "Searches that were learned from"), ...all);
}

search.addEventListener("input", draw);
tokens.addEventListener("click", () => {
  tokens.setAttribute("aria-pressed", String(!coloured()));
  draw();
});
document.addEventListener("prefbench:testbed", draw);
draw();
