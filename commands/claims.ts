import { join } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { z } from "zod";
import { writeAtomic } from "../lab/disk/atomic.ts";
import { patienceRule } from "../lab/suite/patience.ts";
import { chooseMethods } from "../lab/suite/choose.ts";
import type { Topic } from "../lab/claims/arms.ts";
import { documentOf } from "../lab/claims/document.ts";
import type { ClaimOptions } from "../lab/claims/plans.ts";
import { TRIALS } from "../lab/claims/search.ts";
import { chosenDevice, deviceOf, type DeviceWish, wishes } from "../lab/host/device.ts";
import { root, versions } from "../lab/host/provenance.ts";
import { readVerdicts } from "../lab/disk/records.ts";
import { parse, parseJson } from "../lab/disk/schema.ts";
import { freeDirectory } from "../lab/suite/session.ts";
import {
  claimsMarkdown,
  claimsPage,
  jsonText,
  methods,
  otherProvenance,
  type Plan,
  seedAgreement,
  studies,
  type Verdicts,
} from "../mod.ts";
import { agreementText } from "../reports/text/claims.ts";
import { verdictText } from "../reports/text/terminal.ts";
import { seedSet, type SetPlace } from "./claim-set.ts";
import { here, quoted, storeAt, whole } from "./input.ts";
import { print, printJson, say } from "./output.ts";
import { exits } from "./processes.ts";

/** What a user asked for: kept in the directory, so that a stopped run is gone on with. */
const asked = z.strictObject({
  schema: z.literal(2),
  command: z.string(),
  methods: z.string(),
  seeds: z.int().min(1),
  firstSeed: z.int().min(1),
  /** Whether a second, disjoint set of seeds is run, searches included. */
  replicate: z.boolean(),
  /** The most seeds of what the first do not decide. */
  untilDecided: z.int().min(1).optional(),
  device: z.string(),
  at: z.string(),
});
type Wish = z.infer<typeof asked>;

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
  .addOption(
    new Option("--resume <dir>", "go on with one that was stopped, or try its failures again")
      .conflicts(["methods", "seeds", "firstSeed", "untilDecided", "device", "out"]),
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
    "with --resume, go on although code, packages, hyperparameters, claims or processor are others now",
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
  deno task claims --resume runs/claims --markdown docs/claims.md`,
  );
claims.action(async (options) => {
  const store = storeAt(options.cache);
  const { mixed = false } = options;
  if (mixed && options.resume === undefined) {
    throw new RangeError("Cannot mix runs that are begun anew: --mixed is for --resume");
  }
  // Read first: nobody wants to hear after an hour that it is not there.
  const beside = options.beside === undefined
    ? undefined
    : await readVerdicts(here(options.beside));
  const { wish, topics, directory } = await begun(options);
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

/** What is asked for and where it is kept: as it was left in a directory, or begun in a new one. */
async function begun({ resume, out, ...options }: {
  readonly resume?: string | undefined;
  readonly out?: string | undefined;
  readonly methods: string;
  readonly seeds: number;
  readonly firstSeed: number;
  readonly replicate?: true | undefined;
  readonly untilDecided?: number | undefined;
  readonly device: DeviceWish;
}): Promise<
  { readonly wish: Wish; readonly topics: readonly Topic[]; readonly directory: string }
> {
  const { replicate = false } = options;
  const judged: readonly Topic[] = [...methods.filter(({ control }) => !control), ...studies];
  const topicsOf = (list: string) => chooseMethods<Topic>(list, judged);
  if (resume !== undefined) {
    const directory = here(resume);
    const left = await readWish(directory);
    const wish: Wish = replicate && !left.replicate
      ? { ...left, replicate, command: `${left.command} --replicate` }
      : left;
    if (wish !== left) await writeAtomic(join(directory, "asked.json"), askedText(wish));
    return { wish, topics: topicsOf(wish.methods), directory };
  }
  const { methods: list, seeds, firstSeed, untilDecided } = options;
  const wish: Wish = {
    schema: 2,
    command: `deno task claims --methods ${
      quoted(list)
    } --seeds ${seeds} --first-seed ${firstSeed}${replicate ? " --replicate" : ""}${
      untilDecided === undefined ? "" : ` --until-decided ${untilDecided}`
    }`,
    methods: list,
    seeds,
    firstSeed,
    replicate,
    ...untilDecided === undefined ? {} : { untilDecided },
    device: await computing(options.device),
    at: new Date().toISOString(),
  };
  const topics = topicsOf(list);
  const directory = out === undefined
    ? await freeDirectory(join(root, "runs"), "claims")
    : here(out);
  await Deno.mkdir(directory, { recursive: true });
  await createNew(join(directory, "asked.json"), askedText(wish));
  return { wish, topics, directory };
}

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

async function computing(wish: DeviceWish): Promise<string> {
  const { device, notes } = await chosenDevice(wish);
  notes.forEach((line) => say(line));
  return device;
}

const askedText = (wish: Wish): string => `${jsonText(wish, "asked.json", 2)}\n`;

async function createNew(path: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, text, { createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new RangeError(
      `Cannot begin in ${path} as it is there already: go on with --resume, or choose another --out`,
    );
  }
}

async function readWish(directory: string): Promise<Wish> {
  const path = join(directory, "asked.json");
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new RangeError(`Cannot go on in ${directory}: ${path} does not exist`);
  }
  return parse(asked, parseJson(text, path), path, 2);
}
