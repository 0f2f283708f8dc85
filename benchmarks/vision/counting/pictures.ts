import type { Mark, Picture } from "../../../core/mod.ts";
import { gridMarks, middleOf, type Scene, sceneMarks, view } from "../scene.ts";
import { cellsOf, namedCells } from "./language.ts";

/** The ink of words. */
const TEXT = 6;

/** A scene with a ring round each cell that an answer names; a cross on those where nothing of the colour is. */
export function countPicture(
  scene: Scene,
  colour: number,
  answer: readonly number[] = [],
): Picture {
  const right = cellsOf(scene, colour);
  const named = [...new Set(namedCells(answer))].flatMap((cell): Mark[] => {
    const [x, y] = middleOf(cell);
    const wrong: Mark = { kind: "cross", at: [x, y, 0.12], ink: TEXT };
    const round: Mark = { kind: "ring", at: [x, y, 0.46], ink: TEXT };
    return [round, ...right.includes(cell) ? [] : [wrong]];
  });
  return { view, marks: [...gridMarks, ...sceneMarks(scene), ...named] };
}
