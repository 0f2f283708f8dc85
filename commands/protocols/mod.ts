import { alpaca } from "./alpaca-eval.ts";
import { arena } from "./arena-hard.ts";
import { mt } from "./mt-bench.ts";
import type { Protocol } from "./protocol.ts";
import { reward } from "./reward-bench.ts";

/** The protocols that `deno task judge` knows, by the name that the user gives. */

export * from "./protocol.ts";
export { ofRewardRows } from "./reward-bench.ts";

export const protocolNames = ["alpaca-eval", "mt-bench", "arena-hard", "reward-bench"] as const;
export type ProtocolName = typeof protocolNames[number];

export const protocols: { readonly [name in ProtocolName]: Protocol } = {
  "alpaca-eval": alpaca,
  "mt-bench": mt,
  "arena-hard": arena,
  "reward-bench": reward,
};
