import { rng } from "../../core/mod.ts";
import { type Lora, lora, products } from "../../models/lora.ts";
import type { Base } from "../dataset.ts";

/** Adapters start at nothing and have few numbers: they bear, and need, steps this much longer. */
const faster = 10;

/**
 * A language model that learns from rows by low-rank adapters on all weights of its layers, which
 * themselves stay as they are: `dataset(file, adapted(base, { rank: 8, alpha: 16 }))`.
 */
export function adapted(base: Base, { rank, alpha }: Pick<Lora, "rank" | "alpha">): Base {
  return {
    ...base,
    title: `adapters of rank ${rank} on ${base.title}`,
    rate: base.rate * faster,
    async languageModel(workshop, reach) {
      const whole = await base.languageModel(workshop, reach);
      const options = { rank, alpha, targets: products(whole.start) };
      const model = lora(whole.model, whole.start, options);
      return {
        ...whole,
        model,
        // The same for every seed, as the weights are.
        start: model.init(rng("adapters")),
        files: (params) => whole.files(params, options),
      };
    },
    async describe() {
      const own = await base.describe?.();
      return {
        ...own,
        lora: { rank, alpha },
        notes: [
          ...own?.notes ?? [],
          `The policy learns by adapters of rank ${rank} and alpha ${alpha} on the weights of its layers, which stay as they are, at ${faster} times the learning rate`,
        ],
      };
    },
  };
}
