import type { Model } from "../core/mod.ts";
import { transformer } from "./transformer.ts";

/** The transformer that `speed` times: a vocabulary of 512, a context of 96, answers that do not end early. */
export const timedModel = (layers: number, width: number, heads: number): Model =>
  transformer({
    vocabulary: 512,
    layers,
    width,
    heads,
    feedForward: "squaredRelu",
    positions: "learned",
    context: 96,
    tied: true,
    longest: 64,
    // Beyond the vocabulary: no answer ends early.
    stop: 512,
  });
