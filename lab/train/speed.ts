import {
  type Answer,
  type Call,
  type Example,
  type Graph,
  logRatio,
  type Model,
  type Prompt,
  type Rng,
  rng,
  softplus,
  type Tensor,
} from "../../core/mod.ts";
import { cpu, gradient } from "../../engine/mod.ts";
import { learner } from "./learner.ts";
import { reference } from "./reference.ts";
import { modelPolicy, named, unnamed } from "./policy.ts";

/** One timing. A sampling row is for one token of every sequence; the others are for a whole step. */
export interface SpeedRow {
  readonly what: "forward-backward" | "dpo-step" | "sample";
  /** layers,width,heads */
  readonly size: string;
  readonly batch: number;
  readonly threads: number;
  readonly ms: { readonly min: number; readonly median: number };
  readonly flops: number;
}

/** What is timed, how large and how often. */
export interface SpeedOptions {
  /** Makes the model of a size, as (layers, width, heads), vocabulary 512, with a context of 96. */
  model(layers: number, width: number, heads: number): Model;
  /** Milliseconds; the caller's clock. */
  now(): number;
  readonly threads?: readonly number[];
  readonly sizes?: readonly string[];
  readonly what?: readonly SpeedRow["what"][];
  /** Sequences sampled together. */
  readonly batches?: readonly number[];
  readonly repeats?: number;
}

const VOCABULARY = 512;

/**
 * Times forward + backward (32 sequences of 64 tokens), a whole DPO step (16 pairs, 32 + 32 tokens
 * an answer; reference pass, gradient and AdamW included, every pair new) and sampling (64 tokens
 * after 32, by batch).
 */
export async function* speed(options: SpeedOptions): AsyncGenerator<SpeedRow> {
  const { sizes = ["4,128,4", "2,64,4", "1,32,2"], threads = [1, 2], repeats = 30 } = options;
  const { what = ["forward-backward", "dpo-step", "sample"], batches = [1, 32, 128] } = options;
  for (const size of sizes) {
    const [layers, width, heads] = size.split(",").map(Number) as [number, number, number];
    const model = options.model(layers, width, heads);
    for (const count of threads) {
      const engine = cpu({ threads: count });
      let spent = 0;
      const call: Call = (f, feeds, { free, into, keep } = {}) => {
        const kernel = engine.prepare(f, feeds, free, keep);
        spent += kernel.flops(feeds);
        return kernel.run(feeds, into);
      };
      const timed = async (times: number, run: () => Promise<unknown>) => {
        for (let i = 0; i < 3; i++) await run();
        const ms: number[] = [];
        spent = 0;
        for (let i = 0; i < times; i++) {
          const start = options.now();
          await run();
          ms.push(options.now() - start);
        }
        ms.sort((a, b) => a - b);
        return { ms: { min: ms[0]!, median: ms[times >> 1]! }, flops: spent / times };
      };
      const random = rng(`speed/${size}`);
      const of = (what: SpeedRow["what"], batch: number) => ({ what, size, batch, threads: count });
      if (what.includes("forward-backward")) {
        const pass = forwardBackward(model, call, random);
        yield { ...of("forward-backward", 32), ...await timed(repeats, pass) };
      }
      if (what.includes("dpo-step")) {
        const step = dpoStep(model, call, random);
        yield { ...of("dpo-step", 32), ...await timed(repeats, step) };
      }
      for (const batch of what.includes("sample") ? batches : []) {
        const draw = sampling(model, call, random, batch);
        const { ms, flops } = await timed(repeats, draw);
        const each = { min: ms.min / 64, median: ms.median / 64 };
        yield { ...of("sample", batch), ms: each, flops: flops / 64 };
      }
      await engine.close();
    }
  }
}

const words = (random: Rng, n: number) => Array.from({ length: n }, () => random.below(VOCABULARY));
const prompt = (random: Rng, n: number): Prompt => ({ id: "", tokens: words(random, n) });
const answer = (to: Prompt, random: Rng, n: number): Answer => ({
  prompt: to,
  tokens: words(random, n),
  length: n,
});

function forwardBackward(model: Model, call: Call, random: Rng): () => Promise<unknown> {
  const params = model.init(random);
  const ys = Array.from({ length: 32 }, () => answer(prompt(random, 1), random, 64));
  const { feeds } = model.pack(ys);
  const graph: Graph = (inputs) => {
    const weights = unnamed("pi", inputs);
    const loss = model.forward(weights, inputs).steps.mean().neg();
    const names = Object.keys(weights);
    const gradients = gradient(loss, names.map((name) => weights[name]!));
    return { loss, ...Object.fromEntries(names.map((name, i) => [name, gradients[i]!])) };
  };
  const all = { ...named("pi", params), ...feeds };
  const into: { [name: string]: Tensor } = Object.fromEntries(
    Object.entries(params).map((
      [name, { shape, data }],
    ) => [name, { shape, data: new Float32Array(data.length) }]),
  );
  return () => call(graph, all, { into });
}

function dpoStep(model: Model, call: Call, random: Rng): () => Promise<unknown> {
  const start = model.init(random);
  const calls = { sampling: call, scoring: call };
  const { step } = learner<"pairs">({
    model,
    from: start,
    loss: ({ pi, ref, chosen, rejected }) =>
      softplus(logRatio(pi, ref, rejected).sub(logRatio(pi, ref, chosen)).mul(0.1)).mean(),
    reference: reference(modelPolicy(model, () => start, calls)),
    optimiser: { rate: 1e-4, warmup: 0, batch: 16, clip: 1 },
    training: call,
    calls,
    rng: random,
    progress: () => 0,
  });
  return () => {
    const pairs: Example<"pairs">[] = Array.from({ length: 16 }, () => {
      const to = prompt(random, 32);
      return {
        chosen: answer(to, random, 32),
        rejected: answer(to, random, 32),
        strength: 1,
      };
    });
    return step(pairs);
  };
}

function sampling(model: Model, call: Call, random: Rng, batch: number): () => Promise<unknown> {
  const params = model.init(random);
  const prompts = Array.from({ length: batch }, () => prompt(random, 32));
  return () => model.generate(call, params, prompts, prompts.map((_, i) => random.split(i)));
}
