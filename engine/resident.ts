import type { Tensor as OrtTensor } from "onnxruntime-web";
import type { DType } from "../core/expr.ts";
import type { Tensor } from "../core/policy.ts";
import { inTurn, unowned } from "./turns.ts";

/** Arrays on the device that a session made; they must be gone before it is. */
export type Made = Set<OrtTensor>;

/** A float array in a GPU's memory, for the runtime that made it alone. */
export class Resident implements Tensor {
  readonly shape: readonly number[];

  /** `maker` is held on to, as the array goes with it. */
  constructor(
    private readonly array: OrtTensor,
    private readonly made: Made,
    readonly maker: object,
  ) {
    this.shape = array.dims;
    made.add(array);
    lost.register(this, { array, made }, this);
  }

  get held(): OrtTensor {
    if (this.made.has(this.array)) return this.array;
    throw new TypeError(`Cannot feed an array of [${this.shape}]: it was disposed of`);
  }

  get data(): never {
    throw new TypeError(`Cannot read an array of [${this.shape}]: it was kept on the device`);
  }

  [Symbol.dispose](): void {
    lost.unregister(this);
    // The build may be in the middle of a run, even if of another session.
    void inTurn(() => Promise.resolve(end(this.array, this.made)));
  }
}

/** Frees all that a session made. */
export function freeAll(made: Made): void {
  for (const array of made) end(array, made);
}

const lost = unowned<{ array: OrtTensor; made: Made }>(({ array, made }) => end(array, made));

function end(array: OrtTensor, made: Made): void {
  if (made.delete(array)) array.dispose();
}

export const dtype = (tensor: Tensor): DType =>
  !(tensor instanceof Resident) && tensor.data instanceof Int32Array ? "i32" : "f32";
