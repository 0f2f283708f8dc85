import type { Benchmark } from "../core/mod.ts";
import bandit from "./bandit.ts";
import game from "./game.ts";
import text from "./text.ts";

export { type Dataset, dataset } from "./dataset.ts";

/** Every benchmark, in alphabetical order. */
export const benchmarks: readonly Benchmark[] = [bandit, game, text];
