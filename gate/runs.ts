import { type Both, otherwise, sameGround, startMoved } from "./comparable.ts";
import type { Gate, GateReport, Gates, Moved } from "./comparison.ts";
import { type Paired, type Rule, ruleOf } from "./gate.ts";
import { marginOf } from "../core/margins.ts";
import type { Plan, RunRecord } from "../core/record.ts";
import { mean } from "../stats/average.ts";

/** What the gate compares of runs: records of the same method, testbed and seed. */

export interface GatedRun {
  /** What messages call it: its directory. */
  readonly source: string;
  readonly plan: Plan;
  readonly records: readonly RunRecord[];
}

export interface RunsOptions {
  readonly gates: Gates;
  /** What a testbed is ranked by: the first of these that a method's runs have. */
  readonly headlines: readonly string[];
  readonly better: (measure: string) => "higher" | "lower" | "neither";
  /** So many of the baseline's first seeds; all of them without it. */
  readonly seeds?: number;
  /** Margins instead of the configured ones; the one under "" holds for every measure. */
  readonly margins?: ReadonlyMap<string, number>;
}

export interface Matched {
  readonly checks: GateReport["checks"];
  readonly pairs: readonly Paired[];
  readonly notes: readonly string[];
}

type Cell = Plan["cells"][number];
const where = ({ benchmark, setting }: Pick<Cell, "benchmark" | "setting">) =>
  `${benchmark}/${setting}`;

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
  const groups = new Map<string, { method: string; cell: Cell }>();
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
    return rulesFor(method, cell, group, options, used).map(({ measure, rule }) =>
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
  return { checks, pairs, notes: [...notes, ...extras(baselines, candidate)] };
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

interface Group extends Both {
  readonly method: string;
  readonly on: string;
  readonly incomparable?: string;
  readonly unsupported: boolean;
  readonly notes: readonly string[];
}

function collect(
  method: string,
  cell: Cell,
  baselines: readonly GatedRun[],
  candidate: GatedRun,
  { gates, seeds: few }: RunsOptions,
): Group {
  const on = where(cell);
  // More than one where a plan was gone on with from further seeds.
  const cellsOf = ({ plan }: GatedRun) =>
    plan.cells.filter((other) =>
      where(other) === on && (other.methods ?? plan.methods).includes(method)
    );
  const planned = (run: GatedRun) => cellsOf(run).flatMap(({ seeds }) => seeds ?? run.plan.seeds);
  const bySeed = ({ records }: GatedRun) =>
    new Map(
      records.filter((record) => record.method === method && where(record) === on)
        .map((record) => [record.seed, record]),
    );
  const holders = baselines.filter((run) => cellsOf(run).length > 0);
  const all = [...new Set(holders.flatMap(planned))]
    .sort((a, b) => a - b);
  const seeds = all.slice(0, few);
  const before = holders.map(bySeed);
  const after = bySeed(candidate);
  const olds = seeds.flatMap((seed) => before.flatMap((run) => run.get(seed) ?? []));
  const group = {
    method,
    on,
    seeds,
    before,
    after,
    unsupported: olds.length > 0 && olds.every(({ outcome }) => outcome === "unsupported"),
    notes: [] as string[],
  };
  const incomparable = (reason: string): Group => ({ ...group, incomparable: reason });
  if (cellsOf(candidate).length === 0) {
    return incomparable("The candidate's plan does not have it");
  }
  for (const run of [...holders.slice(1), candidate]) {
    const [want, have] = [cellsOf(holders[0]!)[0]!, cellsOf(run)[0]!];
    const differs = (["flops", "queries"] as const).find((axis) =>
      want.budget[axis] !== have.budget[axis]
    );
    if (differs) {
      return incomparable(
        `Another budget in ${run.source}: ${differs} ${have.budget[differs]}, expected ${
          want.budget[differs]
        }`,
      );
    }
    if (want.portion !== have.portion) {
      return incomparable(`Other test prompts in ${run.source}: its plan measures another portion`);
    }
  }
  if (few !== undefined && all.length < few) {
    return incomparable(`The baseline holds ${all.length} seeds: expected ${few}`);
  }
  const unplanned = seeds.filter((seed) => !planned(candidate).includes(seed));
  if (unplanned.length > 0) {
    return incomparable(
      `Seeds of the baseline that the candidate does not have: ${unplanned.join(", ")}`,
    );
  }
  const unfinished = seeds.filter((seed) =>
    !after.has(seed) || !before.some((run) => run.has(seed))
  );
  if (unfinished.length > 0) {
    return incomparable(`Seeds that have not finished: ${unfinished.join(", ")}`);
  }
  const failed = (record: RunRecord) => record.outcome !== "ok";
  const lost = {
    candidate: seeds.filter((seed) => failed(after.get(seed)!)),
    baseline: seeds.filter((seed) =>
      before.every((run) => run.has(seed) ? failed(run.get(seed)!) : true)
    ),
  };
  for (const side of ["candidate", "baseline"] as const) {
    const some = lost[side];
    if (some.length === 0) continue;
    const record = side === "candidate"
      ? after.get(some[0]!)!
      : before.flatMap((run) => run.get(some[0]!) ?? [])[0]!;
    const text = `${some.length} of ${seeds.length} runs of the ${side} gave nothing (seed ${
      some.join(", ")
    }): ${record.outcome}: ${record.reason ?? "no reason is on record"}`;
    if (some.length > gates.maxFailed * seeds.length) return incomparable(text);
    group.notes.push(`${method} on ${on}: ${text}`);
  }
  const finished = seeds.filter((seed) =>
    !lost.candidate.includes(seed) && !lost.baseline.includes(seed)
  );
  const kept = { ...group, seeds: finished };
  const changed = finished.map((seed) =>
    otherwise(before.flatMap((run) => run.get(seed) ?? []), after.get(seed)!, gates.tolerance)
  ).find((reason) => reason !== undefined);
  return changed === undefined ? kept : { ...kept, incomparable: changed };
}

function rulesFor(
  method: string,
  cell: Cell,
  { seeds, before }: Group,
  { gates, headlines, better, margins }: RunsOptions,
  used: Set<Gate>,
): { measure: string; rule: Rule }[] {
  const finished = seeds.flatMap((seed) => before.flatMap((run) => run.get(seed) ?? []))
    .filter(({ outcome }) => outcome === "ok");
  const has = (measure: string) =>
    finished.some(({ measures }) => Object.hasOwn(measures, measure));
  const matching = gates.gates?.filter((gate) => {
    const place = gate.on === undefined || gate.on === cell.benchmark || gate.on === where(cell);
    return place && (gate.method ?? method) === method && has(gate.measure);
  });
  matching?.forEach((gate) => used.add(gate));
  // A method whose every run was lost still needs a row that says so.
  const chosen: readonly Gate[] = matching ??
    [{ measure: headlines.find(has) ?? headlines[0]! }];
  return chosen.map((gate) => {
    const values = finished.flatMap(({ measures }) =>
      Object.hasOwn(measures, gate.measure) ? [measures[gate.measure]!.value] : []
    );
    const known = marginOf(gate.measure, values.length > 0 ? mean(values) : 0);
    const rule = ruleOf(gate, gates, { better: better(gate.measure), margin: known || 1 });
    const margin = margins?.get(gate.measure) ?? margins?.get("");
    return { measure: gate.measure, rule: margin === undefined ? rule : { ...rule, margin } };
  });
}

function paired(
  measure: string,
  rule: Rule,
  group: Group,
  { gates, headlines }: RunsOptions,
  broken: string | undefined,
): Paired {
  const { method, on, seeds, before, after } = group;
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
    startMoved([measure, ...headlines], group, gates.tolerance);
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
    const text = ({ end, rewards }: typeof a) => ({
      text: end,
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
