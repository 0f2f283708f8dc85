import { join } from "node:path";
import { z } from "zod";
import { writeAtomic } from "../lab/disk/atomic.ts";
import { requireAudit } from "../lab/judging/audits.ts";
import { judgeAll } from "../lab/judging/judgements.ts";
import { plain, progress, standardError } from "../lab/host/progress.ts";
import { jsonLines, readDocument } from "../lab/disk/rows.ts";
import {
  asked,
  type Came,
  failed,
  failures,
  fingerprint,
  type Judged,
  judged,
  judgeNoise,
  judgeTexts,
  keyOf,
  type Line,
  nth,
  prompts as promptsSchema,
  rng,
  worded,
  wordings,
} from "../mod.ts";
import { here, quoted } from "./input.ts";
import { judgedText } from "./judge-table.ts";
import {
  checkOptions,
  type Given,
  ofRewardRows,
  type Prepared,
  type ProtocolName,
  protocols,
} from "./protocols/mod.ts";
import { rewardRows, type RunField, runField, withTruth } from "./judge-run.ts";
import { type JudgeName, type JudgeOptions, openJudge, steady } from "./judges.ts";
import { print, printJson, say } from "./output.ts";
import { exits, untilSignal } from "./processes.ts";

/** What the user typed. */
export interface Options
  extends Omit<Given, "c">, Omit<JudgeOptions, "judge" | "replies" | "gold"> {
  readonly protocol: ProtocolName;
  readonly judge?: JudgeName;
  readonly replies?: string;
  readonly run?: string;
  readonly on?: string;
  readonly prompts?: string;
  readonly requireAudit?: string;
  /** False: what was asked and answered is not passed on. */
  readonly texts: boolean;
  readonly C?: number | "cv";
  readonly repeats?: number;
  readonly repeatShare?: number;
  readonly maxInvalid?: number;
  readonly out?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

/** Judges, or recomputes what was judged; writes the files and prints the figures. */
export async function judgeBy(options: Options): Promise<void> {
  const { protocol: name, json = false, maxInvalid = 2 } = options;
  const recomputed = options.annotations ?? options.judgments ?? options.scores;
  const random = rng("judged").split(name);
  checkOptions(name, given(options));
  if (recomputed !== undefined) {
    for (const other of ["judge", "run", "resume"] as const) {
      if (options[other] !== undefined) {
        throw new RangeError(`Cannot use --${other} on judgements that are there already`);
      }
    }
    if (options.repeats !== undefined) {
      throw new RangeError("Cannot use --repeats on judgements that are there already");
    }
    const { files, notes, judge, scorings, texts, ...found } = await protocols[name].recompute(
      given(options),
      random,
    );
    for (const note of notes) say(note);
    const { measures, rows, bias, absent, judgements, agreement, published, on, baseline } = found;
    const { noise } = judgeNoise.noises(scorings, [], random.split("noise"));
    const document = check({
      schema: 1,
      command: commandOf(options),
      protocol: name,
      judge: { id: judge, fingerprint: fingerprint(["recorded", judge]), calls: 0, cached: 0 },
      on,
      baseline,
      measures,
      rows,
      bias,
      ...absent ? { absent } : {},
      noise,
      judgements: [...judgements],
      ...agreement ? { agreement } : {},
      ...published ? { published } : {},
      ...texts && options.texts ? { texts } : {},
    });
    if (options.out !== undefined) {
      const directory = here(options.out);
      await Deno.mkdir(directory, { recursive: true });
      await writeAtomic(join(directory, "judged.json"), `${JSON.stringify(document, null, 2)}\n`);
      await writeFiles(directory, files);
    }
    if (json) printJson(document);
    else print(judgedText(document, protocols[name].headline));
    const invalid = document.judgements.filter(({ failure }) => failure).length;
    // Where judgements are of no one baseline, all that is known of them is how far people agree.
    if (document.judgements.length === 0 && agreement) {
      gate(agreement.failed, agreement.judged, maxInvalid, "");
    } else gate(invalid, document.judgements.length, maxInvalid, "");
    return;
  }
  if (options.judge === undefined) {
    throw new RangeError(
      "Cannot judge without --judge, or --annotations, --judgments or --scores",
    );
  }
  const run = options.run === undefined ? undefined : await runField(here(options.run), options.on);
  if (options.run === undefined && options.out === undefined) {
    throw new RangeError("Cannot judge without --out, the directory that judgements go to");
  }
  const judgeName = [options.judge.kind, options.judge.rest].filter(Boolean).join("-")
    .replaceAll(/[^\w.-]+/g, "-");
  const stem = `${name}-${judgeName}${
    options.on === undefined ? "" : `-${options.on.replaceAll("/", "-")}`
  }`;
  const directory = options.out === undefined
    ? join(here(options.run!), "judged", stem)
    : here(options.out);
  await Deno.mkdir(directory, { recursive: true });
  const wording = options.prompts === undefined
    ? wordings[name]
    : await readDocument(here(options.prompts), promptsSchema);

  const { judge: wanted, replies = join(directory, "replies.jsonl"), ...rest } = options;
  const stop = new AbortController();
  await using opened = await openJudge({
    ...rest,
    signal: stop.signal,
    judge: wanted,
    replies,
    ...run?.gold ? { gold: run.gold } : {},
  });
  const prepared = await prepare(name, options, run, judgeName);
  for (const note of prepared.notes) say(note);
  const { pair, token, asks } = prepared;
  const times = repeatsOf(options.judge, options);
  const judges = Array.from(
    { length: times },
    (_, n) =>
      "chat" in opened
        ? worded(nth(opened.chat, n), { prompts: wording, pair, token })
        : opened.judge,
  );
  const judge = judges[0]!;
  if (options.requireAudit !== undefined) await requireAudit(here(options.requireAudit), judge);
  if (asks.length === 0) throw new RangeError("Cannot judge: nothing is left to ask");
  const again = judgeNoise.asksAgain(asks, { repeats: times, share: options.repeatShare ?? 10 });

  const task = { title: "Judging", kinds: ["judging"], weight: 0 };
  const bars = progress([task], 1, [], standardError());
  bars.begin(0, task);
  const spent = () => {
    const { calls, cached, tokens, cost } = opened.accounts();
    return [
      `${calls} calls`,
      ...cached > 0 ? [`${cached} from file`] : [],
      ...tokens ? [`${(tokens.prompt + tokens.completion).toLocaleString("en-GB")} tokens`] : [],
      ...cost === undefined ? [] : [`cost ${cost.toFixed(4)}`],
    ].join(", ");
  };
  let outcomes: Came[] | undefined;
  let stopped: "SIGINT" | "SIGTERM" | undefined;
  try {
    stopped = await untilSignal(async (signal) => {
      signal.addEventListener("abort", () => stop.abort());
      outcomes = await judgeAll({
        file: join(directory, "judgements.jsonl"),
        head: {
          protocol: name,
          judge: judge.id,
          fingerprint: judge.fingerprint,
          // Without repeats: a file can be gone on with by asking again, or more often.
          asks: fingerprint(asks.map(({ about, task }) => ({ about, task }))),
        },
        asks: [...asks, ...again],
        key: ({ about }) => keyOf(about),
        read: readOutcome,
        judge: (ask) => asked(judges[ask.about.repeat ?? 0]!, ask),
        resume: options.resume ?? false,
        ...options.concurrency === undefined ? {} : { concurrency: options.concurrency },
        signal,
        note: (line) => bars.note(line),
        progress(done, all, broken) {
          const note = `${done} of ${all}, ${broken} failed, ${spent()}`;
          bars.move(0, done / all, note);
        },
      });
      return outcomes !== undefined;
    });
    bars.end(0, outcomes !== undefined);
  } finally {
    bars.close();
  }
  const goOn = `${commandOf(options)} --resume`;
  if (!outcomes) {
    say(`Stopped; what is judged is safe. To go on:\n  ${goOn}`);
    Deno.exitCode = exits[stopped ?? "SIGINT"];
    return;
  }
  const all = [...asks, ...again].map(({ about }, i): Line => ({ about, outcome: outcomes![i]! }));
  const lines = all.slice(0, asks.length);
  const repeated = Map.groupBy(all.slice(asks.length), ({ about }) => about.repeat);
  const noises = judgeNoise.noises(
    prepared.scorings(lines),
    [...repeated.values()].map((some) => prepared.scorings(some)),
    random.split("noise"),
    steady[options.judge.kind] ? "This judge says the same each time" : undefined,
  );
  const reduced = prepared.reduce(lines, random);
  const { measures, rows, bias, absent, judgements, agreement, published } = run
    ? withTruth(reduced, lines, run, random.split("truth"))
    : reduced;
  const { calls, cached, tokens, cost } = opened.accounts();
  // A run's records hold its answers, where readers look for them.
  const texts = run || !options.texts
    ? undefined
    : prepared.texts ?? (prepared.field && judgeTexts.ofField(prepared.field, asks));
  const document = check({
    schema: 1,
    command: commandOf(options),
    protocol: name,
    judge: {
      id: judge.id,
      fingerprint: judge.fingerprint,
      calls,
      cached,
      ...tokens ? { tokens } : {},
      ...cost === undefined ? {} : { cost },
    },
    on: prepared.on,
    baseline: prepared.baseline,
    measures: { ...measures, ...noises.measures },
    rows,
    bias: { ...bias, ...noises.bias },
    ...absent ? { absent } : {},
    noise: noises.noise,
    judgements: [...judgements],
    ...agreement ? { agreement } : {},
    ...published ? { published } : {},
    ...texts ? { texts } : {},
  });
  const file = options.out === undefined ? `${directory}.json` : join(directory, "judged.json");
  await writeAtomic(file, `${JSON.stringify(document, null, 2)}\n`);
  const broken = all.filter(({ outcome }) => failed(outcome));
  await writeFiles(directory, {
    ...prepared.files(lines, judge.id, wording.id),
    ...reduced.tables,
    "failures.jsonl": jsonLines(
      broken.map(({ about, outcome }) => ({ ...about, ...outcome })),
    ),
  });
  if (json) printJson(document);
  else print(`${judgedText(document, protocols[name].headline)}\n${file}`);
  say(`Judged: ${spent()}`);
  for (
    const [kind, some] of Map.groupBy(
      broken,
      ({ outcome }) => (outcome as { failure: string }).failure,
    )
  ) {
    say(`${some.length} failed: ${kind}`);
  }
  gate(
    broken.length,
    all.length,
    maxInvalid,
    `: they are listed in ${join(directory, "failures.jsonl")}. To ask again:\n  ${goOn}`,
  );
}

/** How often the questions chosen for that are asked; once where the reply is known to be the same. */
function repeatsOf({ kind }: JudgeName, { repeats }: Options): number {
  if (!steady[kind]) return repeats ?? (kind === "remote" ? 2 : 1);
  if ((repeats ?? 1) > 1) {
    say(`--repeats measures nothing here: a ${kind} judge says the same each time`);
  }
  return 1;
}

const given = ({ C, ...rest }: Options): Given => ({ ...rest, c: C });

async function prepare(
  name: ProtocolName,
  options: Options,
  run: RunField | undefined,
  judge: string,
): Promise<Prepared> {
  if (!run) return await protocols[name].prepare(given(options), judge);
  for (
    const other of [
      ...["answers", "baseline", "questions", "data", "references", "human"] as const,
      ...["leaderboard", "difficulty", "gamed"] as const,
    ]
  ) {
    if (options[other] !== undefined) {
      throw new RangeError(`Cannot use --${other} with --run: its records hold the answers`);
    }
  }
  const { ofField } = protocols[name];
  return ofField
    ? ofField(run.field, run.on, { ...given(options), mode: options.mode ?? "both" })
    : ofRewardRows(rewardRows(run), run.on, judge, given(options));
}

const outcome = z.union([
  z.looseObject({ preference: z.number().min(0).max(1), label: z.string().optional() }),
  z.looseObject({ grade: z.number().min(1).max(10) }),
  z.looseObject({ failure: z.enum(failures), reason: z.string() }),
]);
function readOutcome(value: object, place: string): Came {
  const found = outcome.safeParse(value);
  if (found.success) return found.data as Came;
  throw new SyntaxError(
    `${place}: field "outcome" must be a preference, a grade or a failure: found ${
      JSON.stringify(value).slice(0, 80)
    }`,
  );
}

/** What a program reads must be as documented, whatever a protocol made of it. */
function check(document: Judged): Judged {
  return judged.parse(document);
}

async function writeFiles(directory: string, files: { readonly [name: string]: string }) {
  for (const [name, content] of Object.entries(files)) {
    await writeAtomic(join(directory, name), content);
  }
}

function gate(broken: number, all: number, most: number, more: string): void {
  if (broken === 0) return;
  const share = 100 * broken / all;
  const beyond = share > most;
  say(
    `${broken} of ${all} judgements have no valid verdict (${
      share.toFixed(1)
    } %; ${most} % may)${more}`,
  );
  if (beyond) Deno.exitCode = exits.failures;
}

/** The command that judges so again: what decides the figures, and where judgements lie. */
function commandOf(options: Options): string {
  const { judge, prices, ...rest } = options;
  const all: Record<string, unknown> = {
    ...rest,
    judge: judge && [judge.kind, judge.rest].filter(Boolean).join(":"),
    prices: prices && `${prices.prompt},${prices.completion}`,
  };
  const words = Object.entries(all).flatMap(([name, value]) => {
    if (value === undefined || ["json", "resume"].includes(name)) return [];
    if (name === "texts") return value ? [] : ["--no-texts"];
    const flag = `--${name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return [flag, ...[value].flat().map((word) => quoted(plain(`${word}`)))];
  });
  return ["deno task judge", ...words].join(" ");
}
