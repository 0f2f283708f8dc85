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
    const words = ({ hyper }: RunRecord) =>
      JSON.stringify(Object.entries(hyper).sort(([a], [b]) => a < b ? -1 : 1));
    if (words(old) !== words(now)) {
      return `Other hyperparameters: found ${JSON.stringify(now.hyper)}, expected ${
        JSON.stringify(old.hyper)
      }`;
    }
    const [t, u] = [old.truth, now.truth];
    const bound = [...t.frontier ?? [], ...u.frontier ?? []].length > 0;
    const same = (t.temperature ?? 0) === (u.temperature ?? 0) && (!bound ||
      t.frontier?.length === u.frontier?.length &&
        t.frontier!.every(({ kl, reward }, i) =>
          near(kl, u.frontier![i]!.kl, tolerance) && near(reward, u.frontier![i]!.reward, tolerance)
        ));
    if (!same) return "The testbed's truth is another one";
    const prompt = old.answers?.findIndex(({ prompt }, i) => prompt !== now.answers?.[i]?.prompt);
    if (prompt !== undefined && prompt >= 0) {
      return `Other test prompts, from number ${prompt} on`;
    }
  }
  return undefined;
}

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
    const now = after.get(seed)!.start;
    for (const run of before) {
      const old = run.get(seed)?.start ?? {};
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
    }
  }
  return undefined;
}

/** Standard errors that two samples of one policy may lie apart: of 10,000 looks one lies farther. */
const SAMPLING = 4;
