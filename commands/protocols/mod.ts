import { alpaca } from "./alpaca-eval.ts";
import { arena } from "./arena-hard.ts";
import { mt } from "./mt-bench.ts";
import type { Given, Protocol } from "./protocol.ts";
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

/** Options that one protocol alone reads. */
const own: { readonly [option in keyof Given]?: ProtocolName } = {
  references: "mt-bench",
  human: "mt-bench",
  leaderboard: "alpaca-eval",
  difficulty: "alpaca-eval",
  gamed: "alpaca-eval",
  control: "alpaca-eval",
  compat: "alpaca-eval",
  ties: "arena-hard",
  c: "alpaca-eval",
};

/** A RangeError where an option would have no effect. */
export function checkOptions(name: ProtocolName, given: Given): void {
  for (const [option, only] of Object.entries(own)) {
    if (only !== name && given[option as keyof Given] !== undefined) {
      throw new RangeError(
        `Cannot use --${option === "c" ? "C" : option} with --protocol ${name}: it is for ${only}`,
      );
    }
  }
}
