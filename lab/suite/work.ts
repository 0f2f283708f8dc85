import type { Benchmark, Method, RunRecord } from "../../core/mod.ts";
import { type Device, open } from "../../engine/mod.ts";
import { cache } from "../disk/cache.ts";
import { runner } from "../train/run.ts";
import { variantOf } from "./variant.ts";
import type { OnProgress, Work } from "./worker.ts";
import { workshop } from "../train/workshop.ts";

export interface WorkOptions {
  readonly methods: readonly Method[];
  readonly benchmarks: readonly Benchmark[];
  /** Directory of the cache. */
  readonly cache: string;
  /** Hears what the user should know. */
  readonly remark: (line: string) => void;
  readonly commit: string;
  readonly host: string;
  readonly device: Device;
  /** Threads of one operator; 1 by default, as workers go side by side. */
  readonly threads?: number;
}

/** What a worker does with methods and benchmarks: one engine, and testbeds that stay open between runs. */
export async function work(options: WorkOptions): Promise<Work> {
  const { methods, benchmarks, remark, commit, host, device, threads = 1 } = options;
  let report: OnProgress = () => {};
  // A worker runs many small graphs.
  const engine = await open(device, { threads, arena: false });
  const shop = workshop({
    engine,
    cached: cache(options.cache, remark, device),
    progress: (title, done, note) => report(done, note ?? title),
  });
  const run = runner(engine, shop);
  return {
    async prepare({ benchmark, stage, part }, tell) {
      report = tell;
      await named(benchmark, benchmarks, "benchmark").stages![stage]![part]!.make(shop);
    },
    async run({ method, benchmark, setting, seed, budget, portion }, tell): Promise<RunRecord> {
      // What a testbed makes on opening is no part of the run's own progress.
      report = (_, note) => tell(0, note);
      const [at, began] = [new Date().toISOString(), performance.now()];
      const record = await run({
        method: variantOf(method, methods),
        benchmark: named(benchmark, benchmarks, "benchmark"),
        setting,
        seed,
        budget,
        ...portion ? { portion } : {},
        progress: tell,
        ran: () => ({ at, seconds: (performance.now() - began) / 1000, commit, host, device }),
      });
      // A variant draws as its method does, and is named apart on record alone.
      return { ...record, method };
    },
  };
}

function named<T extends { readonly id: string }>(id: string, all: readonly T[], what: string): T {
  const found = all.find((one) => one.id === id);
  if (!found) throw new RangeError(`Unknown ${what} ${JSON.stringify(id)}`);
  return found;
}
