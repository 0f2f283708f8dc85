import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
  Option,
} from "@commander-js/extra-typings";
import { progress, stderrDisplay } from "../lab/host/progress.ts";
import {
  answerAll,
  type AnswerFile,
  type AnswerJob,
  filesBeside,
} from "../lab/judging/answer-file.ts";
import { userFiles } from "../lab/judging/user-files.ts";
import { type Protocol, protocolOptions, protocols, type Question } from "../mod.ts";
import { here, percent, positive, quoted, whole } from "./input.ts";
import { prices } from "./open-judge.ts";
import { print, printJson, say } from "./output.ts";
import { exits, untilSignal } from "./processes.ts";
import {
  openSpeaker,
  type Speaker,
  speakerForms,
  type SpeakerName,
  speakerName,
} from "./speakers.ts";

interface Flags {
  readonly model: SpeakerName;
  readonly protocol: string;
  readonly questions: string;
  readonly out: string;
  readonly category?: string;
  readonly name?: string;
  readonly tokens?: number;
  readonly temperature?: number;
  readonly system?: string;
  readonly seed?: number;
  readonly keepThoughts?: boolean;
  readonly modelFile?: string;
  readonly prices?: ReturnType<typeof prices>;
  readonly maxCost?: number;
  readonly maxTokens?: number;
  readonly concurrency?: number;
  readonly maxInvalid?: number;
  readonly resume?: boolean;
  readonly json?: boolean;
}

const { given, listed } = protocolOptions;
const able = protocols.filter(({ answering }) => answering);

// Of so many options in one chain the compiler would take minutes to work out the type.
export const answering: CommandUnknownOpts = new Command("answer")
  .description(
    `Write a model's answers to the questions of ${
      listed(able.map(({ title }) => title), "or")
    }, in its own format`,
  );
const required = [
  new Option("--model <name>", speakerForms).argParser(speakerName),
  new Option("--protocol <name>", "whose questions they are, and whose format of answers")
    .choices(able.map(({ id }) => id)),
  new Option("--questions <file>", "the protocol's questions, in its own format"),
  new Option("--out <file>", "where the answers go"),
];
for (const option of required) answering.addOption(option.makeOptionMandatory());
answering.option("--category <name>", "of Arena-Hard the questions of this category alone");
answering.option("--name <name>", "what the file calls the model (default: its own name)");
answering.option(
  "--tokens <n>",
  "tokens that an answer may have (default: as the original)",
  whole,
);
answering.option(
  "--temperature <n>",
  "0 takes the likeliest token (default: as the original)",
  temperature,
);
answering.option("--system <text>", "what the model is told before every question");
answering.option("--seed <n>", "of what is drawn at temperatures above 0", whole);
answering.option("--keep-thoughts", "keep what a model thinks before it answers");
answering.option(
  "--model-file <file>",
  "JSON with url, key, model and more, as deno task judge takes it",
);
answering.addOption(
  new Option("--prices <prompt,completion>", "of a million tokens, to count the cost").argParser(
    prices,
  ),
);
answering.option(
  "--max-cost <n>",
  "spend no more than this, in the currency of --prices",
  positive,
);
answering.option("--max-tokens <n>", "take no more tokens than this", whole);
answering.option("--concurrency <n>", "requests at one time (default: 8)", whole);
answering.option("--max-invalid <percent>", "answers that may fail (default: 2)", percent);
answering.option("--resume", "go on with --out where it stopped, and ask again for what failed");
answering.option("--json", "print counts as one JSON document");
answering.addHelpText(
  "after",
  `
A checkpoint is a LLaMA, Arcee, Qwen2 or GPT-2 folder, answered by our engine through its chat template;
remote is an OpenAI-compatible server (PREFBENCH_JUDGE_URL, PREFBENCH_JUDGE_KEY and
PREFBENCH_JUDGE_MODEL, or --model-file, whose body is part of every request and wins); local runs a
chat model by transformers.js. Each answer is in OUT.log.jsonl as it comes. What fails is in
OUT.failures.jsonl and never an answer; what is cut off says so (finish_reason), and thoughts are
taken off.

Exit codes: 0 answered, ${exits.error} could not answer, ${exits.failures} answered but more failed than --max-invalid allows,
${exits.SIGINT} or ${exits.SIGTERM} stopped by Ctrl-C or SIGTERM (--resume goes on)

Examples:
  deno task answer --model checkpoints/tuned --protocol mt-bench --questions tests/fixtures/protocols/mt-questions.jsonl --out answers/tuned.jsonl
  deno task answer --model remote:llama-3.1-8b --protocol alpaca-eval --questions tests/fixtures/protocols/alpaca-baseline.json --out answers/llama.json`,
);
answering.action(() => answer(answering.opts() as unknown as Flags));

function temperature(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It must be a number from 0.");
}

async function answer(flags: Flags): Promise<void> {
  const protocol = protocols.find(({ id }) => id === flags.protocol)!;
  const own = protocol.answering!;
  checkCategory(protocol, flags);
  const out = here(flags.out);
  const asked = await own.questions(flags.questions, given({ ...flags }), userFiles(here));
  if (asked.length === 0) {
    throw new RangeError(`Cannot answer ${flags.questions}: no question is left`);
  }
  const tokens = flags.tokens ?? own.tokens;
  const stop = new AbortController();
  await using speaker = await openSpeaker(flags.model, tokens, {
    ...flags,
    judgeFile: flags.modelFile,
    replies: filesBeside(out).replies,
    signal: stop.signal,
  });
  const found = await untilStopped(speaker, stop, {
    protocol: protocol.id,
    answering: own,
    asked,
    options: {
      ...{ chat: speaker.chat, tokens, system: flags.system, seed: flags.seed },
      temperature: (question: Question) => flags.temperature ?? own.temperature(question),
      keepThoughts: flags.keepThoughts ?? false,
    },
    name: flags.name ?? speaker.name,
    out,
    resume: flags.resume ?? false,
    concurrency: flags.concurrency,
  });
  if (typeof found === "string") {
    say(`Stopped; what is answered is safe. To go on:\n  ${commandOf(flags)} --resume`);
    Deno.exitCode = exits[found];
    return;
  }
  tell(flags, found, out, speaker);
}

/** A RangeError where the protocol has no categories that it reads by. */
function checkCategory({ id, options }: Protocol, { category }: Flags): void {
  if (category === undefined || options.some(({ name }) => name === "category")) return;
  const readers = protocols.filter(({ options }) =>
    options.some(({ name }) => name === "category")
  );
  throw new RangeError(
    `Cannot use --category with --protocol ${id}: it is for ${
      listed(readers.map(({ id }) => id), "and")
    }`,
  );
}

function tell(flags: Flags, { answers, failed }: AnswerFile, out: string, speaker: Speaker): void {
  const count = (holds: (one: typeof answers[number]) => boolean) => answers.filter(holds).length;
  const counts = {
    answers: answers.length,
    failed: failed.length,
    cut: count(({ cut }) => !!cut),
    empty: count(({ turns }) => turns.some((turn) => turn.trim() === "")),
    thoughts: count(({ thoughts }) => !!thoughts),
  };
  const all = answers.length + failed.length;
  if (flags.json) printJson({ schema: 1, out, ...counts, ...speaker.accounts() });
  else {
    const share = (n: number) => `${n} (${(100 * n / Math.max(1, answers.length)).toFixed(0)} %)`;
    const more = [
      ...counts.cut > 0 ? [`${share(counts.cut)} cut off`] : [],
      ...counts.empty > 0 ? [`${share(counts.empty)} empty`] : [],
      ...counts.thoughts > 0
        ? [`${share(counts.thoughts)} with thoughts${flags.keepThoughts ? "" : ", taken off"}`]
        : [],
    ];
    print([`${answers.length} answers`, ...more].join("; "));
    if (answers.length > 0) print(out);
  }
  if (failed.length === 0) return;
  for (const [kind, some] of Map.groupBy(failed, ({ failure }) => failure.failure)) {
    say(`${some.length} failed: ${kind}`);
  }
  const most = flags.maxInvalid ?? 2;
  const share = 100 * failed.length / all;
  say(
    `${failed.length} of ${all} questions have no answer (${
      share.toFixed(1)
    } %; ${most} % may): they are listed in ${filesBeside(out).failures}. To ask again:\n  ${
      commandOf(flags)
    } --resume`,
  );
  if (share > most) Deno.exitCode = exits.failures;
}

/** The command that answers so again. */
function commandOf({ model, prices, ...flags }: Flags): string {
  const name = model.kind === "checkpoint"
    ? model.directory
    : [model.judge.kind, model.judge.rest].filter(Boolean).join(":");
  const all: { readonly [name: string]: unknown } = {
    model: name,
    ...flags,
    prices: prices && `${prices.prompt},${prices.completion}`,
  };
  const words = Object.entries(all).flatMap(([name, value]) => {
    if (value === undefined || name === "json" || name === "resume") return [];
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? [flag] : [flag, quoted(`${value}`)];
  });
  return ["deno task answer", ...words].join(" ");
}

/** Asks, and shows how far it is; the name of the signal where one ended it. */
async function untilStopped(
  speaker: Speaker,
  stop: AbortController,
  job: Omit<AnswerJob, "signal" | "note" | "progress">,
): Promise<AnswerFile | "SIGINT" | "SIGTERM"> {
  const task = { title: "Answering", kinds: ["answering"], weight: 0 };
  const bars = progress([task], 1, [], stderrDisplay());
  bars.begin(0, task);
  let found: AnswerFile | undefined;
  try {
    const stopped = await untilSignal(async (signal) => {
      signal.addEventListener("abort", () => stop.abort());
      found = await answerAll({
        ...job,
        signal,
        note: (line) => bars.note(line),
        progress(done, all, failed) {
          const { calls } = speaker.accounts();
          bars.move(0, done / all, `${done} of ${all}, ${failed} failed, ${calls} calls`);
        },
      });
      return found !== undefined;
    });
    bars.end(0, found !== undefined);
    return found ?? stopped ?? "SIGINT";
  } finally {
    bars.close();
  }
}
