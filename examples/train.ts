/**
 * Training from a script: deno run -A examples/train.ts
 *
 * What `deno task bench` does with workers, records on a disk and a report is `run`, once a method,
 * testbed and seed. It needs no files: records are plain values.
 */
import { benchmarks, methods, run, type RunRecord } from "prefbench";
import { mean, standardError } from "prefbench/stats";

const bandit = benchmarks.find(({ id }) => id === "bandit")!;
const names = ["sft", "dpo", "ipo", "simpo"];
const records: RunRecord[] = [];
for (const id of names) {
  for (const seed of [1, 2, 3]) {
    records.push(
      await run({
        method: methods.find((one) => one.id === id)!,
        benchmark: bandit,
        setting: "noisy",
        seed,
        budget: { flops: 1e7, queries: 512 },
      }),
    );
  }
}

for (const id of names) {
  const own = records.filter(({ method, outcome }) => method === id && outcome === "ok");
  // Absent is not zero: what did not finish is said, and in no mean.
  if (own.length < 3) console.log(`${id}: ${3 - own.length} of 3 runs did not finish`);
  if (own.length < 2) continue;
  const wins = own.map(({ measures }) => measures["win-rate"]!.value);
  const steps = own[0]!.curve.length;
  console.log(
    `${id}: win-rate ${mean(wins).toFixed(3)} ± ${standardError(wins).toFixed(3)}, ` +
      `measured ${steps} times on the way`,
  );
}
