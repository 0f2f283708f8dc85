/// <reference lib="dom" />
import type { Blind, Polled } from "../../core/mod.ts";
import { read } from "./address.ts";
import { answered, drawn } from "./seen.ts";
import { applyTheme } from "./theme.ts";

/** Asks for a pair, shows it, and says what was chosen. Texts are untrusted: they only ever become text nodes. */

/** Milliseconds in which a key is still meant for the pair before. */
const SETTLE = 250;

const find = <E extends HTMLElement>(selector: string) => document.querySelector<E>(selector)!;
const pair = find("#pair");
const status = find("#status");
const count = find("#count");
const progress = find<HTMLProgressElement>("#progress");
const buttons = [...document.querySelectorAll<HTMLButtonElement>("[data-choice]")];

let asked: Polled | undefined;
let ready = false;
const offered = () => {
  if (asked === undefined) return ["again"];
  return [...asked.ballot ? ["a", "b", "tie", "skip"] : [], ...asked.undo ? ["undo"] : []];
};

function fill(place: string, text: string): void {
  const element = find(`#${place}`);
  const bare = text.trim();
  element.textContent = bare === "" ? "(nothing)" : bare;
  element.classList.toggle("none", bare === "");
  element.hidden = false;
  find(`#${place}-seen`).replaceChildren();
}

/** One side: its words, or what is seen of it in their place. */
function fillSide(side: "a" | "b", text: string, seen: Blind = {}): void {
  fill(side, text);
  if (seen.picture === undefined && seen.turns === undefined) return;
  find(`#${side}`).hidden = true;
  find(`#${side}-seen`).replaceChildren(...answered(seen, text.trim()));
}

function show(next: Polled, words: string): void {
  const { ballot, done, of } = asked = next;
  pair.hidden = ballot === undefined;
  if (ballot !== undefined) {
    const { prompt, promptPicture, a, b, seen } = ballot;
    fill("prompt", prompt);
    if (promptPicture !== undefined) find("#prompt-seen").append(drawn(promptPicture, prompt));
    fillSide("a", a, seen?.[0]);
    fillSide("b", b, seen?.[1]);
  }
  count.textContent = `${done} of ${of}`;
  progress.max = Math.max(of, 1);
  progress.value = done;
  const end = done < of ? "There are no more pairs to vote on." : `All ${of} votes are in.`;
  status.textContent = ballot === undefined
    ? `${end} They are safe: this page can be closed, and the server stopped.`
    : words;
  offer();
  scrollTo(0, 0);
  setTimeout(() => ready = true, SETTLE);
}

/** Without an answer nothing is known to be safe, and nothing more can be chosen. */
function fail(reason: string): void {
  asked = undefined;
  pair.hidden = true;
  status.textContent =
    `${reason} The last vote may not have been kept; the ones before are safe. If the server was stopped, start it again and open the link that it prints.`;
  offer();
  ready = true;
}

function offer(): void {
  const now = offered();
  const held = document.activeElement;
  for (const button of buttons) button.hidden = !now.includes(button.dataset["choice"]!);
  // A button that goes takes the focus with it.
  if (held instanceof HTMLButtonElement && held.hidden) {
    buttons.find((button) => !button.hidden)?.focus();
  }
}

async function ask(path: string, body?: string): Promise<Response> {
  return await fetch(
    path,
    path === "asked" ? {} : {
      method: "POST",
      headers: { "content-type": "application/json" },
      ...body === undefined ? {} : { body },
    },
  );
}

async function choose(choice: string): Promise<void> {
  if (!ready || !offered().includes(choice)) return;
  ready = false;
  try {
    let response = await (choice === "again"
      ? ask("asked")
      : choice === "undo"
      ? ask("undo")
      : ask("vote", JSON.stringify({ ballot: asked!.ballot!.id, choice })));
    // Another window has voted on this pair: this one goes on with what is asked now.
    const late = response.status === 409;
    if (late) {
      response = await ask("asked");
    }
    if (!response.ok) {
      return fail(`The server refused: ${(await response.text()).trim()}.`);
    }
    show(
      await response.json(),
      late ? "Another window voted on that pair." : said[choice] ?? "Saved.",
    );
  } catch (error) {
    // What fetch throws where nobody answers.
    if (!(error instanceof TypeError)) throw error;
    fail("The server does not answer.");
  }
}

/** Of all others: it was saved. */
const said: { readonly [choice: string]: string } = {
  again: "",
  undo: "Taken back.",
  skip: "Skipped.",
};
const keys: { readonly [key: string]: string } = {
  1: "a",
  2: "b",
  3: "tie",
  s: "skip",
  u: "undo",
};
addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const choice = Object.hasOwn(keys, event.key.toLowerCase())
    ? keys[event.key.toLowerCase()]
    : undefined;
  if (choice !== undefined) void choose(choice);
});
for (const button of buttons) {
  button.addEventListener("click", () => void choose(button.dataset["choice"]!));
}

read();
applyTheme();
ready = true;
void choose("again");
