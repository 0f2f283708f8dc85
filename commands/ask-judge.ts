import { join } from "node:path";
import { readRun } from "../lab/disk/records.ts";
import { readDocument } from "../lab/disk/rows.ts";
import { progress, stderrDisplay } from "../lab/host/progress.ts";
import { requireAudit } from "../lab/judging/audits.ts";
import { askedDocument, writeDocument, writeFiles } from "../lab/judging/document.ts";
import { userFiles } from "../lab/judging/user-files.ts";
import { type Outcomes, session, type SessionOptions } from "../lab/judging/session.ts";
import {
  failed,
  jury,
  nth,
  type Prepared,
  prompts,
  protocolOptions,
  protocols,
  type RunField,
  runField,
  worded,
} from "../mod.ts";
import { here } from "./input.ts";
import { allow, type Job, show } from "./judge-job.ts";
import { type JudgeName, type OpenJudge, openJudge, steady } from "./open-judge.ts";
import { say } from "./output.ts";
import { exits, untilSignal } from "./processes.ts";

/** Asks a judge; writes the files and prints the figures. */
export async function askJudge(job: Job): Promise<void> {
  const { protocol, flags, given, command } = job;
  const { judge: name } = flags;
  if (name === undefined) {
    const recorded = [...new Set(protocols.map(({ recorded }) => `--${recorded.name}`))];
    throw new RangeError(
      `Cannot judge without --judge, or ${protocolOptions.listed(recorded, "or")}`,
    );
  }
  if (given.get(jury) !== undefined) {
    throw new RangeError("Cannot use --jury with one judge: it is for the judgements of several");
  }
  const run = await runOf(job);
  const { called, directory, file } = placeOf(job, name);
  await Deno.mkdir(directory, { recursive: true });
  const wording = flags.prompts === undefined
    ? protocol.wording
    : await readDocument(here(flags.prompts), prompts);
  const stop = new AbortController();
  await using opened = await openJudge({
    ...flags,
    signal: stop.signal,
    judge: name,
    replies: flags.replies ?? join(directory, "replies.jsonl"),
    ...run?.gold ? { gold: run.gold } : {},
  });
  const prepared = run
    ? ofRun(job, run, called)
    : await protocol.prepare(given, userFiles(here, flags), called);
  for (const note of prepared.notes) say(note);
  const ask = (time: number) =>
    "chat" in opened
      ? worded(nth(opened.chat, time), {
        prompts: wording,
        ...protocol.reply,
        longest: flags.judgeTokens,
      })
      : opened.judge;
  const judge = ask(0);
  const further = Array.from({ length: repeatsOf(job, name) - 1 }, (_, i) => ask(i + 1));
  if (flags.requireAudit !== undefined) await requireAudit(here(flags.requireAudit), judge);
  if (prepared.asks.length === 0) throw new RangeError("Cannot judge: nothing is left to ask");
  const asked = await untilStopped(opened, stop, {
    protocol: protocol.id,
    prepared,
    judges: [judge, ...further],
    share: flags.repeatShare ?? 10,
    directory,
    resume: flags.resume ?? false,
    concurrency: flags.concurrency,
  });
  if (typeof asked === "string") {
    say(`Stopped; what is judged is safe. To go on:\n  ${command} --resume`);
    Deno.exitCode = exits[asked];
    return;
  }
  const { document, tables } = askedDocument({
    protocol,
    command,
    judge: { id: judge.id, fingerprint: judge.fingerprint, ...opened.accounts() },
    prepared,
    run,
    steady: steady[name.kind] ? "This judge says the same each time" : undefined,
    texts: flags.texts,
  }, asked);
  const broken = brokenIn(asked);
  await writeDocument(file, document);
  await writeFiles(directory, {
    ...prepared.files(asked.lines, judge.id, wording.id),
    ...tables,
    "failures.jsonl": broken.map(({ about, outcome }) => ({ ...about, ...outcome })),
  });
  show(job, document, file);
  say(`Judged: ${spending(opened)}`);
  sayFailures(job, broken, asked, join(directory, "failures.jsonl"));
}

/** What failed, the first time or again. */
const brokenIn = ({ lines, again }: Outcomes) =>
  [lines, ...again].flat().flatMap(({ about, outcome }) =>
    failed(outcome) ? [{ about, outcome }] : []
  );

function sayFailures(
  job: Job,
  broken: ReturnType<typeof brokenIn>,
  { lines, again }: Outcomes,
  file: string,
): void {
  for (const [kind, some] of Map.groupBy(broken, ({ outcome }) => outcome.failure)) {
    say(`${some.length} failed: ${kind}`);
  }
  const all = lines.length + again.flat().length;
  const more = `: they are listed in ${file}. To ask again:\n  ${job.command} --resume`;
  allow(job, broken.length, all, more);
}

/** The run whose policies are to be judged, if it is one; a RangeError where judgements had no place. */
async function runOf({ flags: { run, on, out } }: Job): Promise<RunField | undefined> {
  if (run !== undefined) return runField((await readRun(here(run))).records, here(run), on);
  if (out !== undefined) return undefined;
  throw new RangeError("Cannot judge without --out, the directory that judgements go to");
}

/** What the judge is called in figures and by files, and where these lie. */
function placeOf({ protocol, flags: { run, on, out } }: Job, { kind, rest }: JudgeName) {
  const called = [kind, rest].filter(Boolean).join("-").replaceAll(/[^\w.-]+/g, "-");
  if (out !== undefined) {
    const directory = here(out);
    return { called, directory, file: join(directory, "judged.json") };
  }
  const where = on === undefined ? "" : `-${on.replaceAll("/", "-")}`;
  const directory = join(here(run!), "judged", `${protocol.id}-${called}${where}`);
  return { called, directory, file: `${directory}.json` };
}

/** A run's policies as the protocol asks about them; a RangeError for files that would have no effect. */
function ofRun({ protocol, given }: Job, run: RunField, called: string): Prepared {
  const { ofFiles, shared } = protocolOptions;
  for (const option of new Set([...Object.values(shared), ...protocol.options])) {
    if (ofFiles(option) && given.get(option) !== undefined) {
      throw new RangeError(
        `Cannot use --${option.name} with --run: its records hold the answers`,
      );
    }
  }
  return protocol.ofRun(run, given, called);
}

/** How often the questions chosen for that are asked; once where the reply is known to be the same. */
function repeatsOf({ flags: { repeats } }: Job, { kind }: JudgeName): number {
  if (!steady[kind]) return repeats ?? (kind === "remote" ? 2 : 1);
  if ((repeats ?? 1) > 1) {
    say(`--repeats measures nothing here: a ${kind} judge says the same each time`);
  }
  return 1;
}

/** Asks, and shows how far it is; the name of the signal where one ended it. */
async function untilStopped(
  opened: OpenJudge,
  stop: AbortController,
  options: Omit<SessionOptions, "signal" | "note" | "progress">,
): Promise<Outcomes | "SIGINT" | "SIGTERM"> {
  const task = { title: "Judging", kinds: ["judging"], weight: 0 };
  const bars = progress([task], 1, [], stderrDisplay());
  bars.begin(0, task);
  let asked: Outcomes | undefined;
  try {
    const stopped = await untilSignal(async (signal) => {
      signal.addEventListener("abort", () => stop.abort());
      asked = await session({
        ...options,
        signal,
        note: (line) => bars.note(line),
        progress(done, all, broken) {
          bars.move(0, done / all, `${done} of ${all}, ${broken} failed, ${spending(opened)}`);
        },
      });
      return asked !== undefined;
    });
    bars.end(0, asked !== undefined);
    return asked ?? stopped ?? "SIGINT";
  } finally {
    bars.close();
  }
}

/** "14 calls, 3 from file, 4,062 tokens, cost 0.0006" */
function spending(opened: OpenJudge): string {
  const { calls, cached, tokens, unmetered, cost } = opened.accounts();
  return [
    `${calls} calls`,
    ...cached > 0 ? [`${cached} from file`] : [],
    ...tokens ? [`${(tokens.prompt + tokens.completion).toLocaleString("en-GB")} tokens`] : [],
    ...unmetered === undefined ? [] : [`${unmetered} without a count of tokens`],
    ...cost === undefined ? [] : [`cost ${cost.toFixed(4)}`],
  ].join(", ");
}
