import { near } from "./comparable.ts";
import type { Gate, GateReport, GateRow, Gates, GateState, Moved } from "./comparison.ts";
import type { Rng } from "../core/rng.ts";
import { mean } from "../stats/average.ts";
import { holm } from "../stats/multiplicity.ts";
import { gate, nonInferiority } from "../stats/noninferiority.ts";
import { lookLevels } from "../stats/sequential.ts";

/** The regression gate: pure functions of paired values. */

/** One gated measure of one method on one testbed, with both sides' values. */
export interface Paired {
  readonly method: string;
  readonly on: string;
  readonly measure: string;
  readonly rule: Rule;
  /** Undefined for answers that came from elsewhere: then their prompts are all that varies. */
  readonly seeds: readonly (number | undefined)[];
  /** [seed][prompt], or [seed][0] of measures without a value a prompt. */
  readonly baseline: readonly (readonly number[])[];
  readonly candidate: readonly (readonly number[])[];
  /** Prompts are draws from more. */
  readonly sampled: boolean;
  /** The same with a value a prompt, where `baseline` has none as they are all summed exactly. */
  readonly each?: Pick<Paired, "baseline" | "candidate">;
  /** Why nothing can be compared. */
  readonly incomparable?: string;
  /** What a reader is shown of a prompt; answers only where both sides have them on record. */
  readonly show?: (seed: number | undefined, prompt: number) => Pick<Moved, "prompt" | "answers">;
}

/** How a row is judged: a gate with its defaults filled in. */
export interface Rule {
  readonly better: "higher" | "lower";
  readonly margin: number;
  readonly alpha: number;
  readonly minSeeds: number;
  readonly minPrompts: number;
  readonly tier: "stochastic" | "deterministic";
  readonly tolerance: number;
}

/** A gate's own words, else what holds for all, else what is known of the measure. */
export function ruleOf(
  gate: Gate,
  gates: Gates,
  known: { readonly better: "higher" | "lower" | "neither"; readonly margin: number },
): Rule {
  const better = gate.better ?? known.better;
  if (better === "neither") {
    throw new RangeError(
      `Cannot gate ${gate.measure}: neither direction of it is known to be better, so say which with "better"`,
    );
  }
  return {
    better,
    margin: gate.margin ?? known.margin,
    alpha: gate.alpha ?? gates.alpha,
    minSeeds: gate.minSeeds ?? gates.minSeeds,
    minPrompts: gates.minPrompts,
    tier: gate.tier ?? "stochastic",
    tolerance: gate.tolerance ?? gates.tolerance,
  };
}

/** One of several looks at the data. */
export interface AtLook {
  /** The level here of a row whose alpha is this over all looks. */
  readonly level?: (alpha: number) => number;
  /** Rows that earlier looks decided: Holm's correction counts them still. */
  readonly decided?: number;
}

/** Levels of the look `index` of those at so many seeds: alpha is spent nearly evenly, as every look should be able to decide. */
export function levelsAt(sizes: readonly number[], index: number): (alpha: number) => number {
  const known = new Map<number, number>();
  return (alpha) => {
    const level = known.get(alpha) ?? lookLevels({ at: sizes, alpha, spending: "pocock" })[index]!;
    known.set(alpha, level);
    return level;
  };
}

/** Prompts shown of each row. */
const SHOWN = 10;

/**
 * Every row with its state. Holm's correction for all stochastic rows guards against failing an
 * equal candidate; passing needs none, as the whole passes only where every row does.
 */
export function judgeRows(
  pairs: readonly Paired[],
  rng: Rng,
  look: AtLook = {},
): GateRow[] {
  const tested = pairs.map((pair) => {
    const { rule, seeds, baseline, candidate, sampled } = pair;
    const why = pair.incomparable ?? tooFew(pair);
    const prompts = pair.each?.baseline[0]?.length ?? baseline[0]?.length ?? 0;
    const alpha = look.level?.(rule.alpha) ?? rule.alpha;
    const shared = {
      method: pair.method,
      on: pair.on,
      measure: pair.measure,
      better: rule.better,
      tier: rule.tier,
      margin: rule.margin,
      alpha,
      seeds: seeds.filter((seed) => seed !== undefined),
      prompts,
    };
    if (why !== undefined) {
      return {
        row: { ...shared, identical: 0, moved: [], state: "incomparable" as const, reason: why },
      };
    }
    const values = pair.each ?? pair;
    const same = seeds.filter((_, s) =>
      candidate[s]!.every((x, p) => x === baseline[s]![p]) &&
      values.candidate[s]!.every((x, p) => x === values.baseline[s]![p])
    ).length;
    const row = {
      ...shared,
      identical: same,
      moved: mostMoved(pair),
      baseline: mean(baseline.map((xs) => mean(xs))),
      candidate: mean(candidate.map((xs) => mean(xs))),
    };
    if (rule.tier === "deterministic") return { row: { ...row, ...unchanged(pair) } };
    const found = nonInferiority({ baseline, candidate }, {
      ...rule,
      alpha,
      sampled,
      rng: rng.split(pair.method).split(pair.on).split(pair.measure),
    });
    return { row, found, rule: { ...rule, alpha } };
  });
  const family = tested.flatMap(({ found }) => found ? [found] : []);
  const adjusted = holm([...family.map(({ p }) => p), ...Array<number>(look.decided ?? 0).fill(1)]);
  return tested.map(({ row, found, rule }) => {
    if (!found) return row as GateRow;
    const corrected = adjusted[family.indexOf(found)]!;
    const state = gate(found, rule, corrected);
    const { needed, ...figures } = found;
    return {
      ...row,
      ...figures,
      adjusted: corrected,
      state,
      ...needed !== undefined && state === "inconclusive" ? { needed } : {},
      ...found.low === undefined ? { reason: "One number gives no interval" } : {},
    };
  });
}

function tooFew({ rule, seeds, baseline, sampled }: Paired): string | undefined {
  const prompts = baseline[0]?.length ?? 0;
  if (seeds.length === 0) return "No seed was finished by both";
  if (prompts === 0) return "No prompt was answered by both";
  if (rule.tier === "deterministic") return undefined;
  if (seeds[0] === undefined) {
    return sampled && prompts >= rule.minPrompts
      ? undefined
      : `${prompts} prompts were judged on both sides: at least ${rule.minPrompts} are needed`;
  }
  if (seeds.length >= rule.minSeeds) return undefined;
  return `${seeds.length} seeds were finished by both: at least ${rule.minSeeds} are needed`;
}

function unchanged({ rule, seeds, baseline, candidate }: Paired): Pick<GateRow, "state"> & {
  reason?: string;
  difference: number;
} {
  const differences = seeds.map((_, s) => mean(candidate[s]!) - mean(baseline[s]!));
  const changed = seeds.filter((_, s) =>
    candidate[s]!.some((x, p) => !near(x, baseline[s]![p]!, rule.tolerance))
  );
  return {
    difference: mean(differences),
    state: changed.length === 0 ? "pass" : "fail",
    ...changed.length === 0 ? {} : {
      reason: `Not the same within ${rule.tolerance} at seed ${changed.join(", ")}`,
    },
  };
}

function mostMoved({ seeds, baseline, candidate, each, show }: Paired): Moved[] {
  const values = each ?? { baseline, candidate };
  // A single number a seed is no prompt.
  if ((values.baseline[0]?.length ?? 0) < 2) return [];
  const cells = seeds.flatMap((seed, s) =>
    values.candidate[s]!.map((x, index) => ({ seed, index, x, y: values.baseline[s]![index]! }))
  ).filter(({ x, y }) => x !== y);
  cells.sort((a, b) =>
    Math.abs(b.x - b.y) - Math.abs(a.x - a.y) || a.index - b.index || (a.seed ?? 0) - (b.seed ?? 0)
  );
  const told = (cell: typeof cells[number]) => ({
    ...cell,
    ...show?.(cell.seed, cell.index) ?? {},
  });
  // What can be read is worth more than what moved a little farther.
  const readable = cells.values().map(told).filter(({ answers }) => answers !== undefined)
    .take(SHOWN).toArray();
  const chosen = readable.length > 0 ? readable : cells.slice(0, SHOWN).map(told);
  return chosen.map(({ seed, x, y, ...rest }) => ({
    ...seed === undefined ? {} : { seed },
    ...rest,
    baseline: y,
    candidate: x,
  }));
}

/** A failure is certain whatever else could not be compared; without a row there is nothing to pass. */
export function overall(
  rows: readonly Pick<GateRow, "state">[],
  checks: GateReport["checks"],
): GateState {
  const some = (state: GateState) => rows.some((row) => row.state === state);
  if (some("fail")) return "fail";
  if (
    rows.length === 0 || some("incomparable") || checks.some(({ state }) => state !== "pass")
  ) return "incomparable";
  return some("inconclusive") ? "inconclusive" : "pass";
}
