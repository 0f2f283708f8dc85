import { createHash } from "node:crypto";
import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { progress, stderrDisplay } from "../lab/host/progress.ts";
import {
  type Checkpoint,
  fingerprint,
  loadAdapted,
  openCheckpoint,
  readingNotes,
  type ReadingReport,
  readMapping,
  rowAnswers,
  scorables,
} from "../mod.ts";
import { checkpointAt, rowsAt } from "./given.ts";
import { here, positive, storeAt } from "./input.ts";
import { print, say } from "./output.ts";
import { exits } from "./processes.ts";
import { asItStands, templated } from "./templated.ts";

/** Of PEFT's two files in a folder. */
async function adapterHash(folder: string | undefined): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  const files = ["adapter_config.json", "adapter_model.safetensors"];
  const hash = createHash("sha256");
  for (const name of files) hash.update(await Deno.readFile(join(here(folder), name)));
  return hash.digest("hex");
}

export const scoring = new Command("score")
  .description("Log-probabilities of answers under a checkpoint, and implicit rewards")
  .requiredOption(
    "--model <dir>",
    "LLaMA, Arcee, Qwen2 or GPT-2 checkpoint, or ORG/NAME[@REVISION] on the Hugging Face hub",
  )
  .option("--adapter <dir>", "low-rank adapters in PEFT's files that the model is scored with")
  .option("--reference <dir>", "checkpoint with the same tokenizer that rewards are measured from")
  .requiredOption("--data <rows>", "what --dataset of bench takes, or rows of prompt and answer")
  .option("--columns <list>", "which columns are meant, as prompt=question,completion=text")
  .option("--beta <n>", "the reward is this times the log-ratio", positive, 0.1)
  .option("--template", "score prompts that are strings as a user's turn, by the chat template")
  .option("--end", "count the token that ends an answer as part of it")
  .option("--out <file>", "write a JSON line a row here")
  .option("--resume", "go on with --out where it stopped, as OUT.seals.jsonl says")
  .option("--json", "print one JSON document instead of a table")
  .option("--cache <dir>", "where fetched checkpoints lie (default: .cache)")
  .addHelpText(
    "after",
    `
Rows hold prompt and answer (or completion, or response), or prompt, chosen and rejected: strings,
or messages, which go through the checkpoint's chat template; with --template strings do as well, as
RewardBench scores its rows, and are shown as they stand. Nothing is cut: a row longer than the
model's context has no numbers, and says so. So does one of which the model's are not finite; then
the exit code is 2.

Examples:
  deno task score --model checkpoints/tuned --data rows.jsonl --json
  deno task score --model checkpoints/tuned --reference checkpoints/start --data pairs.jsonl
  deno task score --model checkpoints/start --adapter adapter --reference checkpoints/start --data pairs.jsonl
  deno task score --model checkpoints/tuned --data rows.jsonl --out scores.jsonl --resume`,
  )
  .action(async (options) => {
    const { beta, end = false, resume = false, json = false } = options;
    if (resume && options.out === undefined) {
      throw new RangeError("Cannot resume without a file to go on with: name it with --out");
    }
    // Only workers and commands that compute need the engine, and the permission to load it.
    const [{ scorer }, { scoreAll }, { scoreTable }] = await Promise.all([
      import("../lab/checkpoints/score.ts"),
      import("../lab/checkpoints/scores.ts"),
      import("../lab/checkpoints/score-table.ts"),
    ]);
    const store = storeAt(options.cache);
    const data = await rowsAt(options.data, store);
    const columns = readMapping(options.columns);
    const policy = await openCheckpoint(await checkpointAt(options.model, store));
    const reference = options.reference === undefined
      ? undefined
      : await openCheckpoint(await checkpointAt(options.reference, store));
    const same = (field: "json" | "stop") =>
      policy.tokenizer[field] === reference?.tokenizer[field];
    if (reference && !(same("json") && same("stop"))) {
      throw new RangeError(
        `Cannot measure ${policy.directory} from ${reference.directory}: their tokenizers differ`,
      );
    }
    const shape = options.template ? templated(policy) : asItStands;
    // Once through, so that every bad row is known before anything is computed.
    let total = 0;
    const found = (found: ReadingReport) => readingNotes(found).forEach((line) => say(line));
    for await (const _ of scorables(data, policy, { columns, found })) total++;
    const load = async (checkpoint: Checkpoint, params = checkpoint.load()) => ({
      model: checkpoint.model({ longest: 1 }),
      params: await params,
      context: checkpoint.context,
      vocabulary: checkpoint.vocabulary,
    });
    const threads = navigator.hardwareConcurrency;
    const adapted = options.adapter === undefined
      ? undefined
      : loadAdapted(policy, here(options.adapter));
    const loaded = [await load(policy, adapted), reference && await load(reference)] as const;
    const work = scorer(...loaded, { beta, threads });
    const lines = scoreTable(
      json ? "json" : options.out === undefined ? "text" : "none",
      { model: policy.directory, reference: reference?.directory, beta },
      print,
    );
    // Whatever decides the numbers of a row but its texts.
    const madeBy = async () =>
      fingerprint([
        ...[await policy.fingerprint(), await reference?.fingerprint() ?? null, beta, end],
        ...[options.template ?? false, await adapterHash(options.adapter) ?? null],
      ]);
    const task = { title: "Scoring", kinds: ["scoring"], weight: 0 };
    const bars = progress([task], 1, [], stderrDisplay());
    bars.begin(0, task);
    try {
      await scoreAll({
        async *rows() {
          for await (const row of scorables(data, policy, { columns })) {
            const read = rowAnswers(policy, shape(row), end);
            const answers = row.answers.map((text, i) => ({ text, read: read[i]! }));
            yield { kind: row.kind, prompt: row.prompt, answers };
          }
        },
        total,
        scorer: work,
        ...options.out === undefined
          ? {}
          : { out: { file: here(options.out), resume, made: await madeBy() } },
        emit: lines.add,
        progress(done, all) {
          const [n, of] = [done, all].map((rows) => rows.toLocaleString("en-GB"));
          bars.move(0, done / all, `${n} of ${of} rows`);
        },
      });
      bars.end(0, true);
    } finally {
      bars.close();
      await work.close();
    }
    lines.close();
    const { long, notFinite } = lines.absent;
    const have = (n: number) => n === 1 ? "1 answer has" : `${n} answers have`;
    if (long > 0) say(`${have(long)} no numbers: longer than the model's context`);
    if (notFinite > 0) {
      say(`${have(notFinite)} no numbers: the model's log-probabilities are not finite`);
      Deno.exitCode = exits.failures;
    }
    if (options.out !== undefined && !json) print(`${total} rows: ${here(options.out)}`);
  });
