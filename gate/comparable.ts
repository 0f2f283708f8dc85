import type { GateReport } from "./comparison.ts";
import type { Plan, RunRecord } from "../core/record.ts";

/** Whether two runs may be compared: what a change of code may not change. */

/** Whether two numbers are equal but for what machines differ in. */
export function near(a: number, b: number, tolerance: number): boolean {
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
}

interface Suite {
  /** What messages call it. */
  readonly source: string;
  readonly plan: Plan;
}

/** What must be equal of two suites as a whole. */
export function sameGround(a: Suite, b: Suite): GateReport["checks"] {
  const data = ({ plan: { dataset } }: Suite) =>
    dataset
      ? [
        `rows ${dataset.sha256.slice(0, 12)}`,
        ...dataset.columns === undefined ? [] : [`columns ${dataset.columns}`],
        `start policy ${dataset.model?.sha256.slice(0, 12) ?? "the text testbed's"}`,
        dataset.lora ? `rank ${dataset.lora.rank}, alpha ${dataset.lora.alpha}` : "no adapters",
      ].join(", ")
      : "generated";
  const facts: [string, string, string][] = [
    ["data", data(a), data(b)],
    ["device", a.plan.device, b.plan.device],
  ];
  return facts.map(([what, one, other]) =>
    one === other ? { what: `${what} of ${b.source}`, state: "pass" as const } : {
      what: `${what} of ${b.source}`,
      state: "incomparable" as const,
      reason: `Another ${what} than in ${a.source}: found ${other}, expected ${one}`,
    }
  );
}

/** Records by seed, of each baseline and of the candidate. */
export interface Both {
  readonly seeds: readonly number[];
  readonly before: readonly ReadonlyMap<number, RunRecord>[];
  readonly after: ReadonlyMap<number, RunRecord>;
}

/** What differs of two records at one seed that a change of code may not change. */
export function otherwise(
  olds: readonly RunRecord[],
  now: RunRecord,
  tolerance: number,
): string | undefined {
  for (const old of olds) {
    if (old.outcome !== "ok") continue;
    const found = otherHyper(old, now) ?? otherTruth(old, now, tolerance);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What differs in the hyperparameters of two records; undefined where nothing does. */
export function otherHyper(
  old: Pick<RunRecord, "hyper">,
  now: Pick<RunRecord, "hyper">,
): string | undefined {
  const words = ({ hyper }: Pick<RunRecord, "hyper">) =>
    JSON.stringify(Object.entries(hyper).sort(([a], [b]) => a < b ? -1 : 1));
  if (words(old) === words(now)) return undefined;
  return `Other hyperparameters: found ${JSON.stringify(now.hyper)}, expected ${
    JSON.stringify(old.hyper)
  }`;
}

/** Of two finished records of one testbed and seed, whatever their methods. */
export function otherTruth(
  old: RunRecord,
  now: RunRecord,
  tolerance: number,
): string | undefined {
  const [t, u] = [old.truth, now.truth];
  const bound = [...t.frontier ?? [], ...u.frontier ?? []].length > 0;
  const same = (t.temperature ?? 0) === (u.temperature ?? 0) && (!bound ||
    t.frontier?.length === u.frontier?.length &&
      t.frontier!.every(({ kl, reward }, i) =>
        near(kl, u.frontier![i]!.kl, tolerance) && near(reward, u.frontier![i]!.reward, tolerance)
      ));
  if (!same) return "The testbed's truth is another one";
  const prompt = old.answers?.findIndex(({ prompt }, i) => prompt !== now.answers?.[i]?.prompt);
  return prompt !== undefined && prompt >= 0
    ? `Other test prompts, from number ${prompt} on`
    : undefined;
}

/** What answers are worth says whether a testbed is what it was, where a win-rate against itself cannot. */
export const REWARD = "reward";

/**
 * The start policy is not trained by what is compared: its measures say whether testbed and measure
 * are what they were. Sums are equal but for last bits; samples within their sampling error.
 */
export function startMoved(
  measures: readonly string[],
  { seeds, before, after }: Both,
  tolerance: number,
): string | undefined {
  for (const seed of seeds) {
    for (const run of before) {
      const old = run.get(seed);
      const found = old && otherStart(measures, old, after.get(seed)!, tolerance);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The same of two records of one testbed and seed. */
export function otherStart(
  measures: readonly string[],
  { start: old }: RunRecord,
  { start: now, seed }: RunRecord,
  tolerance: number,
): string | undefined {
  for (const measure of measures) {
    if (!Object.hasOwn(old, measure) || !Object.hasOwn(now, measure)) continue;
    const [a, b] = [old[measure]!, now[measure]!];
    if (a.n !== b.n) {
      return `${measure} is measured on ${b.n} prompts or comparisons, expected ${a.n}`;
    }
    if (near(a.value, b.value, tolerance)) continue;
    if (Math.abs(a.value - b.value) <= SAMPLING * Math.hypot(a.stderr, b.stderr)) continue;
    return `The start policy's ${measure} is ${b.value} at seed ${seed}, expected ${a.value}: the testbed or the measure has changed`;
  }
  return undefined;
}

/** Standard errors that two samples of one policy may lie apart: of 10,000 looks one lies farther. */
const SAMPLING = 4;
