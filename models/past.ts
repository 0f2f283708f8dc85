import type { Tensor } from "../core/mod.ts";

/**
 * The keys and values that sampling has behind it, on the host: for each name an array [B, H, t, d]
 * with room for more steps, so that a head's steps lie side by side and few are ever moved.
 */
export class Past {
  /** Steps filled. */
  steps = 0;
  /** 0 at the steps filled, and elsewhere what a score cannot outweigh. */
  #mask: Tensor = { shape: [0], data: new Float32Array() };
  #tensors: { readonly [name: string]: Tensor } = {};
  #fresh: Tensor;
  readonly #data: readonly { readonly name: string; readonly data: Float32Array }[];
  #rows: number;
  #room = 0;

  /** `longest` steps at most, made room for `bucket` at a time. */
  constructor(
    names: readonly string[],
    rows: number,
    private readonly heads: number,
    private readonly width: number,
    private readonly longest: number,
    private readonly bucket: number,
  ) {
    const size = rows * heads * longest * width;
    this.#data = names.map((name) => ({ name, data: new Float32Array(size) }));
    this.#rows = rows;
    this.#fresh = this.#step();
  }

  /** Where a step of every row is to be written before `add`: [names · B, H · d]. */
  get fresh(): Tensor {
    return this.#fresh;
  }

  /** What a step is fed. */
  get feeds(): { readonly [name: string]: Tensor } {
    return { ...this.#tensors, mask: this.#mask };
  }

  /** Takes the first steps of every row, as arrays [B, H, steps, d]. */
  open(first: { readonly [name: string]: Tensor }, steps: number): void {
    this.#reserve(steps + 1);
    const block = steps * this.width;
    for (const { name, data } of this.#data) {
      const from = first[name]!.data as Float32Array;
      for (let i = 0; i < this.#rows * this.heads; i++) {
        data.set(from.subarray(i * block, (i + 1) * block), i * this.#room * this.width);
      }
    }
    this.steps = steps;
    this.#mask.data.fill(0, 0, steps);
  }

  /** Takes up the step that `fresh` holds. */
  add(): void {
    const { width } = this;
    const fresh = this.#fresh.data;
    const blocks = this.#rows * this.heads;
    this.#data.forEach(({ data }, n) => {
      // By number and not by `set`: the pieces are too short for it.
      for (let i = 0, from = n * blocks * width; i < blocks; i++) {
        const to = (i * this.#room + this.steps) * width;
        for (let j = 0; j < width; j++) data[to + j] = fresh[from++]!;
      }
    });
    this.#mask.data[this.steps++] = 0;
    this.#reserve(this.steps + 1);
  }

  /** Goes on with these rows alone, in ascending order; `rows` of them, the last ones of no meaning. */
  keep(which: readonly number[], rows: number): void {
    const size = this.heads * this.#room * this.width;
    for (const { data } of this.#data) {
      which.forEach((from, to) => data.copyWithin(to * size, from * size, (from + 1) * size));
    }
    this.#rows = rows;
    this.#fresh = this.#step();
    this.#view();
  }

  #step(): Tensor {
    const shape = [this.#data.length * this.#rows, this.heads * this.width];
    return { shape, data: new Float32Array(shape[0]! * shape[1]!) };
  }

  #reserve(steps: number): void {
    if (steps <= this.#room || this.#room === this.longest) return;
    const room = Math.min(this.longest, Math.ceil(steps / this.bucket) * this.bucket);
    const [before, after] = [this.#room * this.width, room * this.width];
    const filled = this.steps * this.width;
    for (const { data } of this.#data) {
      for (let i = this.#rows * this.heads - 1; i > 0; i--) {
        data.copyWithin(i * after, i * before, i * before + filled);
      }
    }
    this.#room = room;
    const mask = new Float32Array(room).fill(-1e9);
    mask.fill(0, 0, this.steps);
    this.#mask = { shape: [room], data: mask };
    this.#view();
  }

  #view(): void {
    const shape = [this.#rows, this.heads, this.#room, this.width];
    const size = shape.reduce((a, b) => a * b);
    this.#tensors = Object.fromEntries(
      this.#data.map(({ name, data }) => [name, { shape, data: data.subarray(0, size) }]),
    );
  }
}
