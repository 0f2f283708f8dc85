/**
 * A method of your own beside DPO, on five seeds: deno run -A examples/own-method.ts
 *
 * In a clone it would be a file in `methods/`; here it is a value, handed to `run`.
 */
import { benchmarks, logRatio, method, methods, run } from "prefbench";
import { pairedT } from "prefbench/stats";

/** (β·[Δ(y_w) − Δ(y_l)] − 1)²: pulls each margin to 1/β, from either side. */
const squared = method({
  id: "squared",
  paper: { title: "A square on DPO's margin", year: 2026 },
  equation: String.raw`\left(\beta\left[\Delta(y_w)-\Delta(y_l)\right]-1\right)^2`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline"],
  claim: {
    text: "Stops at a margin, so it stays nearer the reference than DPO",
    on: "bandit/clean",
    measure: "kl",
    against: ["dpo"],
    expect: "lower",
    headline: false,
  },
  feedback: "pairs",
  hyper: { beta: 0.5 },
  loss({ pi, ref, chosen, rejected }, { beta }) {
    const margin = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
    return margin.mul(beta).sub(1).square().mean();
  },
});

const bandit = benchmarks.find(({ id }) => id === "bandit")!;
const dpo = methods.find(({ id }) => id === "dpo")!;
const budget = { flops: 1e7, queries: 512 };
const differences: number[] = [];
for (const seed of [1, 2, 3, 4, 5]) {
  const [own, other] = await Promise.all([squared, dpo].map(async (method) => {
    const record = await run({ method, benchmark: bandit, setting: "clean", seed, budget });
    return record.measures["kl"]!.value;
  }));
  differences.push(own! - other!);
}
// Both saw the same data at each seed, so the difference is what varies.
const { mean, low, high } = pairedT(differences);
console.log(
  `KL of squared less DPO's: ${mean.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`,
);
