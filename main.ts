import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { answering } from "./commands/answer.ts";
import { auditing } from "./commands/audit.ts";
import { bench } from "./commands/bench.ts";
import { claims } from "./commands/claims.ts";
import { compare } from "./commands/compare.ts";
import { choosingDevice } from "./commands/device.ts";
import { documenting } from "./commands/docs.ts";
import { exporting } from "./commands/export.ts";
import { fetching } from "./commands/fetch.ts";
import { judging } from "./commands/judge.ts";
import { judgeTraining } from "./commands/judge-train.ts";
import { list } from "./commands/list.ts";
import { merging } from "./commands/merge.ts";
import { say } from "./commands/output.ts";
import { exits } from "./commands/processes.ts";
import { preparing } from "./commands/prepare.ts";
import { publishing } from "./commands/publish.ts";
import { reporting } from "./commands/report.ts";
import { scoring } from "./commands/score.ts";
import { timing } from "./commands/speed.ts";
import { voting } from "./commands/vote.ts";
import { worker } from "./commands/worker.ts";

export const program = new Command("deno task").helpCommand(false)
  .description("prefbench: preference-optimisation methods under equal budgets on known truth")
  // Colours would cost permission to read half a dozen environment variables.
  .configureOutput({ getOutHasColors: () => false, getErrHasColors: () => false });

// One by one: the compiler would compare the options of each with those of all others.
const add = (command: CommandUnknownOpts, options = {}) =>
  program.addCommand(command.copyInheritedSettings(program), options);
add(bench);
add(claims);
add(list);
add(preparing);
add(merging);
add(reporting);
add(publishing);
add(compare);
add(answering);
add(judging);
add(judgeTraining);
add(auditing);
add(voting);
add(exporting);
add(scoring);
add(timing);
add(documenting);
// What our own processes are started as.
for (const command of [worker, fetching, choosingDevice]) add(command, { hidden: true });

if (import.meta.main) {
  try {
    await program.parseAsync(Deno.args, { from: "user" });
  } catch (error) {
    if (Deno.args.includes("--verbose")) throw error;
    say(`error: ${error instanceof Error ? error.message : error}`);
    Deno.exitCode = exits.error;
  }
}
