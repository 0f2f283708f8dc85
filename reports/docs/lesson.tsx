import type { VNode } from "preact";
import { type Dial, METHODS, type Setting, settings } from "../play/dials.ts";

/** What a lesson is played with: its sliders, and places for what its script draws. */

/** The page that has lessons, and under which of its headings they stand. */
export const PLAYGROUND = "docs/playground.md";
export const lessonUnder: { readonly [anchor: string]: keyof typeof settings } = {
  "a-bandit": "bandit",
  "words-of-three-letters": "words",
};

export function Lesson({ id }: { readonly id: keyof typeof settings }): VNode {
  const setting = settings[id];
  return (
    <div class="play" role="group" aria-label={setting.title} data-lesson={id}>
      <form class="dials" autocomplete="off">
        {setting.dials.map((dial) => <Slider key={dial.name} lesson={id} dial={dial} />)}
      </form>
      <p class="runs">
        <button type="button" data-act="train" disabled>Train</button>
        <button type="button" data-act="step" disabled>One step</button>
        <button type="button" data-act="reset" disabled>Back to the start</button>
        <span class="note">
          Step <span data-steps>0</span>
        </span>
      </p>
      <p class="legend">
        {METHODS.map((name, k) => (
          <span key={name}>
            <svg class={`c${k}`} width="28" height="10" aria-hidden="true">
              <line class={`line d${k}`} x1="0" y1="5" x2="28" y2="5" />
            </svg>{" "}
            {name}
          </span>
        ))}
      </p>
      <div class="panels" data-panels />
      <div class="curves">
        {setting.curves.map((curve) => <Chart key={curve.name} {...curve} />)}
      </div>
      <p class="note" role="status" data-status />
      <details>
        <summary>The numbers</summary>
        <Numbers setting={setting} />
      </details>
    </div>
  );
}

function Slider({ lesson, dial }: { readonly lesson: string; readonly dial: Dial }): VNode {
  const { name, label, values, start } = dial;
  const id = `${lesson}-${name}`;
  return (
    <span class="dial">
      <label for={id}>{label}</label>
      <output for={id}>{start}</output>
      <input
        type="range"
        id={id}
        data-dial={name}
        min="0"
        max={values.length - 1}
        step="1"
        value={values.indexOf(start)}
        aria-valuetext={`${start}`}
        disabled
      />
    </span>
  );
}

/** A chart without its lines. */
function Chart({ name, title }: { readonly name: string; readonly title: string }): VNode {
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <svg viewBox="0 0 300 150" role="img" aria-label={title} data-curve={name} />
    </figure>
  );
}

/** What the charts end at, in full. */
function Numbers({ setting }: { readonly setting: Setting }): VNode {
  return (
    <div class="scroll" role="region" tabIndex={0} aria-label={`Numbers: ${setting.title}`}>
      <div class="numbers" data-numbers />
    </div>
  );
}
