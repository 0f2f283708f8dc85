import { rng } from "../../core/mod.ts";
import type { PlannedRun } from "../../lab/disk/records.ts";
import { serve, type Work } from "../../lab/suite/worker.ts";
import { fakeRecord } from "./record.ts";

/**
 * `deno run worker.ts LOG`: a worker without models. What a run does is the name of its method;
 * LOG gets a line as anything begins or ends.
 */
const [log] = Deno.args as [string];
const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));
const write = (line: string) =>
  Deno.writeTextFile(log, `${line}\n`, { append: true, create: true });
const die = (): never => {
  Deno.kill(Deno.pid, "SIGKILL");
  for (;;);
};
const encoder = new TextEncoder();

const behaviours: { [method: string]: (planned: PlannedRun) => Promise<unknown> | unknown } = {
  throws: () => {
    throw new RangeError("Cannot run throws on anything");
  },
  dies: die,
  "dies-once": async () => {
    const earlier = await Deno.readTextFile(log);
    if (earlier.split("begin dies-once").length === 2) die();
  },
  "rejects-elsewhere": async () => {
    Promise.reject(new Error("Nobody waits for this"));
    await sleep(1000);
  },
  exits: () => Deno.exit(7),
  "hangs-once": async () => {
    const earlier = await Deno.readTextFile(log);
    // Its event loop stands still, as in a native call that does not come back.
    if (earlier.split("begin hangs-once").length === 2) { for (;;); }
  },
  "stops-once": async () => {
    const earlier = await Deno.readTextFile(log);
    if (earlier.split("begin stops-once").length === 2) Deno.kill(Deno.pid, "SIGSTOP");
    await sleep(100);
  },
  "stands-still": () => sleep(60_000),
  "thinks": () => sleep(1500),
  chatters: async () => {
    console.log("a line from a library");
    Deno.stdout.writeSync(encoder.encode('no newline, {"result":1}'));
    Deno.stderr.writeSync(encoder.encode("\x1b[31mred\x1b[0m\n"));
    await sleep(5);
    Deno.stdout.writeSync(encoder.encode('\n{"result":2}\n\n'));
  },
  "writes-into-a-message": () => {
    Deno.stdout.writeSync(encoder.encode('\n\x1e{"result": {"sche'));
    Deno.stdout.writeSync(encoder.encode("native code was here\n"));
  },
  waits: async () => {
    // Held until this process is gone: how a test sees that it is.
    using alive = await Deno.open(`${log}.alive`, { write: true, create: true });
    await alive.tryLock(true);
    await write("waiting");
    await sleep(60_000);
  },
};

const work: Work = {
  async prepare({ benchmark, stage, part }, report) {
    await write(`begin ${benchmark} ${stage}.${part}`);
    report(0.5, "halfway");
    await sleep(20 + 20 * part);
    while (benchmark === "together" && !(await Deno.readTextFile(log)).includes(`0.${1 - part}`)) {
      await sleep(5);
    }
    if (benchmark === "unprepared" && stage === 1) throw new Error("No data");
    if (benchmark === "deadly") die();
    await write(`end ${benchmark} ${stage}.${part}`);
  },
  async run(planned, report) {
    await write(`begin ${planned.method} ${planned.benchmark} ${planned.seed}`);
    report(0.25);
    const began = performance.now();
    await behaviours[planned.method]?.(planned);
    await sleep(40 * rng(`${planned.method}/${planned.benchmark}`).split(planned.seed).uniform());
    const record = fakeRecord(planned, (performance.now() - began) / 1000);
    await write(`end ${planned.method} ${planned.benchmark} ${planned.seed}`);
    if (planned.method === "is-wrong") return { ...record, steps: 0.5 };
    if (planned.method === "is-another") return { ...record, seed: record.seed + 1 };
    return record;
  },
};

await serve(() => Promise.resolve(work));
