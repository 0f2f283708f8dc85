import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { dealer } from "../lab/votes/ballot.ts";
import { booth } from "../lab/votes/booth.ts";
import { chooseMethods, chooseTestbeds } from "../lab/suite/choose.ts";
import { poll } from "../lab/votes/poll.ts";
import { readRun } from "../lab/disk/records.ts";
import { openVotes } from "../lab/votes/votes.ts";
import { alike, lasting, meetings, methods, pairsOf, type RunRecord, votePage } from "../mod.ts";
import { here, whole } from "./input.ts";
import { print, printJson, say } from "./output.ts";
import { untilSignal } from "./processes.ts";

export const voting = new Command("vote")
  .description("Vote on pairs of a run's answers on a page that does not say whose they are")
  .argument("<run>", "run directory; votes are added to its votes.jsonl")
  .option("--voter <name>", "who votes", voterName, "voter")
  .option("--n <n>", "votes to have of this voter in the end", whole, 100)
  .addOption(
    new Option("--pairs <whom>", "methods against the start policy, against each other, or both")
      .choices(meetings).default("start" as const),
  )
  .option("--methods <list>", "ids, or cell:… of the taxonomy, commas between (default: all)")
  .option("--benchmarks <list>", "id or id/setting, commas between (default: all)")
  .option("--port <p>", "port to listen on (default: a free one)", portNumber)
  .option("--json", "print the link and where votes go as one JSON document")
  .option("--verbose", "show where errors come from")
  .addHelpText(
    "after",
    `
The page is on this machine alone, and the link holds a new secret each time. Ctrl-C ends it; the
same command goes on where it stopped.

Exit codes: 0 ended by Ctrl-C or SIGTERM, 1 could not begin

Examples:
  deno task vote runs/mine
  deno task vote runs/mine --voter ada --n 200 --benchmarks text/clean
  deno task vote runs/mine --pairs methods --methods dpo,ipo,kto`,
  )
  .action(async (run, options) => {
    const { voter, n: wanted } = options;
    const directory = here(run);
    const { records } = await readRun(directory);
    const { pairs, equal } = chosen(records, options);
    const page = await votePage();
    const deals = dealer(pairs, voter);
    await using file = await openVotes(directory, say);
    const votes = () =>
      deals.concerned(lasting(file.rows).filter((vote) => vote.voter === voter)).length;
    let held = false;
    await untilSignal(async (signal) => {
      const server = Deno.serve({
        hostname: "127.0.0.1",
        port: options.port ?? 0,
        onListen: () => {},
        onError(error) {
          say(`error: ${error instanceof Error ? error.message : error}`);
          return new Response("The server failed\n", { status: 500 });
        },
      }, (request) => answer(request));
      const host = `127.0.0.1:${server.addr.port}`;
      const token = secret();
      const answer = booth({
        token,
        host,
        page,
        poll: poll({ file, dealer: deals, voter, wanted }),
      });
      const link = `http://${host}/${token}/`;
      if (options.json) {
        printJson({ link, file: file.path, voter, pairs: deals.pairs, equal, votes: votes() });
      } else print(link);
      say(
        `Open this link to vote as ${voter} on ${deals.pairs} pairs${
          equal === 0 ? "" : ` (${equal} more are of equal answers)`
        }${votes() === 0 ? "" : `; ${votes()} votes are there already`}. Ctrl-C ends.`,
      );
      if (!signal.aborted) {
        await new Promise((stopped) => signal.addEventListener("abort", stopped));
      }
      // Waits for what is being saved, but not for who holds a connection open and says nothing.
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((over) => {
        timer = setTimeout(() => {
          held = true;
          over();
        }, LONGEST_GOODBYE);
      });
      await Promise.race([server.shutdown(), late]);
      clearTimeout(timer);
      return false;
    });
    say(`${votes()} ${votes() === 1 ? "vote" : "votes"} of ${voter} are safe in ${file.path}`);
    if (!held) return;
    await file[Symbol.asyncDispose]();
    // The connection would keep this process alive for as long as it lives.
    Deno.exit();
  });

/** Milliseconds. */
const LONGEST_GOODBYE = 2000;

/** The pairs of the methods and testbeds that were asked for; those of equal answers are only counted. */
function chosen(
  records: readonly RunRecord[],
  { pairs: meeting, methods: ids, benchmarks: places }: {
    readonly pairs: (typeof meetings)[number];
    readonly methods?: string | undefined;
    readonly benchmarks?: string | undefined;
  },
) {
  const having = records.filter(({ answers }) => answers !== undefined && answers.length > 0);
  if (having.length === 0) {
    throw new RangeError(
      "Cannot vote on this run as none of its records has answers to read: testbeds whose answers cannot be counted keep them, such as text and sequences, in runs made since votes exist",
    );
  }
  const known = [...new Set(having.map(({ method }) => method))].map((id) => ({
    id,
    taxonomy: methods.find((method) => method.id === id)?.taxonomy ?? [],
  }));
  const benchmarks = [...Map.groupBy(having, ({ benchmark }) => benchmark)].map(([id, found]) => ({
    id,
    settings: Object.fromEntries(found.map(({ setting }) => [setting, {}])),
  }));
  const who = ids === undefined ? known : chooseMethods(ids, known);
  const where = places === undefined ? undefined : chooseTestbeds(places, benchmarks);
  const all = pairsOf(
    having.filter(({ method, benchmark, setting }) =>
      who.some(({ id }) => id === method) &&
      (where === undefined ||
        where.some((one) => one.benchmark.id === benchmark && one.setting === setting))
    ),
    meeting,
  );
  const pairs = all.filter((pair) => !alike(pair));
  if (pairs.length === 0) {
    throw new RangeError(
      all.length > 0
        ? `Cannot vote: the answers of all ${all.length} pairs are equal`
        : "Cannot vote: no two of these methods answered one prompt from one seed",
    );
  }
  return { pairs, equal: all.length - pairs.length };
}

/** 192 bits, as a link takes them. */
const secret = (): string =>
  crypto.getRandomValues(new Uint8Array(24)).toBase64({ alphabet: "base64url" });

function voterName(text: string): string {
  const name = text.trim();
  if (name !== "" && name.length <= 64 && !/\p{C}/u.test(name)) return name;
  throw new InvalidArgumentError("It must be a name of 1 to 64 characters.");
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65535) return port;
  throw new InvalidArgumentError("It must be a whole number from 1 to 65535.");
}
