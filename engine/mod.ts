/** Differentiates, costs, interprets, lowers and runs expression graphs: the only folder that knows ONNX Runtime. */
export { type Adapter, adapter } from "./adapter.ts";
export { type AdamW, adamw } from "./adamw.ts";
export { flops } from "./cost.ts";
export { type Device, open } from "./devices.ts";
export { cpu, type Engine, engine } from "./engine.ts";
export { gradient, reached } from "./gradient.ts";
export { interpret } from "./interpret.ts";
export type { Kernel } from "./kernel.ts";
export { lower } from "./lower.ts";
export { native } from "./native.ts";
export type { Dialect } from "./operator.ts";
export { type Disagreement, disagreement, type Rehearsal, rehearsal } from "./rehearsal.ts";
export type { Runtime } from "./runtime.ts";
export { dtype } from "./resident.ts";
export { simplify } from "./simplify.ts";
export { web } from "./web.ts";
