/**
 * The engine beside PyTorch, TRL and transformers on this machine, in alternating order, one
 * process a measurement; prints a table of medians and ratios, or with `--json` one document.
 *
 * python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch==2.15.0 transformers==5.23.0 trl==1.16.0 accelerate datasets
 * deno run -A bench/beside.ts --python /tmp/venv/bin/python [--rounds 2] [--repeats 30]
 *   [--sizes 4,128,4/2,64,4/1,32,2] [--only forward-backward,dpo-step,sample,workers] [--json]
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { stats } from "../mod.ts";

const middleOf = (xs: readonly number[]) => stats.median(xs)!;
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { values: options } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    rounds: { type: "string", default: "2" },
    repeats: { type: "string", default: "30" },
    sizes: { type: "string", default: "4,128,4/2,64,4/1,32,2" },
    only: { type: "string", default: "forward-backward,dpo-step,sample,workers" },
    json: { type: "boolean", default: false },
  },
});

interface Timing {
  readonly ms: { readonly min: number; readonly median: number };
  readonly peak?: number;
}

/** One quantity, timed by us and by each rival; `target` is how many times faster we mean to be. */
interface Duel {
  readonly what: string;
  readonly size: string;
  readonly threads: number;
  readonly batch: number;
  readonly rivals: readonly { readonly program: string; readonly target: number }[];
}

const sizes = options.sizes.split("/");
const dpoTarget: { readonly [size: string]: number } = { "4,128,4": 2, "2,64,4": 4, "1,32,2": 8 };
const duels: Duel[] = [
  ...sizes.flatMap((size) =>
    [1, 2].map((threads): Duel => ({
      what: "forward-backward",
      size,
      threads,
      batch: 32,
      rivals: [{ program: "eager", target: 1.5 }, { program: "compile", target: 1.15 }],
    }))
  ),
  ...sizes.flatMap((size) =>
    [1, 2].map((threads): Duel => ({
      what: "dpo-step",
      size,
      threads,
      batch: 16,
      rivals: [{ program: "dpo", target: dpoTarget[size] ?? 1 }],
    }))
  ),
  ...sizes.flatMap((size) =>
    [1, 32, 128].map((batch): Duel => ({
      what: "sample",
      size,
      threads: 2,
      batch,
      rivals: [{ program: "generate", target: 4 }],
    }))
  ),
].filter(({ what }) => options.only.split(",").includes(what));

async function timing(command: string, args: readonly string[]): Promise<Timing> {
  const { stdout, stderr, success } = await new Deno.Command(command, { args: [...args] }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`${command} ${args.join(" ")} failed: ${text.decode(stderr)}`);
  return JSON.parse(text.decode(stdout).trim().split("\n").at(-1)!);
}

/** Seconds that a suite of 12 runs takes with so many workers, the first answer to the last. */
async function suite(workers: number): Promise<number> {
  const out = await Deno.makeTempDir();
  const began = performance.now();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["task", "bench", "--benchmarks", "text/clean", "--methods", "dpo,simpo", "--seeds", "6"],
      ...["--flops", "3e11", "--workers", `${workers}`, "--out", `${out}/run`],
    ],
    cwd: here(".."),
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const seconds = (performance.now() - began) / 1000;
  await Deno.remove(out, { recursive: true });
  return seconds;
}

const { rounds, repeats, python } = options;
const found = duels.map((duel) => ({
  duel,
  ours: [] as Timing[],
  theirs: duel.rivals.map(() => [] as Timing[]),
}));
const suites = { one: [] as number[], two: [] as number[] };
const total = Number(rounds) *
  (found.reduce((sum, { theirs }) => sum + 1 + theirs.length, 0) +
    (options.only.includes("workers") ? 2 : 0));
let done = 0;
const tick = (what: string) => console.error(`${++done} of ${total}: ${what}`);
for (let round = 0; round < Number(rounds); round++) {
  for (const { duel: { what, size, threads, batch, rivals }, ours, theirs } of found) {
    const rest = [size, `${threads}`, `${batch}`, repeats];
    ours.push(await timing(Deno.execPath(), ["run", "-A", here("ours.ts"), what, ...rest]));
    tick(`${what} ${size} at ${threads}: ours`);
    // A generated token is a sixty-fourth of a call, and some calls take seconds.
    const calls = what === "sample" ? [size, `${threads}`, `${batch}`, "5"] : rest;
    for (const [i, { program }] of rivals.entries()) {
      theirs[i]!.push(await timing(python, [here("peers.py"), program, ...calls]));
      tick(`${what} ${size} at ${threads}: ${program}`);
    }
  }
  if (options.only.includes("workers")) {
    suites.one.push(await suite(1));
    tick("one worker");
    suites.two.push(await suite(2));
    tick("two workers");
  }
}

const middle = (timings: readonly Timing[]) => middleOf(timings.map(({ ms }) => ms.median));
const peak = (timings: readonly Timing[]) => Math.max(...timings.map(({ peak = NaN }) => peak));
const rows = found.flatMap(({ duel: { rivals, ...duel }, ours, theirs }) =>
  rivals.map(({ program, target }, i) => ({
    ...duel,
    rival: program,
    ours: middle(ours),
    theirs: middle(theirs[i]!),
    ratio: middle(theirs[i]!) / middle(ours),
    target,
    peak: { ours: peak(ours), theirs: peak(theirs[i]!) },
  }))
);
const workers = suites.one.length === 0 ? undefined : {
  one: middleOf(suites.one),
  two: middleOf(suites.two),
  ratio: middleOf(suites.one) / middleOf(suites.two),
  target: 1.9,
};

if (options.json) console.log(JSON.stringify({ rows, workers }));
else {
  console.log(
    "| what | size | threads | batch | rival | ours, ms | theirs, ms | ratio | target | peak MB: ours, theirs |",
  );
  console.log("| - | - | - | - | - | - | - | - | - | - |");
  const mb = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  for (const { what, size, threads, batch, rival, ours, theirs, ratio, target, peak } of rows) {
    const cells = [what, size, threads, batch, rival, ours.toFixed(2), theirs.toFixed(2)];
    const judged = [ratio.toFixed(2), `${target}${ratio >= target ? "" : " missed"}`];
    const memory = `${mb(peak.ours)}, ${mb(peak.theirs)}`;
    console.log(`| ${[...cells, ...judged, memory].join(" | ")} |`);
  }
  if (workers) {
    const { one, two, ratio } = workers;
    console.log(
      `\nOne worker ${one.toFixed(1)} s, two ${two.toFixed(1)} s: ${ratio.toFixed(2)} times`,
    );
  }
}
