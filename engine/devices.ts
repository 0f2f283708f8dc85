import { type Engine, engine } from "./engine.ts";
import { native, type NativeOptions } from "./native.ts";
import type { Runtime } from "./runtime.ts";
import { web } from "./web.ts";

/** How an engine on a device computes, where that can be chosen. */
export type DeviceOptions = Omit<NativeOptions, "provider" | "dialect">;

const runtimes = {
  cpu: (options) => native(options),
  wasm: () => web("wasm"),
  webgpu: () => web("webgpu"),
  cuda: (options) => native({ ...options, provider: "cuda" }),
  "ort-webgpu": (options) => native({ ...options, provider: "webgpu" }),
} satisfies { readonly [device: string]: (options: DeviceOptions) => Runtime | Promise<Runtime> };

/**
 * Where graphs run: `cpu`, `cuda` and `ort-webgpu` through onnxruntime-node, `wasm` and `webgpu`
 * through onnxruntime-web.
 */
export type Device = keyof typeof runtimes;

/** An engine on a device. One that is not there throws at its first call. */
export async function open(device: Device, options: DeviceOptions): Promise<Engine> {
  return engine(await runtimes[device](options));
}
