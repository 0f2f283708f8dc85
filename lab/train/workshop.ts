import { rng, toHost, tokenNll, type Workshop } from "../../core/mod.ts";
import type { Engine } from "../../engine/mod.ts";
import { learner } from "./learner.ts";
import { reference } from "./reference.ts";
import { modelPolicy } from "./policy.ts";

export interface WorkshopOptions {
  readonly engine: Engine;
  readonly cached: Workshop["cached"];
  readonly progress: Workshop["progress"];
}

/** What testbeds make themselves with: the same engine and learner as the methods', but nobody is billed. */
export function workshop({ engine, cached, progress }: WorkshopOptions): Workshop {
  const { call } = engine;
  const calls = { sampling: call, scoring: call };
  return {
    call,
    cached,
    progress,
    policy: (model, params) => modelPolicy(model, () => params, calls),
    async train({ title, model, from, steps, rate, batch, loss = tokenNll }) {
      const start = modelPolicy(model, () => from, calls);
      const answers = batch(0).length;
      using learning = learner<"demonstrations">({
        model,
        // On a device these are copies, the learner's own.
        from: await engine.place(from),
        loss: ({ pi, answer }) => loss(pi, answer),
        reference: reference(start),
        optimiser: { rate, warmup: Math.ceil(steps / 20), batch: answers, clip: 1 },
        schedule: (step) => 0.1 + 0.9 * (1 + Math.cos(Math.PI * step / steps)) / 2,
        training: call,
        calls,
        rng: rng(title),
        progress: () => 0,
      });
      for (let step = 0; step < steps; step++) {
        await learning.step(batch(step).map((answer) => ({ answer })));
        progress(title, (step + 1) / steps, `${learning.loss.toFixed(2)} nats a token`);
      }
      return await toHost(call, learning.policy.params);
    },
  };
}
