import { Textures } from "../parts/picture.tsx";
import type { Section } from "./section.ts";

export default {
  id: "samples",
  title: "What did it actually say",
  short: "Samples",
  render() {
    return (
      <>
        <div class="tools">
          <label>
            Search prompts <input type="search" id="search" autocomplete="off" />
          </label>
          <button type="button" id="tokens" aria-pressed="false">
            Colour tokens by log-ratio
          </button>
          <p class="note" id="samples-note" role="status" />
        </div>
        <p class="note scale" id="tokens-scale" hidden>
          How much likelier each token became than under the start policy, in nats:{" "}
          {["≤ −3", "−2", "−1", "0", "+1", "+2", "≥ +3"].map((text, i) => (
            <span key={i} class={`t t${i}`}>{text}</span>
          ))}
        </p>
        <div id="prompts" />
        <Textures />
      </>
    );
  },
} satisfies Section;
