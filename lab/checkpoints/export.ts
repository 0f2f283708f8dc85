import { dirname, join } from "node:path";
import {
  type Benchmark,
  type Exported,
  type Method,
  type Plan,
  type Portion,
  rng,
  type RunRecord,
  settingOf,
} from "../../core/mod.ts";
import { cpu } from "../../engine/mod.ts";
import { writeAtomic } from "../disk/atomic.ts";
import { cache } from "../disk/cache.ts";
import { difference } from "../disk/difference.ts";
import { identity, type Key, runTitle, type Stored } from "../disk/records.ts";
import { runner } from "../train/run.ts";
import { workshop } from "../train/workshop.ts";

/** Which run's policy to take: the first seed unless named, the one language model unless named. */
export interface PolicyChoice {
  readonly method: string;
  /** `benchmark/setting`. */
  readonly benchmark: string | undefined;
  readonly seed: number | undefined;
}

/** The finished run that a choice names; a RangeError says what there is instead. */
export function chooseRun(
  { directory, plan, records }: Stored,
  choice: PolicyChoice,
  benchmarks: readonly Benchmark[],
): RunRecord {
  if (!plan.methods.includes(choice.method)) {
    throw new RangeError(
      `Cannot export ${choice.method} from ${directory}: its methods are ${
        plan.methods.join(", ")
      }`,
    );
  }
  const seed = choice.seed ?? plan.seeds[0]!;
  if (!plan.seeds.includes(seed)) {
    throw new RangeError(
      `Cannot export seed ${seed} from ${directory}: its seeds are ${plan.seeds.join(", ")}`,
    );
  }
  const { benchmark, setting } = cellOf(directory, plan, choice.benchmark, benchmarks);
  const key: Key = { method: choice.method, benchmark, setting, seed };
  const record = records.find((record) => identity(record) === identity(key));
  if (!record) {
    throw new RangeError(
      `Cannot export ${
        runTitle(key)
      }: the run is not finished, go on with it by deno task bench --resume ${directory}`,
    );
  }
  if (record.outcome !== "ok") {
    throw new RangeError(
      `Cannot export ${runTitle(key)}: its outcome is ${record.outcome}, expected ok${
        record.reason === undefined ? "" : ` (${record.reason})`
      }`,
    );
  }
  return record;
}

function cellOf(
  directory: string,
  { cells }: Plan,
  named: string | undefined,
  benchmarks: readonly Benchmark[],
): Plan["cells"][number] {
  const full = (cell: Plan["cells"][number]) => `${cell.benchmark}/${cell.setting}`;
  if (named !== undefined) {
    const found = cells.find((cell) => full(cell) === named);
    if (found) return found;
    throw new RangeError(
      `Cannot export from ${named}: testbeds of ${directory} are ${cells.map(full).join(", ")}`,
    );
  }
  const spoken = cells.filter((cell) =>
    benchmarks.some(({ id, family }) => id === cell.benchmark && family === "text")
  );
  const [only, another] = spoken.length > 0 ? spoken : cells;
  if (only && !another) return only;
  throw new RangeError(
    `Cannot choose where the policy comes from: name one of ${
      (spoken.length > 0 ? spoken : cells).map(full).join(", ")
    } with --benchmark`,
  );
}

export interface RetrainOptions {
  readonly method: Method;
  readonly benchmark: Benchmark;
  /** Directory of the cache. */
  readonly cache: string;
  /** The test prompts that the run was measured on, where those were not all. */
  readonly portion?: Portion;
  readonly note: (line: string) => void;
}

/** A policy as files, and how the run that it comes from compares with the recorded one. */
export interface Retrained extends Exported {
  /** The first thing that differs, measures before the rest; undefined where all is the same. */
  readonly difference: string | undefined;
}

/**
 * Trains the policy of a recorded run again, as a run leaves no parameters behind: on the machine
 * and by the code that made the record it is the same policy bit for bit. A RangeError where the
 * testbed's policy is no language model.
 */
export async function retrained(record: RunRecord, options: RetrainOptions): Promise<Retrained> {
  const { method, benchmark, note } = options;
  // As in a worker: another number of threads adds up in another order.
  const engine = cpu({ threads: 1, arena: false });
  try {
    let said: string | undefined;
    const shop = workshop({
      engine,
      cached: cache(options.cache, note),
      progress(what) {
        if (what !== said) note(said = what);
      },
    });
    const { setting, seed, budget } = record;
    const where = `${benchmark.id}/${setting}`;
    const opened = await benchmark.open(
      settingOf(benchmark, setting).with,
      rng(`${where}/${seed}`).split("data"),
      shop,
    );
    if (!opened.files) {
      throw new RangeError(
        `Cannot export ${
          runTitle(record)
        }: the policy of ${where} is a ${opened.model.id}, expected a language model`,
      );
    }
    // What no file can hold is refused before the training, not after it.
    opened.files(opened.start);
    note(`Training ${runTitle(record)} again`);
    let made: Exported | undefined;
    const again = await runner(engine, shop)({
      method,
      benchmark,
      setting,
      seed,
      budget,
      ...options.portion ? { portion: options.portion } : {},
      progress() {},
      ran: () => record.ran,
      trained: (testbed, params) => void (made = testbed.files!(params)),
    });
    if (!made) throw new Error(`Cannot export ${runTitle(record)}: ${again.reason}`);
    return { ...made, difference: difference(record, { ...again, method: record.method }) };
  } finally {
    await engine.close();
  }
}

/** A RangeError where a directory that is to be written holds something. */
export async function refuseFull(directory: string): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(directory)) {
      throw new RangeError(
        `Cannot export to ${directory} as it holds ${name}: choose another --out`,
      );
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

export async function writeExport(directory: string, { files }: Exported): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    const file = join(directory, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await writeAtomic(file, bytes);
  }
}
