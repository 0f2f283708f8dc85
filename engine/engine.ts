import { toDevice } from "../core/device.ts";
import type { Call, CallOptions, Graph, Tensors } from "../core/policy.ts";
import { type Kernel, kernel } from "./kernel.ts";
import { native, type NativeOptions } from "./native.ts";
import type { Runtime } from "./runtime.ts";
import { sessions } from "./sessions.ts";

/** Compiles and runs graphs. */
export interface Engine {
  /** The kernel of `f` for the shapes of these feeds: compiled once a function and set of shapes. */
  prepare(
    f: Graph,
    feeds: Tensors,
    free?: CallOptions["free"],
    keep?: CallOptions["keep"],
  ): Kernel;
  /** Prepares and runs. */
  readonly call: Call;
  /**
   * Float arrays where they are fed from at no cost: on the device if the engine has memory of its
   * own (copies, for the caller to dispose of), else the arrays themselves.
   */
  place(arrays: Tensors): Promise<Tensors>;
  close(): Promise<void>;
}

/** The CPU, through onnxruntime-node. */
export const cpu = (options: NativeOptions): Engine => engine(native(options));

/** An engine on a runtime: graphs are compiled once for each set of input shapes. */
export function engine(runtime: Runtime): Engine {
  const open = sessions(runtime);
  const kernels = new WeakMap<Graph, Kernel[]>();
  const prepare: Engine["prepare"] = (f, feeds, free = [], keep = []) => {
    let known = kernels.get(f);
    if (!known) kernels.set(f, known = []);
    const at = known.findIndex((k) => k.fits(feeds));
    if (at > 0) known.unshift(...known.splice(at, 1));
    if (at < 0) known.unshift(kernel(f, feeds, free, keep, open));
    return known[0]!;
  };
  const call: Call = (f, feeds, { free, into, keep } = {}) =>
    prepare(f, feeds, free, keep).run(feeds, into);
  return {
    prepare,
    call,
    place: (arrays) => runtime.away ? toDevice(call, arrays) : Promise.resolve(arrays),
    close: () => open.close(),
  };
}
