import type { Tensor as OrtTensor } from "onnxruntime-web";
import type { DType } from "../core/expr.ts";
import type { Tensor } from "../core/policy.ts";
import { inTurn, unowned } from "./turns.ts";

/** Arrays on the device that a session made, with the holds on each; they must be gone before it is. */
export type Made = Map<OrtTensor, number>;

/** A hold on a float array in a GPU's memory, for the runtime that made it alone. */
export class Resident implements Tensor {
  readonly shape: readonly number[];
  #ended = false;

  /** `maker` is held on to, as the array goes with it. */
  constructor(
    private readonly array: OrtTensor,
    private readonly made: Made,
    readonly maker: object,
  ) {
    this.shape = array.dims;
    made.set(array, (made.get(array) ?? 0) + 1);
    lost.register(this, { array, made }, this);
  }

  get held(): OrtTensor {
    if (!this.#ended && this.made.has(this.array)) return this.array;
    throw new TypeError(`Cannot feed an array of [${this.shape}]: it was disposed of`);
  }

  get data(): never {
    throw new TypeError(`Cannot read an array of [${this.shape}]: it was kept on the device`);
  }

  share(): Resident {
    return new Resident(this.held, this.made, this.maker);
  }

  [Symbol.dispose](): void {
    if (this.#ended) return;
    this.#ended = true;
    lost.unregister(this);
    // The build may be in the middle of a run, even if of another session.
    void inTurn(() => Promise.resolve(end(this.array, this.made)));
  }
}

/** Frees all that a session made. */
export function freeAll(made: Made): void {
  for (const array of made.keys()) array.dispose();
  made.clear();
}

const lost = unowned<{ array: OrtTensor; made: Made }>(({ array, made }) => end(array, made));

function end(array: OrtTensor, made: Made): void {
  const holds = made.get(array);
  // A session that was released took its arrays along.
  if (holds === undefined) return;
  if (holds > 1) {
    made.set(array, holds - 1);
    return;
  }
  made.delete(array);
  array.dispose();
}

/** The type of what an array holds. */
export const dtype = (tensor: Tensor): DType =>
  !(tensor instanceof Resident) && tensor.data instanceof Int32Array ? "i32" : "f32";
