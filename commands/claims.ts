import { join } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { z } from "zod";
import { exists, writeAtomic } from "../lab/disk/atomic.ts";
import { patienceRule } from "../lab/suite/patience.ts";
import { chooseMethods } from "../lab/suite/choose.ts";
import {
  type Choices,
  type ClaimOptions,
  type ClaimRegistries,
  judgedPlan,
  mostJudged,
  searches,
  searchPlan,
  type Topic,
  TRIALS,
  validationSeed,
} from "../lab/claims/plans.ts";
import { chosenDevice, deviceOf, type DeviceWish, wishes } from "../lab/host/device.ts";
import { recordsOf, verdictRow } from "../lab/claims/verdicts.ts";
import { root, versions } from "../lab/host/provenance.ts";
import { createRun, plannedRuns, readVerdicts, resumeRun } from "../lab/disk/records.ts";
import { parse, parseJson } from "../lab/disk/schema.ts";
import { goingOn, mixture } from "../lab/suite/going-on.ts";
import { computedHere } from "../lab/suite/plan.ts";
import { freeDirectory, stageTitles } from "../lab/suite/session.ts";
import {
  benchmarks,
  claimsPage,
  jsonText,
  methods,
  otherProvenance,
  type Plan,
  plannedCards,
  registry,
  type RunRecord,
  seedAgreement,
  studies,
  toRecord,
  type Verdicts,
} from "../mod.ts";
import { agreementText, verdictText } from "../reports/text/terminal.ts";
import { carryOut } from "./carry-out.ts";
import { here, quoted, storeAt, whole } from "./input.ts";
import { print, printJson, say } from "./output.ts";
import { exits } from "./processes.ts";

/** What a user asked for: kept in the directory, so that a stopped run is gone on with. */
const asked = z.strictObject({
  schema: z.literal(1),
  command: z.string(),
  methods: z.string(),
  seeds: z.int().min(1),
  firstSeed: z.int().min(1),
  device: z.string(),
  at: z.string(),
});
type Wish = z.infer<typeof asked>;

const registries: ClaimRegistries = { methods, benchmarks, measures: plannedCards([], registry) };

/** What was run; no plan where there was nothing to run. */
interface Phase {
  readonly plan?: Plan;
  readonly records: readonly RunRecord[];
}

/** Runs are read by the cards of their own plan: a resumed one may be of an earlier version. */
const reading = ({ plan }: Phase): ClaimRegistries => ({
  ...registries,
  measures: plannedCards(plan ? [plan] : [], registry),
});

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
      .conflicts(["methods", "seeds", "firstSeed", "device", "out"]),
  )
  .option(
    "--mixed",
    "with --resume, go on although code, packages, hyperparameters or processor are others now",
  )
  .option("--beside <dir>", "say how far the verdicts agree with those in DIR, of other seeds")
  .option("--json", "print one JSON document instead of a table")
  .option("--cache <dir>", "where benchmarks keep what they make once (default: .cache)")
  .option("--verbose", "show what workers print, and where errors come from")
  .addHelpText(
    "after",
    `
Both sides of a claim get the same search over their own hyperparameters first, at most ${TRIALS} runs
each, from seeds and test prompts that are not judged on. Exit code 0 whatever the verdicts, ${exits.error}
could not run, ${exits.SIGINT} or ${exits.SIGTERM} stopped by Ctrl-C or SIGTERM (--resume goes on)

${patienceRule()}

Examples:
  deno task claims
  deno task claims --methods ipo,simpo --seeds 10
  deno task claims --seeds 5 --first-seed 6 --out runs/second-opinion --beside runs/claims
  deno task claims --resume runs/second-opinion`,
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
  const made: { readonly source: string; readonly plan: Plan }[] = [];
  const phase = async (name: string, plan: Plan | undefined): Promise<Phase | undefined> => {
    if (!plan) return { records: [] };
    const place = join(directory, name);
    await using run = await taken(place, plan, mixed);
    made.push({ source: place, plan: run.plan });
    const { differs } = otherProvenance(made);
    if (differs.length > 0 && !mixed) throw mixture(directory, differs);
    const runs = plannedRuns(plan).length;
    say(
      name === "search"
        ? `Searching hyperparameters: ${runs} runs, then at most ${
          mostJudged(question, registries)
        } that are judged`
        : `Judging: ${runs} runs`,
    );
    const finished = await carryOut({
      run,
      stages: stageTitles(benchmarks),
      workers: options.workers ?? navigator.hardwareConcurrency,
      store,
      verbose: options.verbose ?? false,
      toGoOn: `To go on:\n  ${again}`,
    });
    return finished ? { plan: run.plan, records: run.records } : undefined;
  };

  const searched = await phase("search", searchPlan(question, registries));
  if (!searched) return;
  const { search, choices } = searches(topics, searched.records, reading(searched));
  const judged = await phase("judged", judgedPlan(question, choices, registries));
  if (!judged) return;

  const result = {
    ...documentOf(question, choices, search, judged, reading(judged)),
    ...mixedOf(made),
  };
  const [json, page] = ["claims.json", "claims.html"].map((name) => join(directory, name));
  await writeAtomic(json!, `${jsonText(result, json!, 2)}\n`);
  await writeAtomic(page!, await claimsPage(result));
  const records = [...searched.records, ...judged.records];
  const lost = records.filter(({ outcome }) => outcome === "failed");
  if (options.json) {
    printJson({
      directory,
      page,
      runs: records.length,
      failed: lost.length,
      ...beside ? { agreement: seedAgreement(result, beside) } : {},
      ...result,
    });
  } else {
    print(`${verdictText(result)}\nVerdicts: ${page}`);
    if (beside) print(agreementText(seedAgreement(result, beside)));
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
  readonly device: DeviceWish;
}): Promise<
  { readonly wish: Wish; readonly topics: readonly Topic[]; readonly directory: string }
> {
  const topicsOf = (list: string) => chooseMethods<Topic>(list, [...methods, ...studies]);
  if (resume !== undefined) {
    const directory = here(resume);
    const wish = await readWish(directory);
    return { wish, topics: topicsOf(wish.methods), directory };
  }
  const { methods: list, seeds, firstSeed } = options;
  const wish: Wish = {
    schema: 1,
    command: `deno task claims --methods ${
      quoted(list)
    } --seeds ${seeds} --first-seed ${firstSeed}`,
    methods: list,
    seeds,
    firstSeed,
    device: await computing(options.device),
    at: new Date().toISOString(),
  };
  const topics = topicsOf(list);
  const directory = out === undefined
    ? await freeDirectory(join(root, "runs"), "claims")
    : here(out);
  await Deno.mkdir(directory, { recursive: true });
  await createNew(join(directory, "asked.json"), `${jsonText(wish, "asked.json", 2)}\n`);
  return { wish, topics, directory };
}

/** What is not the same for all runs that verdicts come from, within a phase and between the two. */
function mixedOf(
  phases: readonly { readonly source: string; readonly plan: Plan }[],
): Pick<Verdicts, "mixed"> {
  const mixed = [
    ...phases.flatMap(({ plan }) => plan.mixed ?? []),
    ...otherProvenance(phases).differs,
  ];
  return mixed.length === 0 ? {} : { mixed: [...new Set(mixed)] };
}

/** Where claims are put to the test, each testbed once at each budget. */
const testbedsOf = ({ cells }: Plan): Verdicts["testbeds"] => [
  ...new Map(
    cells.map(({ benchmark, setting, budget }) =>
      [`${benchmark}/${setting} ${budget.flops} ${budget.queries}`, {
        on: `${benchmark}/${setting}`,
        budget,
      }] as const
    ),
  ).values(),
];

/** `claims.json`. */
function documentOf(
  question: ClaimOptions,
  choices: Choices,
  search: Verdicts["search"],
  { plan, records }: Phase,
  registries: ClaimRegistries,
): Verdicts {
  const { topics, seeds, command, device, versions, ran } = question;
  const found = recordsOf(records, registries);
  const rows = topics.map((topic) =>
    verdictRow(
      topic,
      choices,
      found,
      registries,
      `deno task claims --methods ${topic.id} --seeds ${seeds.length} --first-seed ${seeds[0]}`,
    )
  );
  const named = new Set([...rows, ...search].map(({ measure }) => measure));
  return {
    schema: 1,
    command,
    seeds: [...seeds],
    validation: validationSeed(seeds),
    testbeds: plan ? testbedsOf(plan) : [],
    rows,
    search,
    measures: toRecord([...named].flatMap((id) => registries.measures.get(id) ?? [])),
    device,
    versions,
    ran,
  };
}

async function computing(wish: DeviceWish): Promise<string> {
  const { device, notes } = await chosenDevice(wish);
  notes.forEach((line) => say(line));
  return device;
}

/** A run directory of this plan: new, or as it was left. */
async function taken(directory: string, plan: Plan, mixed: boolean) {
  if (!await exists(join(directory, "plan.json"))) {
    return await createRun(directory, await computedHere(plan));
  }
  const runs = (of: Plan) => JSON.stringify(plannedRuns(of));
  return await resumeRun(directory, say, (kept) => {
    if (runs(kept.plan) === runs(plan)) {
      return goingOn(kept, { methods, versions: plan.versions, mixed, note: say });
    }
    throw new RangeError(
      `Cannot go on with ${directory} as other runs follow from its claims now: claims, grids, budgets or search runs have changed since, begin anew with --out`,
    );
  });
}

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
  return parse(asked, parseJson(text, path), path);
}
