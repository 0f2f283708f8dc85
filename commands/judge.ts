import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { z } from "zod";
import { writeAtomic } from "../lab/atomic.ts";
import { requireAudit } from "../lab/audits.ts";
import { judgeAll } from "../lab/judgements.ts";
import { plain, progress, standardError } from "../lab/progress.ts";
import { jsonLines, readDocument } from "../lab/rows.ts";
import {
  asked,
  type Came,
  failed,
  failures,
  fingerprint,
  type Judged,
  judged,
  keyOf,
  type Line,
  prompts as promptsSchema,
  rng,
  worded,
  wordings,
} from "../mod.ts";
import { here, percent, quoted } from "./input.ts";
import { judgedText } from "./judge-table.ts";
import {
  type Given,
  ofRewardRows,
  type Prepared,
  type ProtocolName,
  protocolNames,
  protocols,
} from "./judge-protocols.ts";
import { rewardRows, type RunField, runField, withTruth } from "./judge-run.ts";
import { judgeHelp, openJudge, withJudge } from "./judges.ts";
import { print, printJson, say } from "./output.ts";
import { exits, untilSignal } from "./processes.ts";

const fixtures = "tests/fixtures/protocols";

const base = new Command("judge")
  .description("Judge answers by AlpacaEval, MT-Bench, Arena-Hard or RewardBench")
  .addOption(
    new Option("--protocol <name>", "how answers are judged and counted").choices(protocolNames)
      .makeOptionMandatory(),
  )
  .option("--answers <files...>", "answers of the models, a file each in the protocol's own format")
  .option(
    "--baseline <file>",
    "answers that they are compared with; with --judgments a model's name",
  )
  .option("--questions <file>", "questions of MT-Bench or Arena-Hard")
  .option("--references <file>", "reference answers of MT-Bench, in its format of answers")
  .option("--data <file>", "rows of RewardBench")
  .option("--run <dir>", "judge the policies of this run against the one they started from")
  .option("--on <testbed>", "which of the run's testbeds, as text/clean")
  .option("--annotations <file>", "recompute AlpacaEval from annotations, without a judge")
  .option("--judgments <files...>", "recompute MT-Bench or Arena-Hard, without a judge")
  .option("--scores <file>", "RewardBench by these scores, or those of deno task score --json")
  .addOption(
    new Option("--mode <name>", "MT-Bench and RewardBench: grades, pairs or both (default: single)")
      .choices(["single", "pair", "both"] as const),
  )
  .addOption(
    new Option("--orders <n>", "show each pair in both orders, or in one by a coin")
      .choices(["both", "one"] as const).default("both" as const),
  )
  .option("--prompts <file>", "a wording of your own in place of ours")
  .addOption(
    new Option("--compat <name>", "AlpacaEval's own fit for lengths").choices(
      ["alpaca-v1"] as const,
    ),
  )
  .option("--C <n>", "of --compat: the inverse penalty, or cv to choose it (default: cv)", constant)
  .option("--difficulty <file>", "rows of instruction and difficulty, for the fit for lengths")
  .option("--gamed <file>", "rows of length, preference and more that pull the fit for lengths")
  .option("--max-invalid <percent>", "judgements that may fail (default: 2)", percent)
  .option("--require-audit <file>", "refuse a judge that did not pass this audit")
  .option("--out <dir>", "where judgements and the protocol's own files are written")
  .option("--resume", "go on with the judgements in --out")
  .option("--json", "print one JSON document instead of a table");

export const judging = withJudge(base)
  .addHelpText(
    "after",
    `${judgeHelp}

Exit codes: 0 judged, ${exits.error} could not judge, ${exits.failures} judged but more failed than --max-invalid allows,
${exits.SIGINT} or ${exits.SIGTERM} stopped by Ctrl-C or SIGTERM (--resume goes on)

Examples, on small files that are there:
  deno task judge --protocol alpaca-eval --annotations ${fixtures}/alpaca-annotations.json --json
  deno task judge --protocol alpaca-eval --judge remote --answers ${fixtures}/alpaca-model.json --baseline ${fixtures}/alpaca-baseline.json --out judged/alpaca
  deno task judge --protocol mt-bench --mode both --judge remote --questions ${fixtures}/mt-questions.jsonl --references ${fixtures}/mt-references.jsonl --answers ${fixtures}/mt-model.jsonl --baseline ${fixtures}/mt-baseline.jsonl --out judged/mt
  deno task judge --protocol arena-hard --judge remote --questions ${fixtures}/arena-questions.jsonl --answers ${fixtures}/arena-model.jsonl --baseline ${fixtures}/arena-baseline.jsonl --out judged/arena
  deno task judge --protocol reward-bench --data ${fixtures}/reward-rows.jsonl --scores ${fixtures}/reward-scores.jsonl
  deno task judge --protocol alpaca-eval --run runs/mine --judge gold`,
  )
  .action(async (options) => {
    const { protocol: name, json = false, maxInvalid = 2 } = options;
    const recomputed = options.annotations ?? options.judgments ?? options.scores;
    const random = rng("judged").split(name);
    if (recomputed !== undefined) {
      for (const other of ["judge", "run", "resume"] as const) {
        if (options[other] !== undefined) {
          throw new RangeError(`Cannot use --${other} on judgements that are there already`);
        }
      }
      const { files, notes, judge, ...found } = await protocols[name].recompute(
        given(options),
        random,
      );
      for (const note of notes) say(note);
      const { measures, rows, bias, judgements, on, baseline } = found;
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
        judgements: [...judgements],
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
      gate(invalid, document.judgements.length, maxInvalid, "");
      return;
    }
    if (options.judge === undefined) {
      throw new RangeError(
        "Cannot judge without --judge, or --annotations, --judgments or --scores",
      );
    }
    const run = options.run === undefined
      ? undefined
      : await runField(here(options.run), options.on);
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
    await using opened = await openJudge({
      ...rest,
      judge: wanted,
      replies,
      ...run?.gold ? { gold: run.gold } : {},
    });
    const prepared = await prepare(name, options, run, judgeName);
    for (const note of prepared.notes) say(note);
    const judge = "chat" in opened
      ? worded(opened.chat, { prompts: wording, pair: prepared.pair, token: prepared.token })
      : opened.judge;
    if (options.requireAudit !== undefined) await requireAudit(here(options.requireAudit), judge);
    const { asks } = prepared;
    if (asks.length === 0) throw new RangeError("Cannot judge: nothing is left to ask");

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
        outcomes = await judgeAll({
          file: join(directory, "judgements.jsonl"),
          head: {
            protocol: name,
            judge: judge.id,
            fingerprint: judge.fingerprint,
            asks: fingerprint(asks.map(({ about, task }) => ({ about, task }))),
          },
          asks,
          key: ({ about }) => keyOf(about),
          read: readOutcome,
          judge: (ask) => asked(judge, ask),
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
    const again = `${commandOf(options)} --resume`;
    if (!outcomes) {
      say(`Stopped; what is judged is safe. To go on:\n  ${again}`);
      Deno.exitCode = exits[stopped ?? "SIGINT"];
      return;
    }
    const lines = asks.map(({ about }, i): Line => ({ about, outcome: outcomes![i]! }));
    const reduced = prepared.reduce(lines, random);
    const { measures, rows, bias, judgements } = run
      ? withTruth(reduced, lines, run, random.split("truth"))
      : reduced;
    const { calls, cached, tokens, cost } = opened.accounts();
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
      measures,
      rows,
      bias,
      judgements: [...judgements],
    });
    const file = options.out === undefined ? `${directory}.json` : join(directory, "judged.json");
    await writeAtomic(file, `${JSON.stringify(document, null, 2)}\n`);
    const broken = lines.filter(({ outcome }) => failed(outcome));
    await writeFiles(directory, {
      ...prepared.files(lines, judge.id, wording.id, random),
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
      lines.length,
      maxInvalid,
      `: they are listed in ${join(directory, "failures.jsonl")}. To ask again:\n  ${again}`,
    );
  });

type Options = ReturnType<typeof judging.opts>;

const given = ({ C, ...rest }: Options): Given => ({ ...rest, c: C });

async function prepare(
  name: ProtocolName,
  options: Options,
  run: RunField | undefined,
  judge: string,
): Promise<Prepared> {
  if (!run) return await protocols[name].prepare(given(options), judge);
  for (const other of ["answers", "baseline", "questions", "data"] as const) {
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
    const flag = `--${name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return [flag, ...[value].flat().map((word) => quoted(plain(`${word}`)))];
  });
  return ["deno task judge", ...words].join(" ");
}

function constant(text: string): number | "cv" {
  if (text === "cv") return text;
  const value = /^\d*\.?\d+(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It must be a number above 0, or cv.");
}
