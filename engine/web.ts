import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-web";
import type { Tensor } from "../core/policy.ts";
import { asked } from "./lower.ts";
import type { Runtime, Session } from "./runtime.ts";

/** The builds of onnxruntime-web that this project uses; each is loaded when first asked for. */
const builds = {
  wasm: () => import("onnxruntime-web/wasm"),
  webgpu: () => import("onnxruntime-web/webgpu"),
};
type Build = Awaited<ReturnType<typeof builds[keyof typeof builds]>>;

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
    create: (model) =>
      inTurn(async () => {
        const session = await build.InferenceSession.create(model, {
          executionProviders: [provider],
          graphOptimizationLevel: "all",
          logSeverityLevel: log,
        });
        return copied(build, session);
      }),
  };
}

let last: Promise<unknown> = Promise.resolve();

/** The build does one thing at a time in a process, and throws at a second. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work, work);
  last = turn;
  return turn;
}

/** Its memory is not the collector's: what nobody holds must be released by hand. */
const unheld = new FinalizationRegistry<InferenceSession>((session) =>
  void inTurn(() => session.release())
);

function copied({ Tensor: OrtArray }: Build, session: InferenceSession): Session {
  const outs = session.outputNames.map((inside) => ({ inside, name: asked(inside) }));
  const { inputNames } = session;
  const taken = ({ data, shape }: Tensor): OrtTensor =>
    data instanceof Int32Array
      ? new OrtArray("int32", data, shape)
      : new OrtArray("float32", data, shape);
  const held: Session = {
    run: (feeds, into) =>
      inTurn(async () => {
        const fed = Object.fromEntries(inputNames.map((name) => [name, taken(feeds[name]!)]));
        const found = await session.run(fed);
        return Object.fromEntries(outs.map(({ name, inside }) => {
          const { dims: shape, data } = found[inside]!;
          const own = into[name];
          if (!own) return [name, { shape, data: data as Tensor["data"] }];
          own.data.set(data as Tensor["data"]);
          return [name, own];
        }));
      }),
    release() {
      unheld.unregister(held);
      return inTurn(() => session.release());
    },
  };
  unheld.register(held, session, held);
  return held;
}
