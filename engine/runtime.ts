import type { Tensor, Tensors } from "../core/policy.ts";
import type { Dialect } from "./operator.ts";

/** A build of ONNX Runtime on one device. */
export interface Runtime {
  readonly dialect: Dialect;
  /** Whether it has memory of its own, where arrays stay that are kept. */
  readonly away: boolean;
  /** `keep` lists outputs that may stay on the device. */
  create(model: Uint8Array, keep: readonly string[]): Promise<Session>;
}

/** A model ready to run. One that nobody holds any more is freed with the collector's next round. */
export interface Session {
  /** Runs on arrays by input name; gives arrays by output name, `into` those that are named there. */
  run(feeds: Tensors, into: { readonly [output: string]: Tensor }): Promise<Tensors>;
  release(): Promise<void>;
}
