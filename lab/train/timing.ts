import type { SpeedOptions, SpeedRow } from "./speed.ts";

export type { SpeedOptions, SpeedRow } from "./speed.ts";

/** Times the engine on a model; see `SpeedOptions` for what, how large and how often. */
export async function* speed(options: SpeedOptions): AsyncGenerator<SpeedRow> {
  // Loaded when needed: what only lists or reports has no use for an engine.
  const timing = await import("./speed.ts");
  yield* timing.speed(options);
}
