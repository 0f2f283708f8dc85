import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { Tensor, Tensors } from "../core/policy.ts";
import { asked } from "./lower.ts";
import type { Dialect } from "./operator.ts";
import type { Runtime, Session } from "./runtime.ts";

/** How onnxruntime-node computes. */
export interface NativeOptions {
  /** Threads inside an operator. Two workers of one thread each beat one of two. */
  readonly threads: number;
  /**
   * Whether each session keeps its working memory between runs; true by default. Without, many
   * small sessions share the process's memory (a third of it in a worker); but a graph that needs
   * over 32 MB at once gets it fresh from the system each run, page by page (half as long again).
   */
  readonly arena?: boolean;
  /** `cpu` by default; the others exist where ONNX Runtime was built with them. */
  readonly provider?: "cpu" | "cuda" | "webgpu";
  /** By default `cpu` on the CPU and `portable` elsewhere. */
  readonly dialect?: Dialect;
}

/** onnxruntime-node: arrays are shared with it, never copied on the CPU. */
export function native(options: NativeOptions): Runtime {
  const { threads, arena = true, provider = "cpu" } = options;
  return {
    dialect: options.dialect ?? (provider === "cpu" ? "cpu" : "portable"),
    away: false,
    create: async (model) =>
      shared(
        await InferenceSession.create(model, {
          executionProviders: [provider],
          graphOptimizationLevel: "all",
          executionMode: "sequential",
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          logSeverityLevel: 3,
          enableCpuMemArena: arena,
          extra: {
            session: {
              // exp that lands on denormals is six to ten times slower.
              set_denormal_as_zero: "1",
              // Threads that spin on after a run take the cores from the next session: a DPO step on
              // two threads, which runs two sessions, took twice as long.
              force_spinning_stop: "1",
            },
          },
        }),
      ),
  };
}

function shared(session: InferenceSession): Session {
  const outs = session.outputNames.map((inside) => ({ inside, name: asked(inside) }));
  const { inputNames } = session;
  return {
    async run(feeds, into) {
      const fed: Record<string, OrtTensor> = {};
      for (const name of inputNames) fed[name] = viewed(feeds[name]!);
      const fetched: Record<string, OrtTensor | null> = {};
      for (const { name, inside } of outs) fetched[inside] = into[name] ? viewed(into[name]) : null;
      const found = await session.run(fed, fetched);
      const results: { [name: string]: Tensor } = {};
      for (const { name, inside } of outs) results[name] = into[name] ?? host(found[inside]!);
      return results as Tensors;
    },
    release: () => session.release(),
  };
}

const views = new WeakMap<Tensor, OrtTensor>();

/** ONNX Runtime's view of an array: shares its memory, and is made once. */
function viewed(tensor: Tensor): OrtTensor {
  let made = views.get(tensor);
  if (!made) {
    made = tensor.data instanceof Int32Array
      ? new OrtTensor("int32", tensor.data, tensor.shape)
      : new OrtTensor("float32", tensor.data, tensor.shape);
    views.set(tensor, made);
  }
  return made;
}

function host(result: OrtTensor): Tensor {
  return { shape: result.dims, data: result.data as Float32Array | Int32Array };
}
