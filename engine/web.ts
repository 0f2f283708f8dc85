import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-web";
import type { Tensor } from "../core/policy.ts";
import { downloaded } from "./download.ts";
import { asked } from "./lower.ts";
import { freeAll, type Made, Resident } from "./resident.ts";
import type { Runtime, Session } from "./runtime.ts";
import { inTurn, unowned } from "./turns.ts";

/** The builds of onnxruntime-web that this project uses; each is loaded when first asked for. */
const builds = {
  wasm: () => import("onnxruntime-web/wasm"),
  webgpu: () => import("onnxruntime-web/webgpu"),
};
type Build = Awaited<ReturnType<typeof builds[keyof typeof builds]>>;

/** How onnxruntime-web computes. */
export interface WebOptions {
  /** ONNX Runtime's severity: 3 says errors alone, 0 also on which device each node was placed. */
  readonly log?: 0 | 1 | 2 | 3 | 4;
}

/** onnxruntime-web: the CPU in WebAssembly on one thread, or any GPU through WebGPU. */
export async function web(
  provider: keyof typeof builds,
  { log = 3 }: WebOptions = {},
): Promise<Runtime> {
  const build = await builds[provider]();
  build.env.wasm.numThreads = 1;
  return {
    dialect: "portable",
    // In Wasm there is no other memory.
    away: provider === "webgpu",
    create: (model, keep) =>
      inTurn(async () => {
        const session = await build.InferenceSession.create(model, {
          executionProviders: [provider],
          graphOptimizationLevel: "all",
          logSeverityLevel: log,
          // What the host wants of it is fetched together.
          preferredOutputLocation: provider === "webgpu" ? "gpu-buffer" : "cpu",
        });
        return copied(build, session, keep);
      }),
  };
}

interface Inside {
  readonly session: InferenceSession;
  readonly made: Made;
}

function release({ session, made }: Inside): Promise<void> {
  freeAll(made);
  return session.release();
}

const unheld = unowned(release);

function copied(build: Build, session: InferenceSession, keep: readonly string[]): Session {
  const outs = session.outputNames.map((inside) => ({ inside, name: asked(inside) }));
  const { inputNames } = session;
  const made: Made = new Map();
  const whole: Inside = { session, made };
  const held: Session = {
    run: (feeds, into) =>
      inTurn(async () => {
        const fed = Object.fromEntries(
          inputNames.map((name) => [name, taken(build.Tensor, feeds[name]!)]),
        );
        const found = await session.run(fed);
        const results: { [name: string]: Tensor } = {};
        const apart: { name: string; array: OrtTensor }[] = [];
        for (const { name, inside } of outs) {
          const array = found[inside]!;
          if (array.location === "cpu") {
            results[name] = written(array.dims, array.data as Tensor["data"], into[name]);
          } else if (keep.includes(name)) results[name] = new Resident(array, made, held);
          else apart.push({ name, array });
        }
        if (apart.length > 0) {
          const device = await build.env.webgpu.device as GPUDevice;
          const data = await downloaded(device, apart.map(({ array }) => array));
          apart.forEach(({ name, array }, i) => {
            results[name] = written(array.dims, data[i]!, into[name]);
            array.dispose();
          });
        }
        return results;
      }),
    release() {
      unheld.unregister(held);
      return inTurn(() => release(whole));
    },
  };
  unheld.register(held, whole, held);
  return held;
}

function taken(OrtArray: Build["Tensor"], tensor: Tensor): OrtTensor {
  if (tensor instanceof Resident) return tensor.held;
  const { data, shape } = tensor;
  return data instanceof Int32Array
    ? new OrtArray("int32", data, shape)
    : new OrtArray("float32", data, shape);
}

function written(
  shape: readonly number[],
  data: Tensor["data"],
  into: Tensor | undefined,
): Tensor {
  if (!into) return { shape, data };
  into.data.set(data);
  return into;
}
