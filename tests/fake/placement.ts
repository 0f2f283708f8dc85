import { engine, web } from "../../engine/mod.ts";
import { shapes, trained } from "../fixtures/training.ts";

/** Trains and samples on WebGPU; ONNX Runtime prints where it placed each node. */
const on = engine(await web("webgpu", { log: 0 }));
for (const shape of Object.values(shapes)) await trained(shape, on);
await on.close();
