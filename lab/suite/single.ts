import { join } from "node:path";
import {
  type Benchmark,
  type Budget,
  budgetOn,
  type Method,
  type RunRecord,
} from "../../core/mod.ts";
import { root, versions } from "../host/provenance.ts";
import type { OnProgress } from "./worker.ts";

/** What one run needs to know. */
export interface RunOptions {
  readonly method: Method;
  readonly benchmark: Benchmark;
  readonly setting: string;
  readonly seed: number;
  /** The benchmark's own by default. */
  readonly budget?: Budget;
  /** Directory of what benchmarks make once; the project's `.cache` by default. */
  readonly cache?: string;
  /** Threads of one operator; 1 by default. */
  readonly threads?: number;
  /** Hears how far the run has come. */
  readonly progress?: OnProgress;
}

/**
 * One method on one testbed from one seed, in this process. Equal arguments give equal records,
 * `ran` aside. Divergence and an unsupported pairing are outcomes of the record, not errors; a
 * RangeError if the benchmark has no such setting.
 */
export async function run(options: RunOptions): Promise<RunRecord> {
  const { method, benchmark, setting, seed, budget, threads, progress } = options;
  // Loaded when needed: what only lists or reports has no use for an engine.
  const { work } = await import("./work.ts");
  const { prefbench } = await versions();
  const { run } = await work({
    methods: [method],
    benchmarks: [benchmark],
    cache: options.cache ?? join(root, ".cache"),
    remark: (line) => console.error(line),
    commit: prefbench!,
    host: Deno.hostname(),
    device: "cpu",
    ...threads === undefined ? {} : { threads },
  });
  return await run(
    {
      method: method.id,
      benchmark: benchmark.id,
      setting,
      seed,
      budget: budget ?? budgetOn(benchmark, setting),
    },
    progress ?? (() => {}),
  );
}
