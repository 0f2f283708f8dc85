import { join } from "node:path";
import { z } from "zod";
import type { Topic } from "../lab/claims/arms.ts";
import type { ClaimRegistries } from "../lab/claims/search.ts";
import { shardOfTopics } from "../lab/claims/shards.ts";
import { writeAtomic } from "../lab/disk/atomic.ts";
import { parse, parseJson } from "../lab/disk/schema.ts";
import { chosenDevice, type DeviceWish } from "../lab/host/device.ts";
import { root } from "../lab/host/provenance.ts";
import { chooseMethods } from "../lab/suite/choose.ts";
import { freeDirectory } from "../lab/suite/session.ts";
import { jsonText, methods, type Shard, studies } from "../mod.ts";
import { here, quoted } from "./input.ts";
import { say } from "./output.ts";

/** What claims a directory is about: begun, or read as it was left. */

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
  /** Its part of the claims, where several machines share them. */
  shard: z.strictObject({ index: z.int().min(1), of: z.int().min(1) }).optional(),
  /** Directories of claims whose runs are taken where they are of this one, too. */
  from: z.array(z.string()).optional(),
});
export type Wish = z.infer<typeof asked>;

/** The command's options, as they are read. */
export interface WishOptions {
  readonly resume?: string | undefined;
  readonly out?: string | undefined;
  readonly methods: string;
  readonly seeds: number;
  readonly firstSeed: number;
  readonly replicate?: true | undefined;
  readonly untilDecided?: number | undefined;
  readonly device: DeviceWish;
  readonly shard?: Shard | undefined;
  readonly from?: readonly string[] | undefined;
}

/** What is asked for and where it is kept: as it was left in a directory, or begun in a new one. */
export async function begun(
  { resume, out, ...options }: WishOptions,
  registries: ClaimRegistries,
): Promise<
  { readonly wish: Wish; readonly topics: readonly Topic[]; readonly directory: string }
> {
  const { replicate = false } = options;
  const judged: readonly Topic[] = [...methods.filter(({ control }) => !control), ...studies];
  const topicsOf = ({ methods: list, shard, seeds }: Wish) => {
    const topics = chooseMethods<Topic>(list, judged);
    return shard ? shardOfTopics(topics, shard, seeds, registries) : topics;
  };
  if (resume !== undefined) {
    const directory = here(resume);
    const left = await readWish(directory);
    const wish: Wish = replicate && !left.replicate
      ? { ...left, replicate, command: `${left.command} --replicate` }
      : left;
    if (wish !== left) await writeAtomic(join(directory, "asked.json"), askedText(wish));
    return { wish, topics: topicsOf(wish), directory };
  }
  const { methods: list, seeds, firstSeed, untilDecided, shard } = options;
  const from = await Promise.all(
    options.from?.map((directory) => sameQuestion(here(directory), firstSeed)) ?? [],
  );
  const wish: Wish = {
    schema: 2,
    command: `deno task claims --methods ${
      quoted(list)
    } --seeds ${seeds} --first-seed ${firstSeed}${replicate ? " --replicate" : ""}${
      untilDecided === undefined ? "" : ` --until-decided ${untilDecided}`
    }${shard ? ` --shard ${shard.index}/${shard.of}` : ""}`,
    methods: list,
    seeds,
    firstSeed,
    replicate,
    ...untilDecided === undefined ? {} : { untilDecided },
    device: await computing(options.device),
    at: new Date().toISOString(),
    ...shard ? { shard } : {},
    ...from.length > 0 ? { from } : {},
  };
  const topics = topicsOf(wish);
  const directory = out === undefined
    ? await freeDirectory(join(root, "runs"), "claims")
    : here(out);
  await Deno.mkdir(directory, { recursive: true });
  await createNew(join(directory, "asked.json"), askedText(wish));
  return { wish, topics, directory };
}

/** A directory whose searches are of the same seeds; a RangeError of others, as none of its runs would be taken. */
async function sameQuestion(directory: string, firstSeed: number): Promise<string> {
  const theirs = await readWish(directory);
  if (theirs.firstSeed === firstSeed) return directory;
  throw new RangeError(
    `Cannot take runs from ${directory}: its first seed is ${theirs.firstSeed}, and is to be ${firstSeed}`,
  );
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
