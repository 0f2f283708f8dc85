import type { Judge, Testbed } from "../core/mod.ts";
import gold from "./gold.ts";

/** A way of judging answers, before it is given a testbed. */
export interface JudgePlugin {
  readonly id: string;
  /** What it goes by, in a few words. */
  readonly title: string;
  of(testbed: Testbed): Judge;
}

/** Every judge. */
export const judges: readonly JudgePlugin[] = [gold];
