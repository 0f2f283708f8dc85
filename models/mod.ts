/** Policies: models that answer prompts, adapters on them, and the files that they are read from and written to. */
export { agent, type AgentShape } from "./agent.ts";
export type { ChatTemplate, Message } from "./checkpoint/chat.ts";
export { type Checkpoint, type ModelOptions, openCheckpoint } from "./checkpoint/checkpoint.ts";
export type { Allowance } from "./checkpoint/limits.ts";
export { readParams, writeParams } from "./checkpoint/safetensors.ts";
export type { CheckpointTokenizer } from "./checkpoint/tokenizer.ts";
export type { FeedForward, Projection } from "./decoder.ts";
export { denoiser, type DenoiserShape } from "./denoiser.ts";
export { inWorld } from "./episodes.ts";
export { loadAdapted, type LoraAdapter, peftFiles, readPeft } from "./export/peft.ts";
export { type Lora, lora, mergedLora, products } from "./lora.ts";
export type { ScheduleShape } from "./schedule.ts";
export type { PatchShape } from "./patches.ts";
export { table, type TableShape } from "./table.ts";
export { timedModel } from "./timed.ts";
export { transformer, type TransformerShape } from "./transformer.ts";
