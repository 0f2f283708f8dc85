import { join } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { writeAtomic } from "../lab/disk/atomic.ts";
import { patienceRule } from "../lab/suite/patience.ts";
import { documentOf } from "../lab/claims/document.ts";
import type { ClaimOptions } from "../lab/claims/plans.ts";
import { TRIALS } from "../lab/claims/search.ts";
import { deviceOf, wishes } from "../lab/host/device.ts";
import { versions } from "../lab/host/provenance.ts";
import { readVerdicts } from "../lab/disk/records.ts";
import {
  claimsMarkdown,
  claimsPage,
  jsonText,
  otherProvenance,
  type Plan,
  seedAgreement,
  type Verdicts,
} from "../mod.ts";
import { agreementText } from "../reports/text/claims.ts";
import { verdictText } from "../reports/text/terminal.ts";
import { registries, seedSet, type SetPlace } from "./claim-set.ts";
import { begun } from "./claim-wish.ts";
import { here, quoted, storeAt, whole } from "./input.ts";
import { print, printJson, say } from "./output.ts";
import { exits } from "./processes.ts";
import { shard } from "./shard.ts";

export const claims = new Command("claims")
  .description("Put each paper's claim to the test, and write a page of verdicts")
  .option("--methods <list>", "ids of methods and studies, all, or cell:… of the taxonomy", "all")
  .option("--seeds <n>", "runs of each side of a claim", whole, 5)
  .option("--first-seed <n>", "the first of them: another gives a disjoint set", whole, 1)
  .addOption(
    new Option("--device <name>", "what to compute on; auto is the fastest that is right")
      .choices(wishes).default("auto" as const),
  )
  .option("--workers <n>", "processes at a time (default: one a core)", whole)
  .option("--out <dir>", "directory to make (default: runs/DATE-claims)")
  .option(
    "--shard <i/n>",
    "judge the i-th of n parts of the claims alone, to share them among machines; env reads it from Slurm's array or GitLab's job",
    shard,
  )
  .option(
    "--from <dirs...>",
    "take the runs that these directories of claims have, and do what is missing: puts shards together",
  )
  .addOption(
    new Option("--resume <dir>", "go on with one that was stopped, or try its failures again")
      .conflicts([
        "methods",
        "seeds",
        "firstSeed",
        "untilDecided",
        "device",
        "out",
        "shard",
        "from",
      ]),
  )
  .option(
    "--replicate",
    "judge all again on as many further seeds, with searches of their own; of a first set with --resume",
  )
  .option(
    "--until-decided <n>",
    "run up to n seeds of claims that their effect so far says n seeds would decide",
    whole,
  )
  .option(
    "--mixed",
    "with --resume or --from, go on although code, packages, hyperparameters, claims or processor are others now",
  )
  .option(
    "--beside <dir>",
    "say how far the verdicts agree with those in DIR, of other seeds, and show these as a second set",
  )
  .option("--markdown <file>", "write the verdicts as a page of Markdown, too")
  .option("--json", "print one JSON document instead of a table")
  .option("--cache <dir>", "where benchmarks keep what they make once (default: .cache)")
  .option("--verbose", "show what workers print, and where errors come from")
  .addHelpText(
    "after",
    `
Every method is searched alike first, ${TRIALS.first} runs on each testbed, ${TRIALS.growth} more where the best lies at the
end of its grid and ${TRIALS.repeat} more of the best again, from seeds and test prompts that are not judged on, by what the testbed is ranked by.
Controls that learn nothing, or are DPO at another learning rate, run with each claim: what they pass
too is not informative. Exit code 0 whatever the verdicts, ${exits.error} could not run, ${exits.SIGINT} or ${exits.SIGTERM} stopped by
Ctrl-C or SIGTERM (--resume goes on)

${patienceRule()}

Examples:
  deno task claims
  deno task claims --methods ipo,simpo --seeds 10
  deno task claims --replicate --out runs/claims --markdown docs/claims.md
  deno task claims --seeds 5 --first-seed 11 --out runs/third-opinion --beside runs/claims
  deno task claims --resume runs/claims --markdown docs/claims.md
  deno task claims --shard 2/4 --out runs/part-2
  deno task claims --from runs/part-1 runs/part-2 runs/part-3 runs/part-4 --out runs/claims`,
  );
claims.action(async (options) => {
  const store = storeAt(options.cache);
  const { mixed = false } = options;
  if (mixed && options.resume === undefined && options.from === undefined) {
    throw new RangeError("Cannot mix runs that are begun anew: --mixed is for --resume and --from");
  }
  // Read first: nobody wants to hear after an hour that it is not there.
  const beside = options.beside === undefined
    ? undefined
    : await readVerdicts(here(options.beside));
  const { wish, topics, directory } = await begun(options, registries);
  if (topics.length === 0) {
    say(`There are more shards than claims: none is left for ${wish.command}`);
  }
  const question: ClaimOptions = {
    topics,
    seeds: Array.from({ length: wish.seeds }, (_, i) => wish.firstSeed + i),
    command: wish.command,
    device: wish.device,
    versions: await versions(deviceOf(wish.device)),
    ran: { at: wish.at, host: Deno.hostname() },
  };
  const again = `deno task claims --resume ${quoted(directory)}${
    options.cache === undefined ? "" : ` --cache ${quoted(store)}`
  }`;
  const place: SetPlace = {
    directory,
    store,
    workers: options.workers ?? navigator.hardwareConcurrency,
    verbose: options.verbose ?? false,
    toGoOn: `To go on:\n  ${again}`,
    untilDecided: wish.untilDecided,
    // Further seeds of what is undecided lie beyond those of a second set.
    beyond: wish.firstSeed + 2 * wish.seeds,
    mixed,
    from: wish.from ?? [],
    made: [],
  };
  const first = await seedSet(question, place, "");
  if (!first) return;
  const second = wish.replicate
    ? await seedSet({ ...question, seeds: question.seeds.map((seed) => seed + wish.seeds) }, {
      ...place,
      untilDecided: undefined,
    }, "second-")
    : undefined;
  if (wish.replicate && !second) return;

  const result = {
    ...documentOf(question, first, second ?? disjoint(beside, question.seeds)),
    ...mixedOf(place.made),
  };
  const [json, page] = ["claims.json", "claims.html"].map((name) => join(directory, name));
  await writeAtomic(json!, `${jsonText(result, json!, 2)}\n`);
  await writeAtomic(page!, await claimsPage(result));
  if (options.markdown !== undefined) {
    await writeAtomic(here(options.markdown), claimsMarkdown(result));
  }
  const records = [...first.records, ...second?.records ?? []];
  const lost = records.filter(({ outcome }) => outcome === "failed");
  const agreements = [
    ...second ? [seedAgreement(result, second)] : [],
    ...beside ? [seedAgreement(result, beside)] : [],
  ];
  if (options.json) {
    printJson({
      directory,
      page,
      runs: records.length,
      failed: lost.length,
      ...agreements.length > 0 ? { agreements } : {},
      ...result,
    });
  } else {
    print(`${verdictText(result)}\nVerdicts: ${page}`);
    agreements.forEach((agreement) => print(agreementText(agreement)));
  }
  if (lost.length > 0) {
    say(
      `${lost.length} of ${records.length} runs failed. To try them again:\n  ${again}`,
    );
  }
});

/** Verdicts on none of these seeds, which may stand as a second set; undefined of others. */
const disjoint = (verdicts: Verdicts | undefined, seeds: readonly number[]) =>
  verdicts?.seeds.some((seed) => seeds.includes(seed)) ? undefined : verdicts;

/** What is not the same for all runs that verdicts come from, within a phase and between them. */
function mixedOf(
  phases: readonly { readonly source: string; readonly plan: Plan }[],
): Pick<Verdicts, "mixed"> {
  const mixed = [
    ...phases.flatMap(({ plan }) => plan.mixed ?? []),
    ...otherProvenance(phases).differs,
  ];
  return mixed.length === 0 ? {} : { mixed: [...new Set(mixed)] };
}
