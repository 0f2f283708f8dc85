/// <reference lib="dom" />
import { remember, state } from "./address.ts";
import { make } from "./make.ts";
import { latest, page } from "./ondemand.ts";

/** Search over the site's entries. All of their text is untrusted: it only ever becomes text nodes. */

type Entry = readonly [
  kind: string,
  name: string,
  more: string,
  address: string,
  /** Searched, and shown where the first word stands. */
  text?: string,
];

/** Results that are shown. */
const MOST = 60;
const folded = (text: string) => text.toLocaleLowerCase();

/** Characters of a text that are shown around the first word. */
const AROUND = 90;
function around(text: string, words: readonly string[]): string {
  const line = text.replaceAll(/\s+/g, " ");
  const at = Math.max(
    0,
    folded(line).indexOf(words.find((word) => folded(line).includes(word)) ?? ""),
  );
  const from = Math.max(0, at - AROUND);
  const part = line.slice(from, at + AROUND);
  return `${from > 0 ? "…" : ""}${part}${at + AROUND < line.length ? "…" : ""}`;
}

export function searchOf(): (() => void) | undefined {
  const input = document.querySelector<HTMLInputElement>("#words");
  if (input === null) return undefined;
  const { index, hint } = page<{ readonly index: string; readonly hint: string }>()!;
  const note = document.getElementById("search-note")!;
  const results = document.getElementById("results")!;
  const bring = latest(note);
  function apply(): void {
    const asked = state.get("q") ?? "";
    if (input!.value !== asked) input!.value = asked;
    const words = folded(asked).split(/\s+/).filter((word) => word !== "");
    if (words.length === 0) {
      results.replaceChildren();
      note.textContent = hint;
      return;
    }
    bring(index, (data) => {
      const entries = data as readonly Entry[];
      const found = entries.flatMap((entry) => {
        const [name, more, text] = [entry[1], entry[2], entry[4] ?? ""].map(folded) as [
          string,
          string,
          string,
        ];
        const has = (word: string) => [name, more, text].some((one) => one.includes(word));
        if (!words.every(has)) return [];
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
        ...found.slice(0, MOST).map(({ entry: [kind, name, more, to, text] }) => {
          const shown = [more, ...text === undefined ? [] : [around(text, words)]]
            .filter((one) => one !== "").join(": ");
          const link = make("a", "", make("bdi", "", name));
          link.setAttribute("href", to);
          return make(
            "li",
            "",
            make("span", "kind", kind),
            make("span", "", link, ...shown === "" ? [] : [make("small", "", shown)]),
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
