import {
  type Benchmark,
  type Budget,
  type Measurement,
  type Method,
  type Params,
  plain,
  type Policy,
  type Portion,
  recordedHyper,
  type Rng,
  rng,
  type RunRecord,
  searching,
  settingOf,
  Spent,
  type Subject,
  type Testbed,
  toHost,
  told,
  Unsuited,
  type Workshop,
} from "../../core/mod.ts";
import type { Engine } from "../../engine/mod.ts";
import { answered, digits, duel, shown } from "./answers.ts";
import { digestOf } from "./digest.ts";
import { Diverged } from "./learner.ts";
import { ledger } from "./ledger.ts";
import { objective } from "./objective.ts";
import { type ModelPolicy, modelPolicy } from "./policy.ts";
import { part } from "./portion.ts";
import { held, type KnownStart, measured, subject } from "./subject.ts";
import { MeteredLab, Unsupported } from "./metered-lab.ts";

/** One method on one testbed, from one seed, under one budget. */
export interface RunSetup {
  readonly method: Method;
  readonly benchmark: Benchmark;
  readonly setting: string;
  readonly seed: number;
  readonly budget: Budget;
  /** Which test prompts are measured; all of them without it. */
  readonly portion?: Portion;
  /** Share of the budget spent, and a word for people. */
  progress(done: number, note?: string): void;
  /** Hears the parameters of the policy that a run of outcome "ok" ends with. */
  trained?(testbed: Testbed, params: Params): void;
  /** When, where and how long: the only part of a record that is not a function of the rest. */
  ran(): RunRecord["ran"];
}

/** Shares of the operations after which the policy is measured, beside the end. */
const CHECKPOINTS = [0.1, 0.25, 0.5, 0.75];
/** Answers drawn a test prompt at the end, where the testbed does not say; a quarter of them along the way. */
const SAMPLES = 4;

type Measured = Awaited<ReturnType<typeof measured>>;

/** A testbed with what the start policy does on it, which is the same for every method. */
interface Opened {
  readonly testbed: Testbed;
  /** Its parameters are where the engine computes; the collector frees them with it. */
  readonly start: ModelPolicy;
  readonly digest: string;
  readonly rng: Rng;
  readonly measured: Measured;
  readonly known: KnownStart;
}

/** Carries out runs on one engine. Few testbeds stay open: a suite's methods of one seed come in a row. */
export function runner(
  engine: Engine,
  workshop: Workshop,
  most = 2,
): (setup: RunSetup) => Promise<RunRecord> {
  const open = new Map<string, Promise<Opened>>();
  const kept = (setup: RunSetup): Promise<Opened> => {
    const key = `${setup.benchmark.id}/${setup.setting}/${setup.seed}/${setup.portion}`;
    let found = open.get(key);
    if (!found) {
      if (open.size >= most) open.delete(open.keys().next().value!);
      found = opened(setup, engine, workshop);
      found.catch(() => open.delete(key));
      open.set(key, found);
    }
    return found;
  };
  return async (setup) => await run(setup, await kept(setup), engine);
}

async function opened(
  { benchmark, setting, seed, portion }: RunSetup,
  engine: Engine,
  workshop: Workshop,
): Promise<Opened> {
  const random = rng(`${benchmark.id}/${setting}/${seed}`);
  const testbed = part(
    await benchmark.open(settingOf(benchmark, setting).with, random.split("data"), workshop),
    portion,
  );
  const params = await engine.place(testbed.start);
  const start = unbilled(testbed, params, engine);
  const evaluation = random.split("evaluation");
  const untrained = subject({
    respondent: plain(start),
    reference: start,
    testbed,
    rng: evaluation.split("start"),
    samples: testbed.samples ?? SAMPLES,
  });
  return {
    testbed,
    start,
    digest: digestOf(testbed.start),
    rng: evaluation,
    measured: await measured(untrained),
    known: { baseline: await untrained.draws(), held: await held(start, testbed) },
  };
}

/** A policy of the testbed's model for which nobody pays. */
function unbilled({ model }: Testbed, params: Params, { call }: Engine): ModelPolicy {
  return modelPolicy(model, () => params, { sampling: call, scoring: call });
}

/** One run on its open testbed: training, with looks along the way, and what is measured at the end. */
async function run(setup: RunSetup, at: Opened, engine: Engine): Promise<RunRecord> {
  const { method, benchmark, setting, seed, budget } = setup;
  const account = ledger(budget);
  const samples = at.testbed.samples ?? SAMPLES;
  using lab = new MeteredLab({
    engine,
    testbed: at.testbed,
    start: at.start.params,
    where: whereOf(setup),
    offers: settingOf(benchmark, setting).offers,
    method,
    account,
    rng: rng(`${benchmark.id}/${setting}/${seed}`),
  });
  const curve: RunRecord["curve"] = [];
  const point = ({ measures }: Measured, progress: number) => {
    const { flops, queries } = account.spent;
    curve.push({ progress, flops, queries, steps: lab.steps, measures: brief(measures) });
  };
  point(at.measured, 0);
  const look = (policy: Policy, samples: number) =>
    looked(policy, samples, method, at, lab, engine);
  const { policy, outcome, reason } = await trained(setup, lab, async (policy) => {
    point(await measured(look(policy, samples / 4)), lab.progress);
  });

  const ran = () => ({ ...setup.ran(), start: at.digest });
  const record = {
    schema: 1 as const,
    method: method.id,
    benchmark: benchmark.id,
    setting,
    seed,
    hyper: { ...recordedHyper(method) },
    budget,
    spent: account.spent,
    outcome,
    ...reason === undefined ? {} : { reason },
    steps: lab.steps,
    ...Object.keys(lab.notes).length > 0 ? { notes: { ...lab.notes } } : {},
    ...lab.searches.length > 0 ? { searches: [...lab.searches] } : {},
    start: rounded(at.measured.measures),
    truth: truth(at.testbed),
  };
  const unmeasured = (how: Pick<RunRecord, "outcome" | "reason">): RunRecord => (
    { ...record, ...how, curve, measures: {}, absent: {}, samples: [], ran: ran() }
  );
  if (outcome !== "ok") return unmeasured({ outcome });
  if (setup.trained) {
    setup.trained(at.testbed, await toHost(engine.call, (policy as ModelPolicy).params));
  }
  const end = look(policy, samples);
  const last = await measured(end);
  point(last, 1);
  const result = { ...record, curve, measures: rounded(last.measures), absent: last.absent };
  if (end.lacks.answers !== undefined) return { ...result, samples: [], ran: ran() };
  const draws = await end.draws();
  const { testbed, start, rng: random, known: { baseline } } = at;
  const begun = { testbed, start, baseline, rng: random };
  try {
    return {
      ...result,
      ...answerCost(lab.answering),
      ...await duel(testbed, draws),
      samples: await shown(begun, end.policy, draws),
      ...await answered(begun, draws),
      ran: ran(),
    };
  } catch (error) {
    // Trained as far as finite numbers go: its own answers have none any more.
    if (!(error instanceof Diverged)) throw error;
    return unmeasured({ outcome: "diverged", reason: error.message });
  }
}

/** What one answer took while measured, where the policy does not simply draw it. */
function answerCost(
  { flops, queries, answers }: MeteredLab["answering"],
): Pick<RunRecord, "answerFlops" | "answerQueries"> {
  if (answers === 0) return {};
  return {
    answerFlops: flops / answers,
    ...queries > 0 ? { answerQueries: queries / answers } : {},
  };
}

const whereOf = ({ benchmark, setting }: RunSetup): string => `${benchmark.id}/${setting}`;

/** The policy that training ends with, and how it ended; `passing` is given the policy at each checkpoint. */
async function trained(
  setup: RunSetup,
  lab: MeteredLab,
  passing: (policy: Policy) => Promise<void>,
): Promise<{ policy: Policy; outcome: RunRecord["outcome"]; reason?: string }> {
  const { method } = setup;
  let policy: Policy = lab.start;
  const ahead = [...CHECKPOINTS];
  try {
    lab.admit();
    const steps = "loss" in method
      ? objective(lab, method)
      : method.run(lab.lab(method), method.hyper);
    for await (const now of steps) {
      policy = now;
      setup.progress(lab.progress, `${lab.steps} steps`);
      const passed = ahead.filter((share) => lab.progress >= share).length;
      ahead.splice(0, passed);
      if (passed) await passing(policy);
    }
  } catch (error) {
    if (error instanceof Unsupported) {
      return { policy, outcome: "unsupported", reason: error.message };
    }
    if (error instanceof Unsuited) {
      const reason = `Cannot run ${method.id} on ${whereOf(setup)}: ${error.message}`;
      return { policy, outcome: "unsupported", reason };
    }
    if (error instanceof Diverged) return { policy, outcome: "diverged", reason: error.message };
    if (!(error instanceof Spent)) throw error;
    if (lab.steps === 0 && policy === lab.start) {
      // What was never trained must not stand on a board as trained.
      const reason = `Cannot train ${method.id} on ${
        whereOf(setup)
      }: the budget pays for no step: ${error.message}`;
      return { policy, outcome: "unsupported", reason };
    }
  }
  return { policy, outcome: "ok" };
}

/** An unbilled look at a policy as it is now, answering as its method would have it. */
function looked(
  policy: Policy,
  samples: number,
  method: Method,
  at: Opened,
  lab: MeteredLab,
  engine: Engine,
): Subject {
  const { params, answer } = policy as ModelPolicy;
  const still = plain(unbilled(at.testbed, params, engine));
  const ways = [
    ...answer ? [searching((...asked) => lab.measure(() => answer(...asked)))] : [],
    ...method.told === undefined ? [] : [told(method.told)],
    ...method.answers ? [method.answers(method.hyper)] : [],
  ];
  return subject({
    respondent: ways.reduce((plainer, way) => way(plainer, at.testbed), still),
    reference: at.start,
    testbed: at.testbed,
    rng: at.rng.split(method.id),
    ...method.implied ? { implied: (y) => method.implied!(y, method.hyper) } : {},
    ...method.prefers ? { prefers: (a, b) => method.prefers!(a, b, method.hyper) } : {},
    samples,
    known: at.known,
  });
}

/** Numbers a prompt in six digits: a thousand of them make up most of a record. */
function rounded(measures: Measured["measures"]): RunRecord["measures"] {
  return Object.fromEntries(
    Object.entries(measures).map(([id, { value, stderr, n, each, bins }]) => [id, {
      value,
      stderr,
      n,
      ...each ? { each: each.map(digits) } : {},
      ...bins ? { bins: bins.map((bin) => ({ ...bin })) } : {},
    }]),
  );
}

/** What a learning curve needs of a measurement. */
function brief(measures: Measured["measures"]): RunRecord["measures"] {
  const only = ({ value, stderr, n }: Measurement) => ({ value, stderr, n });
  return Object.fromEntries(Object.entries(measures).map(([id, found]) => [id, only(found)]));
}

function truth({ truth: { temperature, frontier } }: Testbed): RunRecord["truth"] {
  return {
    ...temperature === undefined ? {} : { temperature },
    ...frontier ? { frontier: frontier.map((point) => ({ ...point })) } : {},
  };
}
