/** Differentiates, costs, interprets, lowers and runs expression graphs: the only folder that knows ONNX Runtime. */
export { type Adapter, adapter } from "./adapter.ts";
export { type AdamW, adamw, type AdamWSchedule, type AdamWState } from "./adamw.ts";
export { flops } from "./cost.ts";
export { type Device, type DeviceOptions, open } from "./devices.ts";
export { cpu, type Engine, engine } from "./engine.ts";
export { gradient, reached } from "./gradient.ts";
export { interpret } from "./interpret.ts";
export type { Kernel } from "./kernel.ts";
export { lower } from "./lower.ts";
export { native, type NativeOptions } from "./native.ts";
export type { Dialect } from "./operator.ts";
export {
  type Disagreement,
  disagreement,
  type Rehearsal,
  rehearsal,
  type RehearsalSize,
} from "./rehearsal.ts";
export type { Runtime, Session } from "./runtime.ts";
export { dtype } from "./resident.ts";
export { simplify } from "./simplify.ts";
export { web, type WebOptions } from "./web.ts";
