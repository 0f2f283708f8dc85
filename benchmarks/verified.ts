import type { Answer, Example, Feedback, Kind } from "../core/mod.ts";

/** How answers that a program checks read as feedback: a label says whether one answer is right. */

/** Answers of a demonstrating program to one question, in no order. */
export interface Demonstrated {
  /** The next of them. */
  answer(): Answer;
  /** An answer to another question, to be read after this one. */
  elsewhere(): Answer;
}
/** What is known of an answer. */
export interface Verifier {
  /** 1 or 0. */
  right(y: Answer): number;
  /** The share of its steps that come before the first wrong one. */
  steps(y: Answer): number;
}

interface Reading<E> {
  /** Answers that are checked, one label each. */
  readonly cost: number;
  read(demonstrated: Demonstrated, verifier: Verifier): E[];
}
type Readings = { readonly [K in Kind]?: Reading<Feedback[K]> };

const readings: Readings = {
  /** Of two answers one right and one wrong; others are paid for in vain. */
  pairs: {
    cost: 2,
    read({ answer }, { right }) {
      const [a, b] = [answer(), answer()];
      if (right(a) === right(b)) return [];
      const [chosen, rejected] = right(a) ? [a, b] : [b, a];
      return [{ chosen, rejected, strength: 1 }];
    },
  },
  points: {
    cost: 1,
    read({ answer, elsewhere }, { right }) {
      const y = answer();
      return [{ answer: y, unrelated: { ...elsewhere(), prompt: y.prompt }, good: right(y) }];
    },
  },
  scored: {
    cost: 1,
    read({ answer }, { right }) {
      const y = answer();
      return [{ answer: y, score: right(y) }];
    },
  },
  demonstrations: {
    cost: 1,
    read({ answer }, { right }) {
      const y = answer();
      return right(y) ? [{ answer: y }] : [];
    },
  },
  /** Four answers by half of what is right at the end and half of what is right on the way; equals tell nothing. */
  lists: {
    cost: 4,
    read({ answer }, { right, steps }) {
      const scored = Array.from({ length: 4 }, answer)
        .map((y) => ({ y, score: (right(y) + steps(y)) / 2 }))
        .sort((a, b) => b.score - a.score);
      if (scored[0]!.score === scored[3]!.score) return [];
      return [{ answers: scored.map(({ y }) => y), scores: scored.map(({ score }) => score) }];
    },
  },
};

/** What checked answers can be read as. */
export const verifiedOffers = Object.keys(readings) as readonly Kind[];
/** Checks that an example of each kind takes. */
export const verifiedCosts = Object.fromEntries(
  Object.entries(readings).map(([kind, { cost }]) => [kind, cost]),
) as { readonly [K in Kind]?: number };

/**
 * What `n` checks make of one kind: whole examples, so that what is left over is never asked.
 * RangeError where checked answers do not read as this kind, or `n` is no count.
 */
export function readVerified<K extends Kind>(
  kind: K,
  n: number,
  name: string,
  verifier: Verifier,
  ask: (askings: number) => Iterable<Demonstrated>,
): Example<K>[] {
  if (!(Number.isInteger(n) && n >= 0)) {
    throw new RangeError(`Cannot draw ${n} checks: it must be a whole number from 0`);
  }
  const reading = readings[kind] as Reading<Example<K>> | undefined;
  if (!reading) {
    throw new RangeError(
      `Cannot draw ${kind} from ${name} as it offers only ${verifiedOffers.join(", ")}`,
    );
  }
  return [...ask(Math.floor(n / reading.cost))].flatMap((one) => reading.read(one, verifier));
}

/** Every question equally often, in an order of its own each time round: `n` of them, numbered. */
export function* dealt<Q>(
  questions: readonly Q[],
  n: number,
  shuffled: (round: number) => readonly Q[],
): Generator<readonly [question: Q, asking: number]> {
  for (let i = 0, order: readonly Q[] = []; i < n; i++) {
    if (i % questions.length === 0) order = shuffled(i / questions.length);
    yield [order[i % questions.length]!, i];
  }
}
