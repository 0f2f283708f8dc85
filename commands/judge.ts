import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
  Option,
} from "@commander-js/extra-typings";
import { type Protocol, protocolOptions, protocols } from "../mod.ts";
import { askJudge } from "./ask-judge.ts";
import { percent, whole } from "./input.ts";
import { commandOf, type Flags, type Job } from "./judge-job.ts";
import { judgeHelp, withJudge } from "./open-judge.ts";
import { exits } from "./processes.ts";
import { recompute } from "./recompute.ts";

const { given, listed, parts, shared } = protocolOptions;
type ProtocolOption = protocolOptions.Option<unknown>;

// Of so many options in one chain the compiler would take minutes to work out the type.
export const judging: CommandUnknownOpts = withJudge(
  new Command("judge")
    .description(`Judge answers by ${listed(protocols.map(({ title }) => title), "or")}`),
);
judging.addOption(
  new Option("--protocol <name>", "how answers are judged and counted")
    .choices(protocols.map(({ id }) => id)).makeOptionMandatory(),
);
/** The command's own options, after those of the protocols that stand in one part of the help. */
const own: { readonly [part in typeof parts[number]]?: readonly Option[] } = {
  judged: [
    new Option("--run <dir>", "judge the policies of this run against the one they started from"),
    new Option("--on <testbed>", "which of the run's testbeds, as text/clean"),
  ],
  verdicts: [new Option("--prompts <file>", "a wording of your own in place of ours")],
};
for (const part of parts) {
  const some = allOptions().filter((option) => option.part === part).map(commandOption);
  for (const option of [...some, ...own[part] ?? []]) judging.addOption(option);
}
judging.option(
  "--repeats <n>",
  "ask so often, to measure the judge's noise (default: 2 of a remote judge, else 1)",
  whole,
);
judging.option(
  "--repeat-share <percent>",
  "of the questions are asked again (default: 10)",
  percent,
);
judging.option("--max-invalid <percent>", "judgements that may fail (default: 2)", percent);
judging.option("--require-audit <file>", "refuse a judge that did not pass this audit");
judging.option("--out <dir>", "where judgements and the protocol's own files are written");
judging.option(
  "--keep-thoughts",
  "judge what models think before they answer as part of the answer",
);
judging.option("--no-texts", "keep questions and answers out of judged.json");
judging.option("--resume", "go on with the judgements in --out");
judging.option("--json", "print one JSON document instead of a table");
const examples = [
  ...protocols.flatMap(({ id, examples }) => examples.map((words) => `${id} ${words}`)),
  `${protocols[0]!.id} --run runs/mine --judge gold`,
];
judging.addHelpText(
  "after",
  `${judgeHelp}

Exit codes: 0 judged, ${exits.error} could not judge, ${exits.failures} judged but more failed than --max-invalid allows,
${exits.SIGINT} or ${exits.SIGTERM} stopped by Ctrl-C or SIGTERM (--resume goes on)

The files named here are part of the project. Examples:
${examples.map((words) => `  deno task judge --protocol ${words}`).join("\n")}`,
);
judging.action(async () => {
  const typed = judging.opts();
  const flags = typed as unknown as Flags;
  const protocol = protocols.find(({ id }) => id === flags.protocol)!;
  const job: Job = { protocol, flags, given: given(typed), command: commandOf(typed) };
  refuseOthers(job);
  const recorded = protocols.some(({ recorded }) => job.given.get(recorded) !== undefined);
  return await (recorded ? recompute(job) : askJudge(job));
});

/** The options of all protocols, each where a protocol that reads it has it among its own. */
function allOptions(): ProtocolOption[] {
  const all: ProtocolOption[] = [];
  for (const { options } of protocols) {
    options.forEach((option, i) => {
      if (all.includes(option)) return;
      const next = options.slice(i + 1).find((later) => all.includes(later));
      all.splice(next ? all.indexOf(next) : all.length, 0, option);
    });
  }
  return all;
}

/** The protocols that read an option. */
function readers(option: ProtocolOption): Protocol[] {
  return protocols.filter(({ options }) => options.includes(option));
}

function commandOption(option: ProtocolOption): Option {
  const { name, value, help, choices, read } = option;
  const titles = readers(option).map(({ title }) => title);
  const made = new Option(`--${name} ${value}`, typeof help === "string" ? help : help(titles));
  if (choices) made.choices(choices);
  if (option.default !== undefined) made.default(option.default);
  if (read) {
    made.argParser((text) => {
      try {
        return read(text);
      } catch (error) {
        throw error instanceof RangeError ? new InvalidArgumentError(error.message) : error;
      }
    });
  }
  return made;
}

/** A RangeError where an option would have no effect. */
function refuseOthers({ protocol, given }: Job): void {
  const common = Object.values<ProtocolOption>(shared);
  for (const option of allOptions()) {
    if (given.get(option) === undefined || common.includes(option)) continue;
    if (protocol.options.includes(option)) continue;
    const only = listed(readers(option).map(({ id }) => id), "and");
    throw new RangeError(
      `Cannot use --${option.name} with --protocol ${protocol.id}: it is for ${only}`,
    );
  }
}
