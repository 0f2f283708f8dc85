import type { Judge, Testbed } from "../core/mod.ts";
import gold from "./gold.ts";

export { type Honest } from "./attacks.ts";
export { type Audited, auditJudge, type AuditOptions } from "./audit.ts";
export { auditQuestions } from "./audit-questions.ts";
export { goldText, type RecordedAnswers } from "./gold-text.ts";
export { learned, type RewardModel } from "./learned.ts";
export { dtypes, local, type LocalChat, type LocalDtype, type LocalOptions } from "./local.ts";
export { noisy } from "./noisy.ts";
export { bothOrders } from "./orders.ts";
export { nth } from "./repeats.ts";
export { cached, type CachedChat, type Recorded, type Replies, replyKey } from "./cached.ts";
export type { ChatBody } from "./completion.ts";
export type { Cap, JudgeSpending, Prices, Tokens } from "./meter.ts";
export { type Quoting, quoting } from "./quoting.ts";
export { type Clock, remote, type RemoteChat, type RemoteOptions } from "./remote.ts";
export { replay } from "./replay.ts";

/** A way of judging answers, before it is given a testbed. */
export interface JudgePlugin {
  readonly id: string;
  /** What it goes by, in a few words. */
  readonly title: string;
  of(testbed: Testbed): Judge;
}

/** Every judge. */
export const judges: readonly JudgePlugin[] = [gold];
