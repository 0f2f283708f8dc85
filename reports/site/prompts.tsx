import type { VNode } from "preact";
import { plural } from "../parts/format.ts";
import { Textures } from "../parts/picture.tsx";
import { label } from "../findings/label.ts";
import type { PromptSet } from "./prompts.ts";
import { type Frame, SitePage } from "./shell.tsx";

/** Prompts one by one: what was asked, what was answered before and after, what judges said. */
export function PromptsPage({ frame, sets, files }: {
  readonly frame: Frame;
  readonly sets: readonly PromptSet[];
  /** Address of each set's data, by its key. */
  readonly files: ReadonlyMap<string, string>;
}): VNode {
  return (
    <SitePage
      frame={frame}
      path="prompts.html"
      title="Prompts"
      heading={plural(sets.length, "set of answers", "sets of answers")}
      unscripted="Prompts are loaded by JavaScript, a set at a time."
      data={{ sets: sets.map(({ key }) => ({ key, address: files.get(key) })) }}
    >
      <section aria-labelledby="prompts-title">
        <h2 id="prompts-title">What was asked, what was said, what was held of it</h2>
        <div class="tools filters">
          <label>
            Answers{" "}
            <select id="set" autocomplete="off">
              {sets.map(({ title }, i) => <option key={i} value={i}>{label(title, 90)}</option>)}
            </select>
          </label>
          <label>
            By{" "}
            <select id="by" autocomplete="off">
              <option value="">everyone</option>
            </select>
          </label>
          <label>
            Search prompts <input type="search" id="find" autocomplete="off" />
          </label>
          <span>
            <button type="button" class="quiet" id="save-csv">CSV</button>{" "}
            <button type="button" class="quiet" id="save-json">JSON</button>
          </span>
        </div>
        <p class="note" id="prompts-note" role="status" />
        <div id="prompts" />
        <Textures />
        <button type="button" id="more" hidden>Show more</button>
      </section>
    </SitePage>
  );
}
