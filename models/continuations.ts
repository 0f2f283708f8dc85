import type { Prompt, Rng, Sample, Tensor, Tensors } from "../core/mod.ts";
import { patchesOf, type PatchShape } from "./patches.ts";
import { type DrawnToken, type sampler, uniform22 } from "./sampling.ts";

/** Where a step's tokens are drawn: in the graph, by uniforms that it is fed, or on the host, from all scores. */
export interface Draws {
  readonly feeds: { readonly uniform?: Tensor };
  readonly into: { readonly token?: Tensor; readonly logp?: Tensor; readonly logits?: Tensor };
}

/** Room for the draws of so many rows. */
export function draws(rows: number, vocabulary: number, inGraph: boolean): Draws {
  const floats = (...shape: readonly number[]): Tensor => ({
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b)),
  });
  if (!inGraph) return { feeds: {}, into: { logits: floats(rows, vocabulary) } };
  const token = { shape: [rows], data: new Int32Array(rows) };
  return { feeds: { uniform: floats(rows) }, into: { token, logp: floats(rows) } };
}

/** When an answer is over, and how its tokens are drawn on the host. */
export interface SamplingLimits {
  readonly context: number;
  readonly longest: number;
  ends(token: number): boolean;
  readonly scores: ReturnType<typeof sampler>;
}

/** Prompts on the way to their answers, each in a row of its own. The first ones sample while the longer are still read. */
export class Continuations {
  readonly shortest: number;
  /** Most tokens that any of them comes to. */
  readonly end: number;
  readonly #answers: { readonly tokens: number[]; readonly logps: number[]; open: boolean }[];
  /** The answer of each row; rows beyond are of no meaning. */
  #seats: number[];

  constructor(
    private readonly prompts: readonly Prompt[],
    private readonly rngs: readonly Rng[],
    private readonly limits: SamplingLimits,
  ) {
    const lengths = prompts.map(({ tokens }) => tokens.length);
    this.shortest = Math.min(...lengths);
    this.end = Math.min(limits.context, Math.max(...lengths) + limits.longest);
    this.#answers = prompts.map(() => ({ tokens: [], logps: [], open: true }));
    this.#seats = [...prompts.keys()];
  }

  /** What all prompts have, the last of them repeated: `tokens` [shortest, rows], and their `patches`. */
  opening(rows: number, image: PatchShape | undefined): Tensors {
    const { prompts, shortest } = this;
    const filled = Array.from(
      { length: rows },
      (_, b) => prompts[Math.min(b, prompts.length - 1)]!,
    );
    const data = new Int32Array(shortest * rows);
    for (let t = 0; t < shortest; t++) {
      filled.forEach(({ tokens }, b) => data[t * rows + b] = tokens[t]!);
    }
    return { tokens: { shape: [shortest, rows], data }, ...patchesOf(filled, image) };
  }

  /** Before step t: the uniforms of the rows that go beyond their prompts. */
  spin({ feeds: { uniform } }: Draws, t: number): void {
    if (!uniform) return;
    this.#seats.forEach((i, b) => {
      if (this.#answers[i]!.open && t >= this.prompts[i]!.tokens.length) {
        uniform.data[b] = uniform22(this.rngs[i]!);
      }
    });
  }

  /** After step t: each open row's next token is its prompt's or the one drawn, and goes into `next`. */
  take(from: Draws, t: number, next: Tensor): void {
    const { context, longest, ends } = this.limits;
    this.#seats.forEach((i, b) => {
      const answer = this.#answers[i]!;
      if (!answer.open) return;
      const { tokens, begun } = this.prompts[i]!;
      if (t < tokens.length) {
        next.data[b] = tokens[t]!;
        return;
      }
      const { token, logp } = this.#drawn(from, b);
      answer.tokens.push(token);
      answer.logps.push(logp);
      next.data[b] = token;
      const before = begun?.tokens.length ?? 0;
      answer.open = !ends(token) && before + answer.tokens.length < longest && t + 1 < context;
    });
  }

  #drawn({ into: { token, logp, logits } }: Draws, b: number): DrawnToken {
    if (logits) {
      const width = logits.shape[1]!;
      const row = logits.data.subarray(b * width, (b + 1) * width);
      return this.limits.scores(row, this.rngs[this.#seats[b]!]!);
    }
    if (!(logp!.data[b]! > -Infinity)) {
      throw new RangeError(`Cannot sample: a token's log-probability is ${logp!.data[b]}`);
    }
    return { token: token!.data[b]!, logp: logp!.data[b]! };
  }

  /** The rows whose answers are not over. */
  open(): number[] {
    return [...this.#seats.keys()].filter((b) => this.#answers[this.#seats[b]!]!.open);
  }

  /** Goes on with these rows alone. */
  keep(which: readonly number[]): void {
    this.#seats = which.map((b) => this.#seats[b]!);
  }

  samples(): Sample[] {
    return this.#answers.map(({ tokens, logps }, i) => ({
      prompt: this.prompts[i]!,
      tokens,
      length: tokens.length,
      logps,
    }));
  }
}
