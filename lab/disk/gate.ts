import { judged as judgedSchema, rng, toRecord } from "../../core/mod.ts";
import {
  type AtLook,
  type GatedFile,
  type GatedRun,
  type GateReport,
  type GateRow,
  type Gates,
  gates as gatesSchema,
  judgeRows,
  overall,
  pairJudgements,
  pairRuns,
  type RunsOptions,
} from "../../gate/mod.ts";
import { readRun, type Stored } from "./records.ts";
import { merge } from "./runs-merge.ts";
import { parse, parseJson } from "./schema.ts";

/** What the gate reads, and its report. */

export type Source =
  | { readonly kind: "run"; readonly run: GatedRun }
  | { readonly kind: "judged"; readonly file: GatedFile };

/** A run directory, or a file that `deno task judge` wrote; messages call it `name`. */
export async function readSource(path: string, name: string): Promise<Source> {
  let isFile: boolean;
  try {
    isFile = (await Deno.stat(path)).isFile;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new RangeError(
      `Cannot compare ${name}: ${path} does not exist; expected a run directory or a file of deno task judge`,
    );
  }
  if (!isFile) {
    const { plan, records } = await readRun(path);
    return { kind: "run", run: { source: name, plan, records } };
  }
  const judged = parse(judgedSchema, parseJson(await Deno.readTextFile(path), path), path);
  return { kind: "judged", file: { source: name, judged } };
}

/**
 * Several run directories as one, as the shards of a run are; see `merge`, which may refuse it. RangeError
 * where one is a judged file.
 */
export async function readTogether(
  given: readonly { readonly path: string; readonly name: string }[],
  { mixed, note }: { readonly mixed: boolean; note(line: string): void },
): Promise<Source> {
  const runs: Stored[] = [];
  for (const { path, name } of given) {
    const source = await readSource(path, name);
    if (source.kind !== "run") {
      throw new RangeError(
        `Cannot take ${name} together with others as one candidate: it is a judged file, expected a run directory`,
      );
    }
    runs.push({ ...source.run, directory: name });
  }
  const { plan, records, unknown } = merge(runs, { mixed });
  unknown.forEach((line) => note(line));
  return { kind: "run", run: { source: given.map(({ name }) => name).join(" + "), plan, records } };
}

/** A file of gates; without one the defaults. */
export async function readGates(path: string | undefined): Promise<Gates> {
  if (path === undefined) return gatesSchema.parse({ schema: 1 });
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new RangeError(`Cannot read gates: ${path} does not exist`);
  }
  // Its defaults make what goes in another type than what comes out.
  return parse(gatesSchema as typeof gatesSchema & { _input: Gates }, parseJson(text, path), path);
}

export interface GateOptions extends RunsOptions {
  /** One of several looks: what earlier ones decided is kept. */
  readonly look?: AtLook & { readonly before: GateReport | undefined };
}

const key = ({ method, on, measure }: Pick<GateRow, "method" | "on" | "measure">) =>
  JSON.stringify([method, on, measure]);

/** The report of one comparison. Equal sources and options give an equal report. */
export function gateReport(
  baselines: readonly Source[],
  candidate: Source,
  options: GateOptions,
): GateReport {
  const all = [...baselines, candidate];
  const runs = all.flatMap((source) => source.kind === "run" ? [source.run] : []);
  const files = all.flatMap((source) => source.kind === "judged" ? [source.file] : []);
  if (runs.length > 0 && files.length > 0) {
    throw new RangeError(
      `Cannot compare ${files[0]!.source} with ${
        runs[0]!.source
      }: one is a judged file and the other a run directory`,
    );
  }
  const { checks, pairs, notes, cards } = runs.length > 0
    ? pairRuns(runs.slice(0, -1), runs.at(-1)!, options)
    : pairJudgements(files.slice(0, -1), files.at(-1)!, options.gates, options.margins);
  const { before, ...look } = options.look ?? { before: undefined };
  const kept = new Map(
    (before?.rows ?? []).filter(({ state }) => state !== "inconclusive")
      .map((row) => [key(row), row]),
  );
  const open = pairs.filter((pair) => !kept.has(key(pair)));
  const found = judgeRows(open, rng("gate"), { ...look, decided: kept.size });
  const judged = new Map(found.map((row) => [key(row), row]));
  const { alpha } = options.gates;
  const rows = pairs.map((pair) => kept.get(key(pair)) ?? judged.get(key(pair))!);
  return {
    schema: 1,
    state: overall(rows, checks),
    baseline: side(baselines),
    candidate: side([candidate]),
    checks: [...checks],
    rows,
    measures: toRecord(
      [...new Set(rows.map(({ measure }) => measure))].flatMap((id) => cards.get(id) ?? []),
    ),
    looks: options.look
      ? [...before?.looks ?? [], {
        seeds: options.seeds!,
        alpha: look.level?.(alpha) ?? alpha,
      }]
      : [],
    notes: [
      ...runs.flatMap(({ source, plan: { mixed } }) =>
        mixed ? [`${source} is a mixture: ${mixed.join(". ")}`] : []
      ),
      ...notes,
    ],
  };
}

function side(sources: readonly Source[]): GateReport["baseline"] {
  const plans = sources.flatMap((source) => source.kind === "run" ? [source.run.plan] : []);
  return {
    sources: sources.map((one) => one.kind === "run" ? one.run.source : one.file.source),
    commits: [...new Set(plans.map(({ versions }) => versions.prefbench ?? "unknown"))],
    hosts: [...new Set(plans.map(({ ran }) => ran.host))],
  };
}
