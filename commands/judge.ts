import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
  Option,
} from "@commander-js/extra-typings";
import { stats, traitNames } from "../mod.ts";
import { percent, whole } from "./input.ts";
import { protocolNames } from "./protocols/mod.ts";
import { judgeHelp, withJudge } from "./judges.ts";
import { judgeBy, type Options } from "./judging.ts";
import { exits } from "./processes.ts";

const fixtures = "tests/fixtures/protocols";

// Of so many options in one chain the compiler would take minutes to work out the type.
export const judging: CommandUnknownOpts = withJudge(
  new Command("judge")
    .description("Judge answers by AlpacaEval, MT-Bench, Arena-Hard or RewardBench"),
);
judging.addOption(
  new Option("--protocol <name>", "how answers are judged and counted").choices(protocolNames)
    .makeOptionMandatory(),
);
judging.option(
  "--answers <files...>",
  "answers of the models, a file each in the protocol's own format",
);
judging.option(
  "--baseline <file>",
  "answers that they are compared with; with --judgments a model's name",
);
judging.option("--questions <file>", "questions of MT-Bench or Arena-Hard");
judging.option("--references <file>", "reference answers of MT-Bench, in its format of answers");
judging.option("--data <file>", "rows of RewardBench");
judging.option("--run <dir>", "judge the policies of this run against the one they started from");
judging.option("--on <testbed>", "which of the run's testbeds, as text/clean");
judging.option("--annotations <file>", "recompute AlpacaEval from annotations, without a judge");
judging.option(
  "--leaderboard <file>",
  "AlpacaEval's leaderboard CSV, shown beside one's own but never ranked with them",
);
judging.option("--judgments <files...>", "recompute MT-Bench or Arena-Hard, without a judge");
judging.option(
  "--human <files...>",
  "people's votes on pairs of MT-Bench, in FastChat's format: how far the judge agrees with them",
);
judging.option(
  "--scores <file>",
  "RewardBench by these scores, or those of deno task score --json",
);
judging.addOption(
  new Option("--mode <name>", "MT-Bench and RewardBench: grades, pairs or both (default: single)")
    .choices(["single", "pair", "both"]),
);
judging.addOption(
  new Option("--orders <n>", "show each pair in both orders, or in one by a coin")
    .choices(["both", "one"]).default("both"),
);
judging.addOption(
  new Option("--ties <model>", "Arena-Hard's ratings: ties are half wins, or outcomes of their own")
    .choices(stats.tieModels),
);
judging.option("--prompts <file>", "a wording of your own in place of ours");
judging.addOption(
  new Option("--compat <name>", "AlpacaEval's own fit for lengths").choices(
    ["alpaca-v1"],
  ),
);
judging.option(
  "--C <n>",
  "of --compat: the inverse penalty, or cv to choose it (default: cv)",
  constant,
);
judging.option(
  "--difficulty <file>",
  "rows of instruction and difficulty, for the fit for lengths",
);
judging.option(
  "--gamed <file>",
  "rows of length, preference and more that pull the fit for lengths",
);
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
judging.option(
  "--control <names>",
  `what AlpacaEval's win-rate is controlled for beside the length: ${traitNames.join(",")}`,
  traitList,
);
judging.option("--max-invalid <percent>", "judgements that may fail (default: 2)", percent);
judging.option("--require-audit <file>", "refuse a judge that did not pass this audit");
judging.option("--out <dir>", "where judgements and the protocol's own files are written");
judging.option("--no-texts", "keep questions and answers out of judged.json");
judging.option("--resume", "go on with the judgements in --out");
judging.option("--json", "print one JSON document instead of a table");
judging.addHelpText(
  "after",
  `${judgeHelp}

Exit codes: 0 judged, ${exits.error} could not judge, ${exits.failures} judged but more failed than --max-invalid allows,
${exits.SIGINT} or ${exits.SIGTERM} stopped by Ctrl-C or SIGTERM (--resume goes on)

The files named here are part of the project. Examples:
  deno task judge --protocol alpaca-eval --annotations ${fixtures}/alpaca-annotations.json --json
  deno task judge --protocol alpaca-eval --annotations ${fixtures}/alpaca-annotations.csv --leaderboard ${fixtures}/alpaca-leaderboard.csv
  deno task judge --protocol alpaca-eval --judge remote --answers ${fixtures}/alpaca-model.json --baseline ${fixtures}/alpaca-baseline.json --out judged/alpaca
  deno task judge --protocol mt-bench --mode both --judge remote --questions ${fixtures}/mt-questions.jsonl --references ${fixtures}/mt-references.jsonl --answers ${fixtures}/mt-model.jsonl --baseline ${fixtures}/mt-baseline.jsonl --out judged/mt
  deno task judge --protocol mt-bench --judgments ${fixtures}/mt-judgments-all.jsonl --human ${fixtures}/mt-human.jsonl
  deno task judge --protocol arena-hard --judge remote --questions ${fixtures}/arena-questions.jsonl --answers ${fixtures}/arena-model.jsonl --baseline ${fixtures}/arena-baseline.jsonl --out judged/arena
  deno task judge --protocol reward-bench --data ${fixtures}/reward-rows.jsonl --scores ${fixtures}/reward-scores.jsonl
  deno task judge --protocol alpaca-eval --run runs/mine --judge gold`,
);
judging.action(() => judgeBy(judging.opts() as unknown as Options));

function traitList(text: string): string {
  const names = text.split(",");
  const wrong = names.find((name) => !traitNames.some((known) => known === name));
  if (wrong !== undefined || new Set(names).size < names.length) {
    throw new InvalidArgumentError(
      `It must be some of ${traitNames.join(",")}, with commas between them.`,
    );
  }
  return text;
}

function constant(text: string): number | "cv" {
  if (text === "cv") return text;
  const value = /^\d*\.?\d+(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It must be a number above 0, or cv.");
}
