import {
  type Answer,
  type Comparison,
  type Example,
  type Kind,
  type Prompt,
  type Rng,
  rng,
  same,
  samePrompt,
  type Testbed,
  type Workshop,
  written,
} from "../../core/mod.ts";
import { without } from "../../evaluators/mod.ts";
import regret from "../../evaluators/regret.ts";
import { optimiser } from "../checked.ts";
import { type Asked, costs, read } from "../labelled.ts";
import { wordByWord } from "../taught.ts";
import { dealt } from "../verified.ts";
import { askedAt, base, model, type Sought } from "./grounding/base.ts";
import { cards, fitOf, measuresBy } from "./grounding/measures.ts";
import { boxOf, careless, COLOURS, drawn, LONGEST, said, wordOf } from "./grounding/scene.ts";
import type { Sight } from "./sight.ts";

const offers: readonly Kind[] = [
  "pairs",
  "points",
  "scored",
  "demonstrations",
  "lists",
  "triples",
];
/** Of a few numbers nothing is said that texts are measured by; and the best answers are not listed. */
const common = without("steps").filter((measure) => measure !== regret);

const TEMPERATURE = 0.1;
const [TRAIN, TEST] = [512, 96];
/** One test scene in so many holds more rectangles than any that was learned from. */
const ODD = 4;
const MOST = 4;
/** Held-out comparisons a scene. */
const HELD = 2;
/** What a right box costs: it is one of 36², as an edge before another is one of 36 pairs. */
const GOLD = Math.ceil(Math.log2(36 ** 2));

const questions = (split: string, n: number, rectangles: (i: number) => number | undefined) => {
  const draws = rng("vision grounding").split(split);
  return Array.from(
    { length: n },
    (_, i) => askedAt(`grounding/${split}/${i}`, draws.split(i), rectangles(i)),
  );
};
/** Questions by split, the same for all seeds. */
interface Questions {
  readonly train: readonly Sought[];
  readonly test: readonly Sought[];
}
let known: Questions | undefined;
/** Drawn when first asked for. */
const allQuestions = (): Questions =>
  known ??= {
    train: questions("train", TRAIN, () => undefined),
    test: questions("test", TEST, (i) => i % ODD === 0 ? MOST : undefined),
  };

/**
 * One to three rectangles in noise, of which one is asked for by its colour: an answer is its left,
 * top, right and bottom edge, and worth the overlap with the right box (intersection over union).
 * Annotators whom the start policy imitates are a pixel off in three of ten edges and now and then box
 * another rectangle or leave an edge out; their boxes are what labels compare. A right box may be had
 * as a demonstration, at 11 labels. In a quarter of the test scenes there are four rectangles.
 */
export const grounding: Sight = {
  summary: "Boxes of the rectangle of a colour, worth how far they overlap with the right one; " +
    "a program knows that.",
  offers,
  measures: [...common, ...cards],
  budget: { flops: 5e10, queries: 20_000 },
  part: { title: "Policy that boxes rectangles", make: base },
  open: testbed,
};

async function testbed(workshop: Workshop): Promise<Testbed> {
  const start = await base(workshop);
  const split = allQuestions();
  const byId = new Map([...split.train, ...split.test].map((one) => [one.prompt.id, one]));
  const askedBy = ({ id }: Prompt): Sought => {
    const found = byId.get(id);
    if (found) return found;
    throw new RangeError(`Cannot find scene "${id}": vision/grounding has no such scene`);
  };
  const reward = (y: Answer): number => fitOf(askedBy(y.prompt), y);
  const chance = (a: Answer, b: Answer): number => {
    samePrompt(a, b);
    return 1 / (1 + Math.exp(-(reward(a) - reward(b)) / TEMPERATURE));
  };
  const label = (a: Answer, b: Answer, draws: Rng): boolean => draws.uniform() < chance(a, b);

  function* askings(n: number, size: number, draws: Rng): Generator<Asked> {
    const labels = draws.split("labels");
    for (const asked of inTurn(split.train, n, draws)) {
      yield {
        answers: meeting(asked, size, reward, draws),
        label: (a, b) => label(a, b, labels),
        objective: () => 0,
      };
    }
  }
  const heldOut = split.test.flatMap((asked, i): Comparison[] => {
    const draws = rng("vision grounding").split("held").split(i);
    return Array.from({ length: HELD }, () => {
      const [a, b] = meeting(asked, 2, reward, draws) as [Answer, Answer];
      const [chosen, rejected] = reward(a) > reward(b) ? [a, b] : [b, a];
      return { chosen, rejected, strength: chance(chosen, rejected) };
    });
  });

  return {
    model,
    start,
    optimiser,
    oracle: { id: "vision/grounding truth", prefer: async (a, b) => await chance(a, b) },
    evaluators: [...common, ...measuresBy(askedBy)],
    longest: LONGEST,
    samples: 8,
    prompts: (of) => split[of].map(({ prompt }) => prompt),
    label: async (a, b, draws) => await label(a, b, draws),
    costs: { ...costs, demonstrations: GOLD },
    examples<K extends Kind>(kind: K, n: number, draws: Rng): Example<K>[] {
      const others = draws.split("unrelated");
      const elsewhere = ({ prompt }: Answer): Answer => {
        const { scene, asked } = others.pick(split.train);
        return written(prompt, careless(scene, asked, others));
      };
      const ask = (many: number, size: number) => askings(many, size, draws);
      if (kind !== "demonstrations") return read(kind, n, "vision/grounding", ask, elsewhere);
      if (!(Number.isInteger(n) && n >= 0)) {
        throw new RangeError(`Cannot draw ${n} comparisons: it must be a whole number from 0`);
      }
      return [...inTurn(split.train, Math.floor(n / GOLD), draws)].map(({ prompt, asked }) => (
        { answer: written(prompt, said(asked.box)) }
      )) as Example<K>[];
    },
    checks: ["reward", "format", "iou"],
    check: async (ys) =>
      await ys.map((y) => ({
        reward: reward(y),
        format: boxOf(y.tokens) ? 1 : 0,
        iou: reward(y),
      })),
    prices: { checks: 2 },
    heldOut: () => heldOut,
    reward: async (ys) => await Float64Array.from(ys, reward),
    show: (prompt) => shown(askedBy(prompt)),
    showSteps: ({ tokens }) => wordByWord(tokens, wordOf),
    picture: (y) =>
      "prompt" in y ? drawn(askedBy(y.prompt).scene, boxOf(y.tokens)) : drawn(askedBy(y).scene),
    truth: { temperature: TEMPERATURE },
  };
}

/** Scenes, each equally often, in an order of its own each time round. */
function* inTurn(scenes: readonly Sought[], n: number, draws: Rng): Generator<Sought> {
  const order = draws.split("order");
  for (const [asked] of dealt(scenes, n, (round) => order.split(round).shuffle(scenes))) {
    yield asked;
  }
}

/** Different answers of annotators, of which the first two are not worth the same; in no order. */
function meeting(
  { prompt, scene, asked }: Sought,
  size: number,
  reward: (y: Answer) => number,
  draws: Rng,
): Answer[] {
  const found: Answer[] = [];
  while (found.length < size) {
    const y = written(prompt, careless(scene, asked, draws));
    const [first] = found;
    const repeated = found.some((other) => same(other, y));
    if (!repeated && !(found.length === 1 && reward(y) === reward(first!))) found.push(y);
  }
  return draws.shuffle(found);
}

/** "blue 0 0 3 2, red 4 1 8 5. Where is red?" */
const shown = ({ scene, asked }: Sought): string =>
  `${scene.map(({ colour, box }) => `${COLOURS[colour]} ${box.join(" ")}`).join(", ")}. ` +
  `Where is ${COLOURS[asked.colour]}?`;
