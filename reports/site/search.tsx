import type { VNode } from "preact";
import { label } from "../findings/label.ts";
import { methodPage, modelPage, state } from "./addresses.ts";
import type { Content } from "./content.ts";
import type { PromptSet } from "./prompts.ts";
import { type Frame, SitePage } from "./shell.tsx";

/** Methods, papers, claims, models, testbeds and prompts, found by their words. */

/** [kind, name, what else is searched and shown, address from the site's root]. */
export type Entry = readonly [string, string, string, string];

/** So much of a prompt can be found and is shown. */
const LONGEST = 240;

export function entries(content: Content, sets: readonly PromptSet[]): Entry[] {
  const { exact, models, courts, verdicts } = content;
  const cards = new Map(exact.catalogue.methods.map((card) => [card.id, card]));
  const prompts = new Map<string, Entry>();
  for (const { key, title, rows } of sets) {
    rows.forEach(({ prompt }, i) => {
      const text = prompt.join(" ").slice(0, LONGEST);
      const place = title.replace(/, seed \d+$/, "");
      const id = JSON.stringify([place, text]);
      if (prompts.has(id)) return;
      prompts.set(id, ["prompt", text, place, `prompts.html${state({ set: key, at: `${i}` })}`]);
    });
  }
  return [
    ...exact.methods.map((method): Entry => {
      const card = cards.get(method);
      return [
        "method",
        label(method, 80),
        card === undefined ? "" : [
          card.paper.title,
          `${card.paper.year}`,
          ...card.paper.arxiv === undefined ? [] : [`arXiv ${card.paper.arxiv}`],
          ...card.taxonomy,
        ].map((text) => label(text, 200)).join(" · "),
        methodPage(method),
      ];
    }),
    ...models.map((model): Entry => ["model", label(model, 80), "", modelPage(model)]),
    ...exact.testbeds.map(({ key, summary }): Entry => [
      "testbed",
      label(key, 80),
      label(summary, 200),
      `index.html${state({ sort: key })}`,
    ]),
    ...courts.map(({ title }): Entry => ["judge", label(title, 160), "", "judges.html"]),
    ...(verdicts?.rows ?? []).map(({ id, text, paper, verdict }): Entry => [
      "claim",
      label(id, 80),
      `${label(text, 300)} · ${label(paper.title, 200)} · ${verdict}`,
      `claims.html#claim-${id.replace(/[^\w-]/g, "")}`,
    ]),
    ...prompts.values(),
  ];
}

export function SearchPage({ frame, index }: {
  readonly frame: Frame;
  /** Address of the entries. */
  readonly index: string;
}): VNode {
  return (
    <SitePage
      frame={frame}
      path="search.html"
      title="Search"
      heading="Methods, papers, claims, models, testbeds, prompts"
      unscripted="Searching needs JavaScript."
      data={{
        index,
        hint: `Every word must occur; prompts are found by their first ${LONGEST} characters.`,
      }}
    >
      <section aria-labelledby="search-title">
        <h2 id="search-title">Search</h2>
        <Finder />
      </section>
    </SitePage>
  );
}

/** What the search of a site's script looks for words in, and shows what it finds. */
export const Finder = (): VNode => (
  <>
    <div class="tools">
      <label class="wide">
        Words <input type="search" id="words" autocomplete="off" />
      </label>
    </div>
    <p class="note" id="search-note" role="status" />
    <ul class="results" id="results" />
  </>
);
