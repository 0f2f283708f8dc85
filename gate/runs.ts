import { REWARD, sameGround, startMoved } from "./comparable.ts";
import type { Gate, GateReport, Moved } from "./comparison.ts";
import { type Paired, type Rule, ruleOf } from "./gate.ts";
import { collect, type GatedRun, type Group, type RunsOptions, where } from "./group.ts";
import { cardOf, type Cards, headlineOf, marginOf } from "../core/measure.ts";
import type { PlanCell } from "../core/record.ts";
import { plannedCards } from "../core/registry.ts";
import { mean } from "../stats/average.ts";

/** What the gate compares of runs: records of the same method, testbed and seed. */

export interface Matched {
  readonly checks: GateReport["checks"];
  readonly pairs: readonly Paired[];
  readonly notes: readonly string[];
  /** Of all measures that are known. */
  readonly cards: Cards;
}

/**
 * Pairs a candidate's records with those of one or several baselines, whose values at a seed are
 * averaged. What makes the two incomparable is a reason on the row that it concerns: another budget,
 * hyperparameters, test prompts or truth, a seed or a method that is missing, runs that failed.
 *
 * RangeError for a gate that nothing in the baseline answers to.
 */
export function pairRuns(
  baselines: readonly GatedRun[],
  candidate: GatedRun,
  options: RunsOptions,
): Matched {
  const [first] = baselines;
  if (!first) throw new RangeError("Cannot compare with no baseline: at least one is needed");
  const checks = [...baselines.slice(1), candidate].flatMap((run) => sameGround(first, run));
  const broken = checks.find(({ state }) => state !== "pass")?.reason;
  const notes: string[] = [];
  // A candidate has no say in how it is judged.
  const cards = plannedCards(baselines.map(({ plan }) => plan), options.registry);
  const groups = new Map<string, { method: string; cell: PlanCell }>();
  for (const { plan } of baselines) {
    for (const cell of plan.cells) {
      for (const method of cell.methods ?? plan.methods) {
        groups.set(JSON.stringify([where(cell), method]), { method, cell });
      }
    }
  }
  const used = new Set<Gate>();
  const pairs = [...groups.values()].flatMap(({ method, cell }) => {
    const group = collect(method, cell, baselines, candidate, options);
    if (group.unsupported) {
      notes.push(`${method} on ${where(cell)} is not gated: its baseline does not support it`);
      return [];
    }
    notes.push(...group.notes);
    return rulesFor(group, options, cards, used).map(({ measure, rule }) =>
      paired(measure, rule, group, options, broken)
    );
  });
  const idle = options.gates.gates?.find((gate) => !used.has(gate));
  if (idle) {
    throw new RangeError(
      `Cannot gate ${idle.measure}${idle.method === undefined ? "" : ` of ${idle.method}`}${
        idle.on === undefined ? "" : ` on ${idle.on}`
      }: no finished run of the baseline has it`,
    );
  }
  return { checks, pairs, notes: [...notes, ...extras(baselines, candidate)], cards };
}

/** Seeds that every testbed and method of the baselines has, in order: those that looks may grow to. */
export function seedsHeld(baselines: readonly GatedRun[]): number[] {
  const byGroup = new Map<string, Set<number>>();
  for (const { plan } of baselines) {
    for (const cell of plan.cells) {
      for (const method of cell.methods ?? plan.methods) {
        const id = JSON.stringify([where(cell), method]);
        const held = byGroup.get(id) ?? new Set();
        (cell.seeds ?? plan.seeds).forEach((seed) => held.add(seed));
        byGroup.set(id, held);
      }
    }
  }
  const [first = new Set<number>(), ...rest] = byGroup.values();
  return [...rest.reduce((common, held) => common.intersection(held), first)]
    .sort((a, b) => a - b);
}

/** A run with the further seeds of another. */
export function extended(run: GatedRun, more: Omit<GatedRun, "source">): GatedRun {
  const spelled = ({ plan }: Omit<GatedRun, "source">) =>
    plan.cells.map((cell) => ({
      ...cell,
      methods: cell.methods ?? plan.methods,
      seeds: cell.seeds ?? plan.seeds,
    }));
  return {
    source: run.source,
    plan: { ...run.plan, cells: [...spelled(run), ...spelled(more)] },
    records: [...run.records, ...more.records],
  };
}

/** RangeError where nothing says what the testbed is ranked by, or which way a gated measure is better. */
function rulesFor(
  { method, cell, on, headline, seeds, before }: Group,
  { gates, margins }: RunsOptions,
  cards: Cards,
  used: Set<Gate>,
): { measure: string; rule: Rule }[] {
  const finished = seeds.flatMap((seed) => before.flatMap((run) => run.get(seed) ?? []))
    .filter(({ outcome }) => outcome === "ok");
  const has = (measure: string) =>
    finished.some(({ measures }) => Object.hasOwn(measures, measure));
  const matching = gates.gates?.filter((gate) => {
    const place = gate.on === undefined || gate.on === cell.benchmark || gate.on === on;
    return place && (gate.method ?? method) === method && has(gate.measure);
  });
  matching?.forEach((gate) => used.add(gate));
  // A method whose every run was lost still needs a row that says so.
  const usual = headlineOf(headline, has, cards) ?? headlineOf(headline, () => true, cards);
  if (usual === undefined) {
    throw new RangeError(`Cannot gate ${on}: nothing says what it is ranked by`);
  }
  const chosen: readonly Gate[] = matching ?? [{ measure: usual }];
  return chosen.map((gate) => {
    const values = finished.flatMap(({ measures }) =>
      Object.hasOwn(measures, gate.measure) ? [measures[gate.measure]!.value] : []
    );
    const card = cardOf(cards, gate.measure);
    // Of a rival that has 0 every share is 0, which is no margin.
    const known = marginOf(card, values.length > 0 ? mean(values) : 0) || 1;
    const rule = ruleOf(gate, gates, { better: card.better, margin: known });
    const margin = margins?.get(gate.measure) ?? margins?.get("");
    return { measure: gate.measure, rule: margin === undefined ? rule : { ...rule, margin } };
  });
}

function paired(
  measure: string,
  rule: Rule,
  group: Group,
  { gates }: RunsOptions,
  broken: string | undefined,
): Paired {
  const { method, on, headline, seeds, before, after } = group;
  const shared = { method, on, measure, rule };
  const nothing = (incomparable: string): Paired => ({
    ...shared,
    seeds,
    baseline: [],
    candidate: [],
    sampled: false,
    incomparable,
  });
  const why = broken ?? group.incomparable ??
    startMoved(
      [measure, ...headline === undefined ? [] : [headline], REWARD],
      group,
      gates.tolerance,
    );
  if (why !== undefined) return nothing(why);
  const values = seeds.map((seed) => ({
    olds: before.flatMap((run) => {
      const record = run.get(seed);
      return record?.outcome === "ok" ? [record] : [];
    }),
    now: after.get(seed)!,
  })).map(({ olds, now }) => ({
    olds: olds.flatMap(({ measures }) =>
      Object.hasOwn(measures, measure) ? [measures[measure]!] : []
    ),
    now: Object.hasOwn(now.measures, measure) ? now.measures[measure] : undefined,
    absent: now.absent,
  }));
  const without = values.findIndex(({ olds, now }) => olds.length === 0 || now === undefined);
  if (without >= 0) {
    const { now, absent } = values[without]!;
    const reason = Object.hasOwn(absent, measure) ? absent[measure] : "it is not on record";
    return nothing(
      `No ${measure} at seed ${seeds[without]} in the ${
        now === undefined ? `candidate: ${reason}` : "baseline"
      }`,
    );
  }
  const found = values.map(({ olds, now }) => ({ olds, now: now! }));
  const every = found.flatMap(({ olds, now }) => [...olds, now]);
  const lengths = new Set(every.map(({ each }) => each?.length ?? 0));
  const byPrompt = lengths.size === 1 && !lengths.has(0);
  const counts = new Set(every.map(({ n }) => n));
  if (counts.size > 1) {
    return nothing(`Measured on ${[...counts].join(" and ")} prompts or comparisons`);
  }
  // As in a report: prompts count as draws from more only where a run's own value is uncertain.
  const sampled = byPrompt && every.some(({ stderr }) => stderr > 0);
  const each = byPrompt
    ? {
      baseline: found.map(({ olds, now }) =>
        now.each!.map((_, p) => mean(olds.map((old) => old.each![p]!)))
      ),
      candidate: found.map(({ now }) => now.each!),
    }
    : undefined;
  const whole = {
    baseline: found.map(({ olds }) => [mean(olds.map(({ value }) => value))]),
    candidate: found.map(({ now }) => [now.value]),
  };
  return {
    ...shared,
    seeds,
    ...sampled ? each! : whole,
    ...each ? { each } : {},
    sampled,
    show: (seed, prompt) => shown(group, seed!, prompt),
  };
}

/** The answers of both sides: as texts where they are on record, else the likeliest of all there are. */
function shown(
  { before, after }: Group,
  seed: number,
  prompt: number,
): Pick<Moved, "prompt" | "answers"> {
  const now = after.get(seed)!;
  const old = before.flatMap((run) => run.get(seed) ?? []).findLast(({ outcome }) =>
    outcome === "ok"
  );
  const [a, b] = [old?.answers?.[prompt], now.answers?.[prompt]];
  if (a && b) {
    const text = ({ end, seen, rewards }: typeof a) => ({
      text: end,
      ...seen?.end.picture ? { picture: seen.end.picture } : {},
      ...rewards ? { reward: rewards[1] } : {},
    });
    return { prompt: a.prompt, answers: { baseline: text(a), candidate: text(b) } };
  }
  const plays = [old, now].map((record) =>
    record?.duel && "plays" in record.duel ? record.duel.plays[prompt] : undefined
  );
  if (!plays[0] || !plays[1]) return {};
  const likeliest = (play: readonly number[]) => {
    const most = Math.max(...play);
    return {
      text: `likeliest: answer ${play.indexOf(most) + 1}, P = ${Number(most.toPrecision(3))}`,
    };
  };
  return { answers: { baseline: likeliest(plays[0]), candidate: likeliest(plays[1]) } };
}

/** What the candidate has and the gate does not look at, and where it took other steps. */
function extras(baselines: readonly GatedRun[], candidate: GatedRun): string[] {
  const testbeds = new Set(baselines.flatMap(({ plan }) => plan.cells.map(where)));
  const known = new Set(
    baselines.flatMap(({ plan }) => plan.cells.flatMap((cell) => cell.methods ?? plan.methods)),
  );
  const fresh = [
    ...candidate.plan.cells.map(where).filter((on) => !testbeds.has(on)),
    ...candidate.plan.methods.filter((method) => !known.has(method)),
  ];
  const steps = new Map(
    baselines.flatMap(({ records }) => records).map((record) => [
      JSON.stringify([where(record), record.method, record.seed]),
      record,
    ]),
  );
  const other = new Map<string, string>();
  for (const now of candidate.records) {
    const old = steps.get(JSON.stringify([where(now), now.method, now.seed]));
    const name = `${now.method} on ${where(now)}`;
    if (old?.outcome === "ok" && now.outcome === "ok" && old.steps !== now.steps) {
      other.set(name, `${name} took ${now.steps} steps at seed ${now.seed}, before ${old.steps}`);
    }
  }
  return [
    ...fresh.length > 0 ? [`New, and without a baseline: ${fresh.join(", ")}`] : [],
    ...other.values(),
  ];
}
