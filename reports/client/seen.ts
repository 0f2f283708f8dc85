/// <reference lib="dom" />
import type { Picture, Seen, Tree } from "../../core/mod.ts";
import { make } from "./make.ts";
import { drawing } from "../parts/shapes.ts";

/**
 * Answers as a reader sees them: words, drawings, conversations, trees. All of it is untrusted: text
 * only ever becomes text nodes, and numbers attributes of shapes.
 */

/** What is seen of an answer; turns may be marked up. */
type Shown = Omit<Seen, "turns"> & { readonly turns?: readonly (Node | string)[] };

/** Characters that may fill more than an answer's box. */
const LONG = 300;

/** Words of an answer: long ones scroll inside themselves, so the keyboard must reach them. */
export function said(words: Node | string): HTMLElement {
  const made = make("p", "said", make("bdi", "", words));
  if (made.textContent!.length > LONG) made.tabIndex = 0;
  return made;
}

/** An answer with all that is seen of it; `open` shows the words of a drawing at once. */
export function answered(
  { told = [], picture, frames = [], turns, tree }: Shown,
  words: Node | string,
  open = false,
): HTMLElement[] {
  const drawn = picture === undefined ? [] : [figure(picture, frames, textOf(words))];
  const talk = turns ?? (told.length > 0 && drawn.length === 0 ? [words] : []);
  return [
    ...told.length + talk.length > 0 ? [conversation(told, talk)] : [],
    ...drawn,
    ...talk.length > 0
      ? []
      : drawn.length > 0
      ? [folded("In words", open, said(words))]
      : [said(words)],
    ...tree === undefined ? [] : [grown(tree)],
  ];
}

const textOf = (words: Node | string): string =>
  typeof words === "string" ? words : words.textContent ?? "";

function folded(title: string, open: boolean, ...inside: Node[]): HTMLElement {
  const made = make("details", "", make("summary", "", title), ...inside);
  made.open = open;
  return made;
}

// Drawings

const shape = (tag: string, attributes: { readonly [name: string]: string }): SVGElement => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
};

/** A picture; words are its alternative, as much of them as anybody hears to the end. */
export function drawn(picture: Picture, words: string): SVGElement {
  const { viewBox, paths } = drawing(picture);
  const made = shape("svg", { class: "picture", viewBox, role: "img" });
  const title = shape("title", {});
  title.textContent = words.trim().slice(0, LONG) || "A drawing without words";
  made.append(title, ...paths.map(({ d, className }) => shape("path", { class: className, d })));
  return made;
}

/** A picture, and below it how it came about. */
function figure(picture: Picture, frames: readonly Picture[], words: string): HTMLElement {
  const strip = frames.length === 0 ? [] : [
    make("figcaption", "", "How it came about"),
    make(
      "ol",
      "strip",
      ...frames.map((frame, i) => make("li", "", drawn(frame, `${i + 1} of ${frames.length}`))),
    ),
  ];
  return make("figure", "drawn", drawn(picture, words), ...strip);
}

// Conversations

/** What the policy was told, and what it and the world then said, in order. */
function conversation(told: readonly string[], turns: readonly (Node | string)[]): HTMLElement {
  const turn = (who: string, words: Node | string) =>
    make(
      "li",
      who.toLowerCase(),
      make("b", "who", who),
      " ",
      said(typeof words === "string" ? words.trim() : words),
    );
  return make(
    "ol",
    "turns",
    ...told.map((words) => turn("Told", words)),
    ...turns.map((words, i) => turn(i % 2 === 0 ? "Policy" : "World", words)),
  );
}

// Trees

/** A search tree; what leads to a pair that was taken from it is unfolded. */
export function grown(root: Tree): HTMLElement {
  const all = root.visits ?? 0;
  const leads = (node: Tree): boolean => node.taken !== undefined || node.next.some(leads);
  const branch = (node: Tree, depth: number): HTMLElement => {
    const label = nodeLabel(node, all);
    if (node.next.length === 0) return make("li", "", make("div", "node", ...label));
    const made = make(
      "details",
      "",
      make("summary", "node", ...label),
      make("ul", "", ...node.next.map((next) => branch(next, depth + 1))),
    );
    made.open = depth === 0 || node.next.some(leads);
    return make("li", "", made);
  };
  return make("ul", "tree", branch(root, 0));
}

function nodeLabel({ text, value, visits, taken }: Tree, all: number): (Node | string)[] {
  const facts = [
    ...value === undefined ? [] : [`value ${Number(value.toPrecision(3))}`.replace("-", "−")],
    ...visits === undefined ? [] : [`${visits} ${visits === 1 ? "visit" : "visits"}`],
  ];
  const share = visits === undefined || all === 0 ? 0 : Math.min(1, visits / all);
  const bar = shape("svg", { class: "visits", viewBox: "0 0 100 10", "aria-hidden": "true" });
  bar.append(shape("rect", { width: String(Math.round(100 * share)), height: "10" }));
  return [
    make("bdi", "", text.trim() || "(nothing)"),
    ...taken === undefined ? [] : [" ", make("b", taken, taken)],
    ...facts.length === 0 ? [] : [" ", make("span", "facts", facts.join(", "))],
    ...share === 0 ? [] : [bar],
  ];
}
