import { join } from "node:path";
import type { Benchmark, Method, Part, Plan, Workshop } from "../../core/mod.ts";
import { exists } from "../disk/atomic.ts";
import { cache } from "../disk/cache.ts";
import { chosenDevice, deviceOf, type DeviceWish } from "../host/device.ts";
import { chooseMethods, chooseTestbeds } from "./choose.ts";
import { goingOn } from "./going-on.ts";
import { computedHere, planOf, type PlanOptions } from "./plan.ts";
import type { Stages } from "./queue.ts";
import { sweep } from "./sweep.ts";
import { variantOf } from "./variant.ts";
import { versions } from "../host/provenance.ts";
import { createRun, resumeRun, type Writable } from "../disk/records.ts";

/** A user's own rows: a benchmark that can say what was read. */
export interface OwnBenchmark extends Benchmark {
  /** What its owner should know of how the rows were read. */
  readonly remarks: readonly string[];
  describe(workshop: Workshop): Promise<NonNullable<Plan["dataset"]>>;
}

/** What there is to run. */
export interface Registries {
  readonly methods: readonly Method[];
  readonly benchmarks: readonly Benchmark[];
  /** Ids that are no methods, and not run by themselves. */
  readonly studies?: readonly string[];
  /** A user's rows, learned by the checkpoint in `model` if there is one, and by `lora` if given. */
  dataset(given: GivenRows): Promise<OwnBenchmark>;
}

/** Rows of a user's own, as a plan records them. */
export type GivenRows =
  & Pick<NonNullable<Plan["dataset"]>, "file" | "columns" | "lora">
  & { readonly model?: string | undefined };

/** What a user asked for, as typed. */
export interface Wish {
  readonly command: string;
  readonly preset: string;
  readonly methods: string;
  /** Hyperparameters of those methods, as `sweep` reads them. */
  readonly set: readonly string[];
  /** Without it, the user's own data if there are some, else `usual`. */
  readonly benchmarks: string | undefined;
  readonly usual: string;
  readonly seeds: number;
  readonly share: number;
  readonly shard?: PlanOptions["shard"];
  readonly budget: PlanOptions["budget"];
  readonly dataset: string | undefined;
  /** Which columns of it are meant: `prompt=question`. */
  readonly columns?: string | undefined;
  readonly device: DeviceWish;
  /** Directory of the user's own start policy. */
  readonly model: string | undefined;
  /** Adapters that learn in its place. */
  readonly lora: NonNullable<Plan["dataset"]>["lora"];
}

export interface SuiteSession {
  readonly run: Writable;
  readonly stages: Stages;
}

/** Makes the plan of a wish and its run directory. */
export async function begin(
  wish: Wish,
  { directory, ...place }: SuitePlace,
): Promise<SuiteSession> {
  const { plan, stages } = await planned(wish, place);
  return { run: await createRun(directory, plan), stages };
}

/** The plan of a wish, here and now. */
export async function planned(
  wish: Wish,
  { store, registries, note }: Omit<SuitePlace, "directory">,
): Promise<{ readonly plan: Plan } & Pick<SuiteSession, "stages">> {
  const { dataset, columns, model, lora } = wish;
  if (lora && dataset === undefined) {
    throw new RangeError(
      "Cannot learn by adapters without rows of your own: give them with --dataset, as the other testbeds learn as they do",
    );
  }
  if (columns !== undefined && dataset === undefined) {
    throw new RangeError("Cannot name columns without rows of your own: give them with --dataset");
  }
  const own = dataset === undefined
    ? undefined
    : await registries.dataset({ file: dataset, columns, model, lora });
  own?.remarks.forEach((line) => note(line));
  const benchmarks = own ? [...registries.benchmarks, own] : registries.benchmarks;
  const methods = sweep(
    chooseMethods(wish.methods, registries.methods, registries.studies),
    wish.set,
  );
  const testbeds = chooseTestbeds(wish.benchmarks ?? own?.id ?? wish.usual, benchmarks);
  checkModel(model, testbeds.map(({ benchmark: { id } }) => id), own?.id);
  // Last of all checks, as it takes a moment.
  const { device, adapter, notes } = await chosenDevice(wish.device);
  notes.forEach((line) => note(line));
  const plan = await computedHere(planOf({
    command: wish.command,
    preset: wish.preset,
    methods,
    testbeds,
    seeds: wish.seeds,
    shard: wish.shard,
    share: wish.share,
    budget: wish.budget,
    device,
    ...own ? { dataset: await own.describe(onlyCached(store, note)) } : {},
    versions: { ...await versions(device), ...adapter === undefined ? {} : { adapter } },
    ran: { at: new Date().toISOString(), host: Deno.hostname() },
  }));
  return { plan, stages: stagesOf(plan, benchmarks) };
}

/** A model of the user's own learns from the user's own rows, and from nothing else. */
function checkModel(
  model: string | undefined,
  chosen: readonly string[],
  own: string | undefined,
): void {
  const others = [...new Set(chosen.filter((id) => id !== own))];
  if (model === undefined || others.length === 0) return;
  throw new RangeError(
    `Cannot train ${model} on ${
      others.join(", ")
    }: each of these testbeds has its own start policy, for which its truth is known; give rows of your own with --dataset, and no other --benchmarks`,
  );
}

/**
 * Takes up a run directory, once all that its plan names is there, the user's data are as they were,
 * and what is left would be computed as what is done, or `mixed` lets that pass.
 */
export async function takeUp(
  { mixed = false, ...place }: SuitePlace & { readonly mixed?: boolean | undefined },
): Promise<SuiteSession> {
  const { directory, registries, note } = place;
  const { methods } = registries;
  let benchmarks: readonly Benchmark[] = [];
  const run = await resumeRun(directory, note, async (kept) => {
    const { plan } = kept;
    benchmarks = await benchmarksOf(plan, place);
    chooseMethods(plan.methods.map((name) => name.split("[")[0]!).join(), methods);
    for (const name of plan.methods) variantOf(name, methods);
    chooseTestbeds(
      plan.cells.map((cell) => `${cell.benchmark}/${cell.setting}`).join(),
      benchmarks,
    );
    const { device, adapter, notes } = await chosenDevice(deviceOf(plan.device));
    notes.forEach((line) => note(line));
    return await goingOn(kept, {
      methods,
      versions: { ...await versions(device), ...adapter === undefined ? {} : { adapter } },
      mixed,
      note,
    });
  });
  return { run, stages: stagesOf(run.plan, benchmarks) };
}

/** All benchmarks that a plan may name; a RangeError where the user's own data have changed since. */
export async function benchmarksOf(
  plan: Plan,
  { directory, store, registries, note }: SuitePlace,
): Promise<readonly Benchmark[]> {
  if (!plan.dataset) return registries.benchmarks;
  const { sha256, model, ...given } = plan.dataset;
  const own = await registries.dataset({ ...given, model: model?.directory });
  const now = await own.describe(onlyCached(store, note));
  if (now.sha256 !== sha256) {
    throw new RangeError(
      `Cannot go on with ${directory} as ${now.file} has changed: its SHA-256 is ${now.sha256}, expected ${sha256}`,
    );
  }
  if (now.model?.sha256 !== model?.sha256) {
    throw new RangeError(
      `Cannot go on with ${directory} as the checkpoint in ${now.model?.directory} has changed: its SHA-256 is ${now.model?.sha256}, expected ${model?.sha256}`,
    );
  }
  return [...registries.benchmarks, own];
}

/** Where a suite is done, and with what. */
export interface SuitePlace {
  readonly directory: string;
  /** Directory of the cache. */
  readonly store: string;
  readonly registries: Registries;
  readonly note: (line: string) => void;
}

/** What the testbeds of a plan begin from. */
export function stagesOf({ cells }: Pick<Plan, "cells">, benchmarks: readonly Benchmark[]): Stages {
  return Object.fromEntries(benchmarks.map(({ id, stages = [] }) => {
    const planned = new Set(
      cells.filter(({ benchmark }) => benchmark === id).map((cell) => cell.setting),
    );
    const asked = ({ settings }: Part) => settings?.some((name) => planned.has(name)) ?? true;
    return [id, stages.map((parts) => parts.map((part) => asked(part) ? part.title : undefined))];
  }));
}

/** The workshop of a process without an engine: enough to describe rows. */
function onlyCached(store: string, note: (line: string) => void): Workshop {
  const cannot = (): never => {
    throw new TypeError("Cannot compute while rows are described");
  };
  return {
    call: cannot,
    train: cannot,
    policy: cannot,
    cached: cache(store, note),
    progress() {},
  };
}

/** PARENT/DATE-PRESET, numbered from the second on: a directory that is not there. */
export async function freeDirectory(parent: string, preset: string): Promise<string> {
  const first = join(parent, `${new Date().toISOString().slice(0, 10)}-${preset}`);
  for (let n = 1;; n++) {
    const directory = n === 1 ? first : `${first}-${n}`;
    if (!await exists(directory)) return directory;
  }
}
