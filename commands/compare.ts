import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { writeAtomic } from "../lab/atomic.ts";
import { compare as compared, readGates, readSource, type Source } from "../lab/gate.ts";
import { comparePage, type GateState } from "../mod.ts";
import { gateMarkdown, gateText } from "../reports/gate.ts";
import { gateJunit } from "../reports/junit.ts";
import { headlines, measure } from "../reports/measures.ts";
import { here, positive, whole } from "./input.ts";
import { print, printJson } from "./output.ts";

const codes: { readonly [state in GateState]: number } = {
  pass: 0,
  fail: 1,
  inconclusive: 0,
  incomparable: 3,
};

export const compare = new Command("compare")
  .description("Say whether a candidate has lost more than a margin against a baseline")
  .usage("[options] <baseline...> <candidate>")
  .argument(
    "<runs...>",
    "run directories, or files of deno task judge: baselines, which are pooled, and the candidate last",
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
  .addHelpText(
    "after",
    `
Exit codes: 0 passed, or inconclusive without --strict; 1 failed, or could not run;
2 inconclusive with --strict; 3 incomparable

Examples:
  deno task compare results/baseline runs/mine
  deno task compare runs/monday,runs/tuesday runs/mine --margin win-rate=0.03 --html changes.html
  deno task compare judged/before.json judged/after.json --format markdown --strict`,
  );
compare.action(async (paths, options) => {
  const names = paths.flatMap((path) => path.split(",")).filter((name) => name !== "");
  if (names.length < 2) {
    throw new RangeError(
      `Cannot compare ${names.length} run: name at least one baseline, and the candidate last`,
    );
  }
  // The configuration first: nobody wants to hear of a typing error after reading gigabytes.
  const gates = await readGates(options.config === undefined ? undefined : here(options.config));
  const sources: Source[] = [];
  for (const name of names) sources.push(await readSource(here(name), name));
  const report = compared(sources.slice(0, -1), sources.at(-1)!, {
    gates,
    headlines,
    better: (id) => measure(id).better,
    ...options.seeds === undefined ? {} : { seeds: options.seeds },
    ...options.margin === undefined ? {} : { margins: options.margin },
  });
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
