import type { VNode } from "preact";
import type { Assets } from "../parts/assets.ts";
import { Document } from "../parts/document.tsx";

/** The page on which people vote. It holds no data: its script asks for one pair at a time. */

const choices = [
  { choice: "a", words: "A is better", key: "1" },
  { choice: "b", words: "B is better", key: "2" },
  { choice: "tie", words: "No difference", key: "3" },
  { choice: "skip", words: "Skip", key: "s" },
  { choice: "undo", words: "Undo", key: "u" },
] as const;

export function VotePage({ assets }: { readonly assets: Assets }): VNode {
  return (
    <Document
      title="prefbench: votes"
      skip={{ to: "choices", text: "Skip to the vote" }}
      bar={{
        more: (
          <p class="progress">
            <progress id="progress" aria-label="Votes" value={0} max={1} />{" "}
            <span id="count">–</span>
          </p>
        ),
      }}
      heading="Which answer would you rather have?"
      unscripted="Voting needs JavaScript."
      asks
      assets={assets}
    >
      <div id="pair" hidden>
        <section class="prompt" aria-labelledby="prompt-title">
          <h2 id="prompt-title">Prompt</h2>
          <p class="said" id="prompt" />
          <div class="seen" id="prompt-seen" />
        </section>
        <div class="sides">
          {(["a", "b"] as const).map((side) => (
            <section key={side} aria-labelledby={`${side}-title`}>
              <h2 id={`${side}-title`}>{side.toUpperCase()}</h2>
              <p class="said" id={side} />
              <div class="seen" id={`${side}-seen`} />
            </section>
          ))}
        </div>
      </div>
      <p id="status" role="status" />
      <div id="choices" class="choices" role="group" aria-label="Your vote">
        {choices.map(({ choice, words, key }) => (
          <button type="button" key={choice} data-choice={choice} aria-keyshortcuts={key} hidden>
            {words} <kbd aria-hidden="true">{key}</kbd>
          </button>
        ))}
        <button type="button" data-choice="again" hidden>Try again</button>
      </div>
    </Document>
  );
}
