import type { VNode } from "preact";
import type { Picture } from "../../core/mod.ts";
import { drawing } from "./shapes.ts";

/** A picture on a page that no script fills; words are its alternative. */
export function Drawing({ picture, words }: {
  readonly picture: Picture;
  readonly words: string;
}): VNode {
  const { viewBox, paths } = drawing(picture);
  return (
    <svg class="picture" viewBox={viewBox} role="img">
      <title>{words}</title>
      {paths.map(({ d, className }, i) => <path key={i} class={className} d={d} />)}
    </svg>
  );
}

/** Lines over the colours of `c1` to `c5`, by which they are told apart where there is no colour. */
const strokes = [
  "M0 0L6 6M-1 5L1 7M5 -1L7 1",
  "M0 3H6",
  "M3 0V6",
  "M1.5 1.5h.01M4.5 4.5h.01",
  "M0 6L6 0M-1 1L1 -1M5 7L7 5M0 0L6 6M-1 5L1 7M5 -1L7 1",
] as const;

/** What paper shows in place of plain colours, where a page has pictures: see styles/print.css. */
export function Textures(): VNode {
  return (
    <svg class="unseen" aria-hidden="true">
      {strokes.map((d, i) => (
        <pattern
          key={i}
          id={`texture-${i + 1}`}
          class={`texture c${i + 1}`}
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
        >
          <rect width="6" height="6" />
          <path d={d} />
        </pattern>
      ))}
    </svg>
  );
}
