import {
  type Answer,
  type Packed,
  type Prompt,
  type Rng,
  type Sample,
  type SampleOptions,
  type Tensor,
  Unsuited,
} from "../core/mod.ts";
import { refuseImage } from "./patches.ts";
import { checkSampling } from "./sampling.ts";
import { type Moment, normals } from "./schedule.ts";

/** Paths of a denoiser: how they are laid out to be read, and how they are drawn. */

export interface PathShape {
  /** How many numbers an answer is, D. */
  readonly numbers: number;
  /** By number, from 0 to T. */
  readonly moments: readonly Moment[];
  /** The model's name, for messages. */
  readonly id: string;
}

/** One step as it is read, or a result at one moment. */
interface Row {
  readonly time: number;
  readonly x: Float32Array;
  /** The guess of the result that the step would be the mean of. */
  readonly target: Float32Array;
  /** Nats that a squared error of the guess costs. */
  readonly weight: number;
  /** The log-probability where the guess is right, and the entropy. */
  readonly peak: number;
  readonly entropy: number;
}

/**
 * Lays answers out step by step, as many rows for each: N = B·S. Feeds: `x`, `target` [N, D], `time`
 * [N], `prompt` [N, tokens], `weight`, `peak`, `entropy` [N] as in a row, and 0 past a shorter
 * answer's end, where `within` [N] is not 1; `length` [B]. With `ends`: `result` [B, D], `end` [B],
 * which is moment 0, and `asked` [B, tokens].
 */
export function laidOut(ys: readonly Answer[], ends: boolean, shape: PathShape): Packed {
  const { numbers, id } = shape;
  const steps = Math.max(...ys.map(({ length }) => length));
  const said = ys[0]!.prompt.tokens.length;
  const n = ys.length * steps;
  const floats = (...dims: number[]) => (
    { shape: dims, data: new Float32Array(dims.reduce((a, b) => a * b)) }
  );
  const ints = (...dims: number[]) => (
    { shape: dims, data: new Int32Array(dims.reduce((a, b) => a * b)) }
  );
  const feeds = {
    x: floats(n, numbers),
    target: floats(n, numbers),
    weight: floats(n),
    peak: floats(n),
    entropy: floats(n),
    within: floats(n),
    time: ints(n),
    prompt: ints(n, said),
    length: { shape: [ys.length], data: Float32Array.from(ys, ({ length }) => length) },
  };
  ys.forEach((y, b) => {
    refuseImage(y.prompt);
    if (y.prompt.tokens.length !== said) throw unlike(y.prompt, said, id);
    rowsOf(y, shape).forEach((row, k) => {
      const at = b * steps + k;
      feeds.x.data.set(row.x, at * numbers);
      feeds.target.data.set(row.target, at * numbers);
      feeds.weight.data[at] = row.weight;
      feeds.peak.data[at] = row.peak;
      feeds.entropy.data[at] = row.entropy;
      feeds.within.data[at] = 1;
      feeds.time.data[at] = row.time;
      feeds.prompt.data.set(y.prompt.tokens, at * said);
    });
  });
  if (!ends) return { feeds, steps, free: {} };
  const end = { result: floats(ys.length, numbers), asked: ints(ys.length, said) };
  ys.forEach((y, b) => {
    end.result.data.set(y.numbers!.result, b * numbers);
    end.asked.data.set(y.prompt.tokens, b * said);
  });
  return { feeds: { ...feeds, ...end, end: ints(ys.length) }, steps, free: {} };
}

const unlike = ({ id, tokens }: Prompt, expected: number, model: string) =>
  new RangeError(
    `Cannot read prompt ${id} of ${tokens.length} tokens: ${model} reads ${expected} beside others`,
  );

function rowsOf(y: Answer, { numbers, moments, id }: PathShape): Row[] {
  const made = y.numbers;
  const steps = moments.length - 1;
  if (!made) throw new Unsuited(`Cannot read tokens as numbers: this is a ${id}`);
  if (made.of === "result") {
    throw new Unsuited(
      `Cannot score a result in answer to ${y.prompt.id}: how it came about is not known`,
    );
  }
  const expected = made.of === "path" ? steps - 1 : 1;
  const points = made.of === "path" ? steps : 1;
  if (
    y.length !== expected || made.points.length !== points * numbers ||
    made.result.length !== numbers
  ) {
    throw new RangeError(
      `Cannot read a ${made.of} of ${made.points.length} numbers to ${made.result.length} in ` +
        `${y.length} steps: ${id} reads ${points * numbers} to ${numbers} in ${expected}`,
    );
  }
  /** The entropy of a step, less half a nat a number: minus the log-density of its mean. */
  const spread = (time: number) => numbers / 2 * Math.log(2 * Math.PI * moments[time]!.variance);
  if (made.of === "glance") {
    const { time, weight, points: x, result: target } = made;
    // The hop to the result is certain, and has no density.
    const entropy = time === 1 ? 0 : (steps - 1) * (spread(time) + numbers / 2);
    return [{ time, x, target, weight, peak: -entropy, entropy }];
  }
  return Array.from({ length: y.length }, (_, k) => {
    const time = steps - k;
    const { stay, move, weight } = moments[time]!;
    const x = made.points.subarray(k * numbers, (k + 1) * numbers);
    const target = x.map((at, i) => (made.points[(k + 1) * numbers + i]! - stay * at) / move);
    const peak = -spread(time);
    return { time, x, target, weight, peak, entropy: numbers / 2 - peak };
  });
}

/** The guesses [N·D] of the results of points `x` [N, D] at moments `time` [N] after prompts [N, tokens]. */
export type Guess = (
  feeds: { readonly x: Tensor; readonly time: Tensor; readonly prompt: Tensor },
) => Promise<ArrayLike<number>>;

/**
 * Draws all paths together, each with noise of its own stream. Temperature τ takes the density of
 * each step to the power 1/τ, which is τ times its variance: at 0 every step is its mean. The first
 * noise is no step and stays what it is; with an opening it is that answer's. `Unsuited` for options
 * of countable steps: a beam, the likeliest few, one step alone.
 */
export async function drawn(
  prompts: readonly Prompt[],
  rngs: readonly Rng[],
  options: SampleOptions,
  { numbers, moments, id }: PathShape,
  guess: Guess,
): Promise<Sample[]> {
  const { temperature = 1, opening } = options;
  refuse(options, id);
  const [n, steps] = [prompts.length, moments.length - 1];
  if (n === 0) return [];
  const prompt = askedOf(prompts, id);
  const paths = prompts.map((asked, b) => {
    const points = new Float32Array(steps * numbers);
    points.set(opening ? firstOf(opening[b]!, numbers) : normals(numbers, rngs[b]!));
    return { prompt: asked, rng: rngs[b]!, points, logps: [] as number[] };
  });
  const here = (k: number) => {
    const x = new Float32Array(n * numbers);
    paths.forEach(({ points }, b) =>
      x.set(points.subarray(k * numbers, (k + 1) * numbers), b * numbers)
    );
    const time = { shape: [n], data: new Int32Array(n).fill(steps - k) };
    return guess({ x: { shape: [n, numbers], data: x }, time, prompt });
  };
  for (let k = 0; k < steps - 1; k++) {
    const { variance, stay, move } = moments[steps - k]!;
    const found = await here(k);
    const peak = -numbers / 2 * Math.log(2 * Math.PI * variance);
    const size = Math.sqrt(variance * temperature);
    paths.forEach(({ rng, points, logps }, b) => {
      let squares = 0;
      for (let i = 0; i < numbers; i++) {
        const noise = rng.normal();
        squares += noise * noise;
        points[(k + 1) * numbers + i] = stay * points[k * numbers + i]! +
          move * found[b * numbers + i]! + size * noise;
      }
      logps.push(peak - temperature * squares / 2);
    });
  }
  const last = await here(steps - 1);
  return paths.map(({ prompt, points, logps }, b): Sample => ({
    prompt,
    tokens: [],
    length: steps - 1,
    numbers: {
      of: "path",
      points,
      result: Float32Array.from({ length: numbers }, (_, i) => last[b * numbers + i]!),
    },
    logps,
  }));
}

/** Prompts [N, tokens], of which there are some. */
export function askedOf(prompts: readonly Prompt[], id: string): Tensor {
  prompts.forEach(refuseImage);
  const said = prompts[0]!.tokens.length;
  const odd = prompts.find(({ tokens }) => tokens.length !== said);
  if (odd) throw unlike(odd, said, id);
  const data = Int32Array.from(prompts.flatMap(({ tokens }) => tokens));
  return { shape: [prompts.length, said], data };
}

function refuse(options: SampleOptions, id: string): void {
  checkSampling(options);
  const { beams, topK = 0, topP = 1, step } = options;
  const odd = beams !== undefined
    ? "search by beams"
    : topK > 0 || topP < 1
    ? "keep the likeliest steps alone"
    : step
    ? "end after one step"
    : undefined;
  if (odd) {
    throw new Unsuited(`Cannot ${odd}: a ${id} draws whole paths, whose steps are densities`);
  }
}

/** The noise that a path begins as. */
function firstOf({ prompt, numbers: made }: Answer, numbers: number): Float32Array {
  if (made?.of === "path") return made.points.subarray(0, numbers);
  throw new RangeError(`Cannot begin as an answer to ${prompt.id}: it is no path of numbers`);
}
