import { InferenceSession } from "onnxruntime-node";

/** ONNX Runtime sessions by the hash of their graph, the least recently used released first. */
export interface Sessions {
  get(key: string, bytes: Uint8Array): Promise<InferenceSession>;
  /** Sessions created so far. */
  readonly made: number;
  close(): Promise<void>;
}

export interface SessionOptions {
  /** Threads inside an operator. Two workers of one thread each beat one of two. */
  readonly threads: number;
  /** Sessions kept. */
  readonly keep?: number;
  /**
   * Whether each session keeps its working memory between runs; true by default. Without, many
   * small sessions share the process's memory (a third of it in a worker); but a graph that needs
   * over 32 MB at once gets it fresh from the system each run, page by page (half as long again).
   */
  readonly arena?: boolean;
}

export function sessions({ threads, keep = 128, arena = true }: SessionOptions): Sessions {
  const open = new Map<string, Promise<InferenceSession>>();
  let made = 0;
  return {
    get made() {
      return made;
    },
    get(key, bytes) {
      let session = open.get(key);
      if (session) open.delete(key);
      else {
        made++;
        session = create(bytes, threads, arena);
        // A dropped session is freed by the collector once its last run is over.
        if (open.size >= keep) open.delete(open.keys().next().value!);
      }
      open.set(key, session);
      return session;
    },
    async close() {
      for (const session of open.values()) await (await session).release();
      open.clear();
    },
  };
}

function create(bytes: Uint8Array, threads: number, arena: boolean): Promise<InferenceSession> {
  return InferenceSession.create(bytes, {
    executionProviders: ["cpu"],
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
        // Threads that spin on after a run take the cores from the next session: a DPO step on two
        // threads, which runs two sessions, took twice as long.
        force_spinning_stop: "1",
      },
    },
  });
}
