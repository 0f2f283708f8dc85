import { Command } from "@commander-js/extra-typings";
import { jsonText, speed, timedModel } from "../mod.ts";
import { print } from "./output.ts";

export const timing = new Command("speed")
  .description("Time the engine: forward and backward, a DPO step, sampling; at 1 and 2 threads")
  .option("--json", "print one JSON document instead of a table")
  .addHelpText("after", "\nExample:\n  deno task speed --json")
  .action(async ({ json }) => {
    const rows: string[] = [];
    for await (const row of speed({ model: timedModel, now: () => performance.now() })) {
      if (json) rows.push(jsonText(row, "a row"));
      else {
        const { what, size, batch, threads, ms, flops } = row;
        const rate = (flops / ms.median / 1e6).toFixed(1);
        const cells = [
          what,
          size,
          `batch ${batch}`,
          `threads ${threads}`,
          `${ms.min.toFixed(2)} ms`,
        ];
        print([...cells, `median ${ms.median.toFixed(2)} ms`, `${rate} GFLOP/s`].join("  "));
      }
    }
    if (json) print(`[\n${rows.join(",\n")}\n]`);
  });
