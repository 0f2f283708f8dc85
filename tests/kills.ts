import { join } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { rng } from "../core/mod.ts";
import { command } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";
import { scripted } from "./fake/openai.ts";
import { started, written } from "./fake/voting.ts";
import { kill } from "./kill.ts";
import { suite } from "./fixtures/records.ts";

/**
 * Kills commands with SIGKILL at random moments, goes on, and looks whether they come to what they come
 * to in peace; of `vote`, whether each vote that was called saved is there. `kill.ts` does it to `bench`.
 *
 * `deno run -A tests/kills.ts --runs 16 --of judge,answer,score,publish,vote`; `--seed` chooses the
 * moments. Exits with 1 if anything is amiss.
 */

/** A command that leaves something behind. */
interface Victim {
  begin(directory: string): readonly string[];
  /** How it is gone on with: the same where it begins anew by itself. */
  readonly again: readonly string[];
  /** What it leaves behind when it is done, but for times and places. */
  left(directory: string): Promise<string>;
}

const permissions = [
  "--allow-net=127.0.0.1",
  "--allow-ffi=node_modules",
  "--allow-env=INIT_CWD,PREFBENCH_JUDGE_URL,PREFBENCH_JUDGE_KEY,PREFBENCH_JUDGE_MODEL",
];
const run = (args: readonly string[]) => command(args, undefined, permissions);
const model = fileURLToPath(new URL("goldens/models/gpt2", import.meta.url));

// As long as a model would think, so that most moments are in the middle of asking.
await using server = scripted({
  reply({ messages }) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    const text = messages.map(({ content }) => content).join(" ");
    return `${text.length} [[${["A>B", "B>A", "A=B"][text.length % 3]}]]`;
  },
});
const home = await temporary();
const settings = join(home, "model.json");
await Deno.writeTextFile(settings, JSON.stringify({ url: server.url, model: "toy", retries: 0 }));
async function lines(name: string, n: number, row: (i: number) => object): Promise<string> {
  const path = join(home, name);
  const all = Array.from({ length: n }, (_, i) => JSON.stringify(row(i)));
  await Deno.writeTextFile(path, all.join("\n"));
  return path;
}
const rows = await lines("rows.jsonl", 2000, (i) => ({ prompt: `Q${i}`, answer: `A ${i * i}` }));
const asked = await lines("asked.jsonl", 60, (i) => ({ uid: `q${i}`, prompt: `Question ${i}` }));
const answered = (model: string) =>
  lines(`${model}.jsonl`, 60, (i) => ({
    uid: `q${i}`,
    model,
    messages: [{ role: "assistant", content: { answer: `${model} ${"x".repeat(i)}` } }],
  }));
const [own, base] = [await answered("own"), await answered("base")];
const shown = suite({ methods: ["dpo", "ipo"], testbeds: ["text/clean"], seeds: 3 });
const runDirectory = await written(shown);

const victims: { readonly [name: string]: Victim } = {
  judge: {
    begin: (directory) => [
      ...["judge", "--protocol", "arena-hard", "--judge", "remote", "--judge-file", settings],
      ...["--questions", asked, "--answers", own, "--baseline", base],
      ...["--concurrency", "1", "--out", join(directory, "out")],
    ],
    again: ["--resume"],
    left: (directory) => someOf(join(directory, "out"), /^(judgments|failures)\.jsonl$/),
  },
  answer: {
    begin: (directory) => [
      ...["answer", "--model", "remote", "--model-file", settings, "--protocol", "arena-hard"],
      ...["--questions", asked, "--concurrency", "1", "--out", join(directory, "answers.jsonl")],
    ],
    again: ["--resume"],
    left: async (directory) =>
      (await Deno.readTextFile(join(directory, "answers.jsonl")))
        .replace(/"(ans_id|tstamp)":[^,}]*/g, ""),
  },
  score: {
    begin: (directory) => [
      ...["score", "--model", model, "--data", rows, "--out", join(directory, "scores.jsonl")],
    ],
    again: ["--resume"],
    left: (directory) => Deno.readTextFile(join(directory, "scores.jsonl")),
  },
  publish: {
    begin: (directory) => ["publish", runDirectory, "--out", join(directory, "site")],
    again: [],
    left: (directory) => someOf(join(directory, "site"), /./),
  },
};

/** The texts of a folder's files whose name matches, in the order of their names. */
async function textsOf(directory: string, name: RegExp): Promise<string> {
  const texts: string[] = [];
  const found = (await Array.fromAsync(Deno.readDir(directory)))
    .toSorted((a, b) => a.name < b.name ? -1 : 1);
  for (const entry of found) {
    const path = join(directory, entry.name);
    if (entry.isDirectory) texts.push(await textsOf(path, name));
    else if (name.test(entry.name)) texts.push(`${entry.name}\n${await Deno.readTextFile(path)}`);
  }
  return texts.join("\n");
}

/** The same of one that must not be empty. */
async function someOf(directory: string, name: RegExp): Promise<string> {
  const texts = await textsOf(directory, name);
  if (texts === "") throw new Error(`${directory} has nothing called ${name}`);
  return texts;
}

async function finish(args: readonly string[]): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await run(args).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

/** One line a kill: when, and what is amiss. */
async function* killed(
  { begin, again, left }: Victim,
  runs: number,
  moments: ReturnType<typeof rng>,
): AsyncGenerator<{ readonly at: number; readonly amiss: string }> {
  const peaceful = await temporary();
  const began = performance.now();
  const first = await finish(begin(peaceful));
  if (first.code !== 0) throw new Error(first.stderr);
  const whole = performance.now() - began;
  const expected = await left(peaceful);
  for (let kills = 0; kills < runs;) {
    const directory = await temporary();
    const at = moments.uniform() * whole;
    const child = run(begin(directory)).spawn();
    const timer = setTimeout(() => kill(child), at);
    const said = [child.stdout.text(), child.stderr.text()];
    const { signal } = await child.status;
    clearTimeout(timer);
    await Promise.all(said);
    // It was quicker this time.
    if (signal !== "SIGKILL") continue;
    kills++;
    const end = await finish([...begin(directory), ...again]);
    const amiss = end.code !== 0
      ? end.stderr.trim().split("\n").at(-1)!
      : await left(directory) === expected
      ? ""
      : "comes to something else";
    yield { at, amiss };
  }
}

/** Votes as fast as they are taken, until the server is killed. */
async function* votesKilled(
  runs: number,
  moments: ReturnType<typeof rng>,
): AsyncGenerator<{ readonly at: number; readonly amiss: string }> {
  let votes = 0;
  for (let kills = 0; kills < runs; kills++) {
    const directory = await written(shown);
    const booth = await started(directory, ["--voter", "ada"]);
    const at = moments.uniform() * 400;
    const saved: string[] = [];
    const ask = async (path: string, body?: object) => {
      const headers = {
        "content-type": "application/json",
        origin: new URL(booth.link).origin,
      };
      const response = await fetch(
        `${booth.link}${path}`,
        body ? { method: "POST", headers, body: JSON.stringify(body) } : {},
      );
      if (!response.ok) throw new Error(`${path}: ${response.status}`);
      return await response.json();
    };
    let alive = true;
    const voting = (async () => {
      let { ballot } = await ask("asked");
      while (ballot) {
        const { id } = ballot;
        ({ ballot } = await ask("vote", { ballot: id, choice: "a" }));
        saved.push(id);
      }
    })().catch((error: Error) => alive ? Promise.reject(error) : undefined);
    await new Promise((done) => setTimeout(done, at));
    alive = false;
    await booth.end("SIGKILL");
    await voting;
    votes += saved.length;
    const again = await started(directory, ["--voter", "ada"]);
    // One may have been written whose answer did not arrive.
    const lost = saved.length - again.said.votes;
    await again.end("SIGINT");
    yield {
      at,
      amiss: lost > 0 || lost < -1 ? `${saved.length} saved, ${again.said.votes} there` : "",
    };
  }
  if (votes === 0) throw new Error("Every kill came before the first vote");
}

const { values } = parseArgs({
  args: Deno.args,
  options: {
    runs: { type: "string", default: "16" },
    seed: { type: "string", default: "1" },
    of: { type: "string", default: [...Object.keys(victims), "vote"].join() },
  },
});
let amiss = 0;
for (const name of values.of.split(",")) {
  const moments = rng(Number(values.seed)).split(name);
  const runs = Number(values.runs);
  const all = name === "vote" ? votesKilled(runs, moments) : killed(victims[name]!, runs, moments);
  let bad = 0;
  for await (const found of all) {
    if (found.amiss === "") continue;
    bad++;
    console.log(`${name} killed after ${found.at.toFixed(0)} ms: ${found.amiss}`);
  }
  amiss += bad;
  console.log(`${name}: ${runs} kills, ${bad} amiss`);
}
if (amiss > 0) Deno.exit(1);
