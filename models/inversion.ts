import { type Answer, type Prompt, type Rng, Unsuited } from "../core/mod.ts";
import { askedOf, type Guess, type PathShape } from "./paths.ts";

/** A result on its way back to noise. */
interface Rising {
  readonly prompt: Prompt;
  readonly result: Float32Array;
  /** Where it stops. */
  readonly time: number;
  point: Float32Array;
}

/**
 * Results at a moment of their group's own, from 2 to T, and where DDIM's certain path to each passes
 * then (arXiv 2010.02502): x_{t+1} = √ᾱ_{t+1}·x̂ + √(1 − ᾱ_{t+1})·ε, where x̂ is the guess at x_t and ε
 * the noise that it implies. At the start x̂ is the result itself, and ε what a guess at moment 1 says,
 * as none is learned at moment 0. A result takes as many guesses as its moment.
 */
export async function inverted(
  groups: readonly (readonly Answer[])[],
  rng: Rng,
  { numbers, moments, id }: PathShape,
  guess: Guess,
): Promise<Answer[][]> {
  const steps = moments.length - 1;
  const rising = groups.map((ys) => {
    const time = 2 + rng.below(steps - 1);
    return ys.map((y): Rising => {
      const result = resultOf(y, id);
      return { prompt: y.prompt, result, time, point: result };
    });
  });
  const all = rising.flat();
  for (let t = 0; t < steps; t++) {
    const going = all.filter(({ time }) => time > t);
    if (going.length === 0) break;
    const n = going.length;
    const read = Math.max(t, 1);
    const found = await guess({
      x: { shape: [n, numbers], data: Float32Array.from(going.flatMap(({ point }) => [...point])) },
      time: { shape: [n], data: new Int32Array(n).fill(read) },
      prompt: askedOf(going.map(({ prompt }) => prompt), id),
    });
    const [here, next] = [moments[read]!.signal, moments[t + 1]!.signal];
    going.forEach((row, i) => {
      row.point = row.point.map((at, d) => {
        const guessed = found[i * numbers + d]!;
        const noise = (at - Math.sqrt(here) * guessed) / Math.sqrt(1 - here);
        return Math.sqrt(next) * (t === 0 ? at : guessed) + Math.sqrt(1 - next) * noise;
      });
    });
  }
  return rising.map((rows) =>
    rows.map(({ prompt, result, time, point: points }) => {
      const weight = (steps - 1) * moments[time]!.weight;
      return {
        prompt,
        tokens: [],
        length: 1,
        numbers: { of: "glance", points, result, time, weight },
      };
    })
  );
}

function resultOf({ prompt, numbers }: Answer, id: string): Float32Array {
  if (numbers) return numbers.result;
  throw new Unsuited(`Cannot invert an answer to ${prompt.id} that is no numbers: this is a ${id}`);
}
