import {
  type Answer,
  type Comparison,
  type Example,
  type Feedback,
  type Kind,
  type Prompt,
  type Rng,
  rng,
  samePrompt,
  type Testbed,
  type Workshop,
  written,
} from "../../core/mod.ts";
import { evaluators } from "../../evaluators/mod.ts";
import { optimiser } from "../checked.ts";
import { wordByWord } from "../taught.ts";
import { dealt } from "../verified.ts";
import { base, LONGEST, model, own, sceneAt, type SeenScene } from "./captions/base.ts";
import { expertly, fitOf, wordOf, worthOf } from "./captions/language.ts";
import { coverage, hallucination, measuresBy, mentions } from "./captions/measures.ts";
import { captionPicture, scenePicture } from "./captions/pictures.ts";
import { mediocre, mended } from "./captions/writers.ts";
import { blinded, objectsOf, wordsOf } from "./scene.ts";
import type { Sight } from "./sight.ts";

const TEMPERATURE = 0.25;
const [TRAIN, TEST] = [512, 128];
/** Held-out comparisons a test prompt. */
const HELD = 2;
/** Chance that a patch is hidden where an image is seen in part. */
const HIDDEN = 0.3;

const questions = (split: "train" | "test", n: number): SeenScene[] => {
  const draws = rng("vision captions").split(split);
  return Array.from({ length: n }, (_, i) => sceneAt(`captions/${split}/${i}`, draws.split(i)));
};
interface Scenes {
  readonly train: readonly SeenScene[];
  readonly test: readonly SeenScene[];
}
let drawn: Scenes | undefined;
/** The same scenes for all seeds, drawn when first asked for. */
const split = (): Scenes =>
  drawn ??= { train: questions("train", TRAIN), test: questions("test", TEST) };
const prompts = (seen: readonly SeenScene[]): Prompt[] => seen.map(({ prompt }) => prompt);

/** What an expert who is shown a scene, or a caption of it, makes of that: a label each. */
type Expert = {
  readonly [K in Kind]?: (asked: SeenScene, own: Answer, draws: Rng) => readonly Feedback[K][];
};
const expert: Expert = {
  /** The expert's caption over one by whom the start policy imitates, who says things in plain words. */
  pairs: ({ scene, prompt }, _own, draws) => [{
    chosen: written(prompt, expertly(objectsOf(scene))),
    rejected: written(prompt, mediocre(scene, draws)),
    strength: 1,
  }],
  demonstrations: ({ scene, prompt }) => [{ answer: written(prompt, expertly(objectsOf(scene))) }],
  /** Where nothing is wrong there is no pair: it is paid for in vain. */
  edited: ({ scene, prompt }, own) => {
    const { tokens } = mended(scene, own.tokens);
    if (`${tokens}` === `${own.tokens}`) return [];
    return [{ chosen: written(prompt, tokens), rejected: own, strength: 1 }];
  },
  corrections: ({ scene, prompt }, own, draws) => {
    const { tokens, was, now, misread } = mended(scene, own.tokens);
    const blind = { ...prompt, patches: blinded(prompt.patches!, HIDDEN, draws) };
    const gold = written(prompt, expertly(objectsOf(scene)));
    const edited = written(prompt, tokens);
    return [{
      gold,
      edited,
      own,
      goldBlind: { ...gold, prompt: blind },
      editedBlind: { ...edited, prompt: blind },
      ownGrades: was,
      editedGrades: now,
      editedMisread: misread,
    }];
  },
};
const offers = Object.keys(expert) as readonly Kind[];
/** A scene is shown once, whatever is made of it. */
const costs = Object.fromEntries(offers.map((kind) => [kind, 1]));

/**
 * Captions of two to four objects on nine cells. Whom the start policy imitates mentions in three
 * captions of five what goes with the first object, there or not, and gives one object in one of five
 * another colour; so the likeliest captions invent as well. An expert's captions are true and in words
 * of their own, which the start policy hardly ever uses.
 */
export const captions: Sight = {
  summary: "Captions of scenes of two to four objects, and how much of what they say is not there.",
  offers,
  measures: [hallucination, coverage, mentions, ...evaluators],
  part: {
    title: "Policy of captions, and what it says of scenes",
    make: (workshop) => own(prompts(split().train), workshop),
  },
  open,
};

async function open(workshop: Workshop): Promise<Testbed> {
  const start = await base(workshop);
  const said = await own(prompts(split().train), workshop);
  const byId = new Map([...split().train, ...split().test].map((one) => [one.prompt.id, one]));
  const sceneOf = ({ id }: Prompt) => {
    const found = byId.get(id);
    if (found) return found.scene;
    throw new RangeError(`Cannot read prompt "${id}": vision/captions has no such scene`);
  };
  const there = (y: Answer) => objectsOf(sceneOf(y.prompt));
  const reward = (y: Answer) => worthOf(there(y), y.tokens);
  const chance = (a: Answer, b: Answer): number => {
    samePrompt(a, b);
    return 1 / (1 + Math.exp(-(reward(a) - reward(b)) / TEMPERATURE));
  };
  const held = heldOut(chance);
  return {
    model,
    start,
    optimiser: { ...optimiser, rate: 1e-3 },
    oracle: { id: "captions truth", prefer: async (a, b) => await chance(a, b) },
    evaluators: [
      ...measuresBy((y) => fitOf(there(y), y.tokens), (y) => there(y).length),
      ...evaluators,
    ],
    longest: LONGEST,
    prompts: (of) => prompts(split()[of]),
    label: async (a, b, draws) => await draws.uniform() < chance(a, b),
    costs,
    examples: (kind, n, draws) => examples(kind, n, said, draws),
    heldOut: () => held,
    reward: async (ys) => await Float64Array.from(ys, reward),
    show: (prompt) => `${wordsOf(sceneOf(prompt))}. What is there?`,
    showSteps: ({ tokens }) => wordByWord(tokens, wordOf),
    picture: (y) =>
      "prompt" in y ? captionPicture(sceneOf(y.prompt), y.tokens) : scenePicture(sceneOf(y)),
    truth: { temperature: TEMPERATURE },
  };
}

/** What `n` scenes are, shown to an expert. */
function examples<K extends Kind>(
  kind: K,
  n: number,
  said: readonly Answer[],
  draws: Rng,
): Example<K>[] {
  if (!(Number.isInteger(n) && n >= 0)) {
    throw new RangeError(`Cannot draw ${n} scenes: it must be a whole number from 0`);
  }
  const read = expert[kind];
  if (!read) {
    throw new RangeError(
      `Cannot draw ${kind} from vision/captions as it offers only ${offers.join(", ")}`,
    );
  }
  const order = draws.split("order");
  const scenes = split().train.map((seen, i) => ({ seen, own: said[i]! }));
  return [...dealt(scenes, n, (round) => order.split(round).shuffle(scenes))].flatMap(
    ([{ seen, own }, i]) => read(seen, own, draws.split("draws").split(i)),
  ) as Example<K>[];
}

/** Two captions of a test scene as they were taught, of which one is better. */
function heldOut(chance: (a: Answer, b: Answer) => number): Comparison[] {
  return split().test.flatMap(({ scene, prompt }, i) => {
    const draws = rng("vision captions").split("held").split(i);
    return Array.from({ length: HELD }, (): Comparison => {
      for (;;) {
        const [a, b] = [0, 1].map(() => written(prompt, mediocre(scene, draws))) as [
          Answer,
          Answer,
        ];
        const p = chance(a, b);
        if (p > 1 / 2) return { chosen: a, rejected: b, strength: p };
        if (p < 1 / 2) return { chosen: b, rejected: a, strength: 1 - p };
      }
    });
  });
}
