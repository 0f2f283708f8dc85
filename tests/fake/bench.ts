import { fakePlan } from "./record.ts";
import { runFake } from "./suite.ts";

/**
 * `deno run bench.ts DIR WORKERS METHODS`: a suite of these methods × 2 testbeds × 8 seeds of fake
 * runs, one testbed with stages; resumed if DIR holds a plan.
 */
const [directory, workers, methods] = Deno.args as [string, string, string];
const begun = [...Deno.readDirSync(directory)].some(({ name }) => name === "plan.json");
const plan = fakePlan(methods.split(","), 8, ["toy/plain", "staged/plain"]);
await runFake(directory, begun ? "resume" : plan, {
  workers: Number(workers),
  stages: { staged: [["tokenizer"], ["base", "judge"]] },
});
