import type { AuditState } from "../../core/mod.ts";
import { fixed } from "../parts/format.ts";

/** How audits are put into words. */

export const stateWords: { readonly [state in AuditState]: string } = {
  pass: "passed",
  fail: "failed",
  inconclusive: "inconclusive",
};

export const percent = (x: number): string => `${fixed(100 * x, x > 0 && x < 0.1 ? 1 : 0)} %`;
