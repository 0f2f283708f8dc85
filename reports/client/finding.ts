/// <reference lib="dom" />
import { remember, state } from "./address.ts";
import { make } from "./make.ts";
import { latest, page } from "./ondemand.ts";

/** Search over the site's entries. All of their text is untrusted: it only ever becomes text nodes. */

type Entry = readonly [kind: string, name: string, more: string, address: string];

/** Results that are shown. */
const MOST = 60;
const folded = (text: string) => text.toLocaleLowerCase();

export function searchOf(): (() => void) | undefined {
  const input = document.querySelector<HTMLInputElement>("#words");
  if (input === null) return undefined;
  const { index } = page<{ readonly index: string }>()!;
  const note = document.getElementById("search-note")!;
  const results = document.getElementById("results")!;
  const bring = latest(note);
  function apply(): void {
    const asked = state.get("q") ?? "";
    if (input!.value !== asked) input!.value = asked;
    const words = folded(asked).split(/\s+/).filter((word) => word !== "");
    if (words.length === 0) {
      results.replaceChildren();
      note.textContent = "Every word must occur; prompts are found by their first 240 characters.";
      return;
    }
    bring(index, (data) => {
      const entries = data as readonly Entry[];
      const found = entries.flatMap((entry) => {
        const [name, more] = [folded(entry[1]), folded(entry[2])];
        if (!words.every((word) => name.includes(word) || more.includes(word))) return [];
        const score = words.reduce(
          (sum, word) =>
            sum + (name === word ? 4 : name.startsWith(word) ? 2 : name.includes(word) ? 1 : 0),
          0,
        );
        return [{ entry, score }];
      }).sort((a, b) => b.score - a.score);
      note.textContent = found.length === 0
        ? "Nothing has all of these words."
        : `${found.length} found${found.length > MOST ? `, the first ${MOST} shown` : ""}.`;
      results.replaceChildren(
        ...found.slice(0, MOST).map(({ entry: [kind, name, more, to] }) => {
          const link = make("a", "", make("bdi", "", name));
          link.setAttribute("href", to);
          return make(
            "li",
            "",
            make("span", "kind", kind),
            make("span", "", link, ...more === "" ? [] : [make("small", "", more)]),
          );
        }),
      );
    });
  }
  input.addEventListener("input", () => {
    remember("q", input.value);
    apply();
  });
  input.focus();
  return apply;
}
