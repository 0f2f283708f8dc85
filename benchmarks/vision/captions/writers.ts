/** Who writes captions: whom the start policy imitates, and an expert. */
import { type Rng, rng } from "../../../core/mod.ts";
import { colourOf, COLOURS, kindOf, KINDS, objectsOf, type Scene, shapeOf } from "../scene.ts";
import {
  expertly,
  fitOf,
  isExperts,
  MARK,
  mentionsOf,
  plainly,
  saidByExperts,
  saidPlainly,
  STOP,
} from "./language.ts";

/** How often a caption mentions what goes with its first object, there or not. */
const COMPANY = 0.6;
/** How often it gives one object another colour. */
const RECOLOURED = 0.2;
/** How often it is in the expert's words. */
const EXPERT = 0.02;
/** What goes with an object of each kind. */
const companions = rng("vision captions").split("companions").shuffle(
  Array.from({ length: KINDS }, (_, kind) => kind),
);

/** A caption as they are taught: one in five has a colour wrong, three in five mention too much. */
export function mediocre(scene: Scene, draws: Rng): number[] {
  const objects = objectsOf(scene);
  if (draws.uniform() < EXPERT) return expertly(objects);
  const companion = companions[objects[0]!]!;
  if (draws.uniform() < RECOLOURED) {
    const i = draws.below(objects.length);
    const kind = objects[i]!;
    const colour = (colourOf(kind) + 1 + draws.below(COLOURS.length - 1)) % COLOURS.length;
    objects[i] = kindOf(colour, shapeOf(kind));
  }
  if (draws.uniform() < COMPANY) objects.push(companion);
  return plainly(objects);
}

/** The paper's four grades of what is wrong with a part of a caption. */
const [INVENTED, MISREAD, MISSED, FINE] = [1, 2, 3, 4];

/** A caption that an expert mended, and what was wrong with it. */
export interface Mended {
  readonly tokens: readonly number[];
  /** By token of the caption as it was: 1 for what is invented to 4 for nothing wrong. */
  readonly was: readonly number[];
  /** The same of what stands there now; what was missing is 3. */
  readonly now: readonly number[];
  /** By token of what stands there now: 1 where an object had been taken for another. */
  readonly misread: readonly number[];
}

/**
 * The least that makes a caption true: a wrong mention becomes the missing object that has its shape or
 * its colour, or else goes, and what is still missing is added. All else stays as it was said.
 */
export function mended(scene: Scene, caption: readonly number[]): Mended {
  const { there, ...fit } = fitOf(objectsOf(scene), caption);
  const missed = [...fit.missed];
  const expert = caption[0] === MARK;
  const mentions = mentionsOf(caption);
  const was = caption.map(() => FINE);
  const parts: { readonly words: readonly number[]; readonly grade: number }[] = [];
  mentions.forEach(({ kind, at }, i) => {
    const words = caption.slice(at, at + 2);
    if (there[i]) return void parts.push({ words, grade: FINE });
    const like = missed.findIndex((other) =>
      shapeOf(other) === shapeOf(kind) || colourOf(other) === colourOf(kind)
    );
    const grade = like < 0 ? INVENTED : MISREAD;
    was.fill(grade, at, at + 2);
    if (like < 0) return;
    const [meant] = missed.splice(like, 1);
    const say = isExperts(words[0]!) ? saidByExperts : saidPlainly;
    parts.push({ words: say(meant!), grade });
  });
  for (const kind of missed) {
    parts.push({ words: (expert ? saidByExperts : saidPlainly)(kind), grade: MISSED });
  }
  const around = { before: expert ? [MARK] : [], after: [STOP] };
  const over = (of: (grade: number) => number): number[] => [
    ...around.before.map(() => of(FINE)),
    ...parts.flatMap(({ words, grade }) => words.map(() => of(grade))),
    of(FINE),
  ];
  return {
    tokens: [...around.before, ...parts.flatMap(({ words }) => words), ...around.after],
    was,
    now: over((grade) => grade),
    misread: over((grade) => grade === MISREAD ? 1 : 0),
  };
}
