import type { Answer, Example, Feedback, Kind, Offer, Prompt, Rng } from "../core/mod.ts";
import { dealt } from "./verified.ts";

/** Different answers to one prompt, in no order, and how they may be compared. */
export interface Asked {
  readonly answers: readonly Answer[];
  /** One drawn label: did a beat b? */
  label(a: Answer, b: Answer): boolean;
  /** Which objective or group of raters gave such a label, by number: 0 where there is but one. */
  objective(winner: Answer, loser: Answer): number;
}

interface Reading<E> {
  /** Answers that are compared. */
  readonly size: number;
  /** Labels that are asked for, and charged. */
  readonly cost: number;
  /** Whether it is given only where answers have scores. */
  readonly scored?: true;
  read(asked: Asked, around: Around): E[];
}
/** What a reading may use beside what was asked. */
interface Around {
  /** An answer to another prompt, to be read after this one. */
  readonly elsewhere: (y: Answer) => Answer;
  /** A rating of an answer, off by the preferences' temperature; of a reading that is `scored`. */
  readonly score: (y: Answer) => number;
}
type Readings = { readonly [K in Kind]?: Reading<Feedback[K]> };

/** How labelled comparisons read as each kind of feedback. */
const readings: Readings = {
  pairs: of(2, (asked) => [{ ...decided(asked), strength: 1 }]),
  points: of(2, (asked, { elsewhere }) => {
    const { chosen, rejected } = decided(asked);
    return [
      { answer: chosen, unrelated: elsewhere(chosen), good: 1 },
      { answer: rejected, unrelated: elsewhere(rejected), good: 0 },
    ];
  }),
  // The one-sample estimate of how often an answer beats the start policy.
  scored: of(2, (asked) => {
    const { chosen, rejected } = decided(asked);
    return [{ answer: chosen, score: 1 }, { answer: rejected, score: 0 }];
  }),
  demonstrations: of(2, (asked) => [{ answer: decided(asked).chosen }]),
  lists: of(4, (asked) => {
    const ranked = ranking(asked);
    return [{ answers: ranked.map(({ y }) => y), scores: ranked.map(({ score }) => score) }];
  }),
  triples: of(3, (asked) => {
    const [gold, chosen, rejected] = ranking(asked).map(({ y }) => y) as [Answer, Answer, Answer];
    return [{ gold, chosen, rejected }];
  }),
  objectives: of(2, (asked) => {
    const pair = decided(asked);
    return [{ ...pair, objective: asked.objective(pair.chosen, pair.rejected) }];
  }),
  // Two ratings: a noisy rater would need four labels each for that standard error.
  scores: {
    size: 2,
    cost: 8,
    scored: true,
    read({ answers }, { score }) {
      const [first, second] = answers as [Answer, Answer];
      return [{ first, second, firstScore: score(first), secondScore: score(second) }];
    },
  },
};

/** Everything asked is one label of every pair there is. */
function of<E>(size: number, read: Reading<E>["read"]): Reading<E> {
  return { size, cost: size * (size - 1) / 2, read };
}

function decided({ answers, label }: Asked): { chosen: Answer; rejected: Answer } {
  const [a, b] = answers as [Answer, Answer];
  return label(a, b) ? { chosen: a, rejected: b } : { chosen: b, rejected: a };
}

/** Best first, by a round robin: a score is the share of the others beaten. Equals stay as drawn. */
function ranking({ answers, label }: Asked): { y: Answer; score: number }[] {
  const wins = answers.map(() => 0);
  answers.forEach((a, i) =>
    answers.slice(i + 1).forEach((b, j) => wins[label(a, b) ? i : i + 1 + j]!++)
  );
  return answers.map((y, i) => ({ y, score: wins[i]! / (answers.length - 1) }))
    .sort((a, b) => b.score - a.score);
}

/** What labelled comparisons can be read as, and what they can be where answers have scores too. */
export const scoredOffers = Object.keys(readings) as readonly Kind[];
export const offers = scoredOffers.filter((kind) => !readings[kind]!.scored);

/** Comparisons that an example of each kind takes. */
export const costs = Object.fromEntries(
  Object.entries(readings).map(([kind, { cost }]) => [kind, cost]),
) as { readonly [offer in Offer]?: number };

/**
 * What `n` comparisons make of one kind: examples of whole askings, so that what is left over is
 * never asked. RangeError where `name` offers no such feedback, as scores are where nobody knows
 * them, or `n` is no count.
 */
export function read<K extends Kind>(
  kind: K,
  n: number,
  name: string,
  ask: (askings: number, size: number) => Iterable<Asked>,
  elsewhere: (y: Answer) => Answer,
  score?: (y: Answer) => number,
): Example<K>[] {
  if (!(Number.isInteger(n) && n >= 0)) {
    throw new RangeError(`Cannot draw ${n} comparisons: it must be a whole number from 0`);
  }
  const reading = readings[kind] as Reading<Example<K>> | undefined;
  if (!reading || (reading.scored && !score)) {
    const offered = score ? scoredOffers : offers;
    throw new RangeError(
      `Cannot draw ${kind} from ${name} as it offers only ${offered.join(", ")}`,
    );
  }
  const askings = ask(Math.floor(n / reading.cost), reading.size);
  const around = { elsewhere, score: score! };
  return [...askings].flatMap((asked) => reading.read(asked, around));
}

/** Who writes the answers that labels compare, whatever the policy, and how they are compared. */
export interface ComparedWriter {
  readonly name: string;
  readonly prompts: readonly Prompt[];
  /** What the stream is called that an asking's answers and labels are drawn from. */
  readonly stream: string;
  write(prompt: Prompt, draws: Rng): Answer;
  /** One drawn label: did a beat b? */
  label(a: Answer, b: Answer, draws: Rng): boolean;
}

/** What `n` comparisons of a writer's answers make of one kind; each prompt as often, in a new order each time round. */
export function readWriter<K extends Kind>(
  kind: K,
  n: number,
  { name, prompts, stream, write, label }: ComparedWriter,
  from: Rng,
): Example<K>[] {
  function* ask(askings: number, size: number): Generator<Asked> {
    const order = from.split("order");
    for (const [prompt, i] of dealt(prompts, askings, (k) => order.split(k).shuffle(prompts))) {
      const lot = from.split(stream).split(i);
      yield {
        answers: Array.from({ length: size }, () => write(prompt, lot)),
        label: (a, b) => label(a, b, lot),
        objective: () => 0,
      };
    }
  }
  const others = from.split("unrelated");
  const elsewhere = ({ prompt }: Answer) => ({ ...write(others.pick(prompts), others), prompt });
  return read(kind, n, name, ask, elsewhere);
}
