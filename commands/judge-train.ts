import { basename } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { harmless, progress, stderrDisplay } from "../lab/host/progress.ts";
import { versions } from "../lab/host/provenance.ts";
import { headName, type RewardFile, rewardFileName } from "../lab/judging/reward-file.ts";
import {
  baseOf,
  dataset,
  jsonText,
  openCheckpoint,
  readMapping,
  textBase,
  watched,
  writeParams,
} from "../mod.ts";
import { checkpointAt, rowsAt } from "./given.ts";
import { here, quoted, storeAt, whole } from "./input.ts";
import { print, printJson, say } from "./output.ts";

export const judgeTraining = new Command("judge-train")
  .description("Learn a judge from preference rows: a reward model, calibrated and saved")
  .requiredOption("--data <rows>", "what --dataset of bench takes, with answers that are compared")
  .option("--columns <list>", "which columns are meant, as prompt=question,system=system")
  .option(
    "--model <dir>",
    "start from this LLaMA, Arcee, Qwen2 or GPT-2 checkpoint, or ORG/NAME[@REVISION] on the Hugging Face hub (default: the text testbed's model)",
  )
  .requiredOption("--out <dir>", "directory to write")
  .option("--epochs <n>", "times that a row is read at most; the best of them is kept", whole, 3)
  .option("--seed <n>", "of the order in which rows are read", whole, 1)
  .option("--json", "print one JSON document instead of lines")
  .option("--cache <dir>", "where checkpoints and what is made once lie (default: .cache)")
  .addHelpText(
    "after",
    `
A tenth of the prompts are held out. Half of them choose epoch and scale (the temperature's
inverse); the other half say how often the judge is right and how well calibrated it is, which
judge.json records. Prompts and answers longer than the model's reach are cut, as in training.

Examples:
  deno task judge-train --data pairs.jsonl --out judges/mine
  deno task judge-train --data pairs.jsonl --model checkpoints/small --out judges/small`,
  )
  .action(async (options) => {
    const { epochs, seed, json } = options;
    const [{ refuseFull, writeExport }, { makeReward }] = await Promise.all([
      import("../lab/checkpoints/export.ts"),
      import("../lab/judging/reward.ts"),
    ]);
    const directory = here(options.out);
    await refuseFull(directory);
    const store = storeAt(options.cache);
    const base = options.model === undefined
      ? textBase
      : baseOf(await openCheckpoint(await checkpointAt(options.model, store)));
    const { dialogue, seen } = watched(base.dialogue);
    const file = await rowsAt(options.data, store);
    // A reward model is kept in a layout that has no place for patches.
    const benchmark = await dataset(
      file,
      { ...base, dialogue, sees: false },
      readMapping(options.columns),
    );
    benchmark.remarks.forEach((line) => say(line));
    if (!Object.values(benchmark.settings).some(({ offers }) => offers.includes("pairs"))) {
      throw new RangeError(
        `Cannot learn a judge from ${file}: its rows must be pairs, or hold two answers to one prompt of which one is better`,
      );
    }
    const task = { title: "Learning", kinds: ["learning"], weight: 0 };
    const bars = progress([task], 1, [], stderrDisplay());
    bars.begin(0, task);
    let made: Awaited<ReturnType<typeof makeReward>>;
    try {
      made = await makeReward({
        benchmark,
        seed,
        epochs,
        cache: store,
        threads: navigator.hardwareConcurrency,
        note: say,
        progress: (done, note) => bars.move(0, done, note),
      });
      bars.end(0, true);
    } finally {
      bars.close();
    }
    const { scale, centre, rows, evaluation } = made;
    const words = [
      `--data ${quoted(options.data)}`,
      ...options.columns === undefined ? [] : [`--columns ${quoted(options.columns)}`],
      ...options.model === undefined ? [] : [`--model ${quoted(options.model)}`],
      `--epochs ${epochs} --seed ${seed}`,
    ];
    const description: RewardFile = {
      schema: 1,
      kind: "reward model",
      scale,
      centre,
      reading: { messages: seen(), limits: base.limits },
      trained: {
        command: `deno task judge-train ${words.join(" ")} --out ${quoted(options.out)}`,
        file: basename(file),
        sha256: benchmark.sha256,
        from: base.title,
        seed,
        rows,
        epochs: { ...made.epochs, nll: [...made.epochs.nll] },
        versions: await versions(),
      },
      evaluation,
    };
    const text = (value: string) => new TextEncoder().encode(value);
    const head = Object.fromEntries(made.left.map((name) => [name, made.params[name]!]));
    await writeExport(directory, {
      left: [],
      files: {
        // A judge neither writes nor is written: what samples from a policy is no use here.
        ...Object.fromEntries(
          Object.entries(made.files).filter(([path]) =>
            !/^(onnx\/|adapter\/|generation_config)/.test(path)
          ),
        ),
        [headName]: writeParams(head),
        // Last, as a directory without it is no judge.
        [rewardFileName]: text(`${jsonText(description, rewardFileName, 2)}\n`),
      },
    });
    if (json) return printJson({ directory, ...description });
    const { accuracy, calibrationError, nll, nllUnscaled } = evaluation;
    const share = ({ value, low, high }: typeof accuracy) =>
      `${(100 * value).toFixed(1)} % (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
    print([
      harmless(`Judge: ${directory}, epoch ${made.epochs.kept} of ${epochs}`),
      `Right on ${
        share(accuracy)
      } of ${evaluation.rows} pairs to ${evaluation.prompts} prompts that it never saw`,
      `Calibration error ${share(calibrationError)}; NLL ${nll.value.toFixed(3)}, unscaled ${
        nllUnscaled.value.toFixed(3)
      }`,
      `Use it: deno task judge --judge learned:${quoted(options.out)}`,
    ].join("\n"));
  });
