import {
  type Answer,
  type Example,
  type Kind,
  type Prompt,
  resultAlone,
  type Rng,
  rng,
  type Workshop,
} from "../../core/mod.ts";
import { share, TWO_PERCENT } from "../../evaluators/scales.ts";
import { base } from "./base.ts";
import type { Domain, Given, MadeNumbers } from "./domain.ts";
import { apart, codeOf, COLUMNS, iconOf, icons, NOISE, ROWS } from "./icons.ts";
import { meanOf } from "./measures.ts";
import { subjectPicture } from "./pictures.ts";

// A prompt is three tokens: a place, a shape and a colour, each of which may be left open.
const PLACES = ROWS.length * COLUMNS.length;
const ANYWHERE = PLACES;
const [SHAPES, COLOURS] = [5, 6];
const SHAPE = ANYWHERE + 1;
const ANY_SHAPE = SHAPE + SHAPES;
/** The subject's name. Before anybody says what it means it is a rare word for any shape. */
const SUBJECT = ANY_SHAPE + 1;
const COLOUR = SUBJECT + 1;
const ANY_COLOUR = COLOUR + COLOURS;
const VOCABULARY = ANY_COLOUR + 1;
/** How often each is left open in a caption. */
const OPEN = 0.3;

/** An icon between the known ones: a shape, a colour, a size and a turn of its own. */
const LOOKS: { readonly [number: number]: number } = {
  0: 0.55,
  1: -0.2,
  2: -0.3,
  3: 0.55,
  6: 0.35,
  7: -0.35,
};
/** Where its place is among the numbers. */
const AT = 4;
/** Standard deviation of each number of a reference about the subject. */
const BLUR = 0.05;
/** The squared distance at which a likeness is 1/e. */
const REACH = 0.5;
/** What identity weighs against placement in their harmonic mean. */
const LAMBDA = 0.5;
/** From here on an icon is taken for the subject. */
const KNOWN = 0.5;

/** Where references are, two at each, and where prompts ask for the subject. */
const SPLIT = { references: [4, 0], train: [1, 3, 5], test: [2, 6, 7, 8] } as const;
/** Icons of the start policy, of any shape and colour. */
const OTHERS = 100;

const placeName = (place: number) => `${ROWS[Math.floor(place / 3)]}, ${COLUMNS[place % 3]}`;

/** The numbers of the subject at a place. */
export const subjectAt = (place: number): number[] => {
  const made = Array<number>(8).fill(0);
  for (const [i, x] of Object.entries(LOOKS)) made[Number(i)] = x;
  made[AT] = Math.floor(place / 3) - 1;
  made[AT + 1] = place % 3 - 1;
  return made;
};

export const subject: Domain = {
  id: "subject",
  shape: { ...icons.shape, vocabulary: VOCABULARY },
  wanted: Array.from({ length: PLACES }, (_, place) => `the subject ${placeName(place)}`),
  demonstration,
  given,
  check,
  rate: 5e-4,
  price: 1,
  measures: [
    meanOf({
      id: "identity",
      title: "likeness to the subject",
      unit: "similarity from 0 to 1",
      better: "higher",
      within: share,
      means: "How like the subject answers are in shape, colour, size and turn",
      margin: TWO_PERCENT,
    }, (made, token) => check(made, token).identity),
    meanOf({
      id: "placement",
      title: "at the place asked for",
      unit: "similarity from 0 to 1",
      better: "higher",
      within: share,
      means: "How near the place asked for answers are: what a prompt says beside its subject",
      margin: TWO_PERCENT,
    }, (made, token) => check(made, token).placement),
  ],
  samples: 64,
  words(made) {
    const [colour, shape, ...rest] = icons.words(made);
    return [identity(made) > KNOWN ? "the subject" : `a ${colour} ${shape}`, ...rest];
  },
  draw: (made) => subjectPicture(iconOf(made), made, identity(made) > KNOWN),
  sketch(token) {
    const made = subjectAt(token);
    return subjectPicture(iconOf(made), made, true);
  },
};

function identity(made: MadeNumbers): number {
  const squares = Object.entries(LOOKS)
    .reduce((sum, [i, x]) => sum + (made[Number(i)]! - x) ** 2, 0);
  return Math.exp(-squares / REACH);
}

/** The weighted harmonic mean r_λ of a likeness to the subject and one to what else is asked for. */
const harmonic = (identity: number, placement: number): number =>
  1 / (LAMBDA / (identity + 1e-8) + (1 - LAMBDA) / (placement + 1e-8));

/** exp(−2d²) each for the distances from the subject and from the place, and their harmonic mean. */
function check(made: MadeNumbers, token: number) {
  const placement = Math.exp(-apart(made, AT, subjectAt(token).slice(AT, AT + 2)) / REACH);
  const likeness = identity(made);
  return { reward: harmonic(likeness, placement), identity: likeness, placement };
}

function demonstration(draws: Rng) {
  const place = draws.below(PLACES);
  const [shape, colour] = [draws.below(SHAPES), draws.below(COLOURS)];
  const [large, right] = [draws.uniform() < 0.5, draws.uniform() < 0.5];
  const said = (token: number, open: number) => draws.uniform() < OPEN ? open : token;
  const tokens = [
    said(place, ANYWHERE),
    said(SHAPE + shape, draws.uniform() < 0.5 ? ANY_SHAPE : SUBJECT),
    said(COLOUR + colour, ANY_COLOUR),
  ];
  const icon = { shape, colour, row: Math.floor(place / 3), column: place % 3, large, right };
  return { tokens, made: codeOf(icon).map((x) => x + NOISE * draws.normal()) };
}

const promptAt = (place: number, of: number = SUBJECT): Prompt => ({
  id: `subject/${of === SUBJECT ? "" : "any/"}${place}`,
  tokens: [place, of, ANY_COLOUR],
});

/** Four results that show the subject, two at each of two places. */
function references(): Answer[] {
  const draws = rng("subject").split("references");
  return SPLIT.references.flatMap((place) =>
    [0, 1].map((): Answer => ({
      prompt: promptAt(place),
      tokens: [],
      length: 1,
      numbers: {
        of: "result",
        result: Float32Array.from(subjectAt(place), (x) => x + BLUR * draws.normal()),
      },
    }))
  );
}

/**
 * Four references, and what the start policy makes where any icon is asked for. Both are given, as
 * `points`, good and not; `demonstrations` are the references alone. Nobody compares answers.
 */
async function given(workshop: Workshop, domain: Domain): Promise<Given> {
  const { model, start } = await base(workshop, domain);
  const good = references();
  const asked = Array.from({ length: OTHERS }, (_, i) => promptAt(i % PLACES, ANY_SHAPE));
  const policy = workshop.policy(model, start);
  const others = (await policy.sample(asked, rng("subject").split("others"))).map(resultAlone);
  const prompts = {
    train: SPLIT.train.map((place) => promptAt(place)),
    test: SPLIT.test.map((place) => promptAt(place)),
  };
  return {
    prompts: (split) => prompts[split],
    comparisons: good.length + OTHERS,
    examples<K extends Kind>(kind: K, n: number, draws: Rng): Example<K>[] {
      const demonstrations = good.slice(0, n).map((answer) => ({ answer }));
      if (kind === "demonstrations") return demonstrations as Example<Kind>[] as Example<K>[];
      if (kind !== "points") {
        throw new RangeError(
          `Cannot draw ${kind} from subject as it offers only ${subjectOffers.join(", ")}`,
        );
      }
      const points = [
        ...demonstrations.map(({ answer }) => (
          { answer, unrelated: { ...draws.pick(others), prompt: answer.prompt }, good: 1 }
        )),
        ...others.slice(0, n - demonstrations.length).map((answer) => (
          { answer, unrelated: { ...draws.pick(good), prompt: answer.prompt }, good: 0 }
        )),
      ];
      return points as Example<Kind>[] as Example<K>[];
    },
    heldOut: () => [],
    lacks: { comparisons: "Nobody compares answers here" },
  };
}

/** What is given reads as. */
export const subjectOffers: readonly Kind[] = ["points", "demonstrations"];
