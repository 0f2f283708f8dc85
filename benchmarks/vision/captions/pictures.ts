import type { Mark, Picture } from "../../../core/mod.ts";
import { gridMarks, objectMark, objectsOf, type Scene, sceneMarks, view } from "../scene.ts";
import { fitOf, mentionsOf } from "./language.ts";

/** The ink of words. */
const TEXT = 6;
const PITCH = 0.5;
const RADIUS = 0.18;
/** As many as stand side by side under a scene. */
const MOST = 6;

/** A scene as it is: what the pixels are the noisy picture of. */
export const scenePicture = (scene: Scene): Picture => (
  { view, marks: [...gridMarks, ...sceneMarks(scene)] }
);

/** A scene, where what is not mentioned is faint; below it what is mentioned in order, with a stroke through what is not there. */
export function captionPicture(scene: Scene, caption: readonly number[]): Picture {
  const { there, missed } = fitOf(objectsOf(scene), caption);
  const left = [...missed];
  // Of equal objects the first are those that were mentioned.
  const faint = objectsOf(scene).toReversed().map((kind) => {
    const at = left.indexOf(kind);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  }).toReversed();
  const objects = sceneMarks(scene).map((mark, i): Mark => (
    faint[i] ? { ...mark, faint: true } : mark
  ));
  const [wide, high] = view;
  const y = high + PITCH;
  const mentioned = mentionsOf(caption).slice(0, MOST).flatMap(({ kind }, i): Mark[] => {
    const x = PITCH * (i + 0.5);
    const struck: Mark = {
      kind: "line",
      at: [x - RADIUS, y + RADIUS, x + RADIUS, y - RADIUS],
      ink: TEXT,
    };
    return [objectMark(kind, [x, y], RADIUS), ...there[i] ? [] : [struck]];
  });
  return {
    view: [wide, high + 2 * PITCH],
    marks: [
      ...gridMarks,
      ...objects,
      { kind: "line", at: [0, high, wide, high], ink: TEXT },
      ...mentioned,
    ],
  };
}
