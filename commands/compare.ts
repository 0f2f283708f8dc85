import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { writeAtomic } from "../lab/disk/atomic.ts";
import { gateReport, readGates, readSource, readTogether, type Source } from "../lab/disk/gate.ts";
import {
  comparePage,
  extended,
  type GateReport,
  type GateState,
  levelsAt,
  registry,
  type RunsOptions,
  seedsHeld,
} from "../mod.ts";
import { gateMarkdown, gateText } from "../reports/text/gate.ts";
import { plural } from "../reports/parts/format.ts";
import { gateJunit } from "../reports/text/junit.ts";
import { type Further, further } from "./further.ts";
import { here, positive, storeAt, whole } from "./input.ts";
import { print, printJson, say } from "./output.ts";

const codes: { readonly [state in GateState]: number } = {
  pass: 0,
  fail: 1,
  inconclusive: 0,
  incomparable: 3,
};

export const compare = new Command("compare")
  .description("Say whether a candidate has lost more than a margin against a baseline")
  .usage("[options] <baseline...> <candidate>, or <baseline...> --candidate <runs...>")
  .argument(
    "<runs...>",
    "run directories, or files of deno task judge: baselines, which are pooled, and the candidate last",
  )
  .option(
    "--candidate <runs...>",
    "run directories that are the candidate together, as shards are; all others are baselines then",
  )
  .option(
    "--mixed",
    "with --candidate, take together what code, packages, settings, processors or start policies part",
  )
  .option("--config <file>", "what is gated, as JSON (default: what each testbed is ranked by)")
  .option(
    "--margin <list>",
    "the loss that does not matter yet: 0.03, or win-rate=0.03,reward=0.1 (default: by measure)",
    margins,
  )
  .option("--seeds <n>", "compare the first seeds of the baseline alone (default: all)", whole)
  .addOption(
    new Option("--format <name>", "what to print").choices(
      ["text", "markdown", "json", "junit"] as const,
    ).default("text" as const),
  )
  .option("--json", "the same as --format json")
  .option("--html <file>", "write a page of what changed, down to single prompts")
  .option("--strict", "exit with 2 where it is inconclusive")
  .option(
    "--rerun",
    "where it is inconclusive, train the candidate from twice as many of the baseline's seeds, and again",
  )
  .option("--max-seeds <n>", "at most so many with --rerun (default: all the baseline has)", whole)
  .option("--workers <n>", "processes at a time with --rerun (default: one a core)", whole)
  .option("--cache <dir>", "where benchmarks keep what they make once (default: .cache)")
  .option("--verbose", "show what workers print, and where errors come from")
  .addHelpText(
    "after",
    `
Exit codes: 0 passed, or inconclusive without --strict; 1 failed, or could not run;
2 inconclusive with --strict; 3 incomparable

Examples:
  deno task compare results/baseline runs/mine
  deno task compare runs/monday,runs/tuesday runs/mine --margin win-rate=0.03 --html changes.html
  deno task compare results/baseline --candidate runs/part-1 runs/part-2
  deno task compare judged/before.json judged/after.json --format markdown --strict
  deno task compare results/baseline runs/mine --rerun --max-seeds 16`,
  );
compare.action(async (paths, options) => {
  const names = paths.flatMap((path) => path.split(",")).filter((name) => name !== "");
  const together = options.candidate ?? names.splice(-1);
  if (names.length === 0) {
    throw new RangeError(
      `Cannot compare ${
        plural(together.length, "run")
      }: name at least one baseline, and the candidate last`,
    );
  }
  if (options.rerun && together.length > 1) {
    throw new RangeError(
      "Cannot train further seeds of several runs: make them one by deno task merge",
    );
  }
  // The configuration first: nobody wants to hear of a typing error after reading gigabytes.
  const gates = await readGates(options.config === undefined ? undefined : here(options.config));
  const baselines: Source[] = [];
  for (const name of names) baselines.push(await readSource(here(name), name));
  const [only, another] = together;
  const candidate = only !== undefined && another === undefined
    ? await readSource(here(only), only)
    : await readTogether(together.map((name) => ({ path: here(name), name })), {
      mixed: options.mixed ?? false,
      note: say,
    });
  const settings = {
    gates,
    registry,
    ...options.seeds === undefined ? {} : { seeds: options.seeds },
    ...options.margin === undefined ? {} : { margins: options.margin },
  };
  const report = options.rerun
    ? await grown(baselines, candidate, settings, {
      directory: here(only!),
      store: storeAt(options.cache),
      workers: options.workers ?? navigator.hardwareConcurrency,
      verbose: options.verbose ?? false,
      most: options.maxSeeds,
    })
    : gateReport(baselines, candidate, settings);
  if (!report) return;
  if (options.html !== undefined) await writeAtomic(here(options.html), await comparePage(report));
  const strict = options.strict ?? false;
  const format = options.json ? "json" : options.format;
  if (format === "json") printJson(report);
  else {
    print({
      text: () => gateText(report),
      markdown: () => gateMarkdown(report).trimEnd(),
      junit: () => gateJunit(report, strict).trimEnd(),
    }[format]());
  }
  Deno.exitCode = report.state === "inconclusive" && strict ? 2 : codes[report.state];
});

/**
 * Looks at the candidate's seeds, then at twice as many, and so on while rows are inconclusive and
 * none has failed. How many looks there may be is settled before the first; undefined where a signal
 * stopped the training.
 */
async function grown(
  baselines: readonly Source[],
  candidate: Source,
  settings: RunsOptions,
  { most, ...place }: Pick<Further, "directory" | "store" | "workers" | "verbose"> & {
    most: number | undefined;
  },
): Promise<GateReport | undefined> {
  const before = baselines.flatMap((one) => one.kind === "run" ? [one.run] : []);
  if (candidate.kind !== "run" || before.length < baselines.length) {
    throw new RangeError("Cannot train further seeds of judged files: --rerun is for runs");
  }
  const held = seedsHeld(before);
  const first = settings.seeds ?? candidate.run.plan.seeds.length;
  const sizes = doubling(first, Math.max(first, Math.min(most ?? held.length, held.length)));
  const notes = most !== undefined && most > held.length
    ? [`The baseline holds ${held.length} seeds: no more can be compared, of ${most} asked for`]
    : [];
  let run = candidate.run;
  let report: GateReport | undefined;
  for (const [i, seeds] of sizes.entries()) {
    report = gateReport(baselines, { kind: "run", run }, {
      ...settings,
      seeds,
      look: { level: levelsAt(sizes, i), before: report },
    });
    const next = sizes[i + 1];
    if (report.state !== "inconclusive" || next === undefined) break;
    const more = await further({
      ...place,
      plan: candidate.run.plan,
      rows: report.rows.filter(({ state }) => state === "inconclusive"),
      seeds: held.slice(seeds, next),
    });
    if (!more) return undefined;
    run = extended(run, more);
  }
  return { ...report!, notes: [...notes, ...report!.notes] };
}

/** Sizes that double from the first to the most: 5, 10, 20. */
function doubling(first: number, most: number): number[] {
  const sizes = [first];
  while (sizes.at(-1)! < most) sizes.push(Math.min(most, 2 * sizes.at(-1)!));
  return sizes;
}

/** `0.03`, or `win-rate=0.03,reward=0.1`. */
function margins(text: string): ReadonlyMap<string, number> {
  return new Map(
    text.split(",").map((part) => {
      const words = part.split("=");
      if (words.length > 2 || words.length === 2 && words[0] === "") {
        throw new InvalidArgumentError("It must be a number above 0, or MEASURE=NUMBER.");
      }
      const [value, name = ""] = words.toReversed();
      return [name, positive(value!)] as const;
    }),
  );
}
