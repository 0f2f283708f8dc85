import type { Tensor as OrtTensor } from "onnxruntime-web";
import type { DType } from "../core/expr.ts";
import type { Tensor } from "../core/policy.ts";
import { unowned } from "./turns.ts";

/** Arrays on the device that a session made; they must be gone before it is. */
export type Made = Set<OrtTensor>;

/** A float array in a GPU's memory, for the runtime that made it alone. */
export class Resident implements Tensor {
  readonly shape: readonly number[];

  /** `maker` is held on to, as the array goes with it. */
  constructor(readonly held: OrtTensor, private readonly made: Made, readonly maker: object) {
    this.shape = held.dims;
    made.add(held);
    lost.register(this, { held, made }, this);
  }

  get data(): never {
    throw new TypeError(`Cannot read an array of [${this.shape}]: it was kept on the device`);
  }

  /** To be called in a turn of the runtime's. */
  free(): void {
    lost.unregister(this);
    end(this.held, this.made);
  }
}

/** Frees all that a session made. */
export function freeAll(made: Made): void {
  for (const held of made) end(held, made);
}

const lost = unowned<{ held: OrtTensor; made: Made }>(({ held, made }) => end(held, made));

function end(held: OrtTensor, made: Made): void {
  if (made.delete(held)) held.dispose();
}

export const dtype = (tensor: Tensor): DType =>
  !(tensor instanceof Resident) && tensor.data instanceof Int32Array ? "i32" : "f32";
