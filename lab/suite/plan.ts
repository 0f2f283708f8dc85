import {
  type Benchmark,
  type Budget,
  budgetOn,
  cardsOf,
  type Plan,
  type PlanCell,
  rankingOf,
  summaryOf,
  toRecord,
} from "../../core/mod.ts";
import { provenance } from "../host/provenance.ts";
import type { BenchmarkSetting } from "./choose.ts";

export interface PlanOptions {
  readonly command: string;
  readonly preset: string;
  /** As `variant` names them. */
  readonly methods: readonly string[];
  readonly testbeds: readonly BenchmarkSetting[];
  /** Runs of each method on each testbed. */
  readonly seeds: number;
  /** Of each benchmark's own operations; labels cost no time, and fewer of them make seeds disagree. */
  readonly share: number;
  /** Instead of that, on either axis. */
  readonly budget: { readonly [axis in keyof Budget]: number | undefined };
  /** The part of the runs that is done here, where it is not all. */
  readonly shard?: Plan["shard"] | undefined;
  readonly device: string;
  readonly dataset?: NonNullable<Plan["dataset"]>;
  readonly versions: Plan["versions"];
  readonly ran: Plan["ran"];
}

/** A plan with what its runs are computed by here. */
export const computedHere = async (plan: Plan): Promise<Plan> => ({
  ...plan,
  provenance: await provenance(plan),
});

/** A choice of methods and testbeds spelled out; seeds count from 1. */
export function planOf(options: PlanOptions): Plan {
  const { command, preset, methods, testbeds, seeds, share, shard, device, versions, ran } =
    options;
  return {
    schema: 1,
    command,
    preset,
    methods: [...methods],
    cells: testbeds.map(({ benchmark, setting }) => {
      const budget = budgetOn(benchmark, setting);
      return cellOf(benchmark, setting, {
        flops: options.budget.flops ?? Math.ceil(budget.flops * share),
        queries: options.budget.queries ?? budget.queries,
      });
    }),
    seeds: Array.from({ length: seeds }, (_, i) => i + 1),
    ...shard ? { shard } : {},
    measures: measuresOf(testbeds.map(({ benchmark }) => benchmark)),
    device,
    ...options.dataset ? { dataset: options.dataset } : {},
    versions,
    ran,
  };
}

/** A testbed as a plan describes it. */
export function cellOf(benchmark: Benchmark, setting: string, budget: Budget): PlanCell {
  const { id } = benchmark;
  const summary = summaryOf(benchmark, setting);
  return { benchmark: id, setting, summary, budget, ...rankingOf(benchmark, setting) };
}

/** The cards of all that these can measure, each once. */
export function measuresOf(benchmarks: readonly Benchmark[]): NonNullable<Plan["measures"]> {
  return toRecord(cardsOf(...benchmarks.map(({ measures }) => measures)).values());
}
