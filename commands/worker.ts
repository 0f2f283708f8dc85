import { Command } from "@commander-js/extra-typings";
import { deviceOf } from "../lab/host/device.ts";
import { serve } from "../lab/suite/worker.ts";
import { benchmarks, methods } from "../mod.ts";
import { ownDataset } from "./given.ts";
import { rank } from "./input.ts";

export const worker = new Command("worker")
  .description("What bench starts: takes orders on stdin and answers on stdout")
  .requiredOption("--cache <dir>", "where benchmarks keep what they make once")
  .requiredOption("--device <name>", "what to compute on", deviceOf)
  .requiredOption("--commit <id>", "what the project stands at; its git may lie out of reach")
  .option("--dataset <file>", "preference rows of the user's own")
  .option("--columns <list>", "which of their columns are meant")
  .option("--model <dir>", "checkpoint of the user's own")
  .option("--lora <rank[,alpha]>", "adapters that learn in its place", rank)
  .action(async ({ cache, commit, device, dataset: file, columns, model, lora }) => {
    await serve(async (remark) => {
      const { work } = await import("../lab/suite/work.ts");
      const user = file === undefined ? [] : [await ownDataset({ file, columns, model, lora })];
      return work({
        methods,
        benchmarks: [...benchmarks, ...user],
        cache,
        remark,
        commit,
        host: Deno.hostname(),
        device,
      });
    });
  });
