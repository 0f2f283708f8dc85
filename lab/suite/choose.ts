import { distance } from "fastest-levenshtein";
import { type Benchmark, type Card, leaves } from "../../core/mod.ts";

/** What the command line's lists of names choose from the registries, in the registries' order. */

/** A benchmark in one of its settings, not opened yet: what the command line calls a testbed. */
export interface BenchmarkSetting<B = Benchmark> {
  readonly benchmark: B;
  readonly setting: string;
}

interface Named {
  readonly id: string;
  readonly settings: { readonly [name: string]: unknown };
}

/**
 * Methods by `a,b`, `all` or `cell:…`, a cell of the taxonomy or the beginning of several. Throws a
 * RangeError that offers the nearest names, and says of a study's where it is run.
 */
export function chooseMethods<M extends Pick<Card, "id" | "taxonomy">>(
  spec: string,
  methods: readonly M[],
  studies: readonly string[] = [],
): M[] {
  const chosen = new Set<M>();
  for (const name of names(spec, "--methods")) {
    const found = name === "all"
      ? methods
      : name.startsWith("cell:")
      ? methods.filter(({ taxonomy }) => taxonomy.some((cell) => within(cell, name.slice(5))))
      : methods.filter(({ id }) => id === name);
    if (found.length === 0) {
      if (studies.includes(name)) {
        throw new RangeError(
          `Cannot run ${name}: it is a study of several runs, which deno task claims --methods ${name} judges`,
        );
      }
      throw name.startsWith("cell:")
        ? without(name.slice(5), methods)
        : unknown("method", name, methods.map(({ id }) => id));
    }
    for (const method of found) chosen.add(method);
  }
  return methods.filter((method) => chosen.has(method));
}

/** Testbeds by `id` (all its settings), `id/setting` or `all`; a RangeError offers the nearest names. */
export function chooseTestbeds<B extends Named>(
  spec: string,
  benchmarks: readonly B[],
): BenchmarkSetting<B>[] {
  const all = benchmarks.flatMap((benchmark) =>
    Object.keys(benchmark.settings).map((setting) => ({ benchmark, setting }))
  );
  const chosen = new Set<BenchmarkSetting<B>>();
  for (const name of names(spec, "--benchmarks")) {
    const found = all.filter((testbed) =>
      name === "all" || name === testbed.benchmark.id || name === full(testbed)
    );
    if (found.length === 0) {
      const id = name.split("/", 1)[0]!;
      const benchmark = benchmarks.find((benchmark) => benchmark.id === id);
      throw benchmark
        ? unknown(`setting of ${id}`, name.slice(id.length + 1), Object.keys(benchmark.settings))
        : unknown("benchmark", name, [...benchmarks.map(({ id }) => id), ...all.map(full)]);
    }
    for (const testbed of found) chosen.add(testbed);
  }
  return all.filter((testbed) => chosen.has(testbed));
}

function full({ benchmark, setting }: BenchmarkSetting<Named>): string {
  return `${benchmark.id}/${setting}`;
}

function names(spec: string, option: string): string[] {
  const found = spec.split(",").map((name) => name.trim());
  if (found.includes("")) {
    throw new RangeError(`Cannot read ${option} ${JSON.stringify(spec)}: a name in it is empty`);
  }
  return found;
}

function within(cell: string, prefix: string): boolean {
  return cell === prefix || cell.startsWith(`${prefix}/`);
}

/** What to say of a cell that chooses nobody: it is open, or misspelt. */
function without(name: string, methods: readonly Pick<Card, "taxonomy">[]): RangeError {
  if (leaves.some(({ cell }) => within(cell, name))) {
    return new RangeError(
      `Cannot choose from cell ${JSON.stringify(name)}: no method here stands in it`,
    );
  }
  const held = new Set(methods.flatMap(({ taxonomy }) => taxonomy));
  const known = leaves.map(({ cell }) => cell).filter((cell) => held.has(cell));
  return unknown("cell", name, prefixes(known));
}

function prefixes(cells: readonly string[]): string[] {
  return [
    ...new Set(cells.flatMap((cell) => {
      const steps = cell.split("/");
      return steps.map((_, i) => steps.slice(0, i + 1).join("/"));
    })),
  ];
}

function unknown(what: string, name: string, known: readonly string[]): RangeError {
  const start = `Unknown ${what} ${JSON.stringify(name)}`;
  if (known.length === 0) return new RangeError(`${start}: there is none`);
  if (known.length <= 6) return new RangeError(`${start}: there are ${known.join(", ")}`);
  // Who types the beginning of a name means it.
  const far = (other: string) => other.startsWith(name) ? 0 : distance(name, other);
  const least = Math.min(...known.map(far));
  const near = known.filter((other) => far(other) <= least + 1);
  near.sort((a, b) => far(a) - far(b));
  const are = near.length === 1 ? "is" : "are";
  return new RangeError(`${start}: the nearest ${are} ${near.slice(0, 4).join(", ")}`);
}
