import {
  type Answer,
  type Benchmark,
  bradleyTerry,
  type Comparison,
  type Exported,
  type Model,
  type Params,
  type Rng,
  rng,
  type Testbed,
} from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import { cpu, type Engine } from "../../engine/mod.ts";
import { cache } from "../disk/cache.ts";
import { learner } from "../train/learner.ts";
import { reference } from "../train/reference.ts";
import { modelPolicy } from "../train/policy.ts";
import { copied } from "../train/weights.ts";
import { workshop } from "../train/workshop.ts";

/** Reward models: fitted to preference rows, and read. */

export interface RewardSetup {
  /** Rows of pairs as a testbed. */
  readonly testbed: Testbed;
  readonly engine: Engine;
  /** Times that each row of training is read at most. */
  readonly epochs: number;
  readonly rng: Rng;
  progress(done: number, note: string): void;
}

/** A number with its 95 % interval. */
export interface Bounded {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface FittedReward {
  readonly params: Params;
  /** Of the logits, so that σ(scale · (r_a − r_b)) is calibrated. */
  readonly scale: number;
  /** Mean reward of the answers that it was calibrated on. */
  readonly centre: number;
  readonly epochs: {
    /** NLL of the calibration rows after each epoch, each at the scale that suits it best. */
    readonly nll: readonly number[];
    /** Which is kept, from 1. */
    readonly kept: number;
  };
  readonly rows: { readonly training: number; readonly calibration: number };
  readonly evaluation: Evaluation;
}

/** On rows that neither training nor calibration saw; intervals go by prompts. */
export interface Evaluation {
  readonly rows: number;
  readonly prompts: number;
  /** Share of pairs in which the chosen answer has the greater reward; ties are half right. */
  readonly accuracy: Bounded;
  /** Of the label in nats, with and without the scale. */
  readonly nll: Bounded;
  readonly nllUnscaled: Bounded;
  readonly brier: Bounded;
  /** Expected calibration error over both orders, ten bins of equal mass, less its bias. */
  readonly calibrationError: Bounded;
}

/** Held-out rows below which nothing can be said. */
const LEAST = 8;

/**
 * Fits a Bradley–Terry reward, a head on the testbed's language model, to its rows. Half of the
 * held-out prompts choose the epoch and the scale, the other half say how good it is. A RangeError
 * where too few rows are held out, or where it orders them no better than chance does.
 */
export async function fitReward(setup: RewardSetup): Promise<FittedReward> {
  const { testbed, engine, epochs, progress } = setup;
  const { model, start, optimiser, comparisons: count = 0 } = testbed;
  const [calibration, evaluation] = halves(testbed.heldOut());
  if (calibration.length + evaluation.length < LEAST || evaluation.length < 2) {
    throw new RangeError(
      `Cannot judge a judge by ${
        calibration.length + evaluation.length
      } held-out rows: at least ${LEAST} must be held out, which a tenth of the prompts are`,
    );
  }
  const calls = { sampling: engine.call, scoring: engine.call };
  const pairs = testbed.examples("pairs", count, setup.rng.split("rows"));
  const each = Math.max(1, Math.ceil(pairs.length / optimiser.batch));
  const steps = epochs * each;
  using learning = learner<"pairs">({
    model,
    from: await engine.place(start),
    loss: bradleyTerry,
    reference: reference(modelPolicy(model, () => start, calls)),
    optimiser,
    schedule: (step) => 0.1 + 0.9 * (1 + Math.cos(Math.PI * step / steps)) / 2,
    training: engine.call,
    calls,
    rng: setup.rng.split("order"),
    progress: () => 0,
  });
  const losses: number[] = [];
  let best: { readonly params: Params; readonly scale: number; readonly centre: number };
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let step = 0; step < each; step++) {
      await learning.step(pairs);
      progress((epoch * each + step + 1) / steps, `loss ${learning.loss.toFixed(3)}`);
    }
    const value = (ys: readonly Answer[]) => learning.policy.value(ys);
    const [chosen, rejected] = await rewards(value, calibration);
    const scale = fittedScale(chosen.map((r, i) => r - rejected[i]!));
    const loss = stats.mean(chosen.map((r, i) => stats.nll(scale * (r - rejected[i]!), 1)));
    if (losses.every((other) => loss < other)) {
      best = {
        params: copied(learning.policy.params),
        scale,
        centre: stats.mean([...chosen, ...rejected]),
      };
    }
    losses.push(loss);
  }
  const { params, scale, centre } = best!;
  if (!(scale > 0)) {
    throw new RangeError(
      `Cannot use what was learned: on ${calibration.length} held-out rows it orders answers no better than chance`,
    );
  }
  const policy = modelPolicy(model, () => params, calls);
  const [chosen, rejected] = await rewards(policy.value, evaluation);
  return {
    params,
    scale,
    centre,
    epochs: { nll: losses, kept: losses.indexOf(Math.min(...losses)) + 1 },
    rows: { training: pairs.length, calibration: calibration.length },
    evaluation: evaluate(
      chosen.map((r, i) => r - rejected[i]!),
      evaluation.map(({ chosen }) => chosen.prompt.id),
      scale,
      setup.rng.split("calibration error"),
    ),
  };
}

export interface RewardOptions extends Pick<RewardSetup, "epochs" | "progress"> {
  /** Rows of the user's own; it has one setting. */
  readonly benchmark: Benchmark;
  readonly seed: number;
  /** Directory of the cache. */
  readonly cache: string;
  readonly threads: number;
  readonly note: (line: string) => void;
}

/** Opens the rows, fits a reward and gives it as files; errors as of `fitReward`. */
export async function makeReward(options: RewardOptions): Promise<FittedReward & Exported> {
  const { benchmark, seed, epochs, progress, threads, note } = options;
  const engine = cpu({ threads, arena: false });
  try {
    const shop = workshop({
      engine,
      cached: cache(options.cache, note),
      progress: (title, done) => progress(0, `${title}: ${Math.round(100 * done)} %`),
    });
    const draws = rng(`reward model/${seed}`);
    const [setting] = Object.values(benchmark.settings);
    const testbed = await benchmark.open(setting, draws.split("data"), shop);
    if (!testbed.files) {
      throw new RangeError(
        `Cannot keep a reward model of ${benchmark.id}: its policy is no language model`,
      );
    }
    const fitted = await fitReward({ testbed, engine, epochs, progress, rng: draws });
    return { ...fitted, ...testbed.files(fitted.params) };
  } finally {
    await engine.close();
  }
}

/** The comparisons of every second prompt, and the others. */
function halves(held: readonly Comparison[]): [Comparison[], Comparison[]] {
  const prompts = [...new Set(held.map(({ chosen }) => chosen.prompt.id))];
  const first = new Set(prompts.filter((_, i) => i % 2 === 0));
  return [
    held.filter(({ chosen }) => first.has(chosen.prompt.id)),
    held.filter(({ chosen }) => !first.has(chosen.prompt.id)),
  ];
}

async function rewards(
  value: (ys: readonly Answer[]) => Promise<Float64Array>,
  comparisons: readonly Comparison[],
): Promise<[number[], number[]]> {
  const found = await value(comparisons.flatMap(({ chosen, rejected }) => [chosen, rejected]));
  return [0, 1].map((k) => comparisons.map((_, i) => found[2 * i + k]!)) as [number[], number[]];
}

/**
 * The scale of margins whose labels all say "chosen", at Platt's targets (n + 1) / (n + 2): a few
 * rows that are all right do not make it infinite. 0 where there are no margins.
 */
function fittedScale(margins: readonly number[]): number {
  if (margins.every((margin) => margin === 0)) return 0;
  const target = (margins.length + 1) / (margins.length + 2);
  return stats.bestScale(margins, margins.map(() => target));
}

/** What margins between chosen and rejected answers say, the prompts of which are given beside them. */
export function evaluate(
  margins: readonly number[],
  prompts: readonly string[],
  scale: number,
  rng: Rng,
): Evaluation {
  const n = new Set(prompts).size;
  const right = margins.map((m) => m > 0 ? 1 : m < 0 ? 0 : 0.5);
  const accuracy = stats.mean(right);
  const quantile = stats.tQuantile(0.975, n - 1);
  const figure = (xs: readonly number[], value = stats.mean(xs)): Bounded => {
    const half = quantile * stats.clusteredStandardError(xs, prompts);
    return { value, low: value - half, high: value + half };
  };
  const p = margins.map((margin) => stats.sigmoid(scale * margin));
  const labels = p.map(() => 1);
  const error = stats.debiasedEce(p, labels, {
    bins: 10,
    by: "mass",
    symmetric: true,
    outcomes: "drawn",
    rng,
  });
  return {
    rows: margins.length,
    prompts: n,
    // As if each prompt were one row: what rows of one prompt add is not counted twice.
    accuracy: { value: accuracy, ...stats.wilson(accuracy * n, n) },
    nll: figure(margins.map((margin) => stats.nll(scale * margin, 1))),
    nllUnscaled: figure(margins.map((margin) => stats.nll(margin, 1))),
    brier: figure(p.map((p) => stats.brier(p, 1))),
    calibrationError: figure(error.contributions, error.value),
  };
}

export interface RewardReader {
  /** The reward of an answer; those asked for at one time are computed together. */
  reward(y: Answer): Promise<number>;
  close(): Promise<void>;
}

/** Reads rewards from the value head of a model. */
export function rewardReader(model: Model, params: Params, threads: number): RewardReader {
  // Batches come in many shapes, and an arena each would not fit.
  const engine = cpu({ threads, arena: false });
  const policy = modelPolicy(model, () => params, { sampling: engine.call, scoring: engine.call });
  let waiting: { readonly y: Answer; readonly found: PromiseWithResolvers<number> }[] = [];
  let working: Promise<void> = Promise.resolve();
  const flush = async () => {
    const batch = waiting;
    waiting = [];
    try {
      const values = await policy.value(batch.map(({ y }) => y));
      batch.forEach(({ found }, i) => found.resolve(values[i]!));
    } catch (error) {
      for (const { found } of batch) found.reject(error);
    }
  };
  return {
    reward(y) {
      const found = Promise.withResolvers<number>();
      waiting.push({ y, found });
      // Texts are read one after another: a turn of the event loop gathers them.
      if (waiting.length === 1) setTimeout(() => working = working.then(flush), 0);
      return found.promise;
    },
    close: () => engine.close(),
  };
}
