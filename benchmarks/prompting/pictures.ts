/** A video of `prompting` as a reader sees it. */
import type { Mark, Picture } from "../../core/mod.ts";
import { type Frame, SCREEN, type Video } from "./generators.ts";
import { COLOURS, DIRECTIONS, PACES, type VideoWish } from "./language.ts";

const TEXT = 6;
const ROW = 4;
/** Between one frame and the next. */
const ROOM = 1;
const PITCH = SCREEN + ROOM;
/** From the middle of a pixel. */
const [SHARP, BLURRED] = [0.8, 1.4];

/** Its frames in two rows, a border round each: a blurred one's blob is an outline, and larger; a grey one's has the ink of words. */
export function filmOf({ frames }: Video): Picture {
  return {
    view: [ROW * PITCH, 2 * PITCH],
    marks: frames.flatMap((frame, k) => {
      const [left, top] = [k % ROW, Math.floor(k / ROW)].map((n) => PITCH * n + ROOM / 2) as [
        number,
        number,
      ];
      return [border(left, top), blob(frame, left, top)];
    }),
  };
}

const border = (left: number, top: number): Mark => {
  const [right, bottom] = [left + SCREEN, top + SCREEN];
  return {
    kind: "line",
    at: [left, top, right, top, right, bottom, left, bottom, left, top],
    ink: TEXT,
    faint: true,
  };
};
const blob = ({ x, y, blurred, colour }: Frame, left: number, top: number): Mark => ({
  kind: "disc",
  at: [left + x + 0.5, top + y + 0.5, blurred ? BLURRED : SHARP],
  ink: colour === undefined ? TEXT : COLOURS.indexOf(colour),
  ...blurred ? { faint: true } : {},
});

/** A blob with a line as it should move: the faster, the longer. */
export function wishPicture({ colour, direction, pace }: VideoWish): Picture {
  const [dx, dy] = DIRECTIONS[direction];
  const [middle, far] = [SCREEN / 2, 3.5 * PACES[pace]];
  return {
    view: [SCREEN, SCREEN],
    marks: [
      border(0, 0),
      { kind: "disc", at: [middle, middle, SHARP], ink: COLOURS.indexOf(colour) },
      { kind: "line", at: [middle, middle, middle + far * dx, middle + far * dy], ink: TEXT },
    ],
  };
}

/** What is seen, in words. */
export function described({ frames, direction, moves, jerks }: Video): string {
  const [first] = [...Map.groupBy(frames, ({ colour }) => colour ?? "grey")]
    .map(([colour, some]) => [colour, some.length] as const)
    .toSorted((a, b) => b[1] - a[1]);
  const sharp = frames.filter(({ blurred }) => !blurred).length;
  const [n, steps] = [frames.length, frames.length - 1];
  return `${first![0]} in ${first![1]} of ${n} frames, sharp in ${sharp}; ` +
    `moves ${direction} at ${moves} of ${steps} steps, jerks at ${jerks}`;
}
